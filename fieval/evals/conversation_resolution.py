"""Whether the customer's problem was solved, as the pipeline says and as people say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from fieval.errors import InvalidInput, suggestion
from fieval.evals.asked import Choice, chosen, heard, judged
from fieval.evals.asking.resolution import AskingResolution
from fieval.evals.base import CORRELATION, SHARE, Evaluator, Scorer
from fieval.evals.evaluation import NEEDS_A_JUDGE_OR_A_LABEL, Evaluation, evaluated, unmeasured
from fieval.evals.given import Answer, Spoken, gold_label, label_of, one, prediction_of, turns_of
from fieval.evals.judged import JudgedScorer
from fieval.evals.label_agreement import (
    FEWEST_GROUPS,
    LABEL_METRICS,
    LabelScorer,
    agreement,
    label_set,
    labels_of,
    told,
)
from fieval.judge import Settings
from fieval.judge.conversations import OUTCOME
from fieval.model import Card, Interaction, LabelSet, MetricName, Output, Prediction
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
        judge: Choice = None,
    ) -> Evaluation:
        """The pipeline's label of one transcript against people's (`expected`).

        Without `expected` it is a judge's word that counts: 1 where the label says the same as the judge or, without a
        label, where the judge finds the conversation resolved; no score where it finds it unclear. By default a judge
        is asked where there are credentials, this is not CI and `expected` is left out; False asks none, True must, as
        do `Settings`. Raises InvalidInput, and Unmeasurable where the judge cannot be heard.
        """
        turns, prediction = turns_of(input), prediction_of(output)
        gold = None if expected is None else label_of(expected, "expected")
        settings = chosen(judge, wanted=self.judge and gold is None)
        if settings is not None:
            return self._asked(one(turns=turns), prediction, gold, settings)
        return unmeasured(NEEDS_A_JUDGE_OR_A_LABEL) if gold is None else agreement(gold, prediction)

    def _asked(
        self, interaction: Interaction, prediction: Prediction | None, gold: str | None, settings: Settings
    ) -> Evaluation:
        """With a judge; where nobody gave a label, it is asked whether the one that counts as resolved is right."""
        if gold is not None:
            interaction = msgspec.structs.replace(interaction, labels={self.label: gold_label(gold)})
        held = prediction or (Prediction(self.resolved) if gold is None else None)
        made = Output("", labels={} if held is None else {self.label: held})
        labels = LabelScorer(self.label, LabelSet(labels_of(gold, prediction)))
        scorer = heard(JudgedScorer(labels, AskingResolution(self.label, self.resolved)), interaction, made, settings)
        if gold is not None:
            return evaluated(scorer, interaction, made, told)
        found = judged(scorer, interaction, made)
        outcomes = [answer.by_id()[OUTCOME].verdict for answer in scorer.hearing.answers.values()]
        if not outcomes:
            return found
        compared = "" if prediction is None or found.score is None else _compared(found.score)
        metrics = {} if prediction is None else found.metrics
        return replace(found, metrics=metrics, reason=f"the judge says {outcomes[0]}{compared}")


def _compared(score: float) -> str:
    return ", as the label does" if score else ", the label does not"


def _rate_bias(scorer: LabelScorer, resolved: int) -> Metric:
    """Predicted minus human resolution rate; a missing label is not a resolution."""
    gold, predicted = scorer.class_columns(resolved)
    return Metric("rate_bias", "zero", "other", (predicted, gold, 0), _difference, fewest_groups=FEWEST_GROUPS)


def _difference(sums: Floats) -> Floats:
    return divide(sums[..., 0] - sums[..., 1], sums[..., 2])
