"""How much a dataset can show: the smallest worsening that it would find, and the pairs that a proof would take.

Both rest on the variance of the paired change around its mean, as this dataset and its groups show it.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from fieval.statistics.rates import Discordance

POWER = 0.80
MOST_INTERACTIONS = 10**12  # beyond which no number of interactions is worth telling


def detectable(standard_error: float, alpha: float) -> float:
    """The worsening that a one-sided test at `alpha` finds with 80 % power."""
    return (_normal(1 - alpha) + _normal(POWER)) * standard_error


def pairs_to_prove(standard_error: float, pairs: int, groups: int, margin: float, alpha: float) -> float:
    """How many pairs prove with 80 % power that nothing worsened by `margin`, if nothing changed.

    Student's t instead of the normal quantile, and G / (G - 1), because the variance is itself known from so many
    groups only; without them 60 groups of unequal length promise 80 % power and give 73 %.
    """
    freedom = max(1, groups - 1)
    reach = (_student(1 - alpha, freedom) + _student(POWER, freedom)) * standard_error
    return pairs * (1 + 1 / freedom) * (reach / margin) ** 2


def rate_pairs_to_prove(counts: Discordance, margin: float, alpha: float) -> float:
    """As `pairs_to_prove`, for Tango's interval, whose error is that of a worsening by the margin (Nam 1997).

    For a rate to be worse by `margin` more pairs must differ than do if nothing changed. Where failures are rare that
    is most of the error: with 2 % of pairs differing, the formula above gives 49 to 73 % power at a margin of 5 points.
    """
    noise = _noise(counts)
    reach = _normal(1 - alpha) * math.sqrt(_variance_at(margin, noise)) + _normal(POWER) * math.sqrt(noise)
    return counts.design_effect * (reach / margin) ** 2


def _variance_at(margin: float, noise: float) -> float:
    """Of one pair's worsening, as Tango (1998, equation 5) has it at `margin` where the data show no worsening."""
    b = 2 * margin - noise
    c = -noise / 2 * margin * (1 - margin)
    improved = (math.sqrt(max(0.0, b * b - 8 * c)) - b) / 4
    return 2 * improved + margin * (1 - margin)


def _noise(counts: Discordance) -> float:
    """The variance of one pair's worsening around its mean; half a pair more on each side, so that it is never 0."""
    pairs = counts.pairs + 1
    return (counts.worse + counts.better + 1) / pairs - ((counts.worse - counts.better) / pairs) ** 2


def _normal(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def _student(probability: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))
