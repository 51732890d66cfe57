"""How well a count of trials is known."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """`count` out of `trials`, with its 95 % interval."""

    count: int
    trials: int
    value: float
    low: float
    high: float


def share(count: int, trials: int) -> Share:
    """The share with the exact interval (Clopper and Pearson 1934); `trials` must not be 0."""
    from scipy.special import betaincinv

    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(count, trials - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, trials - count, 1 - tail)) if count < trials else 1.0
    return Share(count, trials, count / trials, low, high)
