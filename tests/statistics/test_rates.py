"""Paired rates against scipy, statsmodels and direct maximisation of the likelihood."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar

from fieval.statistics import rates


def counts_of(worse: int, better: int, pairs: int) -> rates.Discordance:
    worsening = np.array([1.0] * worse + [-1.0] * better + [0.0] * (pairs - worse - better))
    return rates.discordance(worsening, np.ones(pairs), np.arange(pairs))


@given(st.integers(0, 60), st.integers(0, 60))
def test_mid_p_is_the_binomial_tail_with_half_of_the_observed(worse: int, better: int) -> None:
    law = stats.binom(worse + better, 0.5)
    expected = law.sf(worse) + law.pmf(worse) / 2
    assert rates.mcnemar_mid_p(worse, better) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("worse", "better"), [(9, 2), (30, 12), (5, 0)])
def test_mid_p_lies_half_a_point_below_the_exact_test_of_statsmodels(worse: int, better: int) -> None:
    exact = mcnemar([[0, worse], [better, 0]], exact=True).pvalue
    pmf = stats.binom.pmf(worse, worse + better, 0.5)
    assert 2 * rates.mcnemar_mid_p(worse, better) == pytest.approx(exact - pmf)


def constrained_variance(delta: float, worse: int, better: int, pairs: int) -> float:
    """Variance of the score from the likelihood maximised numerically under p12 - p21 = delta."""

    def minus_log_likelihood(p21: float) -> float:
        p12, rest = p21 + delta, 1 - 2 * p21 - delta
        return -sum(
            count * math.log(max(p, 1e-300))
            for count, p in ((worse, p12), (better, p21), (pairs - worse - better, rest))
        )

    bounds = (max(0.0, -delta), (1 - delta) / 2)
    best = optimize.minimize_scalar(minus_log_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12})
    return float(pairs * (2 * best.x + delta * (1 - delta)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8), st.integers(0, 8), st.integers(20, 60), st.floats(-0.3, 0.3))
def test_tango_score_equals_numerical_maximisation(worse: int, better: int, pairs: int, delta: float) -> None:
    variance = constrained_variance(delta, worse, better, pairs)
    if variance > 1e-3:
        expected = (worse - better - pairs * delta) / math.sqrt(variance)
        assert rates.tango_score(delta, worse, better, pairs) == pytest.approx(expected, rel=2e-3, abs=2e-3)


def test_tango_interval_ends_where_the_score_is_the_quantile() -> None:
    low, high = rates.tango_interval(counts_of(7, 3, 90), 0.05)
    assert rates.tango_score(low, 7, 3, 90) == pytest.approx(1.6448536, abs=1e-6)
    assert rates.tango_score(high, 7, 3, 90) == pytest.approx(-1.6448536, abs=1e-6)


def test_no_discordant_pair_is_no_certainty() -> None:
    low, high = rates.tango_interval(counts_of(0, 0, 50), 0.05)
    assert low == pytest.approx(-high)
    assert high > 0.04


def test_interval_of_the_swapped_systems_is_mirrored() -> None:
    low, high = rates.tango_interval(counts_of(9, 2, 70), 0.05)
    mirrored = rates.tango_interval(counts_of(2, 9, 70), 0.05)
    assert mirrored == pytest.approx((-high, -low))


def test_groups_that_agree_with_themselves_widen_the_interval() -> None:
    worsening = np.repeat([1.0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 1], 5)
    alone = rates.discordance(worsening, np.ones(60), np.arange(60))
    grouped = rates.discordance(worsening, np.ones(60), np.repeat(np.arange(12), 5))
    assert (alone.design_effect, alone.clustered) == (1.0, False)
    assert grouped.design_effect == pytest.approx(5, rel=0.15)
    assert rates.tango_interval(grouped, 0.05)[1] > rates.tango_interval(alone, 0.05)[1] + 0.02
    assert rates.standard_error(grouped) > 2 * rates.standard_error(alone)
