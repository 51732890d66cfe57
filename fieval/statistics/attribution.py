"""How much of a worsening goes with the worsening of the steps before: stratified least squares as a function of sums.

With an intercept per stratum the fitted parts of all interactions add up to the whole, so that each regressor's share
β · mean(x) and the rest, which the intercepts hold, add up to the worsening exactly. Steps stand at levels: what goes
with an earlier step goes with it whether or not it passed through a later one, so a later step is fitted on what the
earlier ones leave of it and of the worsening (sequential sums of squares; Frisch and Waugh 1933). All that the fit
needs are sums of squares and products, so its intervals come from the same random halves as everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from fieval.statistics.halves import Halves, by_group
from fieval.statistics.sums import Floats, Indices, exact

_SINGULAR = 1e-9  # of the regressors' squares, below which they cannot be told apart
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Design:
    """What is explained by what. Rows of 0 weight take no part.

    `weight` `[n]` is how much each interaction counts, `worsening` `[n]` its booked part of the whole worsening,
    `upstream` `[n, k]` the worsening of each step before, `stratum` `[n]` numbers what has an intercept of its own,
    `levels` `[k]` is how far down the pipeline each step before stands (none given: all side by side).
    """

    weight: Floats
    worsening: Floats
    upstream: Floats
    stratum: Indices
    levels: tuple[int, ...] = ()

    @property
    def strata(self) -> int:
        """How many intercepts there are."""
        return int(self.stratum.max(initial=0)) + 1

    def rows(self) -> Floats:
        """Addable rows `[n, c]`: by stratum weight, worsening and weighted regressors; then products."""
        own = np.column_stack([self.weight, self.worsening, self.weight[:, None] * self.upstream])
        member = self.stratum[:, None] == np.arange(self.strata)
        by_stratum = (member[:, :, None] * own[:, None, :]).reshape(len(own), -1)
        squares = self.weight[:, None, None] * self.upstream[:, :, None] * self.upstream[:, None, :]
        products = self.upstream * self.worsening[:, None]
        return exact(np.hstack([by_stratum, squares.reshape(len(own), -1), products]))

    def shares(self, sums: Floats) -> Floats:
        """What goes with each regressor and, last, what is left: `[..., k + 1]`; they add up to the worsening."""
        by_stratum, squares, _ = self._parts(sums)
        totals = by_stratum.sum(axis=-2)
        weight = np.where(totals[..., :1] > 0, totals[..., :1], np.nan)
        size = np.einsum("...ii->...", squares)  # around 0: what is left around means may be mere rounding
        explained = self._explained(totals[..., 2:] / weight, size, *self._within(sums))
        rest = totals[..., 1:2] / weight - explained.sum(axis=-1, keepdims=True)
        return np.concatenate([explained, rest], axis=-1)

    def _explained(self, means: Floats, size: Floats, squares: Floats, products: Floats) -> Floats:
        """Slope times mean `[..., k]`, level by level, each on what the levels before it leave."""
        explained = np.zeros_like(means)
        levels = np.array(self.levels or (0,) * means.shape[-1])
        for level in np.unique(levels):
            before, own = np.flatnonzero(levels < level), np.flatnonzero(levels == level)
            shared = squares[..., own[:, None], before]
            passed_on = np.einsum("...ij,...jk->...ik", shared, _inverse(squares[..., before[:, None], before], size))
            left = squares[..., own[:, None], own] - np.einsum("...ij,...kj->...ik", passed_on, shared)
            worse = products[..., own] - np.einsum("...ij,...j->...i", passed_on, products[..., before])
            mean = means[..., own] - np.einsum("...ij,...j->...i", passed_on, means[..., before])
            explained[..., own] = np.einsum("...ij,...j->...i", _inverse(left, size), worse) * mean
        return explained

    def _within(self, sums: Floats) -> tuple[Floats, Floats]:
        """Squares `[..., k, k]` and products `[..., k]` around the means of each stratum."""
        by_stratum, squares, products = self._parts(sums)
        weight = by_stratum[..., 0]
        share = np.where(weight > 0, 1 / np.where(weight > 0, weight, 1.0), 0.0)
        regressors, worsening = by_stratum[..., 2:], by_stratum[..., 1]
        squares = squares - np.einsum("...s,...si,...sj->...ij", share, regressors, regressors)
        products = products - np.einsum("...s,...si,...s->...i", share, regressors, worsening)
        return squares, products

    def _parts(self, sums: Floats) -> tuple[Floats, Floats, Floats]:
        count = self.upstream.shape[1]
        own = self.strata * (2 + count)
        leading = sums.shape[:-1]
        return (
            sums[..., :own].reshape(*leading, self.strata, 2 + count),
            sums[..., own : own + count * count].reshape(*leading, count, count),
            sums[..., own + count * count :],
        )


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of a worsening, the last one what is left, with intervals `[k + 1, 2]`, one-sided alpha at each end."""

    shares: Floats
    intervals: Floats


