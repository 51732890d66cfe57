"""Half-sampling against the resampling of scipy, by hand: python tests/benchmarks/bench_statistics.py.

10,000 interactions, 30 metrics, 3 cohorts of 5 values, 9,999 resamples; scipy gets one metric on the whole and fewer
resamples, whose time is scaled up. Prints seconds, the ratio per metric and slice, and the peak memory of our part.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import stats

from fieval.evals.scored import ScoredStep
from fieval.gate.cells import Measuring, measure
from fieval.gate.slices import slices
from fieval.model import Card, Coverage, Interaction, Significance
from fieval.statistics.columns import columns_of
from fieval.statistics.halves import draw_halves
from fieval.statistics.sums import Floats, Metric, Table, exact, quotient

INTERACTIONS, METRICS, COHORTS, VALUES = 10_000, 30, 3, 5
RESAMPLES, SCIPY_RESAMPLES = 9_999, 99


def main() -> None:
    rng = np.random.default_rng(1)
    before, after = made(rng), made(rng)
    seconds = timed(partial(ours, before, after))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cells = METRICS * (1 + COHORTS * VALUES)
    print(f"fieval: {seconds:.2f} s for {cells} cells, {seconds / cells * 1000:.2f} ms each, peak {memory:.0f} MB")
    for name, function in {"permutation_test": permutation, "bootstrap": bootstrap}.items():
        one = timed(partial(function, before, after)) * RESAMPLES / SCIPY_RESAMPLES
        print(f"scipy.stats.{name}: {one:.1f} s for one cell (scaled); {one / (seconds / cells):.0f} times ours")


def made(rng: np.random.Generator) -> Floats:
    words = rng.integers(20, 400, (INTERACTIONS, METRICS))
    errors = rng.binomial(words, 0.12)
    return np.stack([errors, words], axis=2).reshape(INTERACTIONS, 2 * METRICS).astype(np.float64)


def ours(before: Floats, after: Floats) -> None:
    rng = np.random.default_rng(2)
    names = [f"cohort{index}" for index in range(COHORTS)]
    values = rng.integers(0, VALUES, (INTERACTIONS, COHORTS)).astype(str)
    interactions = [
        Interaction(str(index), "voice", "en", str(index), dict(zip(names, row, strict=True)))
        for index, row in enumerate(values.tolist())
    ]
    everything = np.ones(INTERACTIONS, dtype=bool)
    table = Table(np.arange(INTERACTIONS), columns_of(exact(before)), columns_of(exact(after)), everything, ~everything)
    metrics = tuple(
        Metric(f"wer{index}", "lower", "ratio", (2 * index, 2 * index + 1), quotient) for index in range(METRICS)
    )
    step = ScoredStep("asr", metrics, table, Coverage(INTERACTIONS, 0, 0, 0), baseline_answered=True)
    halves = draw_halves(INTERACTIONS, RESAMPLES, 1)
    parts = [
        part for part in slices(Card("c", "1", cohorts=tuple(names)), interactions) if "channel" not in part.crossing
    ]
    parts = [part for part in parts if "language" not in part.crossing]
    measure([step], parts, Measuring(np.arange(INTERACTIONS), halves, Significance(), ()))


def permutation(before: Floats, after: Floats) -> None:
    def difference(x: Floats, y: Floats, axis: int = -1) -> Floats:
        return np.asarray((y - x).sum(axis=axis))

    stats.permutation_test(
        (before[:, 0], after[:, 0]),
        difference,
        permutation_type="samples",
        vectorized=True,
        n_resamples=SCIPY_RESAMPLES,
    )


def bootstrap(before: Floats, after: Floats) -> None:
    def change(x: Floats, y: Floats, words: Floats, axis: int = -1) -> Floats:
        return np.asarray((y - x).sum(axis=axis) / words.sum(axis=axis))

    data = (before[:, 0], after[:, 0], after[:, 1])
    stats.bootstrap(data, change, paired=True, vectorized=True, n_resamples=SCIPY_RESAMPLES, method="percentile")


def timed(function: Callable[[], None]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
