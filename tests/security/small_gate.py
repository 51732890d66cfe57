"""A gate that is judged in a fraction of a second, for tests that run it many times."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from fieval.cli import run_command

from end_to_end.command import INSTALLED
from made_dataset import Made, made

CONFIG = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
steps:
  intent: {evaluator: label_agreement, gates: {accuracy: {min: 0.1, max_regression: 0.5}}}
significance: {resamples: 999, min_interactions: 5}
"""


def small(folder: Path, n: int = 16, config: str = CONFIG) -> Made:
    """The gate and its files, written into a folder."""
    found = made(n)
    found.config = config
    found.write(folder)
    return found


@dataclass(frozen=True)
class Measured:
    """How a command ended, what it said on stderr, and what it took at most: megabytes and seconds."""

    code: int
    said: str
    megabytes: float
    seconds: float


def measured(folder: Path, *arguments: str | Path) -> Measured:
    """A command line in a process of its own, started by a small one, since the memory of whoever forks counts."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *INSTALLED, *map(str, arguments)],
        cwd=folder, capture_output=True, encoding="utf-8", errors="replace", timeout=120, check=True,
    )  # fmt: skip
    code, peak, seconds = done.stdout.splitlines()[-1].split()
    scale = 1 << (20 if sys.platform == "darwin" else 10)
    return Measured(int(code), done.stderr, int(peak) / scale, float(seconds))


_MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


def typed(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command line in this process, which is ten times as fast."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = run_command([*map(str, arguments)])
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def write_lines(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def with_line(one: Made, line: str, folder: Path) -> Path:
    """Outputs whose first line is another one."""
    return write_lines(folder / "changed.jsonl", [line, *(json.dumps(each) for each in one.candidate[1:])])
