"""Family-wise correction over all tests of a run, on the masks that they share."""

from __future__ import annotations

import numpy as np

from fieval.statistics.sums import Floats

_TOLERANCE = 1e-9


def step_down(observed: Floats, null: Floats) -> Floats:
    """Adjusted one-sided p-values by step-down max-T (Westfall and Young 1993, algorithm 4.1).

    `observed` `[cells]` are studentised worsenings, `null` `[cells, halves]` the same under no change, -inf where a
    half is undefined. The correlation of the tests is in the shared halves, which makes it stronger than Holm.
    """
    if not len(observed):
        return np.zeros(0)
    order = np.argsort(-observed, kind="stable")
    maxima = np.maximum.accumulate(null[order[::-1]], axis=0)[::-1]
    thresholds = observed[order] - _TOLERANCE * np.maximum(1.0, np.abs(observed[order]))
    exceeding = (maxima >= thresholds[:, None]).sum(axis=1)
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate((1 + exceeding) / (null.shape[1] + 1))
    return adjusted
