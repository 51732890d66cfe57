"""Weighting to production: equal weights change nothing, unequal ones cost what they should."""

from dataclasses import replace

import numpy as np
import pytest

from fieval.statistics import rates
from fieval.statistics.columns import columns_of
from fieval.statistics.compare import compare
from fieval.statistics.halves import draw_halves
from fieval.statistics.sums import exact
from fieval.statistics.weights import weighted

from tables import ACCURACY, WER, table

RNG = np.random.default_rng(7)
WORSE = RNG.choice([-1.0, 0.0, 1.0], 120, p=[0.06, 0.86, 0.08])


def test_equal_weights_of_any_size_change_nothing() -> None:
    plain = rates.discordance(WORSE, np.ones(120), np.arange(120))
    heavy = rates.discordance(2.5 * WORSE, np.full(120, 2.5), np.arange(120))
    assert rates.tango_interval(heavy, 0.05) == pytest.approx(rates.tango_interval(plain, 0.05))
    assert rates.standard_error(heavy) == pytest.approx(rates.standard_error(plain))
    assert (heavy.clustered, heavy.entangled) == (False, False)


def test_unequal_weights_widen_the_interval_by_their_design_effect() -> None:
    weights = np.where(np.arange(120) % 2, 1.9, 0.1)
    plain = rates.discordance(WORSE, np.ones(120), np.arange(120))
    uneven = rates.discordance(weights * WORSE, weights, np.arange(120))
    assert uneven.clustered
    assert uneven.design_effect == pytest.approx(1.81, rel=0.25)
    assert np.ptp(rates.tango_interval(uneven, 0.05)) > 1.1 * np.ptp(rates.tango_interval(plain, 0.05))
    nothing = rates.discordance(np.zeros(120), weights, np.arange(120))
    assert nothing.design_effect == pytest.approx(120 * (weights**2).sum() / weights.sum() ** 2)


def test_a_weighted_ratio_is_the_ratio_of_weighted_sums() -> None:
    words = RNG.integers(20, 200, 50).astype(float)
    before, after = (np.stack([RNG.binomial(words.astype(int), 0.2), words], axis=1) for _ in range(2))
    weights = RNG.uniform(0.2, 3, 50)
    halves = draw_halves(50, 999, 1)
    found = compare([WER], weighted(table(before, after), weights), np.arange(50), halves, 0.05)["wer"]
    assert found.candidate == pytest.approx((weights * after[:, 0]).sum() / (weights * words).sum())
    assert found.n == 50


@pytest.mark.simulation
def test_weighted_rates_keep_their_error_rates() -> None:
    """A cohort of 30 % of the data that is 70 % of production; 7 % is 5 % plus three standard errors."""
    failed = proven = 0
    halves = draw_halves(150, 999, 1)
    weights = np.where(np.arange(150) < 45, 0.7 / 0.3, 0.3 / 0.7)
    for release in range(1000):
        rng = np.random.default_rng(release)
        hard = rng.normal(size=150)
        calm, also, harmed = (
            np.stack([hard + rng.normal(size=150) < 1.2 - shift, np.ones(150)], axis=1) for shift in (0, 0, 0.35)
        )
        same = compare([ACCURACY], weighted(table(calm, also), weights), np.arange(150), halves, 0.05)["accuracy"]
        worse = compare([ACCURACY], weighted(table(calm, harmed), weights), np.arange(150), halves, 0.05)["accuracy"]
        failed += same.test.p_value is not None and same.test.p_value < 0.05
        proven += worse.test.upper is not None and worse.test.upper < 0.0758  # the true worsening
    assert failed <= 70
    assert proven <= 70


def test_without_a_baseline_rows_are_rounded_as_one_system_alone() -> None:
    rows, weights = RNG.random((50, 2)), RNG.uniform(0.2, 3, 50)
    alone = replace(table(rows, rows), baseline=None, candidate=columns_of(rows))
    assert np.array_equal(weighted(alone, weights).candidate.dense(), exact(rows * weights[:, None]))
