"""Agreement with people against published values and independent implementations."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.proportion import proportion_confint

from fieval.evals.label_agreement import LabelScorer
from fieval.model import LabelSet
from fieval.statistics.halves import draw_halves
from fieval.statistics.human import Annotators, Level, annotators, estimate
from fieval.statistics.sums import Floats, exact

from simulations.worlds import label_rows
from tables import ACCURACY

ALPHA = 0.05
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
PUBLISHED: list[tuple[Level, float]] = [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]


def counted(units: list[list[int]], values: int) -> Floats:
    return np.array([[unit.count(value) for value in range(1, values + 1)] for unit in units], dtype=np.float64)


def agreement(votes: Floats, level: Level = "nominal") -> Annotators:
    n = len(votes)
    domain = [float(value) for value in range(1, votes.shape[1] + 1)]
    return annotators(votes, domain, level, np.arange(n), draw_halves(n, 999, 1), ALPHA)


@pytest.mark.parametrize(("level", "published"), PUBLISHED)
def test_alpha_is_what_krippendorff_published(level: Level, published: float) -> None:
    units = [[vote for vote in unit if vote] for unit in zip(*OBSERVERS, strict=True)]
    several = counted([unit for unit in units if len(unit) > 1], 5)
    assert agreement(several, level).alpha.value == pytest.approx(published, abs=5e-4)


def test_pairs_and_ceiling_by_hand() -> None:
    """aab: one pair of three agrees; a says what half of the others (ab) say, b never does."""
    found = agreement(np.array([[2.0, 1.0]] * 10))
    assert found.n == 10
    assert found.unanimous == 0
    assert found.pairwise.value == pytest.approx(1 / 3)
    assert found.ceiling.value == pytest.approx((2 * 0.5 + 0) / 3)


def test_of_two_annotators_the_ceiling_is_their_agreement() -> None:
    found = agreement(np.array([[2.0, 0.0]] * 6 + [[1.0, 1.0]] * 4))
    assert found.unanimous == 6
    assert found.pairwise.value == found.ceiling.value == pytest.approx(0.6)


def test_where_all_say_the_same_alpha_is_unknown() -> None:
    assert agreement(np.array([[3.0, 0.0]] * 10)).alpha.value is None


def test_what_does_not_vary_gets_no_interval() -> None:
    found = agreement(np.array([[2.0, 1.0]] * 10))
    assert (found.pairwise.low, found.pairwise.high) == (None, None)


def test_alpha_lies_within_its_interval() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(1, 4, 60)
    units = [[int(t if rng.random() < 0.7 else rng.integers(1, 4)) for _ in range(3)] for t in truth]
    alpha = agreement(counted(units, 3)).alpha
    assert alpha.value is not None
    assert alpha.low is not None
    assert alpha.high is not None
    assert alpha.low < alpha.value < alpha.high
    assert 0.1 < alpha.high - alpha.low < 0.5


def shares(right: int, n: int) -> Floats:
    return np.stack([np.arange(n) < right, np.ones(n)], axis=1).astype(np.float64)


@pytest.mark.parametrize(("right", "n"), [(0, 30), (27, 30), (64, 64), (100, 400)])
def test_share_of_single_interactions_is_wilsons(right: int, n: int) -> None:
    found = estimate(ACCURACY, shares(right, n), np.arange(n), draw_halves(n, 99, 1), ALPHA)
    assert (found.low, found.high) == pytest.approx(proportion_confint(right, n, 0.10, "wilson"), rel=0.01)


def test_groups_that_go_together_widen_the_interval() -> None:
    rows = np.repeat(shares(20, 40), 4, axis=0)
    halves = draw_halves(160, 99, 1)
    alone = estimate(ACCURACY, rows, np.arange(160), halves, ALPHA)
    together = estimate(ACCURACY, rows, np.repeat(np.arange(40), 4), halves, ALPHA)
    assert alone.low is not None
    assert together.low is not None
    assert together.low < alone.low


def test_kappa_is_that_of_scikit_learn_and_its_interval_has_the_right_width() -> None:
    """Against the spread of kappa over 200 samples of the same kind."""
    kappa = next(each for each in LabelScorer("x", LabelSet(("a", "b", "c"))).metrics if each.name == "kappa")
    halves = draw_halves(200, 999, 1)

    def sample(seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        gold = rng.integers(0, 3, 200)
        return np.stack([gold, np.where(rng.random(200) < 0.7, gold, rng.integers(0, 3, 200))], axis=1).astype(float)

    values, widths = [], []
    for seed in range(200):
        found = estimate(kappa, exact(label_rows(sample(seed))), np.arange(200), halves, ALPHA)
        assert found.value == pytest.approx(cohen_kappa_score(*sample(seed).T))
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        values.append(found.value)
        widths.append(found.high - found.low)
    assert np.mean(widths) == pytest.approx(2 * 1.645 * np.std(values), rel=0.15)


def test_too_few_groups_get_a_value_only() -> None:
    found = estimate(ACCURACY, shares(5, 7), np.arange(7), draw_halves(7, 99, 1), ALPHA)
    assert (found.value, found.low, found.high) == (5 / 7, None, None)
