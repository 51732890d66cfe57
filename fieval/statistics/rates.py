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

    `per_group` is the worsening of each group (worse minus better); `design_effect` (≥ 1) is how much more the
    change varies than it would if all pairs were independent; `clustered`: a group holds several pairs, and
    `entangled`: several that differ.
    """

    worse: float
    better: float
    pairs: float
    groups: int
    per_group: Floats
    design_effect: float
    clustered: bool
    entangled: bool


def discordance(worsening: Floats, weight: Floats, groups: Indices) -> Discordance:
    """Count the pairs: worsening in {-1, 0, 1} `[n]`, weight in {0, 1} `[n]`, group numbers `[n]`."""
    _, totals = by_group(np.stack([worsening, weight, np.abs(worsening)], axis=1), groups)
    change, sizes, differing = totals[totals[:, 1] > 0].T
    worse, better = float((worsening > 0).sum()), float((worsening < 0).sum())
    return Discordance(
        worse=worse,
        better=better,
        pairs=float(weight.sum()),
        groups=len(sizes),
        per_group=change,
        design_effect=_design_effect(change, sizes, worse + better, differing),
        clustered=bool((sizes > 1).any()),
        entangled=bool((differing > 1).any()),
    )


def mcnemar_mid_p(worse: float, better: float) -> float:
    """One-sided mid-p of McNemar's exact test for "worse at all" (Fagerland, Lydersen and Laake 2013)."""
    from scipy.special import bdtr

    pairs = int(worse + better)
    above = 1.0 - float(bdtr(worse, pairs, 0.5)) if worse < pairs else 0.0
    at = math.exp(_log_choose(pairs, int(worse)) - pairs * math.log(2))
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


def _design_effect(change: Floats, sizes: Floats, differing: float, differing_by_group: Floats) -> float:
    pairs = float(sizes.sum())
    if pairs == 0 or not (sizes > 1).any():
        return 1.0
    independent = (differing - change.sum() ** 2 / pairs) / pairs**2
    if (differing_by_group > 0).sum() < 2 or independent <= 0 or len(sizes) < 2:
        return float((sizes**2).sum()) / pairs
    left_out = (change.sum() - change) / (pairs - sizes)
    jackknife = float((len(sizes) - 1) / len(sizes) * ((left_out - left_out.mean()) ** 2).sum())
    return max(1.0, jackknife / float(independent))


def _student(probability: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(1, freedom), probability))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
