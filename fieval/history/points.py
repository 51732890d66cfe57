"""Pure: runs and their cells in, the points of a course out. Whatever shows a course can be made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fieval.history.rows import Cell, Head
from fieval.model import Changed, Point

Blessings = Mapping[str, str]


class _Beside(NamedTuple):
    """What is seen of a run beside others only."""

    blessed: str | None
    became_baseline: bool
    comparable: bool
    changed: tuple[Changed, ...]


def points(step: str, heads: Mapping[str, Head], cells: Mapping[str, Cell], blessed: Blessings) -> tuple[Point, ...]:
    """One for each run that has a cell, oldest first; `blessed` says when, by folder."""
    order = sorted((folder for folder in heads if folder in cells), key=lambda folder: (heads[folder].started, folder))
    runs = [heads[folder] for folder in order]
    became = _became_baseline(runs)
    found = []
    for place, (folder, head) in enumerate(zip(order, runs, strict=True)):
        beside = _Beside(
            blessed.get(folder),
            place in became or folder in blessed,
            _comparable(step, head, runs[-1]),
            _changed(step, runs[place - 1], head) if place else (),
        )
        found.append(_point(folder, head, cells[folder], beside))
    return tuple(found)


def _point(folder: str, head: Head, cell: Cell, beside: _Beside) -> Point:
    return Point(
        folder=folder,
        started=head.started,
        dataset=head.dataset,
        run_verdict=head.verdict,
        exit_code=head.exit_code,
        value=cell.value,
        change=cell.change,
        interval=cell.interval,
        alpha=head.alpha,
        verdict=cell.verdict,
        told=cell.told,
        bounds=cell.bounds,
        blessed=beside.blessed,
        became_baseline=beside.became_baseline,
        comparable=beside.comparable,
        changed=beside.changed,
    )


def _changed(step: str, before: Head, after: Head) -> tuple[Changed, ...]:
    """What is not as in the run before; first what makes values of the two not comparable."""
    pairs: dict[Changed, tuple[object, object]] = {
        "dataset": (before.dataset_sha, after.dataset_sha),
        "normalizer": (before.normalizers.get(step), after.normalizers.get(step)),
        "judge": (before.judges.get(step), after.judges.get(step)),
        "config": (before.config_sha, after.config_sha),
        "baseline": (before.baseline_sha, after.baseline_sha),
    }
    return tuple(name for name, (one, other) in pairs.items() if one != other)


def _comparable(step: str, head: Head, newest: Head) -> bool:
    return not {"dataset", "normalizer", "judge"} & set(_changed(step, head, newest))


def _became_baseline(runs: Sequence[Head]) -> set[int]:
    """The places of runs whose candidate is the baseline where that changes; of several, the last before."""
    found = set()
    for place, head in enumerate(runs[1:], 1):
        if head.baseline_sha != runs[place - 1].baseline_sha:
            same = [earlier for earlier in range(place) if runs[earlier].candidate_sha == head.baseline_sha]
            found |= set(same[-1:])
    return found
