"""Where a rule stands in its config, `path:line:column`, as annotations and test cases name it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fieval.model import Result, Run

_WHERE = re.compile(r"(?P<file>.+?):(?P<line>[0-9]{1,9})(?::(?P<column>[0-9]{1,9}))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; the column is not always known. The file's name may hold colons itself."""

    file: str
    line: int
    column: int | None

    def __str__(self) -> str:
        return ":".join(map(str, filter(None, (self.file, self.line, self.column))))


def place(where: str | None) -> Place | None:
    """The place that `path:line:column` or `path:line` names, or None."""
    found = _WHERE.fullmatch(where or "")
    if not found:
        return None
    return Place(found["file"], int(found["line"]), int(found["column"]) if found["column"] else None)


def seen_from(spot: Place, folder: Path, root: Path) -> Place | None:
    """The same place with a path relative to `root`, or None outside of it; so far it was relative to `folder`."""
    path = Path(os.path.normpath(root / folder / spot.file))
    return replace(spot, file=path.relative_to(root).as_posix()) if path.is_relative_to(root) else None


def relocated(run: Run, folder: Path, root: Path) -> Run:
    """The run with the places of its rules relative to `root`; None replaces those that are outside of it."""
    results = tuple(_relocated(result, folder, root) for result in run.report.results)
    return msgspec.structs.replace(run, report=msgspec.structs.replace(run.report, results=results))


def _relocated(result: Result, folder: Path, root: Path) -> Result:
    rules = tuple(
        msgspec.structs.replace(rule, where=_moved(rule.where, folder, root)) if rule.where else rule
        for rule in result.rules
    )
    return msgspec.structs.replace(result, rules=rules)


def _moved(where: str, folder: Path, root: Path) -> str | None:
    spot = place(where)
    moved = seen_from(spot, folder, root) if spot else None
    return None if moved is None else str(moved)
