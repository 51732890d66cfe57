"""How a run ended, with or without a report: the one thing that summary, annotations and comment are made of.

A folder may be an artifact that came from a stranger's fork, so that nothing in it is followed, and all of it is data.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from fieval.errors import ExitCode, InvalidInput
from fieval.files import shown
from fieval.model import Run, RunVerdict
from fieval.reports.cleaning import short
from fieval.run_folder import EVIDENCE, REPORT, read_run

STDERR, EXIT_CODE = "stderr.txt", "exit-code.txt"  # what the Action lays beside the reports

_LINES, _CHARACTERS, _LINE_LENGTH = 20, 4_000, 600
_READ_BYTES = 64 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_REPORTED = {code for code in ExitCode if code in (ExitCode.PASS, ExitCode.FAIL, ExitCode.INCONCLUSIVE)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with its run, or without one and with the harmless first lines of what fieval said instead."""

    verdict: RunVerdict
    exit_code: int
    run: Run | None
    said: tuple[str, ...]


def read_outcome(folder: Path, exit_code: int | None = None, stderr: Path | None = None) -> Outcome:
    """How the run in a folder ended; exit code and stderr are looked for there unless they are given.

    Raises InvalidInput where neither report nor exit code tell, or where they contradict each other.
    """
    code = _written_code(folder) if exit_code is None else exit_code
    report = folder / REPORT
    if os.path.lexists(report) and code in (None, *_REPORTED, ExitCode.UNMEASURABLE):
        return _reported(folder, code)
    if code is None:
        raise InvalidInput(f"{shown(folder)}: neither {REPORT} nor {EXIT_CODE} here; expected the folder of a run")
    if code in _REPORTED:
        raise InvalidInput(f"{shown(folder)}: fieval ended with exit {code}, but there is no {REPORT} to show for it")
    said = _first_lines(folder / STDERR if stderr is None else stderr)
    return Outcome(_word(code), code, None, said)


def _reported(folder: Path, code: int | None) -> Outcome:
    for name in (REPORT, EVIDENCE):
        _refuse_oversized(folder / name)
    run = read_run(folder)
    report = run.report
    if report.exit_code not in set(ExitCode) or ExitCode(report.exit_code).word != report.verdict:
        raise InvalidInput(f"{shown(folder / REPORT)}: exit code {report.exit_code} is not that of its verdict")
    if code not in (None, report.exit_code):
        raise InvalidInput(f"{shown(folder / REPORT)}: exit code {report.exit_code}, but fieval ended with {code}")
    return Outcome(report.verdict, report.exit_code, run, ())


def _refuse_oversized(path: Path) -> None:
    if path.exists() and path.stat().st_size > _MOST_BYTES:
        raise InvalidInput(f"{shown(path)}: larger than {_MOST_BYTES // 1024**2} MiB")


def _word(code: int) -> RunVerdict:
    """An exit code that fieval does not have is no verdict either: it was killed, or did not start."""
    return ExitCode(code).word if code in set(ExitCode) else "bug"


def _written_code(folder: Path) -> int | None:
    text = _beginning(folder / EXIT_CODE, 8).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _first_lines(path: Path) -> tuple[str, ...]:
    lines: list[str] = []
    for line in filter(str.strip, _beginning(path, _READ_BYTES).splitlines()):
        lines.append(short(line, _LINE_LENGTH))
        if len(lines) > _LINES or sum(map(len, lines)) > _CHARACTERS:
            return (*lines[:-1], "...")
    return tuple(lines)


def _beginning(path: Path, size: int) -> str:
    """The first bytes of a regular file as text; nothing where it is something else, such as a link out of the folder.

    A link in an artifact could point at what the job that reads it must not publish.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError):
        return ""
    try:
        plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, size).decode("utf-8", "backslashreplace") if plain else ""
    finally:
        os.close(descriptor)
