"""Paired rates: McNemar's test and Tango's interval, which stay honest where failures are rare and few.

Any resampling sees a zero-width interval where no pair differs, and would prove what it cannot know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fieval.statistics.halves import by_group
from fieval.statistics.sums import Floats, Indices

_BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class Discordance:
    """How the pairs of a rate differ: `worse` and `better` out of `pairs`, in `groups` groups.

    `total` adds up the worsening of all groups, `size` is the root of its sum of squares; `design_effect` (≥ 1) is how
    much more the change varies than it would if all pairs were independent; `clustered`: a group holds several pairs,
    and `entangled`: several that differ.
    """

    worse: float
    better: float
    pairs: float
    groups: int
    total: float
    size: float
    design_effect: float
    clustered: bool
    entangled: bool


def discordance(worsening: Floats, weight: Floats, groups: Indices) -> Discordance:
    """Count the pairs: worsening in {-w, 0, w} `[n]` for weights w `[n]` (0 where there is no pair), groups `[n]`.

    Weighted counts are shares of the number of pairs; what weighting costs is in the design effect.
    """
    pairs = weight > 0
    columns = [worsening, weight, np.abs(worsening) > 0, pairs]
    _, totals = by_group(np.stack(columns, axis=1).astype(np.float64), groups)
    change, sizes, differing, counts = totals[totals[:, 3] > 0].T
    weighted = bool(pairs.any()) and float(np.ptp(weight[pairs])) > 0
    scale = float(pairs.sum() / weight.sum()) if pairs.any() else 1.0
    return Discordance(
        worse=scale * float(worsening[worsening > 0].sum()),
        better=-scale * float(worsening[worsening < 0].sum()),
        pairs=float(pairs.sum()),
        groups=len(sizes),
        total=float(change.sum()),
        size=float(np.sqrt((change**2).sum())),
        design_effect=_design_effect(change, sizes, float(np.abs(worsening).sum()), counts, weight[pairs]),
        clustered=weighted or bool((counts > 1).any()),
        entangled=weighted or bool((differing > 1).any()),
    )


def mcnemar_mid_p(worse: float, better: float) -> float:
    """One-sided mid-p of McNemar's exact test for "worse at all" (Fagerland, Lydersen and Laake 2013)."""
    from scipy.special import bdtr

    worse, pairs = round(worse), round(worse + better)
    above = 1.0 - float(bdtr(worse, pairs, 0.5)) if worse < pairs else 0.0
    at = math.exp(_log_choose(pairs, worse) - pairs * math.log(2))
    return min(1.0, above + at / 2)


def tango_interval(counts: Discordance, alpha: float) -> tuple[float, float]:
    """The score interval of the worsening, one-sided alpha at each end (Tango 1998, equations 3 to 6).

    With groups, counts are divided by the design effect and Student's t replaces the normal quantile.
    """
    deff = counts.design_effect if counts.clustered else 1.0
    worse, better, pairs = counts.worse / deff, counts.better / deff, counts.pairs / deff
    quantile = _student(1 - alpha, counts.groups - 1) if counts.clustered else float(NormalDist().inv_cdf(1 - alpha))
    return (
        _where_score_is(quantile, worse, better, pairs),
        _where_score_is(-quantile, worse, better, pairs),
    )


def tango_score(delta: float, worse: float, better: float, pairs: float) -> float:
    """How many standard errors the observed worsening lies above `delta`, under the constraint that it is `delta`."""
    b = -worse - better + (2 * pairs - worse + better) * delta
    c = -better * delta * (1 - delta)
    improved = (math.sqrt(max(0.0, b * b - 8 * pairs * c)) - b) / (4 * pairs)
    variance = pairs * (2 * improved + delta * (1 - delta))
    distance = worse - better - pairs * delta
    if variance <= 0:
        return 0.0 if distance == 0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def standard_error(counts: Discordance) -> float:
    """Of the worsening, one pair added to each side so that it is never 0 (Bonett and Price 2012)."""
    pairs = counts.pairs + 2
    differing, change = (counts.worse + counts.better + 2) / pairs, (counts.worse - counts.better) / pairs
    return math.sqrt((differing - change**2) / pairs * counts.design_effect)


def _where_score_is(target: float, worse: float, better: float, pairs: float) -> float:
    low, high = -1.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if tango_score(middle, worse, better, pairs) > target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _design_effect(change: Floats, sizes: Floats, differing: float, counts: Floats, weights: Floats) -> float:
    """Jackknife variance over that of independent, equal pairs; by the sizes alone where hardly anything differs."""
    pairs, weight = float(counts.sum()), float(sizes.sum())
    if pairs == 0 or (len(counts) == pairs and float(np.ptp(weights)) == 0):
        return 1.0
    independent = (differing / weight - (change.sum() / weight) ** 2) / pairs
    if np.count_nonzero(change) < 2 or independent <= 0 or len(sizes) < 2:
        return float((counts**2).sum()) / pairs * pairs * float((weights**2).sum()) / weight**2
    left_out = (change.sum() - change) / (weight - sizes)
    jackknife = float((len(sizes) - 1) / len(sizes) * ((left_out - left_out.mean()) ** 2).sum())
    return max(1.0, jackknife / float(independent))


def _student(probability: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(1, freedom), probability))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
