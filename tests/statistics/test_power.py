"""Planning formulas by their own properties; what they promise is measured in tests/simulations/test_plan.py."""

import numpy as np
import pytest
from scipy import stats

from fieval.statistics import power
from fieval.statistics.rates import Discordance, discordance

ALPHA = 0.05
REACH = stats.norm.ppf(0.95) + stats.norm.ppf(0.80)


def counts(worse: int, better: int, pairs: int) -> Discordance:
    change = np.array([1.0] * worse + [-1.0] * better + [0.0] * (pairs - worse - better))
    return discordance(change, np.ones(pairs), np.arange(pairs))


def test_detectable_is_two_quantiles_of_the_standard_error() -> None:
    assert power.detectable(0.01, ALPHA) == pytest.approx(REACH * 0.01)


def test_proof_with_many_groups_is_the_textbook_formula() -> None:
    assert power.pairs_to_prove(0.01, 500, 10**6, 0.02, ALPHA) == pytest.approx(500 * (REACH / 2) ** 2, rel=1e-4)


def test_a_variance_known_from_few_groups_asks_for_more() -> None:
    needed = [power.pairs_to_prove(0.01, 500, groups, 0.02, ALPHA) for groups in (8, 30, 100, 1000)]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] > 1.3 * needed[-1]


def test_a_rate_at_a_small_margin_is_the_textbook_formula() -> None:
    plain = 0.2 * (REACH / 0.001) ** 2
    assert power.rate_pairs_to_prove(counts(1000, 1000, 10_000), 0.001, ALPHA) == pytest.approx(plain, rel=0.01)


def test_a_rare_rate_needs_more_than_the_textbook_formula() -> None:
    """2 in 100 pairs differ; to be 5 points worse, 5 more would."""
    plain = 0.02 * (REACH / 0.05) ** 2
    assert power.rate_pairs_to_prove(counts(10, 10, 1000), 0.05, ALPHA) > 1.3 * plain


def test_where_nothing_differs_a_rate_still_needs_interactions() -> None:
    assert power.rate_pairs_to_prove(counts(0, 0, 100), 0.05, ALPHA) > 40


@pytest.mark.parametrize("pairs", [60, 120, 240])
def test_planned_rate_is_proven_by_the_median_outcome(pairs: int) -> None:
    """At the planned n, the interval of what nothing changed most likely gives lies below the margin."""
    from fieval.statistics.rates import tango_interval

    planned = int(np.ceil(power.rate_pairs_to_prove(counts(pairs // 20, pairs // 20, pairs), 0.06, ALPHA)))
    assert tango_interval(counts(planned // 20, planned // 20, planned), ALPHA)[1] < 0.06
