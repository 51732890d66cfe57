"""Long calls and odd ones: the counts are right, and memory stays that of the texts."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fieval.speech.align import ErrorCounts, count_errors

WORDS = 30_000  # three hours
MEGABYTES = 400

Case = tuple[list[str], list[str], tuple[int, int, int]]


def numbered(count: int) -> list[str]:
    """Words of which no two are the same, so that the best alignment is known."""
    return [f"w{place}" for place in range(count)]


def garbled() -> Case:
    """Every tenth word wrong, every hundredth lost, one put in after every thousandth."""
    reference, hypothesis = numbered(WORDS), []
    for place, word in enumerate(reference):
        if place % 100 == 50:
            continue
        hypothesis.append("x" if place % 10 == 5 else word)
        if place % 1000 == 0:
            hypothesis.append("y")
    return reference, hypothesis, (WORDS // 10, WORDS // 100, WORDS // 1000)


def nothing_heard() -> Case:
    return numbered(WORDS), [], (0, WORDS, 0)


def nothing_said() -> Case:
    return [], numbered(WORDS), (0, 0, WORDS)


def nothing_right() -> Case:
    return numbered(WORDS), ["x"] * WORDS, (WORDS, 0, 0)


def looped() -> Case:
    """A recogniser that got stuck on the last words of an otherwise perfect call."""
    reference = numbered(WORDS)
    return reference, reference + reference[-10:] * 2_700, (0, 0, 27_000)


CASES: dict[str, Callable[[], Case]] = {
    made.__name__: made for made in (garbled, nothing_heard, nothing_said, nothing_right, looped)
}


@pytest.mark.parametrize("name", CASES)
def test_counts_of_a_three_hour_call(name: str) -> None:
    reference, hypothesis, (substitutions, deletions, insertions) = CASES[name]()
    found = count_errors(reference, hypothesis)
    assert isinstance(found, ErrorCounts)
    assert found.errors == substitutions + deletions + insertions
    assert found.insertions - found.deletions == len(hypothesis) - len(reference)
    if name != "garbled":  # there a lost word beside a wrong one can be told in two ways
        assert (found.substitutions, found.deletions, found.insertions) == (substitutions, deletions, insertions)


def peak_megabytes() -> float:
    """Of this process alone: on Linux `ru_maxrss` starts at the peak of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(kilobytes) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)


@pytest.mark.parametrize("name", ["garbled", "nothing_right", "looped"])
def test_memory_stays_small(name: str) -> None:
    """In a process of its own, since what was once taken is not given back."""
    code = (
        "import sys; sys.path.insert(0, 'tests/speech'); import test_long_calls as t\n"
        f"reference, hypothesis, _ = t.CASES[{name!r}](); t.count_errors(reference, hypothesis)\n"
        "print(t.peak_megabytes())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 10 < float(done.stdout) < MEGABYTES