def attribute(designs: Sequence[tuple[Design, Indices]], halves: Halves, alpha: float) -> list[Shares]:
    """For each design, with the groups `[n]` of its rows, the shares of the worsening and their intervals.

    All are drawn at once, since the halves cost more than the sums.
    """
    scaled = [(_scaled(design), groups) for design, groups in designs]
    rows = [design.rows() for design, _ in scaled]
    drawn = np.split(_sums(rows, [groups for _, groups in scaled], halves), _ends(rows))
    return [
        _shares(design, own, halved.T, alpha) for (design, _), own, halved in zip(scaled, rows, drawn, strict=False)
    ]


def _shares(design: Design, rows: Floats, halved: Floats, alpha: float) -> Shares:
    drawn = design.shares(halved)
    return Shares(design.shares(rows.sum(axis=0)), np.stack([interval(column, alpha) for column in drawn.T]))


def _sums(rows: Sequence[Floats], groups: Sequence[Indices], halves: Halves) -> Floats:
    """Sums over each half of several sets of rows `[n, c]`, one below the other: `[Σc, halves]`."""
    totals = np.zeros((len(halves.bits), sum(own.shape[1] for own in rows)))
    start = 0
    for own, numbers in zip(rows, groups, strict=True):
        present, sums = by_group(own, halves.units(numbers))
        totals[present, start : start + own.shape[1]] = sums
        start += own.shape[1]
    return halves.sums(totals, np.arange(len(totals)))


def _ends(rows: Sequence[Floats]) -> list[int]:
    return list(accumulate(own.shape[1] for own in rows))


def interval(values: Floats, alpha: float) -> Floats:
    """The order statistics (B + 1)·alpha from either end; undefined values stand at both ends."""
    rank = max(1, int(np.floor((len(values) + 1) * alpha + _TOLERANCE)))
    low = np.partition(np.where(np.isfinite(values), values, -np.inf), rank - 1)[rank - 1]
    high = np.partition(np.where(np.isfinite(values), values, np.inf), len(values) - rank)[len(values) - rank]
    return np.array([low, high])


def thirds(difficulty: Floats) -> Indices:
    """0, 1 or 2 for each value; equal values are in the same third."""
    if not len(difficulty):
        return np.zeros(0, dtype=np.intp)
    low, high = np.quantile(difficulty, [1 / 3, 2 / 3], method="lower")
    return np.asarray((difficulty > low).astype(np.intp) + (difficulty > high))


def _inverse(squares: Floats, size: Floats) -> Floats:
    """The pseudo-inverse of symmetric matrices `[..., k, k]`; what is small beside `size` `[...]` counts as 0."""
    values, vectors = np.linalg.eigh(squares)
    known = values > _SINGULAR * size[..., None]
    inverse = np.where(known, 1 / np.where(known, values, 1.0), 0.0)
    return np.asarray(np.einsum("...ij,...j,...kj->...ik", vectors, inverse, vectors))


def _scaled(design: Design) -> Design:
    """The same with weights that add up to 1, and regressors of size 1, so that units cannot make them singular."""
    size = np.sqrt((design.upstream**2).mean(axis=0))
    upstream = design.upstream / np.where(size > 0, size, 1.0)
    return replace(design, weight=design.weight / design.weight.sum(), upstream=upstream)
