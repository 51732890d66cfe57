"""Whether a conversation hangs together: as people say where they did, and by the form of the pipeline's own turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from fieval.evals.asked import Choice, chosen, heard, judged
from fieval.evals.asking.coherence import AskingCoherence
from fieval.evals.base import SHARE, BarScorer, Evaluator, NotNegative, Scorer
from fieval.evals.evaluation import NEEDS_A_JUDGE_OR_A_LABEL, Evaluation, evaluated
from fieval.evals.given import Answer, Spoken, gold_label, label_of, one, prediction_of, turns_of
from fieval.evals.judged import JudgedScorer
from fieval.evals.label_agreement import LABEL_METRICS, LabelScorer, label_set, labels_of, told
from fieval.model import Card, Interaction, LabelSet, MetricName, Output, Turn
from fieval.speech.coherence import Repetition, repetition, turn_order
from fieval.speech.normalize import normalizer
from fieval.statistics.sums import Floats, Metric, quotient

LABEL = "coherence"
SHOWN = 10

_BACKWARDS, _PAIRS, _TIMED, _REPEATED, _WORDS, _COLUMNS = range(6)  # behind the columns of the label


@dataclass(frozen=True, kw_only=True)
class ConversationCoherence(Evaluator):
    """Agreement on the coherence label, and what the pipeline's own turns on voice calls look like.

    `label` is the card's label `coherence`, if it has one, unless another is named. `turn_order` is the share of
    adjacent turns whose later one begins first, `repetition` the share of words in runs of six or more that the same
    speaker said before. Both see form, not meaning: what people do say twice counts as well, in both systems alike.

    An interaction with a gold label fails when its label is another; a call without one when more than `fail_above`
    of its words are repeated, and is worse when that grows by more than `worse_by`. A judge, where the config has one
    and `judge` is not false, checks the turns of each call.
    """

    label: str | None = None
    fail_above: NotNegative = 0.10
    worse_by: NotNegative = 0.10
    judge: bool = True

    metric_names: ClassVar = (
        *LABEL_METRICS,
        MetricName("turn_order", "lower", limits=SHARE),
        MetricName("repetition", "lower", limits=SHARE),
        MetricName("coherence", "higher", limits=SHARE, judged=True),
    )

    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of turns, and of the label where the card has it."""
        name = LABEL if self.label is None else self.label or step
        if self.label is None and name not in card.labels:
            return CoherenceScorer(None, self)
        return CoherenceScorer(LabelScorer(name, label_set(step, name, card)), self)

    def judged(self, step: str, card: Card) -> Scorer | None:
        """With a judge's checks of each call."""
        return JudgedScorer(self.scorer(step, card), AskingCoherence()) if self.judge else None

    def evaluate(
        self,
        input: Spoken,  # noqa: A002 - the word that users know
        output: Answer = None,
        *,
        expected: str | None = None,
        language: str = "en",
        judge: Choice = None,
    ) -> Evaluation:
        """One transcript as a pipeline has it and, where people gave one (`expected`), its label against theirs.

        Without `expected` the score is a judge's: the share of checks that the turns hold. By default a judge is asked
        where there are credentials, this is not CI and `expected` is left out; False asks none, True must, as do
        `Settings`. Without either there is no score, only the metrics of the turns. Raises InvalidInput, and
        Unmeasurable where the judge cannot be heard.
        """
        turns, prediction = turns_of(input), prediction_of(output)
        name = self.label or LABEL
        gold = {} if expected is None else {name: gold_label(label_of(expected, "expected"))}
        values = labels_of(expected, prediction)
        interaction = one(language, "voice" if turns else "chat", labels=gold)
        made = Output("", turns=turns, labels={} if prediction is None else {name: prediction})
        inner = CoherenceScorer(LabelScorer(name, LabelSet(values)) if gold else None, self)
        settings = chosen(judge, wanted=self.judge and not gold)
        asking = JudgedScorer(inner, AskingCoherence())
        scorer = inner if settings is None else heard(asking, interaction, made, settings)
        if settings is not None and not gold:
            return judged(asking, interaction, made)
        found = evaluated(scorer, interaction, made, told)
        return found if gold else replace(found, score=None, passed=None, reason=NEEDS_A_JUDGE_OR_A_LABEL)


