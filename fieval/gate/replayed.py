"""What replay says of a worsening: how much of it disappears when the output of one step before is repaired.

What disappears is the worsening between the replayed outputs and those of the same commands on the candidate's own
inputs, so value and interval are those of any other comparison of two systems, on the same halves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieval.evals.scored import ScoredStep
from fieval.gate.blame import by_prominence
from fieval.gate.order import in_order
from fieval.model import CARRIES, Against, Repair, Replayed, Result, Step
from fieval.statistics.compare import Comparison, compare
from fieval.statistics.halves import Halves
from fieval.statistics.inference import bound, worsening
from fieval.statistics.sums import Bools, Floats, Indices, Metric, Table

Worsened = tuple[Against, str]  # a step that got worse, and against what
AGAINST: dict[str, Against] = {"max_regression": "baseline", "max_drift": "anchor"}
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Replay:
    """A step scored again after `repair` of the output of the step `upstream`: in `scored` the replayed outputs stand
    as the baseline and, as the candidate, what the same commands make of its own inputs. `reran` and `unsteady` are as
    in `Replayed`; of the interactions that are `dropped`, the candidate has no output that could be repaired.
    """

    upstream: str
    repair: Repair
    scored: ScoredStep
    reran: int
    unsteady: float
    dropped: Indices


def worsened(results: Sequence[Result], steps: Sequence[Step]) -> list[Worsened]:
    """The steps with a blocking rule on a change that failed, each once."""
    failing = by_prominence(results, steps)
    return list(dict.fromkeys((AGAINST[rule.rule], row.step) for row, rule in failing if rule.rule in AGAINST))


@dataclass(frozen=True, slots=True)
class Scale:
    """What a failed row is measured by: its metric, its worsening, the candidate's value, which of the interactions it
    is about `[n]` (those that the candidate is compared on) and what of the worsening is booked to each `[n]`.
    """

    metric: Metric
    worsening: float
    value: float
    rows: Bools
    booked: Floats
    groups: Indices
    halves: Halves
    alpha: float


def replayed(replays: Sequence[Replay], scale: Scale) -> tuple[Replayed, ...] | None:
    """What became of one failed row in each replay of its step; None where there is none that can tell."""
    return tuple(_told(replays, scale)) or None


def culprit(found: Collection[Replayed], against: Against, worsening: float, steps: Sequence[Step]) -> str | None:
    """The earliest step whose earlier output makes at least half of a worsening disappear, beyond noise.

    The earliest, since whatever it broke, the steps between had to pass on.
    """
    guilty = {
        each.step
        for each in found
        if each.repair == against
        and each.interval is not None
        and each.interval[0] > 0
        and each.disappears >= CARRIES * worsening - _TOLERANCE
    }
    return next((name for name in in_order(steps) if name in guilty), None)


def _told(replays: Sequence[Replay], scale: Scale) -> Iterator[Replayed]:
    for replay in replays:
        metric = replay.scored.metric(scale.metric.name)
        if metric is None:
            continue
        table = _compared(replay.scored.table, scale.rows)
        found = compare((metric,), table, scale.groups[table.interactions], scale.halves, scale.alpha)[metric.name]
        if np.isfinite(found.worsening):
            yield Replayed(
                step=replay.upstream,
                repair=replay.repair,
                disappears=found.worsening,
                interval=_interval(metric, table, found, scale.alpha),
                remains=scale.worsening - found.worsening,
                reran=replay.reran,
                unsteady=replay.unsteady,
                unreproduced=worsening(metric, metric.of(table.candidate), scale.value) if replay.unsteady else 0.0,
                dropped=float(scale.booked[replay.dropped].sum()),
            )


def _compared(table: Table, rows: Bools) -> Table:
    """The rows of a table that belong to a failed row; all of them are compared, also what the candidate dropped: it
    is as bad either way.
    """
    own = table.within(rows[table.interactions])
    return replace(own, compared=np.ones_like(own.compared))


def _interval(metric: Metric, table: Table, found: Comparison, alpha: float) -> tuple[float, float] | None:
    """Of what disappears; no width where the replay changed nothing or the metric is a count of what there is."""
    assert table.baseline is not None
    same = bool((metric.rows(table.baseline) == metric.rows(table.candidate)).all())
    if metric.counted or (same and metric.kind != "rate"):
        return found.worsening, found.worsening
    test = found.test
    if test.interval is None:
        return None
    if metric.kind == "rate":
        low, high = test.interval
        return (-high, -low) if metric.better == "higher" else (low, high)
    assert test.worse is not None
    return bound(test.worse, alpha, low=True), bound(test.worse, alpha, low=False)
