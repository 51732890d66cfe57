"""Weights that bring a golden dataset to the mix of production."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fieval.statistics.columns import exact_columns, exact_pair, times
from fieval.statistics.sums import Floats, Table

_ROUNDS = 200
_CLOSE = 1e-10
_MET = 1e-4


def rake(values: Mapping[str, Sequence[str]], population: Mapping[str, Mapping[str, float]]) -> Floats:
    """Weights `[n]`, 1 on average, under which each variable has its population's shares.

    One variable is plain post-stratification; for several, margins are fitted in turn until all hold (raking: Deming
    and Stephan 1940). `values` are those of each variable `[n]`; interactions without one keep their weight.
    """
    weights = np.ones(len(next(iter(values.values()))))
    masks = {
        name: {value: np.array([each == value for each in values[name]]) for value in shares}
        for name, shares in population.items()
    }
    for _ in range(_ROUNDS):
        before = weights.copy()
        for name, shares in population.items():
            known = float(sum(weights[mask].sum() for mask in masks[name].values()))
            known /= sum(share for value, share in shares.items() if masks[name][value].any())
            for value, share in shares.items():
                present = float(weights[masks[name][value]].sum())
                if present > 0:
                    weights[masks[name][value]] *= share * known / present
        if np.abs(weights - before).max() < _CLOSE:
            break
    return np.asarray(weights / weights.mean())


def unmet(
    weights: Floats, values: Mapping[str, Sequence[str]], population: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """The variables whose shares the weights do not bring about: margins that cannot all hold at once."""
    missed = []
    for name, shares in population.items():
        found = {value: weights[np.array([each == value for each in values[name]])].sum() for value in shares}
        total, wanted = sum(found.values()), sum(share for value, share in shares.items() if found[value] > 0)
        if any(abs(found[value] / total - shares[value] / wanted) > _MET for value in shares if found[value] > 0):
            missed.append(name)
    return missed


def effective_size(weights: Floats) -> float:
    """How many equally weighted interactions would be worth as much (Kish 1965): (Σw)² / Σw²."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def weighted(table: Table, weights: Floats) -> Table:
    """A step's table with each row multiplied by the weight of its interaction."""
    own = weights[table.interactions]
    candidate = times(table.candidate, own)
    if table.baseline is None:
        return replace(table, candidate=exact_columns(candidate))
    baseline, candidate = exact_pair(times(table.baseline, own), candidate)
    return replace(table, candidate=candidate, baseline=baseline)
