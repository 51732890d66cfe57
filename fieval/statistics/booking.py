"""Which interactions a change came from: the worsening of any metric, booked to single interactions without remainder.

A metric is a function f of sums. Along the straight line from the baseline's sums to the candidate's its worsening is
the integral of the gradient times the direction, and the direction is a sum over interactions; so interaction i gets
ḡ · (u_candidate,i - u_baseline,i) with ḡ the mean gradient on that line (Aumann and Shapley 1974; "integrated
gradients" of Sundararajan et al. 2017). For ratios of fixed denominator that is its errors over all words. An
interaction whose rows are the same gets 0.
"""

from __future__ import annotations

import numpy as np

from fieval.statistics.columns import Columns, Floats
from fieval.statistics.sums import Metric

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_NODES = (_POINTS + 1) / 2
_STEP = 1e-3  # of a column's size; the five-point rule errs by its fourth power
_STENCIL = ((-2.0, 1 / 12), (-1.0, -8 / 12), (1.0, 8 / 12), (2.0, -1 / 12))


def book(metric: Metric, before: Columns, after: Columns) -> Floats:
    """Each interaction's part `[n]` of the worsening, from a metric's own rows `[n, k]` of either system.

    They add up to the worsening. Where the metric has a kink on the way (`prevalence_bias`, and metrics that are better
    toward zero when they cross it) the nodes miss a little of it, which is spread in proportion.
    """
    if metric.counted:
        return np.asarray((after[:, 0] > before[:, 0]) / max(1, (after[:, 1] > 0).sum()))
    start, end = before.sums(), after.sums()
    line = start + _NODES[:, None] * (end - start)
    booked = np.zeros(len(before))
    for column in range(len(start)):
        first, last = before[:, column], after[:, column]
        if (first != last).any():
            size = max(float(np.abs(first).sum()), float(np.abs(last).sum()))
            booked += (last - first) * float((_WEIGHTS / 2) @ _slope(metric, line, column, _STEP * size))
    whole, total = float(badness(metric, end) - badness(metric, start)), float(booked.sum())
    return np.asarray(booked * (whole / total) if whole * total > 0 else booked)


def badness(metric: Metric, sums: Floats) -> Floats:
    """A metric's value turned so that more is worse."""
    value = metric.value(sums)
    return np.abs(value) if metric.better == "zero" else metric.worse_sign * value


def _slope(metric: Metric, line: Floats, column: int, step: float) -> Floats:
    """The partial derivative in one column at points `[nodes, k]`, by the five-point rule."""
    slope = np.zeros(len(line))
    for steps, weight in _STENCIL:
        moved = line.copy()
        moved[:, column] += steps * step
        slope += weight * badness(metric, moved)
    return slope / step
