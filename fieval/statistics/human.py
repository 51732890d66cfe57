"""Agreement with people: one system's metric with its interval, and annotators among themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from fieval.statistics.halves import Halves, by_group, count_groups
from fieval.statistics.inference import bound
from fieval.statistics.sums import Bools, Floats, Indices, Metric, quotient

FEWEST_GROUPS = 8
LARGEST_SHARE_UNDEFINED = 0.01
ROUNDING = 1e-12
MOST_HALVES_OF_ALPHA = 499  # it is recomputed unit by unit on each
Level = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval, one-sided alpha at each end; None where it cannot be computed or is too uncertain."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Annotators:
    """How people agree with one another on the `n` interactions that several of them judged.

    In `unanimous` of them all say the same. `pairwise` is how often two people do, `alpha` Krippendorff's, which takes
    chance out, and `ceiling` how often one of them says what most of the others say: no more can be asked of a system.
    """

    n: int
    unanimous: int
    pairwise: Estimate
    alpha: Estimate
    ceiling: Estimate


def estimate(metric: Metric, rows: Floats, groups: Indices, halves: Halves, alpha: float) -> Estimate:
    """One system's value of a metric over `rows` `[n, k]` of a step's table; `groups` `[n]` numbers their groups."""
    own = metric.rows(rows)
    value = _finite(metric.value(own.sum(axis=0)))
    present, totals = by_group(own, groups)
    if value is None or len(present) < max(FEWEST_GROUPS, metric.fewest_groups):
        return Estimate(value)
    if metric.kind == "rate":
        return _wilson(totals[:, 0], totals[:, 1], alpha)
    return _from_halves(value, metric.value(halves.sums(own, groups).T), alpha)


def annotators(
    votes: Floats, domain: Sequence[float], level: Level, groups: Indices, halves: Halves, alpha: float
) -> Annotators:
    """Agreement of annotators: `votes` `[n, values]` counts who said which value of `domain`, at least two each."""
    together = Metric("pairwise", "higher", "mean", (0, 1), quotient)
    measured = [np.column_stack([found, np.ones(len(votes))]) for found in (_pairwise(votes), _against_others(votes))]
    pairwise, ceiling = (estimate(together, rows, groups, halves, alpha) for rows in measured)
    chance_corrected = _krippendorff(votes, domain, level, groups, halves, alpha)
    return Annotators(len(votes), int(((votes > 0).sum(axis=1) == 1).sum()), pairwise, chance_corrected, ceiling)


def _pairwise(votes: Floats) -> Floats:
    """The share of pairs of annotators that agree, per interaction."""
    voters = votes.sum(axis=1)
    return np.asarray((votes * (votes - 1)).sum(axis=1) / (voters * (voters - 1)))


def _against_others(votes: Floats) -> Floats:
    """How often one annotator says what most of the others do, per interaction; a tie of k counts 1/k."""
    agreed = np.zeros(len(votes))
    for value in range(votes.shape[1]):
        others = votes.copy()
        others[:, value] -= 1
        most = others == others.max(axis=1, keepdims=True)
        agreed += votes[:, value] * most[:, value] / most.sum(axis=1)
    return np.asarray(agreed / votes.sum(axis=1))


def _krippendorff(
    votes: Floats, domain: Sequence[float], level: Level, groups: Indices, halves: Halves, alpha: float
) -> Estimate:
    """Krippendorff's alpha (Krippendorff 2011), its interval recomputed on halves of the groups."""
    measure = _alpha_of(domain, level)
    value = _finite(measure(votes))
    if value is None or count_groups(groups) < FEWEST_GROUPS:
        return Estimate(value)
    every = np.unpackbits(halves.bits[halves.units(groups)], axis=1, count=halves.count)
    masks = every[:, :: -(-halves.count // MOST_HALVES_OF_ALPHA)].astype(bool)  # spread: enumerated ones are in order
    return _from_halves(value, np.array([measure(votes[mask]) for mask in masks.T]), alpha)


def _alpha_of(domain: Sequence[float], level: Level) -> Callable[[Floats], float]:
    from krippendorff import alpha

    def measured(votes: Floats) -> float:
        used: Bools = votes.sum(axis=0) > 0
        if used.sum() < 2:
            return math.nan  # where nobody ever differs, there is no disagreement to be expected by chance
        values = [value for value, present in zip(domain, used, strict=True) if present]
        return float(alpha(value_counts=votes[:, used], value_domain=values, level_of_measurement=level))

    return measured


def _from_halves(value: float, halved: Floats, alpha: float) -> Estimate:
    """The interval by half-sampling; none where the halves do not vary, which would claim to know exactly."""
    undefined = ~np.isfinite(halved)
    if undefined.mean() > LARGEST_SHARE_UNDEFINED or np.ptp(halved[~undefined]) <= ROUNDING:
        return Estimate(value)
    return Estimate(value, _finite(bound(halved, alpha, low=True)), _finite(bound(halved, alpha, low=False)))


def _wilson(right: Floats, size: Floats, alpha: float) -> Estimate:
    """The score interval of a share (Wilson 1927), its n divided by the design effect of the groups."""
    n, share = float(size.sum()), float(right.sum() / size.sum())
    independent = share * (1 - share) / n
    grouped = float(((right - share * size) ** 2).sum()) / n**2 * len(size) / (len(size) - 1)
    effect = grouped / independent if independent > 0 else float((size**2).sum()) / n
    n /= max(1.0, effect)
    z = NormalDist().inv_cdf(1 - alpha)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Estimate(share, max(0.0, middle - reach), min(1.0, middle + reach))


def _finite(value: Floats | float) -> float | None:
    return float(value) if math.isfinite(float(value)) else None
