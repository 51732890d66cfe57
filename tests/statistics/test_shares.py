"""Clopper and Pearson's interval against statsmodels."""

import pytest
from statsmodels.stats.proportion import proportion_confint

from fieval.statistics.shares import share


@pytest.mark.parametrize(("count", "trials"), [(0, 400), (1, 400), (13, 400), (200, 400), (400, 400), (3, 7)])
def test_interval_is_exact(count: int, trials: int) -> None:
    found = share(count, trials)
    assert (found.low, found.high) == pytest.approx(proportion_confint(count, trials, 0.05, "beta"), abs=1e-9)
    assert found.low <= found.value == count / trials <= found.high
