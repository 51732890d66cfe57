"""Candidate against baseline on one slice of one step: change, interval, p-value, and what may not be said.

Every metric goes through the same halves; only rates are treated apart (see `rates`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np

from fieval.statistics import rates
from fieval.statistics.halves import Halves, by_group
from fieval.statistics.sums import Bools, Floats, Indices, Metric, Table

FEWEST_GROUPS = 8
FEWEST_DIFFERING_GROUPS = 10
FEWEST_PER_CLASS = 7
LARGEST_SHARE_OF_ONE_GROUP = 0.5
LARGEST_SHARE_UNDEFINED = 0.01
POWER = 0.80
MOST_INTERACTIONS = 10**12  # beyond which no number of interactions is worth telling
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Inference:
    """What chance allows to be said of a worsening δ (positive is worse).

    `interval` is of the signed change (candidate minus baseline), one-sided alpha at each end; `upper` bounds δ from
    above; `p_value` is of δ ≤ 0; `standard_error` is of δ. `z` and `null` `[halves]` are what the family of tests is
    corrected on. `lacking` says why any of them is None.
    """

    interval: tuple[float, float] | None = None
    upper: float | None = None
    p_value: float | None = None
    standard_error: float | None = None
    z: float | None = None
    null: Floats | None = field(default=None, repr=False)
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric on one slice. Values are NaN where undefined; `n` counts the interactions that it applies to.

    `candidate` is over the whole slice; `change` and `worsening` are over the rows that both systems have, which
    `pairs` counts, in `paired_groups` groups.
    """

    n: int
    groups: int
    pairs: int
    paired_groups: int
    baseline: float
    candidate: float
    change: float
    worsening: float
    test: Inference

    def detectable(self, alpha: float) -> float | None:
        """The smallest worsening that would be found with 80 % power."""
        error = self.test.standard_error
        return None if error is None else _reach(alpha) * error

    def needed(self, margin: float, alpha: float) -> int | None:
        """How many interactions would prove `margin` with 80 % power if nothing changed; None if none could."""
        detectable = self.detectable(alpha)
        if detectable is None or margin <= 0:
            return None
        needed = self.pairs * (detectable / margin) ** 2
        return max(self.pairs, int(np.ceil(needed))) if needed < MOST_INTERACTIONS else None


def compare(
    metrics: Sequence[Metric], table: Table, groups: Indices, halves: Halves | None, alpha: float
) -> Mapping[str, Comparison]:
    """All metrics of a step on one slice; `groups` `[n]` numbers the rows' groups. Without halves nothing is tested."""
    tested = [metric for metric in metrics if halves is not None and metric.tested and not metric.counted]
    sums = _half_sums(tested, table, groups, halves) if halves is not None and table.baseline is not None else {}
    return {metric.name: _compared(metric, table, groups, sums.get(metric.name), alpha) for metric in metrics}


@dataclass(frozen=True, slots=True)
class _HalfSums:
    """Sums of a metric's columns over each half, `[halves, k]` for either system."""

    baseline: Floats
    candidate: Floats


def _half_sums(metrics: Sequence[Metric], table: Table, groups: Indices, halves: Halves) -> Mapping[str, _HalfSums]:
    both = table.within(table.compared)
    assert both.baseline is not None
    of_groups = groups[table.compared]
    plain = sorted({column for metric in metrics if not metric.rerank for column in metric.columns})
    position = {column: index for index, column in enumerate(plain)}
    shared = halves.sums(np.hstack([both.baseline[:, plain], both.candidate[:, plain]]), of_groups)
    sums = {}
    for metric in metrics:
        if metric.rerank:
            own = halves.sums(np.hstack([metric.rows(both.baseline), metric.rows(both.candidate)]), of_groups)
            split = len(own) // 2
            sums[metric.name] = _HalfSums(own[:split].T, own[split:].T)
        else:
            columns = np.array([position[column] for column in metric.columns])
            sums[metric.name] = _HalfSums(shared[columns].T, shared[columns + len(plain)].T)
    return sums


