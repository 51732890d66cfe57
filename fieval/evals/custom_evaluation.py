"""A score by a user's own Python function, or by a judge's answer to a user's own question."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals.asked import Choice, chosen, heard, judged
from fieval.evals.asking.base import Asking
from fieval.evals.asking.own import About, AskingAbout, AskingLabel
from fieval.evals.base import SHARE, Evaluator, NotNegative, Scorer
from fieval.evals.evaluation import Evaluation, evaluated
from fieval.evals.given import Spoken, one, prediction_of, turns_of
from fieval.evals.judged import JudgedScorer
from fieval.evals.label_agreement import label_set
from fieval.files import open_stored, shown
from fieval.model import Card, Importable, Interaction, LabelSet, MetricName, Output
from fieval.statistics.sums import Metric, quotient
from fieval.user_code import Amiss, ask, named

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Function = Callable[[Interaction, Output], object]

LONGEST_QUESTION = 20_000  # bytes
_SCORE, _COUNT = range(2)


@dataclass(frozen=True, kw_only=True)
class CustomEvaluation(Evaluator):
    """The mean of a user's function of interaction and output (`score`), or of a judge's answers (`judged_score`).

    `function: package.module:name` takes a `fieval.model.Interaction` and an `Output`, and gives a number from 0 to 1,
    higher is better. True is 1 and False 0; None says that there is nothing to score, which may depend on the
    interaction only. Where the output is missing it is not called, and the score is 0. What it raises, and any other
    answer, ends the run as not measurable (exit 4).

    `prompt` names a file with one question. It is answered yes or no, `about` the summary beside people's turns or
    about the turns that the pipeline wrote down; yes is 1. With a `label` the answer is one of its values instead, for
    the conversation as people heard it, and the score is 1 where the pipeline's label says the same; people's labels
    tell how far the judge can be trusted.

    An interaction fails when its score is below `fail_below`, and is worse when that fell by more than `worse_by`.
    """

    function: Importable | None = None
    prompt: str | None = None
    about: About = "summary"
    label: str | None = None
    fail_below: Share = 0.5
    worse_by: NotNegative = 0.10

    judged_options: ClassVar = ("prompt", "about", "label")
    files: ClassVar = ("prompt",)
    metric_names: ClassVar = (
        MetricName("score", "higher", limits=SHARE),
        MetricName("judged_score", "higher", limits=SHARE, judged=True),
    )

    def __post_init__(self) -> None:
        if (self.function is None) == (self.prompt is None):
            raise ValueError("expected either `function:` or `prompt:`")

    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer that asks the function; of a question alone, one that only tells what is missing."""
        if self.function is None:
            return OutputScorer(self._asking(step, card))
        function = named(self.function)
        if not callable(function) or not _takes_two(function):
            raise InvalidInput(f"steps.{step}.function: {self.function} is no function of interaction and output")
        return FunctionScorer(function, f"steps.{step}: {self.function}()", self)

    def judged(self, step: str, card: Card) -> Scorer | None:
        """The scorer that asks a judge the user's question."""
        if self.prompt is None:
            return None
        asking = self._asking(step, card)
        return JudgedScorer(OutputScorer(asking), asking, self.fail_below, self.worse_by)

    def _asking(self, step: str, card: Card) -> Asking:
        text = _question(Path(self.prompt or ""))
        if self.label is None:
            return AskingAbout(text, self.about)
        name = self.label or step
        return AskingLabel(text, name, label_set(step, name, card).values)

    def evaluate(
        self,
        input: Spoken | Interaction,  # noqa: A002 - the word that users know
        output: Output | str | None,
        *,
        language: str = "en",
        values: Sequence[str] = (),
        judge: Choice = None,
    ) -> Evaluation:
        """One output: an `Output`, or as a text what is looked at: the summary, the turns, or the label.

        A question of one's own is asked where there are credentials and this is not CI; False asks none, True must, as
        do `Settings`. `values` are those that the label can have, where the question is for one. Raises InvalidInput,
        and Unmeasurable for the function and where the judge cannot be heard.
        """
        interaction = input if isinstance(input, Interaction) else one(language, turns=turns_of(input))
        made = self._made(interaction.id, output)
        settings = chosen(judge, wanted=self.prompt is not None)
        if self.prompt is not None:
            asking = self._asking("evaluate", self._card(values))
            scorer = JudgedScorer(OutputScorer(asking), asking, self.fail_below, self.worse_by)
            return judged(heard(scorer, interaction, made, settings), interaction, made)
        if settings is not None:
            raise InvalidInput("judge: a function is not asked of a judge; give a question as `prompt` instead")
        return evaluated(self.scorer("evaluate", Card("", "")), interaction, made, self._told)

    def _made(self, name: str, output: object) -> Output | None:
        if output is None or isinstance(output, Output):
            return output
        if not isinstance(output, str):
            raise InvalidInput(f"output: expected an Output or a summary, got {type(output).__name__}")
        if self.label is not None:
            label = prediction_of(output)
            return Output(name, labels={} if label is None else {self.label: label})
        return Output(name, turns=turns_of(output)) if self.about == "turns" else Output(name, summary=output)

    def _card(self, values: Sequence[str]) -> Card:
        if self.label is None:
            return Card("", "")
        if isinstance(values, str) or not values:
            raise InvalidInput(f'values: expected a list of those that the label "{self.label}" can have')
        return Card("", "", labels={self.label: LabelSet(tuple(values))})

    def _told(self, row: Sequence[float]) -> tuple[float, str]:
        return row[_SCORE], f"the function gives {row[_SCORE]:.3g}, the bar is {self.fail_below:g}"


