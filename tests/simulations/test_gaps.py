"""Gap rules: seldom wrong where the true gap is the margin, and awake where it is much wider."""

import numpy as np
import pytest

from fieval.evals.scored import ScoredStep
from fieval.gate.cells import Measuring
from fieval.gate.gaps import gap_verdict, measure_gap
from fieval.gate.slices import Slice
from fieval.model import Coverage, Rule, Significance
from fieval.statistics.columns import columns_of
from fieval.statistics.halves import draw_halves
from fieval.statistics.sums import Metric, Table, exact, quotient

pytestmark = pytest.mark.simulation

FAIL_RATE = Metric("fail_rate", "lower", "rate", (0, 1), quotient)


def failing(rates: tuple[float, float], sizes: tuple[int, int], limit: float, releases: int) -> float:
    """How often a gap rule on one metric and two cohorts fails."""
    n = sum(sizes)
    first = np.arange(n) < sizes[0]
    parts = [Slice((("cohort", name),), mask) for name, mask in (("a", first), ("b", ~first))]
    significance, rule = Significance(resamples=999), Rule("max_gap", limit, by=(("cohort",),))
    measuring = Measuring(np.arange(n), draw_halves(n, 999, 1), significance, ())
    failed = 0
    for release in range(releases):
        rng = np.random.default_rng(release)
        wrong = rng.random(n) < np.where(first, *rates)
        rows = columns_of(exact(np.stack([wrong, np.ones(n)], axis=1).astype(np.float64)))
        table = Table(np.arange(n), None, rows, np.zeros(n, dtype=bool), np.zeros(n, dtype=bool))
        step = ScoredStep("s", (FAIL_RATE,), table, Coverage(n, 0, 0, 0), baseline_answered=False)
        gap = measure_gap(step, FAIL_RATE, parts, limit, measuring)
        failed += gap_verdict(rule, "fail_rate", gap, [], significance).verdict == "fail"
    return failed / releases


@pytest.mark.parametrize(
    ("rates", "sizes"), [((0.3, 0.2), (150, 150)), ((0.12, 0.02), (60, 240)), ((0.1, 0.0), (60, 60))]
)
def test_at_the_margin_a_gap_fails_as_seldom_as_promised(rates: tuple[float, float], sizes: tuple[int, int]) -> None:
    assert failing(rates, sizes, 0.10, 1000) <= 0.07


def test_a_wide_gap_is_found() -> None:
    assert failing((0.10, 0.35), (200, 60), 0.10, 400) >= 0.5