def _compared(metric: Metric, table: Table, groups: Indices, sums: _HalfSums | None, alpha: float) -> Comparison:
    applies = _applies(metric, table)
    candidate = metric.of(table.candidate)
    sizes = (*_size(applies, groups), *_size(applies & table.compared, groups))
    if table.baseline is None or not table.compared.any():
        return Comparison(*sizes, np.nan, candidate, np.nan, np.nan, Inference())
    both = table.within(table.compared)
    assert both.baseline is not None
    before, after = metric.of(both.baseline), metric.of(both.candidate)
    worsening = _worsening(metric, both, before, after)
    test = Inference()
    if sums is not None and np.isfinite(worsening):
        test = _tested(metric, both, groups[table.compared], sums, alpha)
    return Comparison(*sizes, before, candidate, after - before, worsening, test)


def _size(rows: Bools, groups: Indices) -> tuple[int, int]:
    """How many rows are marked, and in how many groups they are."""
    return int(rows.sum()), len(np.unique(groups[rows]))


def _applies(metric: Metric, table: Table) -> Bools:
    """The rows that a metric has something of, in either system."""
    if metric.kind == "other":
        return np.ones(len(table.candidate), dtype=bool)
    own = (table.candidate[:, metric.columns] != 0).any(axis=1)
    if table.baseline is not None:
        own |= (table.baseline[:, metric.columns] != 0).any(axis=1)
    return np.asarray(own)


def _worsening(metric: Metric, both: Table, before: float, after: float) -> float:
    if metric.counted:
        assert both.baseline is not None
        worse, weight = _paired_rate(metric, both.baseline, both.candidate)
        return float((worse > 0).sum() / weight.sum()) if weight.any() else np.nan
    if metric.better == "zero":
        return abs(after) - abs(before)
    return metric.worse_sign * (after - before)


def _tested(metric: Metric, both: Table, groups: Indices, sums: _HalfSums, alpha: float) -> Inference:
    untestable, unprovable = _guard(metric, both, groups)
    if untestable:
        return Inference(lacking=untestable)
    if metric.kind == "rate":
        test = _tested_rate(metric, both, groups, sums, alpha)
    else:
        test = _tested_by_halves(metric, both, sums, alpha)
    return replace(test, interval=None, upper=None, lacking=unprovable) if unprovable and not test.lacking else test


def _guard(metric: Metric, both: Table, groups: Indices) -> tuple[str, str]:
    """Why nothing can be said of chance here, and why no interval can be given; empty strings where it can.

    With little data that differs the p-value is conservative, but an interval would be too narrow and prove too much.
    """
    assert both.baseline is not None
    before, after = metric.rows(both.baseline), metric.rows(both.candidate)
    weight = np.ones(len(after)) if metric.kind == "other" else np.maximum(before[:, 1], after[:, 1])
    _, totals = by_group(np.column_stack([weight, (before != after).any(axis=1)]), groups)
    sizes, differing = totals.T
    if sizes.max(initial=0) > LARGEST_SHARE_OF_ONE_GROUP * sizes.sum():
        return "one group makes up more than half of it", ""
    counts = both.candidate[:, metric.support].sum(axis=0)
    if ((counts > 0) & (counts < FEWEST_PER_CLASS)).any():
        return "", f"a class has fewer than {FEWEST_PER_CLASS} gold interactions"
    if metric.kind == "rate":
        return "", ""
    if (sizes > 0).sum() < metric.fewest_groups:
        return "", f"fewer than {metric.fewest_groups} groups"
    few = 0 < (differing > 0).sum() < FEWEST_DIFFERING_GROUPS
    return "", f"only {(differing > 0).sum()} groups differ between baseline and candidate" if few else ""


