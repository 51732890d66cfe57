"""Which step broke: where the worsening of each failed row came from, as far as the evidence carries.

A worsening is booked to interactions and regressed on the signed worsening of the steps before, within thirds of
difficulty; what was made up or left out is looked up in the pipeline's own transcript, which is stronger; running the
steps again on repaired inputs is stronger than either, since it changes the cause itself. Difficulty is
how bad the steps before were in the baseline: thirds of the failed step's own baseline would weaken every slope, since
for a label they hold fixed one side of the very difference that is explained.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from fieval.gate import blame
from fieval.gate.looked_up import looked_up
from fieval.gate.order import levels_of, upstream_of
from fieval.gate.replayed import AGAINST, Scale, culprit, replayed
from fieval.gate.scene import Scene
from fieval.model import (
    CARRIES,
    Against,
    Control,
    Evidenced,
    Explanation,
    Replayed,
    Result,
    RootCause,
    Share,
)
from fieval.statistics.attribution import Design, Shares, attribute, thirds
from fieval.statistics.booking import badness, book
from fieval.statistics.columns import Columns
from fieval.statistics.sums import Bools, Floats, Indices, Metric

SMALLEST_CONTROL = 0.10
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class _Upstream:
    """One step before, by row of the step that is explained. Where it does not apply, nothing of it changed.

    `level` counts the steps on the longest way to it.
    """

    name: str
    level: int
    worsening: Floats
    before: Floats
    unchanged: Bools


@dataclass(frozen=True, slots=True)
class _Failure:
    """A failed row: its interactions, as far as both systems have them, and what of the worsening is booked to each."""

    result: Result
    against: Against
    worsening: float
    metric: Metric
    interactions: Indices
    before: Columns
    after: Columns
    booked: Floats
    weight: Floats
    upstream: tuple[_Upstream, ...]


def explain(results: Sequence[Result], scene: Scene) -> RootCause | None:
    """Which step to look at first and what explains each worsening that a blocking rule on a change failed on.

    None where nothing failed so, or nothing that failed has a step before it.
    """
    failing = blame.by_prominence(results, list(scene.steps.values()))
    failed = {result.step for result, _ in failing}
    worse = {(id(result), AGAINST[rule.rule]): result for result, rule in failing if rule.rule in AGAINST}
    failures = [
        failure for (_, against), row in worse.items() if (failure := _failure(row, against, scene)) is not None
    ]
    designs = [(_design(failure), scene.groups[failure.interactions]) for failure in failures]
    shares = attribute(designs, scene.halves, scene.alpha) if designs else []
    found = [_explained(failure, own, scene, failed) for failure, own in zip(failures, shares, strict=True)]
    return blame.speaking(found, failing[0][0].step) if found else None


def _failure(result: Result, against: Against, scene: Scene) -> _Failure | None:
    scored = scene.scored[against][result.step]
    table, metric = scored.table, scored.metric(result.metric)
    part = next((part for part in scene.parts if part.where == result.slice), None)
    if metric is None or part is None or table.baseline is None:
        return None
    both = table.within(part.rows[table.interactions] & table.compared)
    upstream = tuple(_upstreams(result.step, both.interactions, scene, against))
    assert both.baseline is not None
    before, after = metric.kept(both.baseline), metric.kept(both.candidate)
    worsening = _worsening(metric, before, after)
    weight = _weight(metric, before, after, scored.weights(both.candidate))
    if not upstream or not weight.any() or not np.isfinite(worsening):
        return None
    booked = book(metric, before, after)
    return _Failure(result, against, worsening, metric, both.interactions, before, after, booked, weight, upstream)


def _worsening(metric: Metric, before: Columns, after: Columns) -> float:
    if metric.counted:
        return float(book(metric, before, after).sum()) if after[:, 1].any() else np.nan
    return float(badness(metric, after.sums()) - badness(metric, before.sums()))


def _weight(metric: Metric, before: Columns, after: Columns, weight: Floats) -> Floats:
    """How much each row counts: as the denominator of a quotient, else as much as its interaction does."""
    if metric.counted:
        return (after[:, 1] > 0).astype(np.float64)
    return weight if metric.kind == "other" else (before[:, 1] + after[:, 1]) / 2


def _upstreams(step: str, interactions: Indices, scene: Scene, against: Against) -> Iterator[_Upstream]:
    levels = levels_of(scene.steps)
    for name in sorted(upstream_of(step, scene.steps), key=list(levels).index):
        tracks = scene.scored[against][name].tracks
        if tracks is not None:
            row = scene.rows_of(name, tracks.interactions, interactions)
            before, after = tracks.faults[:, 0], tracks.faults[:, 1]
            yield _Upstream(
                name,
                levels[name],
                worsening=np.append(after - before, 0.0)[row],
                before=np.append(before, 0.0)[row],
                unchanged=np.append(tracks.unchanged, True)[row],
            )


def _design(failure: _Failure) -> Design:
    regressors = np.column_stack([step.worsening for step in failure.upstream])
    levels = tuple(step.level for step in failure.upstream)
    return Design(failure.weight, failure.booked, regressors, _strata(failure.upstream), levels)


def _explained(failure: _Failure, found: Shares, scene: Scene, failed: Collection[str]) -> Explanation:
    result, worsening = failure.result, failure.worsening
    upstream = upstream_of(result.step, scene.steps)
    shares = [
        Share(step.name, float(share), _finite(bounds), step.name in failed)
        for step, share, bounds in zip(failure.upstream, found.shares[:-1], found.intervals[:-1], strict=True)
    ]
    traced, heard = looked_up(result, failure.against, failure.interactions, scene)
    unchanged = np.logical_and.reduce([step.unchanged for step in failure.upstream])
    told = Explanation(
        step=result.step,
        metric=result.metric,
        slice=result.slice,
        against=failure.against,
        worsening=worsening,
        kind="none",
        blamed=None,
        shares=tuple(shares),
        own=worsening - sum(share.share for share in shares),
        own_interval=_finite(found.intervals[-1]),
        control=_control(failure, unchanged),
        controlled=bool((unchanged & (failure.weight > 0)).any()),
        traced=traced,
        upstream_failed=tuple(name for name in upstream if name in failed),
        statement="",
        replayed=_replayed(failure, scene),
    )
    kind, blamed = _blamed(told, heard, failure, scene)
    told = msgspec.structs.replace(told, kind=kind, blamed=blamed)
    return msgspec.structs.replace(told, statement=blame.statement(told, result))


def _blamed(told: Explanation, heard: str | None, failure: _Failure, scene: Scene) -> tuple[Evidenced, str | None]:
    """The step that carries a worsening and the evidence for it: replay, which also acquits, then what was looked up
    (`heard` is the step whose transcript has it), then association.
    """
    found = culprit(told.replayed or (), told.against, told.worsening, list(scene.steps.values()))
    if found is not None:
        return "replayed", found
    if heard is not None and not told.acquitted(heard):
        return "traced", heard
    suspects = {step.name for step in failure.upstream if _may_carry(step, failure) and not told.acquitted(step.name)}
    suspects -= {items.step for items in told.traced or ()}
    associated = _associated(told.shares, told.worsening, suspects)
    return ("none", None) if associated is None else ("associated", associated)


def _replayed(failure: _Failure, scene: Scene) -> tuple[Replayed, ...] | None:
    rows = np.zeros(len(scene.ids), dtype=bool)
    rows[failure.interactions] = True
    booked = np.zeros(len(scene.ids))
    booked[failure.interactions] = failure.booked
    value = float(failure.metric.value(failure.after.sums()))
    scale = Scale(failure.metric, failure.worsening, value, rows, booked, scene.groups, scene.halves, scene.alpha)
    return replayed(scene.replays.get((failure.against, failure.result.step), ()), scale)


def _strata(upstream: Sequence[_Upstream]) -> Indices:
    """Thirds of difficulty: the mean rank, in the baseline, of the steps before. What does not apply is easy."""
    return thirds(np.mean([_ranks(step.before) for step in upstream], axis=0))


def _ranks(values: Floats) -> Floats:
    """0 to 1; equal values have equal ranks."""
    distinct, ranks = np.unique(values, return_inverse=True)
    return np.asarray(ranks / max(1, len(distinct) - 1))


def _may_carry(step: _Upstream, failure: _Failure) -> bool:
    """Whether a step got worse at all, and at least half of what happened, happened where it changed."""
    if failure.weight @ step.worsening <= 0:
        return False
    return float(failure.booked[~step.unchanged].sum()) >= CARRIES * failure.worsening - _TOLERANCE


def _associated(shares: Sequence[Share], worsening: float, suspects: Collection[str]) -> str | None:
    """The step that carries the worsening: beyond noise, and at least half of it."""
    for share in sorted(shares, key=lambda share: -share.share):
        certain = share.interval is not None and share.interval[0] > 0
        if certain and share.share >= CARRIES * worsening - _TOLERANCE and share.step in suspects:
            return share.step
    return None


def _control(failure: _Failure, rows: Bools) -> Control | None:
    """`rows` are those in which no step before changed; what the metric does not apply to is no control."""
    applies = failure.weight > 0
    rows = rows & applies
    if rows.sum() <= SMALLEST_CONTROL * applies.sum():
        return None
    worse = _worsening(failure.metric, failure.before[rows], failure.after[rows])
    return Control(int(rows.sum()), worse if np.isfinite(worse) else None)


def _finite(bounds: Floats) -> tuple[float, float] | None:
    return (float(bounds[0]), float(bounds[1])) if np.isfinite(bounds).all() else None
