"""What can be looked up: whether what a step newly made up, or left out, went wrong in the transcript already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fieval.evals.scored import ScoredStep
from fieval.gate.order import upstream_of
from fieval.gate.scene import Scene
from fieval.model import CARRIES, Against, Result, TracedItems
from fieval.statistics.attribution import interval
from fieval.statistics.sums import Floats, Indices

IDS_SHOWN = 5
_COLUMNS = {"fabricated": [0, 1], "lost": [2, 3]}


def looked_up(
    result: Result, against: Against, interactions: Indices, scene: Scene
) -> tuple[tuple[TracedItems, ...] | None, str | None]:
    """What each step is the origin of, and the step that wrote the transcript if it carries the worsening."""
    scored = scene.scored[against]
    tracks = scored[result.step].tracks
    writers = [name for name in upstream_of(result.step, scene.steps) if _transcribes(scored[name])]
    kind = tracks.traceable.get(result.metric) if tracks else None
    if tracks is None or not writers or kind is None:
        return None, None
    rows = scene.rows_of(result.step, tracks.interactions, interactions)
    heard, own = tracks.traced[:, _COLUMNS[kind]][rows].T
    columns = {**_by_writer(heard, writers, interactions, scene), result.step: own}
    items = {name: float(column.sum()) for name, column in columns.items()}
    total = sum(items.values())
    if total <= 0:
        return None, None
    found = tuple(
        TracedItems(name, int(items[name]), _examples(column, interactions, scene.ids))
        for name, column in columns.items()
    )
    most = max(writers, key=lambda name: items.get(name, 0.0))
    if items.get(most, 0.0) < CARRIES * total:
        return found, None
    low = interval(scene.halves.sums(columns[most][:, None], scene.groups[interactions])[0], scene.alpha)[0]
    return found, most if low > 0 else None


def _by_writer(heard: Floats, writers: Sequence[str], interactions: Indices, scene: Scene) -> dict[str, Floats]:
    """What stands in the transcripts of each step that writes any; where two score the same ones, it is the first's."""
    found = {}
    free = np.ones(len(interactions), dtype=bool)
    for name in writers:
        rows = free & scene.has(name, interactions)
        free &= ~rows
        if rows.any():
            found[name] = np.where(rows, heard, 0.0)
    return found


def _transcribes(step: ScoredStep) -> bool:
    return step.tracks is not None and step.tracks.transcribes


def _examples(counts: Floats, interactions: Indices, ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(ids[index] for index in interactions[counts > 0][:IDS_SHOWN])