def _tested_by_halves(metric: Metric, both: Table, sums: _HalfSums, alpha: float) -> Inference:
    assert both.baseline is not None
    before, after = metric.value(sums.baseline), metric.value(sums.candidate)
    changes = after - before
    undefined = ~np.isfinite(changes)
    spread = _spread(changes[~undefined])
    if undefined.mean() > LARGEST_SHARE_UNDEFINED:
        return Inference(lacking="undefined on too many halves of the data")
    if spread == 0:
        return Inference(lacking="no variation between halves of the data")
    worse = np.abs(after) - np.abs(before) if metric.better == "zero" else metric.worse_sign * changes
    observed = _worsening(metric, both, metric.of(both.baseline), metric.of(both.candidate))
    spread = _spread(worse[~undefined])
    slack = _TOLERANCE * max(abs(observed), spread)
    return Inference(
        interval=(_bound(changes, alpha, low=True), _bound(changes, alpha, low=False)),
        upper=_bound(worse, alpha, low=False),
        p_value=_p_toward_zero(changes, after + before, slack) if metric.better == "zero" else _p(worse, slack),
        standard_error=spread,
        z=observed / spread if spread else None,
        null=np.where(undefined, -np.inf, (observed - worse) / spread) if spread else None,
    )


def _tested_rate(metric: Metric, both: Table, groups: Indices, sums: _HalfSums, alpha: float) -> Inference:
    assert both.baseline is not None
    worsening, weight = _paired_rate(metric, both.baseline, both.candidate)
    counts = rates.discordance(worsening, weight, groups)
    low, high = rates.tango_interval(counts, alpha)
    halved = metric.worse_sign * (sums.candidate[:, 0] - sums.baseline[:, 0])
    total, size = float(counts.per_group.sum()), float(np.sqrt((counts.per_group**2).sum()))
    p_value = _grouped_mid_p(halved) if counts.entangled else rates.mcnemar_mid_p(counts.worse, counts.better)
    return Inference(
        interval=(-high, -low) if metric.better == "higher" else (low, high),
        upper=high,
        p_value=p_value,
        standard_error=rates.standard_error(counts),
        z=total / size if size else None,
        null=(total - 2 * halved) / size if size else None,
    )


def _paired_rate(metric: Metric, before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """The worsening (-1, 0, 1) and the weight (0, 1) of each row."""
    own_before, own_after = metric.rows(before), metric.rows(after)
    return metric.worse_sign * (own_after[:, 0] - own_before[:, 0]), own_after[:, 1]


def _p(worse: Floats, slack: float) -> float:
    """One-sided p of "not worse": the share of halves that are not; undefined ones count as such."""
    return float((1 + (~(worse > slack)).sum()) / (len(worse) + 1))


def _p_toward_zero(difference: Floats, total: Floats, slack: float) -> float:
    """|C| > |B| needs C - B and C + B of the same sign, either of them; so two one-sided pairs."""
    up = max(_p(difference, slack), _p(total, slack))
    down = max(_p(-difference, slack), _p(-total, slack))
    return min(1.0, 2 * min(up, down))


def _grouped_mid_p(worse: Floats) -> float:
    """The mid-p of the swap test on group totals, which is McNemar's where groups hold single pairs."""
    return float((0.5 + (worse < 0).sum() + 0.5 * (worse == 0).sum()) / (len(worse) + 1))


def _bound(values: Floats, alpha: float, *, low: bool) -> float:
    """The order statistic (B + 1)·alpha from either end; undefined halves stand at that end."""
    filled = np.where(np.isfinite(values), values, -np.inf if low else np.inf)
    rank = max(1, int(np.floor((len(values) + 1) * alpha + _TOLERANCE)))
    index = rank - 1 if low else len(values) - rank
    return float(np.partition(filled, index)[index])


def _spread(values: Floats) -> float:
    """The standard deviation, to ten digits, so that the order of summation cannot show; 0 below rounding noise."""
    if not len(values):
        return 0.0
    deviation = float(np.std(values))
    scale = float(np.abs(values).max())
    return 0.0 if deviation <= 1e-12 * scale else float(f"{deviation:.9e}")


def _reach(alpha: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha) + normal.inv_cdf(POWER)
