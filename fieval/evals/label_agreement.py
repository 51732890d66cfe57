"""How well a pipeline's label agrees with the human one: accuracy, kappa, macro-F1, recall, shares, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from fieval.errors import InvalidInput, suggestion
from fieval.evals.base import CORRELATION, SHARE, Evaluator, Scorer
from fieval.evals.evaluation import Evaluation, evaluated
from fieval.evals.given import Answer, gold_label, label_of, one, prediction_of
from fieval.model import Card, Interaction, LabelSet, MetricName, Output, Prediction
from fieval.statistics.sums import Floats, Metric, divide, quotient

BINS = 10
FEWEST_GROUPS = 20

LABEL_METRICS = (
    MetricName("accuracy", "higher", limits=SHARE),
    MetricName("kappa", "higher", limits=CORRELATION),
    MetricName("weighted_kappa", "higher", limits=CORRELATION),
    MetricName("macro_f1", "higher", limits=SHARE),
    MetricName("recall", "higher", label_class=True, limits=SHARE),
    MetricName("prevalence_bias", "lower", limits=SHARE),
    MetricName("brier", "lower", limits=SHARE),
    MetricName("ece", "lower", gates=("max",), limits=SHARE),
)


@dataclass(frozen=True, kw_only=True)
class LabelAgreement(Evaluator):
    """Agreement with gold on one label of the card; `label` defaults to the step's name."""

    label: str = ""

    metric_names: ClassVar = LABEL_METRICS

    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of this label."""
        return LabelScorer(self.label or step, label_set(step, self.label or step, card))

    def evaluate(
        self,
        input: str,  # noqa: A002 - the word that users know
        output: Answer,
        *,
        values: Sequence[str] = (),
        ordinal: bool = False,
    ) -> Evaluation:
        """One label against people's, which is the input; `values` is the closed set. Raises InvalidInput."""
        return agreement(label_of(input, "input"), prediction_of(output), values, ordinal=ordinal)


def agreement(
    gold: str, prediction: Prediction | None, values: Sequence[str] = (), *, ordinal: bool = False
) -> Evaluation:
    """One label against people's; without `values` the set is what is said here. Raises InvalidInput."""
    known = tuple(values) or labels_of(gold, prediction)
    if gold not in known:
        raise InvalidInput(f'the label "{gold}" is none of the values{suggestion(gold, known)}')
    made = None if prediction is None else Output("", labels={"label": prediction})
    scorer = LabelScorer("label", LabelSet(known, ordinal))
    return evaluated(scorer, one(labels={"label": gold_label(gold)}), made, told)


def labels_of(gold: str | None, prediction: Prediction | None) -> tuple[str, ...]:
    """The smallest set of labels in which both are."""
    given = (gold, None if prediction is None else prediction.label)
    return tuple(dict.fromkeys(label for label in given if label is not None))


def told(row: Sequence[float]) -> tuple[float, str]:
    """Score and reason of a label's row."""
    return row[1], "the label is the one that people gave" if row[1] else "people gave another label"


def label_set(step: str, label: str, card: Card) -> LabelSet:
    """The card's values of a label; InvalidInput where it has none of that name."""
    if label not in card.labels:
        known = suggestion(label, card.labels)
        raise InvalidInput(f'steps.{step}: the dataset has no label "{label}"{known} (set it with `label:`)')
    return card.labels[label]


