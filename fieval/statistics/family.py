"""Family-wise correction over all tests of a run, on the masks that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fieval.statistics.sums import Floats

_TOLERANCE = 1e-9


def step_down(observed: Floats, nulls: Sequence[Callable[[], Floats]]) -> Floats:
    """Adjusted one-sided p-values by step-down max-T (Westfall and Young 1993, algorithm 4.1).

    `observed` `[cells]` are studentised worsenings; each of `nulls` makes the same under no change `[halves]`, -inf
    where a half is undefined, when it is its turn, so that a large family needs little memory. The correlation of the
    tests is in the shared halves, which makes it stronger than Holm.
    """
    order = np.argsort(-observed, kind="stable")
    above = np.zeros(len(observed))
    running: Floats | None = None
    for cell in order[::-1]:
        null = nulls[cell]()
        running = null if running is None else np.maximum(running, null)
        threshold = observed[cell] - _TOLERANCE * max(1.0, abs(observed[cell]))
        above[cell] = (1 + (running >= threshold).sum()) / (len(null) + 1)
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate(above[order])
    return adjusted
