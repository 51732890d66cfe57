"""Whether turns follow one another as a conversation does, seen by their form: times that run back, words said again.

Meaning is out of reach here. A sound transcript may repeat itself because its speakers do, and one that makes no sense
passes if its times rise and its words differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fieval.model import Turn
from fieval.speech.normalize import Normalizer

RUN = 6  # words; shorter runs are said twice in sound conversations ("on the first of March")
_TOLERANCE = 1e-9  # seconds


@dataclass(frozen=True, slots=True)
class TurnOrder:
    """Adjacent turns, and those of them whose later one begins earlier, or that nobody can tell for want of a time."""

    backwards: tuple[tuple[Turn, Turn], ...]
    pairs: int
    timed: bool


@dataclass(frozen=True, slots=True)
class Repetition:
    """Words, and the runs of them that their speaker had said before, as (speaker, run)."""

    words: int
    repeated: int
    runs: tuple[tuple[str, str], ...]


def turn_order(turns: Sequence[Turn]) -> TurnOrder:
    """How many turns begin before the one in front of them did. Overlap is no fault: people interrupt each other."""
    backwards = tuple((before, after) for before, after in pairwise(turns) if not _in_order(before, after))
    return TurnOrder(backwards, max(0, len(turns) - 1), any(turn.start is not None for turn in turns))


def repetition(turns: Sequence[Turn], normalize: Normalizer) -> Repetition:
    """How many words lie in a run of at least `RUN` words that the same speaker said before, in the same order.

    So it is with the n-grams of Welleck et al. (2020, "seq-rep-n"), in words covered and by speaker. A recogniser in a
    loop shows, within a turn and over several, and a turn that is said again with a few words changed.
    """
    said: dict[str, list[str]] = {}
    for turn in turns:
        said.setdefault(turn.speaker, []).extend(normalize(turn.text))
    again = {speaker: _said_before(words) for speaker, words in said.items()}
    return Repetition(
        words=sum(map(len, said.values())),
        repeated=sum(map(sum, again.values())),
        runs=_runs(said, again),
    )


def _in_order(before: Turn, after: Turn) -> bool:
    if before.start is None or after.start is None:
        return False
    return after.start >= before.start - _TOLERANCE


def _said_before(words: Sequence[str]) -> list[bool]:
    """For each word, whether it lies in a run that began earlier, too; the first saying is no repetition."""
    seen: set[tuple[str, ...]] = set()
    again = [False] * len(words)
    for start in range(len(words) - RUN + 1):
        run = tuple(words[start : start + RUN])
        if run in seen:
            again[start : start + RUN] = [True] * RUN
        seen.add(run)
    return again


def _runs(said: Mapping[str, Sequence[str]], again: Mapping[str, Sequence[bool]]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, list[str]]] = []
    for speaker, words in said.items():
        inside = False
        for word, repeated in zip(words, again[speaker], strict=True):
            if repeated and not inside:
                found.append((speaker, []))
            if repeated:
                found[-1][1].append(word)
            inside = repeated
    return tuple((speaker, " ".join(words)) for speaker, words in found)
