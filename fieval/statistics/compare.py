"""Candidate against baseline on one slice of one step: change, interval, p-value, and what may not be said.

Every metric goes through the same halves; only rates are treated apart (see `rates`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieval.statistics import power
from fieval.statistics.halves import Halves, by_group, count_groups
from fieval.statistics.inference import HalfSums, Inference, by_halves, of_rate, paired_rate, worsening
from fieval.statistics.sums import Bools, Floats, Indices, Metric, Table

FEWEST_GROUPS = 8
FEWEST_DIFFERING_GROUPS = 10
FEWEST_PER_CLASS = 7
LARGEST_SHARE_OF_ONE_GROUP = 0.5


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
        return None if error is None else power.detectable(error, alpha)

    def needed(self, margin: float, alpha: float) -> int | None:
        """How many interactions would prove `margin` with 80 % power if nothing changed; None if none could."""
        error, counts = self.test.standard_error, self.test.discordance
        if error is None or margin <= 0:
            return None
        if counts is not None:
            needed = power.rate_pairs_to_prove(counts, margin, alpha)
        else:
            needed = power.pairs_to_prove(error, self.pairs, self.paired_groups, margin, alpha)
        return max(self.pairs, int(np.ceil(needed))) if needed < power.MOST_INTERACTIONS else None


def compare(
    metrics: Sequence[Metric],
    table: Table,
    groups: Indices,
    halves: Halves | None,
    alpha: float,
    keep: Collection[str] | None = None,
) -> Mapping[str, Comparison]:
    """All metrics of a step on one slice; `groups` `[n]` numbers the rows' groups. Without halves nothing is tested.

    The values on each half are kept of the metrics in `keep` only (None: of all), since they are large.
    """
    testable = [each for each in metrics if each.tested and not each.counted and not each.unmeasured]
    tested = testable if halves is not None else []
    sums = _half_sums(tested, table, groups, halves) if halves is not None and table.baseline is not None else {}
    found = {metric.name: _compared(metric, table, groups, sums.get(metric.name), alpha) for metric in metrics}
    return {name: each if keep is None or name in keep else _without_halves(each) for name, each in found.items()}


def _half_sums(metrics: Sequence[Metric], table: Table, groups: Indices, halves: Halves) -> Mapping[str, HalfSums]:
    both = table.within(table.compared)
    assert both.baseline is not None
    of_groups = groups[table.compared]
    plain = sorted({column for metric in metrics if not metric.rerank for column in metric.columns})
    position = {column: index for index, column in enumerate(plain)}
    shared = halves.sums(both.baseline.picked(plain).beside(both.candidate.picked(plain)), of_groups)
    sums = {}
    for metric in metrics:
        if metric.rerank:
            own = halves.sums(metric.kept(both.baseline).beside(metric.kept(both.candidate)), of_groups)
            split = len(own) // 2
            sums[metric.name] = HalfSums(own[:split].T, own[split:].T)
        else:
            columns = np.array([position[column] for column in metric.columns])
            sums[metric.name] = HalfSums(shared[columns].T, shared[columns + len(plain)].T)
    return sums


def _without_halves(comparison: Comparison) -> Comparison:
    return replace(comparison, test=replace(comparison.test, z=None, null=None, worse=None, baseline=None))


def _compared(metric: Metric, table: Table, groups: Indices, sums: HalfSums | None, alpha: float) -> Comparison:
    applies = _applies(metric, table)
    sizes = (*_size(applies, groups), *_size(applies & table.compared, groups))
    if metric.unmeasured:
        return Comparison(*sizes, np.nan, np.nan, np.nan, np.nan, Inference())
    candidate = metric.of(table.candidate)
    if table.baseline is None or not table.compared.any():
        return Comparison(*sizes, np.nan, candidate, np.nan, np.nan, Inference())
    both = table.within(table.compared)
    assert both.baseline is not None
    before, after = metric.of(both.baseline), metric.of(both.candidate)
    worse = _lost(metric, both) if metric.counted else worsening(metric, before, after)
    test = Inference()
    if sums is not None and np.isfinite(worse):
        test = _tested(metric, both, groups[table.compared], sums, alpha)
    return Comparison(*sizes, before, candidate, after - before, worse, test)


def _size(rows: Bools, groups: Indices) -> tuple[int, int]:
    """How many rows are marked, and in how many groups they are."""
    return int(rows.sum()), count_groups(groups[rows])


def _applies(metric: Metric, table: Table) -> Bools:
    """The rows that a metric has something of, in either system; a row of zeros adds nothing to any sum."""
    own = table.candidate.picked(metric.columns).any()
    return own if table.baseline is None else own | table.baseline.picked(metric.columns).any()


def _lost(metric: Metric, both: Table) -> float:
    """The share of rows that got worse, whatever the others did."""
    assert both.baseline is not None
    worse, weight = paired_rate(metric, both.baseline, both.candidate)
    return float((worse > 0).sum() / (weight > 0).sum()) if weight.any() else np.nan


def _tested(metric: Metric, both: Table, groups: Indices, sums: HalfSums, alpha: float) -> Inference:
    sizes, differing = _groups(metric, both, groups)
    if sizes.max(initial=0) > LARGEST_SHARE_OF_ONE_GROUP * sizes.sum():
        return Inference(lacking="one group makes up more than half of it")
    largest = _largest_change(metric, both) if metric.kind == "mean" else 0.0
    sums = replace(sums, groups=int((sizes > 0).sum()), differing=int((differing > 0).sum()), largest=largest)
    rate = metric.kind == "rate"
    test = of_rate(metric, both, groups, sums, alpha) if rate else by_halves(metric, both, sums, alpha)
    unprovable = _unprovable(metric, both, sums)
    if unprovable and not test.lacking:
        return replace(test, interval=None, upper=None, lacking=unprovable)
    return _as_sure_as_it_may_be(metric, both, groups, test)


def _as_sure_as_it_may_be(metric: Metric, both: Table, groups: Indices, test: Inference) -> Inference:
    """The test without its upper bound where the metric says so; the interval still tells what the metric measures."""
    if metric.unprovable is None or test.upper is None:
        return test
    assert both.baseline is not None
    reason = metric.unprovable(both.baseline[:, metric.columns], both.candidate[:, metric.columns], groups)
    return replace(test, upper=None, lacking=reason) if reason else test


def _largest_change(metric: Metric, both: Table) -> float:
    assert both.baseline is not None
    changes = metric.value(metric.rows(both.candidate)) - metric.value(metric.rows(both.baseline))
    return float(np.abs(changes[np.isfinite(changes)]).max(initial=0.0))


def _groups(metric: Metric, both: Table, groups: Indices) -> tuple[Floats, Floats]:
    """The weight of each group, and how many of its rows differ between the systems."""
    assert both.baseline is not None
    before, after = metric.kept(both.baseline), metric.kept(both.candidate)
    weight = _applies(metric, both) if metric.kind == "other" else np.maximum(before[:, 1], after[:, 1])
    _, totals = by_group(np.column_stack([weight, before.differ(after)]), groups)
    return totals[:, 0], totals[:, 1]


def _unprovable(metric: Metric, both: Table, sums: HalfSums) -> str:
    """Why no interval can be given, or an empty string.

    With little data that differs the p-value is conservative, but an interval would be too narrow and prove too much.
    """
    counts = [int(np.count_nonzero(both.candidate[:, column])) for column in metric.support]
    if any(0 < count < FEWEST_PER_CLASS for count in counts):
        return f"a class has fewer than {FEWEST_PER_CLASS} gold interactions"
    if metric.kind == "rate":
        return ""
    if sums.groups < metric.fewest_groups:
        return f"fewer than {metric.fewest_groups} groups"
    few = 0 < sums.differing < FEWEST_DIFFERING_GROUPS
    return f"only {sums.differing} groups differ between baseline and candidate" if few else ""
