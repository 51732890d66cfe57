"""What chance allows to be said of a change: interval, bound and p-value from the halves, rates apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fieval.statistics import rates
from fieval.statistics.columns import Columns
from fieval.statistics.sums import Floats, Indices, Metric, Table

LARGEST_SHARE_UNDEFINED = 0.01
FEWEST_GROUPS_TO_HALVE_TIES = 100
LARGEST_SHARE_TIED = 0.5
_TOLERANCE = 1e-9
_LEAST_SPREAD = 1e-9  # of a change that is the same on every half: nothing is surer than that
_PSEUDO_SEED = 1


@dataclass(frozen=True, slots=True)
class Inference:
    """What chance allows to be said of a worsening δ (positive is worse).

    `interval` is of the signed change (candidate minus baseline), one-sided alpha at each end; `upper` bounds δ from
    above; `p_value` is of δ ≤ 0; `standard_error` is of δ. `z` and `null` `[halves]` are what the family of tests is
    corrected on; `worse` and `baseline` `[halves]` are δ and the baseline's value on each half. `lacking` says why
    any of them is None; `discordance` is how the pairs of a rate differ.
    """

    interval: tuple[float, float] | None = None
    upper: float | None = None
    p_value: float | None = None
    standard_error: float | None = None
    z: float | None = None
    null: Floats | None = field(default=None, repr=False)
    worse: Floats | None = field(default=None, repr=False)
    baseline: Floats | None = field(default=None, repr=False)
    lacking: str = ""
    discordance: rates.Discordance | None = field(default=None, repr=False)

    def upper_beyond(self, share: float, alpha: float) -> float | None:
        """The upper bound of what δ exceeds a share of the baseline's value by; the baseline varies as well."""
        if self.upper is None or self.worse is None or self.baseline is None:
            return None
        return bound(self.worse - share * np.abs(self.baseline), alpha, low=False)


@dataclass(frozen=True, slots=True)
class HalfSums:
    """Sums of a metric's columns over each half, `[halves, k]` for either system; how many groups there are, how many
    of them differ, and the largest change of one interaction.
    """

    baseline: Floats
    candidate: Floats
    groups: int = 0
    differing: int = 0
    largest: float = 0.0


def by_halves(metric: Metric, both: Table, sums: HalfSums, alpha: float) -> Inference:
    """Ratios, means and all other functions of sums: recomputed on each half."""
    assert both.baseline is not None
    before, after = metric.value(sums.baseline), metric.value(sums.candidate)
    changes = after - before
    undefined = ~np.isfinite(changes)
    if undefined.mean() > LARGEST_SHARE_UNDEFINED:
        return Inference(lacking="undefined on too many halves of the data")
    signed = metric.better == "zero"
    worse = np.abs(after) - np.abs(before) if signed else metric.worse_sign * changes
    observed = worsening(metric, metric.of(both.baseline), metric.of(both.candidate))
    spread = _spread(worse[~undefined]) or _LEAST_SPREAD * abs(observed)
    if spread == 0:
        return Inference(lacking="no variation between halves of the data")
    slack = _TOLERANCE * max(abs(observed), spread)
    doubt = _doubt(metric, sums)
    return Inference(
        interval=(bound(changes + doubt, alpha, low=True), bound(changes + doubt, alpha, low=False)),
        upper=bound(worse + doubt, alpha, low=False),
        p_value=_p_toward_zero(changes, after + before, slack) if signed else _p(metric, worse, slack, sums.groups),
        standard_error=spread,
        z=observed / spread,
        null=np.where(undefined, -np.inf, (observed - worse) / spread),
        worse=worse + doubt,
        baseline=before,
    )


def of_rate(metric: Metric, both: Table, groups: Indices, sums: HalfSums, alpha: float) -> Inference:
    """Rates: McNemar's test and Tango's interval, see `rates`."""
    assert both.baseline is not None
    counts = rates.discordance(*paired_rate(metric, both.baseline, both.candidate), groups)
    low, high = rates.tango_interval(counts, alpha)
    halved = metric.worse_sign * (sums.candidate[:, 0] - sums.baseline[:, 0])
    p_value = _grouped_mid_p(halved) if counts.entangled else rates.mcnemar_mid_p(counts.worse, counts.better)
    return Inference(
        interval=(-high, -low) if metric.better == "higher" else (low, high),
        upper=high,
        p_value=p_value,
        standard_error=rates.standard_error(counts),
        z=counts.total / counts.size if counts.size else None,
        null=(counts.total - 2 * halved) / counts.size if counts.size else None,
        worse=halved / np.maximum(sums.candidate[:, 1], _TOLERANCE) + _pseudo_pair(sums, 1.0),
        baseline=metric.value(sums.baseline),
        discordance=counts,
    )