class LabelScorer(Scorer):
    """One row: correct, gold, predicted and hit counts by class, squared distance, Brier and calibration bins.

    A missing label, and one outside the set, is in nobody's predicted count: it disagrees with every gold class.
    """

    def __init__(self, label: str, labels: LabelSet) -> None:
        self.label = label
        self.makes = (f"labels.{label}",)
        self.values = labels.values
        self._index = {value: index for index, value in enumerate(labels.values)}
        size = len(labels.values)
        self._gold, self._predicted, self._hits = 3, 3 + size, 3 + 2 * size
        self._brier = 3 + 3 * size
        self._bins = self._brier + 2
        self.width = self._bins + 3 * (BINS + 1)
        self.metrics = tuple(self._metrics(labels.ordinal))

    def applies(self, interaction: Interaction) -> bool:
        return self.label in interaction.labels

    def part(self, interaction: Interaction, output: Output | None) -> Prediction | None:
        return None if output is None else output.labels.get(self.label)

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        row = [0.0] * self.width
        gold = self._index[interaction.labels[self.label].value]
        prediction = self.part(interaction, output)
        guess = None if prediction is None else self._index.get(prediction.label)
        farthest = len(self.values) - 1
        row[0] = 1.0
        row[1] = float(guess == gold)
        row[2] = float((farthest if guess is None else guess - gold) ** 2)
        row[self._gold + gold] = 1.0
        if guess is not None:
            row[self._predicted + guess] = 1.0
        if guess == gold:
            row[self._hits + gold] = 1.0
        self._calibrate(row, prediction, correct=guess == gold)
        return row

    def _calibrate(self, row: list[float], prediction: Prediction | None, *, correct: bool) -> None:
        confidence = None if prediction is None else prediction.confidence
        row[self._brier + 1] = float(confidence is not None)
        sure, right = (1.0, 0.0) if confidence is None else (confidence, float(correct))
        row[self._brier] = (sure - right) ** 2
        index = BINS if confidence is None else min(BINS - 1, int(sure * BINS))
        row[self._bins + 3 * index : self._bins + 3 * index + 3] = [1.0, right, sure]

    def badness(self, row: Sequence[float]) -> float:
        return 1.0 - row[1]

    def failed(self, row: Sequence[float]) -> bool:
        return row[1] == 0

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        return after[1] < before[1]

    def unknown(self, output: Output | None) -> bool:
        prediction = None if output is None else output.labels.get(self.label)
        return prediction is not None and prediction.label not in self._index

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        gold, prediction = interaction.labels[self.label], self.part(interaction, output)
        return {
            "gold": gold.value,
            "votes": list(gold.votes),
            "predicted": None if prediction is None else prediction.label,
            "confidence": None if prediction is None else prediction.confidence,
        }

    def class_columns(self, index: int) -> tuple[int, int]:
        """The columns of gold and predicted counts of one class."""
        return self._gold + index, self._predicted + index

    def _metrics(self, ordinal: bool) -> list[Metric]:
        size = len(self.values)
        gold, predicted, hits = (
            tuple(range(start, start + size)) for start in (self._gold, self._predicted, self._hits)
        )
        bins = tuple(range(self._bins, self.width))
        metrics = [
            Metric("accuracy", "higher", "rate", (1, 0), quotient),
            Metric("kappa", "higher", "other", (0, 1, *gold, *predicted), _kappa, fewest_groups=FEWEST_GROUPS),
            Metric("macro_f1", "higher", "other", (*gold, *predicted, *hits), _macro_f1, support=gold,
                   fewest_groups=FEWEST_GROUPS),
            *(
                Metric(f"recall.{value}", "higher", "rate", (hits[index], gold[index]), quotient,
                       support=(gold[index],))
                for index, value in enumerate(self.values)
            ),
            Metric("prevalence_bias", "lower", "other", (0, *gold, *predicted), _prevalence_bias,
                   fewest_groups=FEWEST_GROUPS),
            Metric("brier", "lower", "mean", (self._brier, 0, self._brier + 1), _brier, scale=1.0,
                   undefined_because="system"),
            Metric("ece", "lower", "other", (0, self._brier + 1, *bins), _ece, tested=False,
                   undefined_because="system"),
        ]  # fmt: skip
        if ordinal:
            columns = (0, 2, *gold, *predicted)
            metrics.insert(
                2, Metric("weighted_kappa", "higher", "other", columns, _weighted_kappa, fewest_groups=FEWEST_GROUPS)
            )
        return metrics


def _kappa(sums: Floats) -> Floats:
    """Cohen's kappa (Cohen 1960, equation 1) from n, agreements, gold counts and predicted counts."""
    n, agreed = sums[..., 0], sums[..., 1]
    gold, predicted = _halves(sums[..., 2:], 2)
    observed = divide(agreed, n)
    expected = divide((gold * predicted).sum(axis=-1), n**2)
    return divide(observed - expected, _settle(1 - expected))


def _weighted_kappa(sums: Floats) -> Floats:
    """Kappa with quadratic weights (Cohen 1968); a missing label is as far from every class as classes can be."""
    n, observed = sums[..., 0], sums[..., 1]
    gold, predicted = _halves(sums[..., 2:], 2)
    size = gold.shape[-1]
    steps = np.arange(size)
    distance = (steps[:, None] - steps[None, :]) ** 2.0
    expected = np.einsum("...i,ij,...j->...", gold, distance, predicted)
    expected = expected + n * (n - predicted.sum(axis=-1)) * (size - 1) ** 2
    return 1 - divide(observed * n, expected)


def _macro_f1(sums: Floats) -> Floats:
    """The plain mean of F1 = 2·hits / (gold + predicted) over the classes present in gold."""
    gold, predicted, hits = _halves(sums, 3)
    present = gold > 0
    f1 = np.where(present, 2 * hits / np.where(present, gold + predicted, 1.0), 0.0)
    return divide(f1.sum(axis=-1), present.sum(axis=-1).astype(np.float64))


def _prevalence_bias(sums: Floats) -> Floats:
    """Half the L1 distance between predicted and gold shares; labels outside the set count as one more class."""
    n = sums[..., 0]
    gold, predicted = _halves(sums[..., 1:], 2)
    outside = n - predicted.sum(axis=-1)
    return divide((np.abs(predicted - gold).sum(axis=-1) + outside) / 2, n)


def _brier(sums: Floats) -> Floats:
    """Mean squared distance of confidence from being right; undefined for a system that gives no confidences."""
    return np.where(sums[..., 2] > 0, quotient(sums), np.nan)


def _ece(sums: Floats) -> Floats:
    """Expected calibration error over ten equal bins (Guo et al. 2017, equation 3).

    What has no confidence is a bin of its own, sure and wrong, so that it makes up for no doubt elsewhere.
    """
    bins = sums[..., 2:].reshape(*sums.shape[:-1], BINS + 1, 3)
    error = np.abs(bins[..., 1] - bins[..., 2]).sum(axis=-1)
    return np.where(sums[..., 1] > 0, divide(error, sums[..., 0]), np.nan)


def _halves(sums: Floats, parts: int) -> list[Floats]:
    return np.split(sums, parts, axis=-1)


def _settle(values: Floats) -> Floats:
    """Values with rounding noise around 0 taken for 0."""
    return np.where(np.abs(values) < 1e-12, 0.0, values)
