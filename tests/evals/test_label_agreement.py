"""Label metrics against scikit-learn on random data, and what a missing or unknown label costs."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from fieval.errors import InvalidInput
from fieval.evals.conversation_resolution import ConversationResolution
from fieval.evals.label_agreement import LabelAgreement, LabelScorer
from fieval.model import Card, GoldLabel, Interaction, LabelSet, Output, Prediction
from fieval.statistics.sums import exact

CLASSES = ("bad", "fair", "good", "fine")
CARD = Card("d", "1", labels={"mood": LabelSet(CLASSES, ordinal=True), "resolution": LabelSet(("resolved", "open"))})


def scorer() -> LabelScorer:
    made = LabelAgreement(label="mood").scorer("step", CARD)
    assert isinstance(made, LabelScorer)
    return made


def gold(value: str, label: str = "mood") -> Interaction:
    return Interaction("i", "chat", "en", "i", {}, labels={label: GoldLabel(value, (value,))})


def output(value: str | None, confidence: float | None = None, label: str = "mood") -> Output:
    return Output("i", labels={} if value is None else {label: Prediction(value, confidence)})


def values(pairs: Sequence[tuple[str, str | None, float | None]]) -> dict[str, float]:
    made = scorer()
    rows = exact(np.array([made.row(gold(truth), output(guess, sure)) for truth, guess, sure in pairs]))
    return {metric.name: metric.of(rows) for metric in made.metrics}


labels = st.sampled_from(CLASSES)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(labels, labels, st.floats(0, 1)), min_size=2, max_size=60))
def test_values_equal_scikit_learn(pairs: list[tuple[str, str, float]]) -> None:
    truth, guess, sure = map(list, zip(*pairs, strict=True))
    found = values(pairs)
    present = [name for name in CLASSES if name in truth]
    right = [float(a == b) for a, b in zip(truth, guess, strict=True)]
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, guess))
    expected_f1 = metrics.f1_score(truth, guess, labels=present, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(expected_f1)
    assert found["brier"] == pytest.approx(np.mean((np.array(sure) - np.array(right)) ** 2), abs=1e-6)
    if len(set(right)) == 2:
        assert found["brier"] == pytest.approx(metrics.brier_score_loss(right, sure), abs=1e-6)
    if len({*truth, *guess}) > 1:
        kappa = metrics.cohen_kappa_score(truth, guess, labels=list(CLASSES))
        weighted = metrics.cohen_kappa_score(truth, guess, labels=list(CLASSES), weights="quadratic")
        assert found["kappa"] == pytest.approx(kappa)
        assert found["weighted_kappa"] == pytest.approx(weighted)
    for name in present:
        recall = metrics.recall_score(truth, guess, labels=[name], average="macro")
        assert found[f"recall.{name}"] == pytest.approx(recall)


def test_missing_and_unknown_labels_are_wrong_everywhere() -> None:
    whole = values([("bad", "bad", 0.9), ("good", "good", 0.9), ("fair", "fair", 0.9), ("good", "good", 0.9)])
    for lost in (None, "splendid"):
        found = values([("bad", "bad", 0.9), ("good", "good", 0.9), ("fair", "fair", 0.9), ("good", lost, None)])
        assert found["accuracy"] == 0.75
        assert found["kappa"] < whole["kappa"] == 1
        assert found["weighted_kappa"] < 1
        assert found["macro_f1"] == pytest.approx((1 + 1 + 2 / 3) / 3)
        assert found["brier"] == pytest.approx((3 * 0.01 + 1) / 4, abs=1e-6)
        assert found["prevalence_bias"] == 0.25


def test_one_class_in_gold_and_prediction_leaves_kappa_undefined() -> None:
    assert np.isnan(values([("bad", "bad", None)] * 5)["kappa"])
    assert values([("bad", "good", None), ("bad", "bad", None)])["kappa"] == 0


def test_calibration_is_undefined_without_confidences_and_weighs_bins_by_size() -> None:
    found = values([("bad", "bad", None)] * 3)
    assert np.isnan(found["ece"])
    assert np.isnan(found["brier"])
    sure = [("bad", "bad", 0.95)] * 8 + [("bad", "good", 0.95)] * 2 + [("bad", "bad", 0.55)] * 10
    assert values(sure)["ece"] == pytest.approx(0.5 * abs(0.8 - 0.95) + 0.5 * abs(1 - 0.55), abs=1e-6)


def test_majority_class_prediction_has_kappa_zero_and_a_prevalence_bias() -> None:
    found = values([("bad", "bad", None)] * 6 + [("good", "bad", None)] * 4)
    assert found["kappa"] == 0
    assert found["prevalence_bias"] == pytest.approx(0.4)


def test_resolution_rate_bias_is_signed() -> None:
    made = ConversationResolution().scorer("resolution", CARD)
    pairs = [("resolved", "resolved"), ("open", "resolved"), ("open", "resolved"), ("resolved", "open"), ("open", None)]
    rows = np.array([made.row(gold(a, "resolution"), output(b, None, "resolution")) for a, b in pairs])
    bias = next(metric for metric in made.metrics if metric.name == "rate_bias")
    assert bias.of(rows) == pytest.approx((3 - 2) / 5)
    assert bias.better == "zero"


def test_a_label_that_the_card_lacks_is_named_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match='no label "mod"; did you mean "mood"'):
        LabelAgreement(label="mod").scorer("step", CARD)
    with pytest.raises(InvalidInput, match='no value "solved"; did you mean "resolved"'):
        ConversationResolution(resolved="solved").scorer("step", CARD)
