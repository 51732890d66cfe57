"""`fieval history`: the course of a metric over run folders.

The folders are the truth; the index beside them only saves reading them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fieval.errors import InvalidInput
from fieval.files import shown
from fieval.history.blessed import blessed
from fieval.history.folders import folders_in, named, with_index
from fieval.history.index import Entry, Index
from fieval.history.names import meant, parsed
from fieval.history.points import points
from fieval.history.rows import Head, Name
from fieval.model import Course, Skipped
from fieval.run_folder import RUNS
from fieval.watching import Progress, Silence

__all__ = ["Request", "course", "gated"]

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: `step.metric` or a metric's name (nothing: of all that gate), over all runs of a folder (`root`)
    or those that are named.

    `slices` are `cohort=value`; `last` leaves out all but the newest points; `rebuild` reads all folders again.
    """

    metric: str
    runs: Sequence[str] = ()
    root: str | None = None
    slices: Sequence[str] = ()
    last: int | None = None
    rebuild: bool = False


def course(request: Request, watching: Progress | None = None) -> Course:
    """The course of a metric. Raises InvalidInput where no run has it; folders without a run are said, not raised."""
    cohorts = parsed(request.slices)

    def one(runs: _Runs) -> Course:
        name = meant(request.metric, cohorts, runs.index.names())
        if not runs.index.cells(name):
            raise InvalidInput(f"{request.metric}: no run has this metric any more")
        return runs.course(name, request.last)

    return _looked_up(request, one, watching)


def gated(request: Request, watching: Progress | None = None) -> tuple[Course, ...]:
    """The courses of all metrics on which the newest run has rules, on the slice that is asked for. Raises
    InvalidInput where there are none."""
    cohorts = parsed(request.slices)

    def every(runs: _Runs) -> tuple[Course, ...]:
        newest = max(runs.heads, key=lambda folder: (runs.heads[folder].started, folder))
        names = [name for name in runs.index.names() if name.cohorts == cohorts]
        found = [name for name in names if (cell := runs.index.cells(name).get(newest)) and cell.verdict is not None]
        if not found:
            raise InvalidInput(f"{shown(newest)}: the newest run has no rules there; name a metric")
        return tuple(runs.course(name, request.last) for name in found)

    return _looked_up(request, every, watching)


def _looked_up(request: Request, use: Callable[[_Runs], _Found], watching: Progress | None) -> _Found:
    if request.runs and request.root is not None:
        raise InvalidInput("--runs names a folder of runs, and RUN names single ones; say one of the two")
    root = None if request.runs else Path(RUNS if request.root is None else request.root)
    folders = named(request.runs) if root is None else folders_in(root)
    return with_index(
        root, folders, lambda index: use(_runs(index, root)), watching or Silence(), rebuild=request.rebuild
    )


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs in an index, and the folders that hold none."""

    index: Index
    root: Path | None
    heads: Mapping[str, Head]
    skipped: tuple[Skipped, ...]
    blessed: Mapping[str, str]

    def course(self, name: Name, last: int | None) -> Course:
        """The course of a metric that some run has."""
        cells = self.index.cells(name)
        found = points(name.step, self.heads, cells, self.blessed)
        return Course(
            step=name.step,
            metric=name.metric,
            better=cells[found[-1].folder].better,
            slice=dict(name.cohorts) or None,
            source=shown(self.root) if self.root is not None else "",
            runs=len(self.heads),
            without=len(self.heads) - len(found),
            points=found[-last:] if last else found,
            skipped=self.skipped,
        )


def _runs(index: Index, root: Path | None) -> _Runs:
    """Raises InvalidInput where there are none."""
    entries = index.entries()
    heads = {folder: entry.head for folder, entry in entries.items() if entry.head is not None}
    skipped = _skipped(entries.values(), root)
    if not heads:
        where = shown(root) if root is not None else "the folders that are named"
        problems = [f"{each.folder}: {each.reason}" for each in skipped]
        raise InvalidInput([f"{where}: no run that can be read; `fieval run` makes one", *problems])
    return _Runs(index, root, heads, skipped, blessed(heads))


def _skipped(entries: Iterable[Entry], root: Path | None) -> tuple[Skipped, ...]:
    unread = [entry for entry in entries if entry.head is None]
    return tuple(Skipped(shown(root / each.folder) if root else each.folder, each.problem) for each in unread)
