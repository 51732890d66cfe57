"""What the gate claims of chance, checked on thousands of made releases with fixed seeds."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from fieval.errors import ExitCode
from fieval.model import Result

from simulations.worlds import release, ruling, world

pytestmark = pytest.mark.simulation

REGRESSED_RELEASES = 400


def holm(p_values: list[float]) -> list[float]:
    """Adjusted p-values of Holm (1979), in the order given."""
    order = np.argsort(p_values)
    raised = [(len(p_values) - rank) * p_values[cell] for rank, cell in enumerate(order)]
    adjusted = np.minimum(1, np.maximum.accumulate(raised))
    return [float(adjusted[list(order).index(cell)]) for cell in range(len(p_values))]


def family(results: list[Result]) -> Iterator[tuple[float, float]]:
    """Plain and adjusted p of every test of the family."""
    for result in results:
        if result.p_adjusted is not None and result.p_value is not None:
            yield result.p_value, result.p_adjusted


@pytest.mark.parametrize(
    ("releases", "blocked", "passing"), [(1000, 0.058, 0.93), pytest.param(2000, 0.065, 0.90, marks=pytest.mark.long)]
)
def test_a_release_that_changed_nothing_is_blocked_as_seldom_as_promised(
    releases: int, blocked: float, passing: float
) -> None:
    """Twelve correlated rules on grouped data at alpha 0.05.

    Of 2000, 6.5 % is 5 % plus three standard errors. With half as many and 5.8 %, a gate that truly blocks too many
    is found no less often.
    """
    codes: Counter[ExitCode] = Counter()
    for seed in range(releases):
        made = world((120, 200, 320)[seed % 3], seed)
        codes[ruling(made, release(made, np.random.default_rng(50_000 + seed))).code] += 1
    assert codes.total() == releases
    assert codes[ExitCode.FAIL] <= blocked * releases
    assert codes[ExitCode.PASS] >= passing * releases


def test_a_true_regression_is_found_and_more_often_than_by_holm() -> None:
    """WER truly 4 points higher on 200 interactions: found in at least 80 %, max-T no weaker than Holm."""
    found, by_max_t, by_holm = 0, 0, 0
    for seed in range(REGRESSED_RELEASES):
        made = world(200, seed)
        ruled = ruling(made, release(made, np.random.default_rng(90_000 + seed), rise=0.04))
        plain, adjusted = zip(*family(list(ruled.results)), strict=True)
        found += ruled.code is ExitCode.FAIL
        by_max_t += sum(p < 0.05 for p in adjusted)
        by_holm += sum(p < 0.05 for p in holm(list(plain)))
    assert found >= 0.80 * REGRESSED_RELEASES
    assert by_max_t >= by_holm > 0


def test_adjusted_p_is_never_below_the_plain_one() -> None:
    for seed in range(40):
        made = world(90, seed)
        ruled = ruling(made, release(made, np.random.default_rng(seed), rise=0.02))
        assert all(adjusted >= plain for plain, adjusted in family(list(ruled.results)))


def test_intervals_cover_the_truth() -> None:
    """The 90 % interval of the change holds 0 in about 90 % of releases that changed nothing, for every kind."""
    covered: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for seed in range(600):
        made = world(160, seed)
        for result in ruling(made, release(made, np.random.default_rng(130_000 + seed))).results:
            if result.slice is None and result.interval is not None:
                tried[result.metric] += 1
                covered[result.metric] += result.interval[0] <= 0 <= result.interval[1]
    assert set(tried) == {"wer", "fail_rate", "accuracy", "kappa"}
    for metric, count in tried.items():
        assert 0.86 <= covered[metric] / count <= 0.97, metric
