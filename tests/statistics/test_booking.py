"""A worsening booked to interactions, against the worsening itself and against closed forms."""

import numpy as np
import pytest

from fieval.evals.label_agreement import LabelScorer
from fieval.evals.score_agreement import ScoreAgreement
from fieval.evals.scored import step_metrics
from fieval.model import Card, GoldLabel, GoldScore, Interaction, LabelSet, Output, Prediction, ScoreRange
from fieval.statistics.booking import badness, book
from fieval.statistics.columns import columns_of
from fieval.statistics.sums import Floats, Metric

from tables import WER

VALUES = ("a", "b", "c")
LABELS = LabelScorer("label", LabelSet(VALUES, ordinal=True))
SCORES = ScoreAgreement(score="s").scorer("s", Card("d", "1", scores={"s": ScoreRange(1, 5)}))


def labelled(gold: Floats, guess: Floats, sure: Floats) -> Floats:
    rows = []
    for truth, answer, confidence in zip(gold.astype(int), guess.astype(int), sure, strict=True):
        value = VALUES[truth]
        interaction = Interaction("i", "chat", "en", "i", {}, labels={"label": GoldLabel(value, (value,))})
        output = Output("i", labels={"label": Prediction(VALUES[answer], float(confidence))})
        rows.append(LABELS.row(interaction, output))
    return np.array(rows)


def scored(gold: Floats, guess: Floats) -> Floats:
    rows = []
    for truth, answer in zip(gold, guess, strict=True):
        interaction = Interaction("i", "chat", "en", "i", {}, scores={"s": GoldScore(float(truth), (float(truth),))})
        rows.append(SCORES.row(interaction, Output("i", scores={"s": float(answer)})))
    return np.array(rows)


def label_tables(seed: int = 1, n: int = 200) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    gold = rng.choice(3, n, p=(0.5, 0.3, 0.2)).astype(np.float64)
    before = np.where(rng.random(n) < 0.8, gold, rng.integers(0, 3, n))
    after = np.where(rng.random(n) < 0.5, before, np.where(rng.random(n) < 0.6, gold, rng.integers(0, 3, n)))
    return labelled(gold, before, rng.uniform(0.4, 1, n)), labelled(gold, after, rng.uniform(0.4, 1, n))


def score_tables() -> tuple[Floats, Floats]:
    rng = np.random.default_rng(2)
    gold = rng.integers(1, 6, 150).astype(np.float64)
    return scored(gold, np.clip(gold + rng.normal(0, 0.7, 150), 1, 5)), scored(gold, np.clip(gold + 1, 1, 5))


def word_tables() -> tuple[Floats, Floats]:
    rng = np.random.default_rng(3)
    words = rng.integers(10, 400, 120)
    before, after = (np.stack([rng.binomial(words, rate), words], axis=1).astype(np.float64) for rate in (0.1, 0.15))
    return before, after


SMOOTH = ("accuracy", "kappa", "weighted_kappa", "macro_f1", "recall.c", "brier")
CASES = [
    *[(metric, *label_tables()) for metric in LABELS.metrics if metric.name in SMOOTH],
    *[(metric, *score_tables()) for metric in SCORES.metrics],
    (WER, *word_tables()),
]


def booked_to(metric: Metric, before: Floats, after: Floats) -> Floats:
    return book(metric, columns_of(before), columns_of(after))


@pytest.mark.parametrize(("metric", "baseline", "candidate"), CASES, ids=[case[0].name for case in CASES])
def test_parts_add_up_to_the_worsening(metric: Metric, baseline: Floats, candidate: Floats) -> None:
    before, after = metric.rows(baseline), metric.rows(candidate)
    whole = badness(metric, after.sum(axis=0)) - badness(metric, before.sum(axis=0))
    booked = booked_to(metric, before, after)
    assert booked.sum() == pytest.approx(float(whole), abs=1e-9)
    assert abs(whole) > 1e-3
    assert (booked[(before == after).all(axis=1)] == 0).all()


def test_wer_is_booked_as_errors_over_all_words() -> None:
    before, after = word_tables()
    assert booked_to(WER, before, after) == pytest.approx((after[:, 0] - before[:, 0]) / before[:, 1].sum(), abs=1e-12)


def test_a_growing_denominator_is_booked_by_the_integral() -> None:
    """For f = x / y the mean slopes on the line are log(y1 / y0) / (y1 - y0) and so on; two interactions do."""
    before, after = np.array([[2.0, 10.0], [3.0, 10.0]]), np.array([[6.0, 20.0], [3.0, 10.0]])
    assert booked_to(WER, before, after) == pytest.approx([9 / 30 - 5 / 20, 0.0], abs=1e-9)
    both = np.array([[6.0, 10.0], [3.0, 20.0]])
    booked = booked_to(WER, before, both)
    assert booked[0] == pytest.approx(4 * np.log(30 / 20) / 10, abs=1e-9)
    assert booked.sum() == pytest.approx(9 / 30 - 5 / 20, abs=1e-9)


def test_lost_answers_are_counted_and_regained_ones_make_up_for_nothing() -> None:
    missing = step_metrics(0)[0]
    before, after = np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    assert booked_to(missing, before, after).tolist() == pytest.approx([1 / 3, 0, 0])