class CoherenceScorer(BarScorer):
    """One row: that of the label, all 0 without gold; then adjacent turns out of order, adjacent turns, 1 if any turn
    has a time; words repeated, words.

    Turns are looked at on voice calls only: elsewhere they are what the pipeline was given. Where a call has none, all
    that people heard is out of order and repeated. So is a turn without a time, unless the whole system has none.
    """

    options: ConversationCoherence

    def __init__(self, labels: LabelScorer | None, options: ConversationCoherence) -> None:
        self.options = options
        self._labels = labels
        self.makes = () if labels is None else labels.makes
        self._own = 0 if labels is None else labels.width
        self.width = self._own + _COLUMNS
        self.metrics = (*(() if labels is None else labels.metrics), *_metrics(self._own))

    @property
    def labels(self) -> LabelScorer | None:
        """The scorer of the label alone, for whoever asks how far it agrees with people."""
        if self._labels is not None:
            self._labels.where = self.where
        return self._labels

    def applies(self, interaction: Interaction) -> bool:
        return interaction.channel == "voice" or self._judge(interaction) is not None

    def part(self, interaction: Interaction, output: Output | None) -> object | None:
        """The label where people gave one, else the turns; either way both are compared."""
        labels, turns = self._judge(interaction), _own_turns(interaction, output)
        if labels is not None:
            prediction = labels.part(interaction, output)
            return None if prediction is None else (prediction, turns)
        return turns if _are_spoken(turns) or _is_silent(interaction) else None

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        labels = self._judge(interaction)
        of_label = [0.0] * self._own if labels is None else labels.row(interaction, output)
        return [*of_label, *_sums(interaction, _own_turns(interaction, output))]

    def badness(self, row: Sequence[float]) -> float:
        labels = self._judged(row)
        if labels is not None:
            return labels.badness(row)
        return row[self._own + _REPEATED] / max(row[self._own + _WORDS], 1.0)

    def failed(self, row: Sequence[float]) -> bool:
        labels = self._judged(row)
        return super().failed(row) if labels is None else labels.failed(row)

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        labels = self._judged(before)
        return super().got_worse(before, after) if labels is None else labels.got_worse(before, after)

    def unknown(self, output: Output | None) -> bool:
        return self._labels is not None and self._labels.unknown(output)

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        labels, turns = self._judge(interaction), _own_turns(interaction, output)
        of_label = {} if labels is None else labels.evidence(interaction, output)
        return {**of_label, **(_turn_evidence(turns, interaction.language) if turns else {})}

    def _judge(self, interaction: Interaction) -> LabelScorer | None:
        """The scorer of the label where people gave one."""
        return self._labels if self._labels is not None and self._labels.applies(interaction) else None

    def _judged(self, row: Sequence[float]) -> LabelScorer | None:
        """The scorer of the label if a row has one."""
        return self._labels if self._labels is not None and row[0] else None


def _own_turns(interaction: Interaction, output: Output | None) -> tuple[Turn, ...]:
    return output.turns if output is not None and interaction.channel == "voice" else ()


def _are_spoken(turns: Sequence[Turn]) -> bool:
    return any(any(map(str.isalnum, turn.text)) for turn in turns)


def _is_silent(interaction: Interaction) -> bool:
    """Whether people heard that nothing was said."""
    return bool(interaction.turns) and not _are_spoken(interaction.turns)


def _sums(interaction: Interaction, turns: Sequence[Turn]) -> Sequence[float]:
    if interaction.channel != "voice" or (_is_silent(interaction) and not _are_spoken(turns)):
        return [0.0] * _COLUMNS
    if not _are_spoken(turns):
        heard = _repetition(interaction.turns, interaction.language).words
        pairs, words = max(1, len(interaction.turns) - 1), max(1, heard)
        return list(map(float, (pairs, pairs, 0, words, words)))
    order, again = turn_order(turns), _repetition(turns, interaction.language)
    return list(map(float, (len(order.backwards), order.pairs, order.timed, again.repeated, again.words)))


def _repetition(turns: Sequence[Turn], language: str) -> Repetition:
    return repetition(turns, normalizer("auto", language))


def _turn_evidence(turns: Sequence[Turn], language: str) -> Mapping[str, Any]:
    order, again = turn_order(turns), _repetition(turns, language)
    backwards = order.backwards if order.timed else ()
    return {
        "repeated_words": again.repeated,
        "words": again.words,
        "repeated": [f"{speaker}: {run}" if speaker else run for speaker, run in again.runs[:SHOWN]],
        "out_of_order": [f"{_time(after)} behind {_time(before)}: {after.text}" for before, after in backwards[:SHOWN]],
    }


def _time(turn: Turn) -> str:
    return "no time" if turn.start is None else f"{turn.start:.2f} s"


def _metrics(start: int) -> tuple[Metric, Metric]:
    order = tuple(start + column for column in (_BACKWARDS, _PAIRS, _TIMED))
    again = (start + _REPEATED, start + _WORDS)
    return (
        Metric("turn_order", "lower", "ratio", order, _turn_order, undefined_because="system"),
        Metric("repetition", "lower", "ratio", again, quotient),
    )


def _turn_order(sums: Floats) -> Floats:
    """Undefined for a system that gives no times at all."""
    return np.where(sums[..., 2] > 0, quotient(sums), np.nan)
