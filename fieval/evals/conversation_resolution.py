"""Whether the customer's problem was solved, as the pipeline says and as people say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fieval.errors import InvalidInput, suggestion
from fieval.evals.asked import NOTHING_TO_SCORE, Choice, chosen, heard, judged
from fieval.evals.asking.resolution import AskingResolution
from fieval.evals.base import CORRELATION, SHARE, Evaluator, Scorer
from fieval.evals.evaluation import NEEDS_A_JUDGE_OR_A_LABEL, Evaluation, evaluated, unmeasured
from fieval.evals.given import Answer, Spoken, gold_label, label_of, one, prediction_of, turns_of
from fieval.evals.judged import JudgedScorer
from fieval.evals.label_agreement import FEWEST_GROUPS, LABEL_METRICS, LabelScorer, agreement, label_set
from fieval.model import Card, MetricName
from fieval.statistics.sums import Floats, Metric, divide


@dataclass(frozen=True, kw_only=True)
class ConversationResolution(Evaluator):
    """Agreement on the resolution label, and the bias of the resolution rate that a dashboard would show.

    `resolved` is the value of the label that counts as resolved. A judge, where the config has one and `judge` is not
    false, says how each conversation ended, also where people did not.
    """

    label: str = "resolution"
    resolved: str = "resolved"
    judge: bool = True

    metric_names: ClassVar = (
        *LABEL_METRICS,
        MetricName("rate_bias", "zero", limits=CORRELATION),
        MetricName("judged_resolution", "higher", limits=SHARE, judged=True),
    )

    def scorer(self, step: str, card: Card) -> Scorer:
        """The label scorer, with one metric more."""
        return self._labels(step, card)

    def judged(self, step: str, card: Card) -> Scorer | None:
        """With a judge's verdict on each conversation."""
        if not self.judge:
            return None
        return JudgedScorer(self._labels(step, card), AskingResolution(self.label, self.resolved))

    def _labels(self, step: str, card: Card) -> LabelScorer:
        labels = label_set(step, self.label, card)
        if self.resolved not in labels.values:
            known = suggestion(self.resolved, labels.values)
            raise InvalidInput(f'steps.{step}.resolved: label "{self.label}" has no value "{self.resolved}"{known}')
        scorer = LabelScorer(self.label, labels)
        scorer.metrics = (*scorer.metrics, _rate_bias(scorer, labels.values.index(self.resolved)))
        return scorer

    def evaluate(
        self,
        input: Spoken,  # noqa: A002 - the word that users know
        output: Answer = None,
        *,
        expected: str | None = None,
    ) -> Evaluation:
        """The pipeline's label of one transcript against people's (`expected`); without that there is no score.

        Raises InvalidInput.
        """
        turns_of(input)  # nothing here reads it, but what is no transcript is refused
        prediction = prediction_of(output)
        if expected is None:
            return unmeasured(NEEDS_A_JUDGE_OR_A_LABEL)
        return agreement(label_of(expected, "expected"), prediction)


def _rate_bias(scorer: LabelScorer, resolved: int) -> Metric:
    """Predicted minus human resolution rate; a missing label is not a resolution."""
    gold, predicted = scorer.class_columns(resolved)
    return Metric("rate_bias", "zero", "other", (predicted, gold, 0), _difference, fewest_groups=FEWEST_GROUPS)


def _difference(sums: Floats) -> Floats:
    return divide(sums[..., 0] - sums[..., 1], sums[..., 2])
