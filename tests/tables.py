"""Small tables for tests: rows of a metric, both systems, without any file."""

from __future__ import annotations

import numpy as np

from fieval.statistics.columns import columns_of
from fieval.statistics.sums import Floats, Metric, Table, exact, quotient

WER = Metric("wer", "lower", "ratio", (0, 1), quotient)
ACCURACY = Metric("accuracy", "higher", "rate", (0, 1), quotient)


def table(baseline: Floats, candidate: Floats) -> Table:
    """A table of two systems' rows `[n, k]`, all of them compared."""
    n = len(candidate)
    return Table(
        interactions=np.arange(n),
        baseline=columns_of(exact(np.asarray(baseline, dtype=np.float64))),
        candidate=columns_of(exact(np.asarray(candidate, dtype=np.float64))),
        compared=np.ones(n, dtype=bool),
        unchanged=np.zeros(n, dtype=bool),
    )
