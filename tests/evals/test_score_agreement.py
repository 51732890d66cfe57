"""Score metrics against scipy on random data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fieval.evals.score_agreement import ScoreAgreement
from fieval.model import Card, GoldScore, Interaction, Output, ScoreRange
from fieval.statistics.sums import exact

CARD = Card("d", "1", scores={"csat": ScoreRange(1, 5)})


def values(pairs: list[tuple[float, float | None]]) -> dict[str, float]:
    scorer = ScoreAgreement(score="csat").scorer("step", CARD)
    rows = exact(np.array([scorer.row(gold(y), output(x)) for y, x in pairs]))
    return {metric.name: metric.of(rows) for metric in scorer.metrics}


def gold(score: float) -> Interaction:
    return Interaction("i", "chat", "en", "i", {}, scores={"csat": GoldScore(score, (score,))})


def output(score: float | None) -> Output:
    return Output("i", scores={} if score is None else {"csat": score})


hundredths = st.integers(100, 500).map(lambda score: score / 100)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5).map(float), hundredths), min_size=3, max_size=60))
def test_values_equal_scipy(pairs: list[tuple[float, float]]) -> None:
    y, x = (np.array(column) for column in zip(*pairs, strict=True))
    found = values([*pairs])
    assert found["mae"] == pytest.approx(np.abs(x - y).mean(), abs=1e-6)
    assert found["bias"] == pytest.approx((x - y).mean(), abs=1e-6)
    if len(set(x)) > 1 and len(set(y)) > 1:
        assert found["spearman"] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)
        assert found["pearson"] == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)


def test_constant_prediction_correlates_zero_and_constant_gold_is_undefined() -> None:
    found = values([(1.0, 3.3), (4.0, 3.3), (5.0, 3.3)])
    assert (found["pearson"], found["spearman"]) == (0, 0)
    found = values([(4.0, 1.3), (4.0, 3.3), (4.0, 4.1)])
    assert np.isnan(found["pearson"])
    assert np.isnan(found["spearman"])


def test_missing_score_stands_at_the_far_end() -> None:
    assert values([(4.0, None)])["mae"] == 3
    assert values([(2.0, None)])["bias"] == 3


def test_bar_and_worsening_are_in_the_scores_own_unit() -> None:
    scorer = ScoreAgreement(score="csat").scorer("step", CARD)
    near, far = scorer.row(gold(4), output(3.0)), scorer.row(gold(4), output(1.9))
    assert (scorer.failed(near), scorer.failed(far)) == (False, True)
    assert scorer.got_worse(near, far)
    assert not scorer.got_worse(far, near)
