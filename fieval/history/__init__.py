"""`fieval history`: the course of a metric over run folders.

The folders are the truth; the index beside them only saves reading them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieval.errors import InvalidInput
from fieval.files import shown
from fieval.history.blessed import blessed
from fieval.history.folders import folders_in, named, with_index
from fieval.history.index import Entry, Index
from fieval.history.names import meant, parsed
from fieval.history.points import points
from fieval.history.rows import Cohorts
from fieval.model import Course, Skipped
from fieval.run_folder import RUNS
from fieval.watching import Progress, Silence

__all__ = ["Request", "course"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: `step.metric` or a metric's name, over all runs of a folder (`root`) or those that are named.

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
    if request.runs and request.root is not None:
        raise InvalidInput("--runs names a folder of runs, and RUN names single ones; say one of the two")
    cohorts = parsed(request.slices)
    root = None if request.runs else Path(RUNS if request.root is None else request.root)
    folders = named(request.runs) if root is None else folders_in(root)
    return with_index(
        root, folders, lambda index: _found(index, request, cohorts, root), watching or Silence(),
        rebuild=request.rebuild,
    )  # fmt: skip


def _found(index: Index, request: Request, cohorts: Cohorts, root: Path | None) -> Course:
    entries = index.entries()
    heads = {folder: entry.head for folder, entry in entries.items() if entry.head is not None}
    skipped = _skipped(entries.values(), root)
    if not heads:
        where = shown(root) if root is not None else "the folders that are named"
        problems = [f"{each.folder}: {each.reason}" for each in skipped]
        raise InvalidInput([f"{where}: no run that can be read; `fieval run` makes one", *problems])
    name = meant(request.metric, cohorts, index.names())
    cells = index.cells(name)
    if not cells:
        raise InvalidInput(f"{request.metric}: no run has this metric any more")
    found = points(name.step, heads, cells, blessed(heads))
    return Course(
        step=name.step,
        metric=name.metric,
        better=cells[found[-1].folder].better,
        slice=dict(cohorts) or None,
        source=shown(root) if root is not None else "",
        runs=len(heads),
        without=len(heads) - len(found),
        points=found[-request.last :] if request.last else found,
        skipped=skipped,
    )


def _skipped(entries: Iterable[Entry], root: Path | None) -> tuple[Skipped, ...]:
    unread = [entry for entry in entries if entry.head is None]
    return tuple(Skipped(shown(root / each.folder) if root else each.folder, each.problem) for each in unread)
