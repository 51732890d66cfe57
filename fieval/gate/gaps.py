"""The gap between cohorts: whether the candidate serves some much worse than others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from fieval import numbers
from fieval.evals.scored import ScoredStep
from fieval.gate.cells import Measuring
from fieval.gate.slices import Slice
from fieval.gate.words import TOLERANCE, Verdict, amount
from fieval.model import Rule, Significance
from fieval.statistics.halves import count_groups
from fieval.statistics.ppi import comparable
from fieval.statistics.sums import Floats, Indices, Metric

FEWEST_GROUPS = 50


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The metric's own columns of one cohort's rows `[n, k]`, with the rows' groups `[n]`."""

    title: str
    rows: Floats
    groups: Indices


@dataclass(frozen=True, slots=True, eq=False)
class _Cohort:
    """One cohort's badness, as it is and on each half, and the least variance that it may be taken to have."""

    title: str
    badness: float
    halves: Floats
    doubt: float


@dataclass(frozen=True, slots=True)
class Pair:
    """How much worse one cohort is than another; `z` and `null()` `[halves]` are of "no further apart than g"."""

    first: _Cohort
    second: _Cohort
    gap: float
    spread: float
    p_value: float
    z: float

    @property
    def worse(self) -> str:
        """The cohort that is worse."""
        return self.first.title

    @property
    def better(self) -> str:
        """The cohort that it is compared with."""
        return self.second.title

    def null(self) -> Floats:
        """Made when asked for: pairs are many where cohorts are."""
        halved = self.first.halves - self.second.halves
        return np.where(np.isfinite(halved), (self.gap - halved) / self.spread, -np.inf)


@dataclass(frozen=True, slots=True)
class Gap:
    """All ordered pairs of the cohorts that are large enough, the widest apart first.

    `eligible` is how many cohorts these are; `lost` are those whose value the candidate does not allow to compute.
    `uncorrected` says why a judge's scores are compared as they are, or is an empty string.
    """

    pairs: tuple[Pair, ...]
    eligible: int
    lost: tuple[str, ...]
    uncorrected: str = ""


def measure_gap(step: ScoredStep, metric: Metric, parts: Sequence[Slice], limit: float, measuring: Measuring) -> Gap:
    """Compare every pair of the slices `parts` of one crossing. Cohort labels are not permuted: tails may differ."""
    parted = [each for part in parts if (each := _large(step, metric, part, measuring)) is not None]
    alike, uncorrected = comparable(metric, [each.rows for each in parted])
    large = [_cohort(metric, replace(each, rows=rows), measuring) for each, rows in zip(parted, alike, strict=True)]
    cohorts = [cohort for cohort in large if np.isfinite(cohort.badness)]
    lost = [cohort.title for cohort in large if cohort not in cohorts and metric.undefined_because == "system"]
    pairs = [_pair(metric, first, second, limit) for first, second in permutations(cohorts, 2)]
    return Gap(tuple(sorted(pairs, key=lambda pair: -pair.gap)), len(cohorts), tuple(lost), uncorrected)


def gap_verdict(rule: Rule, metric: str, gap: Gap, adjusted: Sequence[float], significance: Significance) -> Verdict:
    """The verdict of a gap rule. The widest of several gaps is biased upward, so noise must not explain it."""
    if gap.lost:
        return Verdict("fail", f"the candidate's outputs do not allow to compute {metric} for {', '.join(gap.lost)}")
    if gap.eligible < 2:
        least = significance.min_interactions
        return Verdict("not_gated", f"fewer than two cohorts with {least} interactions in {FEWEST_GROUPS} groups")
    verdict = _held(rule, metric, gap, adjusted, significance)
    return replace(verdict, reason="; ".join(filter(None, (verdict.reason, gap.uncorrected))))


def _held(rule: Rule, metric: str, gap: Gap, adjusted: Sequence[float], significance: Significance) -> Verdict:
    widest = gap.pairs[0]
    told = f"{widest.worse} is {amount(metric, widest.gap)} worse than {widest.better}"
    if widest.gap <= rule.limit + TOLERANCE:
        return Verdict("pass", told)
    p_values = adjusted or [pair.p_value for pair in gap.pairs]
    for pair, p_value in zip(gap.pairs, p_values, strict=True):
        if pair.gap > rule.limit + TOLERANCE and p_value < significance.alpha:
            sure = numbers.p_phrase(p_value)
            return Verdict("fail", f"{pair.worse} is {amount(metric, pair.gap)} worse than {pair.better} ({sure})")
    return Verdict("undecided", f"{told}, the widest of {gap.eligible} cohorts; chance may explain it")


def _large(step: ScoredStep, metric: Metric, part: Slice, measuring: Measuring) -> _Rows | None:
    """The candidate's rows of a cohort, if it is large enough."""
    table = step.table.within(part.rows[step.table.interactions])
    rows = metric.rows(table.candidate)
    groups = measuring.groups[table.interactions]
    applies = np.ones(len(rows), dtype=bool) if metric.kind == "other" else (rows != 0).any(axis=1)
    few = int(applies.sum()) < measuring.significance.min_interactions
    if few or count_groups(groups[applies]) < FEWEST_GROUPS:
        return None
    return _Rows(part.title, rows, groups)


def _cohort(metric: Metric, own: _Rows, measuring: Measuring) -> _Cohort:
    badness = float(_badness(metric, metric.value(own.rows.sum(axis=0))))
    halves = _badness(metric, metric.value(measuring.halves.sums(own.rows, own.groups).T))
    return _Cohort(own.title, badness, halves, _doubt(own.rows))


def _badness(metric: Metric, values: Floats) -> Floats:
    return np.abs(values) if metric.better == "zero" else metric.worse_sign * values


def _doubt(rows: Floats) -> float:
    """The variance of a rate with one success and one failure more, so that it is never 0 (Agresti and Coull 1998)."""
    n = float((rows[:, 1] > 0).sum())
    share = (float(rows[:, 0].sum() / max(rows[:, 1].sum(), 1e-9)) * n + 1) / (n + 2)
    return share * (1 - share) / (n + 2)


def _pair(metric: Metric, first: _Cohort, second: _Cohort, limit: float) -> Pair:
    gap, halved = first.badness - second.badness, first.halves - second.halves
    undefined = ~np.isfinite(halved)
    spread = max(float(f"{np.std(halved[~undefined]):.9e}"), 1e-12)
    wide = max(spread, float(np.sqrt(first.doubt + second.doubt))) if metric.kind == "rate" else spread
    z = (gap - limit) / wide
    null = np.where(undefined, -np.inf, (gap - halved) / spread)
    p_value = float((1 + (null >= z - 1e-9).sum() + undefined.sum()) / (len(null) + 1))
    return Pair(first, second, gap, spread, p_value, z)