class OutputScorer(Scorer):
    """No number of its own: what a judge alone scores is there or is missing."""

    width = 0
    metrics = ()

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.makes = (f"labels.{asking.label}",) if isinstance(asking, AskingLabel) else ()

    def applies(self, interaction: Interaction) -> bool:
        return self._asking.applies(interaction)

    def part(self, interaction: Interaction, output: Output | None) -> object | None:
        return self._asking.part(interaction, output)

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        return ()

    def badness(self, row: Sequence[float]) -> float:
        return 0.0

    def failed(self, row: Sequence[float]) -> bool:
        return False

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        return False

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        return {"output": self._asking.part(interaction, output)}


class FunctionScorer(Scorer):
    """One row: score, 1. The function is asked once for each output."""

    width = 2
    goes_by_part = False

    def __init__(self, function: Function, subject: str, options: CustomEvaluation) -> None:
        self.options = options
        self.metrics = (Metric("score", "higher", "mean", (_SCORE, _COUNT), quotient, scale=1.0),)
        self._function, self._subject = function, subject
        self._asked: dict[tuple[int, int], tuple[Interaction, Output, float | None]] = {}
        self._declined: dict[str, bool] = {}

    def applies(self, interaction: Interaction) -> bool:
        return True

    def declines(self, interaction: Interaction, output: Output) -> bool:
        """Whether the function says None. Else an output could be made to count for nothing, as if it were missing."""
        declined = self._score(interaction, output) is None
        if self._declined.setdefault(interaction.id, declined) != declined:
            raise Unmeasurable(f"{self._subject} gives None for one output of {interaction.id}, a score for another")
        return declined

    def part(self, interaction: Interaction, output: Output | None) -> Output | None:
        """All of the output, since the function may look at anything."""
        return output

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        score = None if output is None else self._score(interaction, output)
        return [score or 0.0, 1.0]

    def badness(self, row: Sequence[float]) -> float:
        return 1.0 - row[_SCORE]

    def failed(self, row: Sequence[float]) -> bool:
        return row[_SCORE] < self.options.fail_below - 1e-9

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        return before[_SCORE] - after[_SCORE] > self.options.worse_by + 1e-9

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        return {
            "score": None if output is None else self._score(interaction, output),
            "function": self.options.function or "",
        }

    def _score(self, interaction: Interaction, output: Output) -> float | None:
        key = id(interaction), id(output)
        if key not in self._asked:
            subject = f"{self._subject} of {interaction.id}"
            score = ask(lambda: _sound(self._function(interaction, output)), subject, self._function)
            self._asked[key] = interaction, output, score  # kept alive, lest others get their ids
        return self._asked[key][2]


def _question(path: Path) -> str:
    """The text of a question. Raises InvalidInput where there is none."""
    with open_stored(path) as file:
        raw = file.read(LONGEST_QUESTION + 1)
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{shown(path)}: expected a text in UTF-8") from error
    if not text or len(raw) > LONGEST_QUESTION:
        raise InvalidInput(f"{shown(path)}: expected one question of at most {LONGEST_QUESTION:,} bytes")
    return text


def _takes_two(function: Callable[..., object]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # a function of C may not tell
        return True
    return True


def _sound(answer: object) -> float | None:
    """The answer as a score; only numbers are quoted, since a text may be what a customer said."""
    if answer is None:
        return None
    if not isinstance(answer, Real | np.bool_):
        raise Amiss(f"is of type {type(answer).__name__}; expected a number from 0 to 1, True, False or None")
    score = float(answer)
    if math.isnan(score) or not 0 <= score <= 1:
        raise Amiss(f"is {score:g}; expected a number from 0 to 1, True, False or None")
    return score