def paired_rate(metric: Metric, before: Columns, after: Columns) -> tuple[Floats, Floats]:
    """The worsening (-1, 0, 1 times the weight) and the weight of each row."""
    own_before, own_after = metric.rows(before), metric.rows(after)
    return metric.worse_sign * (own_after[:, 0] - own_before[:, 0]), own_after[:, 1]


def worsening(metric: Metric, before: float, after: float) -> float:
    """A change turned so that positive is worse; toward zero is better for signed metrics."""
    if metric.better == "zero":
        return abs(after) - abs(before)
    return metric.worse_sign * (after - before)


def bound(values: Floats, alpha: float, *, low: bool) -> float:
    """The order statistic (B + 1)·alpha from either end; undefined halves stand at that end."""
    filled = np.where(np.isfinite(values), values, -np.inf if low else np.inf)
    rank = max(1, int(np.floor((len(values) + 1) * alpha + _TOLERANCE)))
    index = rank - 1 if low else len(values) - rank
    return float(np.partition(filled, index)[index])


def _doubt(metric: Metric, sums: HalfSums) -> Floats | float:
    """For a bounded mean that mostly does not change: what two more groups would do, that change as much as any did."""
    tied = 1 - sums.differing / max(1, sums.groups)
    if metric.kind != "mean" or not metric.scale or tied <= LARGEST_SHARE_TIED:
        return 0.0
    return _pseudo_pair(sums, min(metric.scale, sums.largest))


def _pseudo_pair(sums: HalfSums, scale: float) -> Floats:
    """Two groups of mean size, one worse and one better by the whole scale (Bonett and Price 2012, generalised)."""
    worse, better = _coins(len(sums.candidate))
    weight = sums.candidate[:, 1]
    size = 2 * float(weight.mean()) / max(1, sums.groups)
    return np.asarray(scale * size * (worse - better) / np.maximum(weight + size * (worse + better), _TOLERANCE))


@cache
def _coins(count: int) -> NDArray[np.int64]:
    return np.random.Generator(np.random.PCG64(_PSEUDO_SEED)).integers(0, 2, (2, count))


def _p(metric: Metric, worse: Floats, slack: float, groups: int = 0) -> float:
    """One-sided p of "not worse": the share of halves that are not; undefined ones count as such.

    Ties of a mean count half where groups are many: fully counted they make the test too cautious.
    """
    if metric.kind == "mean" and groups >= FEWEST_GROUPS_TO_HALVE_TIES:
        tied = np.abs(worse) <= slack
        return float((0.5 + (~(worse > slack) & ~tied).sum() + 0.5 * tied.sum()) / (len(worse) + 1))
    return _share(worse, slack)


def _share(worse: Floats, slack: float) -> float:
    return float((1 + (~(worse > slack)).sum()) / (len(worse) + 1))


def _p_toward_zero(difference: Floats, total: Floats, slack: float) -> float:
    """|C| > |B| needs C - B and C + B of the same sign, either of them; so two one-sided pairs."""
    up = max(_share(difference, slack), _share(total, slack))
    down = max(_share(-difference, slack), _share(-total, slack))
    return min(1.0, 2 * min(up, down))


def _grouped_mid_p(worse: Floats) -> float:
    """The mid-p of the swap test on group totals, which is McNemar's where groups hold single pairs."""
    return float((0.5 + (worse < 0).sum() + 0.5 * (worse == 0).sum()) / (len(worse) + 1))


def _spread(values: Floats) -> float:
    """The standard deviation, to ten digits, so that the order of summation cannot show; 0 below rounding noise."""
    if not len(values):
        return 0.0
    deviation = float(np.std(values))
    scale = float(np.abs(values).max())
    return 0.0 if deviation <= 1e-12 * scale else float(f"{deviation:.9e}")
