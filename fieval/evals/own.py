"""Evaluators of users: found by `module:Class`, checked like ours, and blamed for what they do.

Whatever a user's scorer raises or returns amiss ends the run as not measurable; it never becomes a score.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from fieval.errors import InvalidInput
from fieval.evals.base import Evaluator, Scorer, Traced
from fieval.evals.fields import FIELDS, is_field
from fieval.evals.scored import STEP_METRICS
from fieval.model import Card, EvaluatorKind, Interaction, MetricName, Output
from fieval.speech.align import Chunk
from fieval.statistics.sums import Floats, Metric
from fieval.user_code import Amiss, ask, named, writable

LARGEST = 1e100  # of a row's numbers: neither squares nor sums of these leave float64

_Answer = TypeVar("_Answer")
_KEYS_OF_STEPS = ("evaluator", "after", "where", "gates", "command", "timeout", "environment")


def own_evaluator(reference: str, folder: Path | None = None) -> type[Evaluator]:
    """The class that `module:Class` names. Raises InvalidInput where it is not there or is no evaluator."""
    found = named(reference, folder)
    if not (inspect.isclass(found) and issubclass(found, Evaluator)):
        raise InvalidInput(f"{reference} is no class derived from fieval.evals.base.Evaluator")
    problems = list(_problems(found))
    if problems:
        raise InvalidInput([f"{reference}: {problem}" for problem in problems])
    return found


def own_kind(reference: str, folder: Path | None = None) -> EvaluatorKind:
    """What a config has to know of a user's evaluator. Raises InvalidInput."""
    evaluator = own_evaluator(reference, folder)
    return EvaluatorKind(reference, evaluator, (*evaluator.metric_names, *STEP_METRICS))


def own_scorer(reference: str, options: Mapping[str, Any], step: str, card: Card) -> Scorer:
    """The scorer of a user's evaluator. Raises InvalidInput where there can be none, Unmeasurable where it fails."""
    evaluator = own_evaluator(reference)
    subject = f"steps.{step}: {reference}:"
    made = ask(lambda: evaluator(**options).scorer(step, card), f"{subject} scorer()", evaluator)
    if not isinstance(made, Scorer):
        raise InvalidInput(f"{subject} scorer() made no Scorer")
    if type(made).__module__.startswith("fieval."):
        return made
    problems = ask(lambda: list(_problems_of_scorer(made)), f"{subject} its scorer", evaluator)
    if problems:
        raise InvalidInput([f"{subject} {problem}" for problem in problems])
    return OwnScorer(made, subject)


def _problems(evaluator: type[Evaluator]) -> Iterator[str]:
    if inspect.isabstract(evaluator):
        yield f"has no {', '.join(sorted(evaluator.__abstractmethods__))}"
    names = getattr(evaluator, "metric_names", None)
    if not isinstance(names, tuple | list) or not all(isinstance(name, MetricName) for name in names):
        yield "metric_names must be a tuple of fieval.model.MetricName"
    elif clash := {name.name for name in names} & {name.name for name in STEP_METRICS}:
        yield f"every step has {' and '.join(sorted(clash))}; give the metric another name"
    try:
        msgspec.json.schema_components([evaluator])
    except Exception as error:  # noqa: BLE001 - an annotation may be anything
        yield f"its options cannot be written in YAML: {str(error).partition(chr(10))[0]}"
    if clash := {field for field in getattr(evaluator, "__dataclass_fields__", {}) if field in _KEYS_OF_STEPS}:
        yield f"{' and '.join(sorted(clash))}: every step has this key; give the option another name"


def _problems_of_scorer(scorer: Scorer) -> Iterator[str]:
    for metric in scorer.metrics:
        if not isinstance(metric, Metric):
            yield "metrics must be a tuple of fieval.statistics.sums.Metric"
        elif not all(0 <= column < scorer.width for column in (*metric.columns, *metric.support)):
            yield f"{metric.name} reads a column beyond width {scorer.width}"
        elif metric.kind != "other" and len(metric.columns) < 2:
            yield f"{metric.name} is of kind {metric.kind} and needs two columns, numerator and denominator"
    makes: object = scorer.makes
    if not (makes is None or (isinstance(makes, tuple) and all(map(is_field, makes)))):
        yield f"makes must be a tuple of fields of an output, out of {', '.join(FIELDS)}"


class OwnScorer(Scorer):
    """A user's scorer with everything that it returns checked."""

    goes_by_part = False

    def __init__(self, scorer: Scorer, subject: str) -> None:
        self.scorer, self.subject = scorer, subject
        self.width = scorer.width
        self.makes = scorer.makes
        self.metrics = tuple(
            replace(metric, value=_Value(metric.value, f"{subject} value of {metric.name}", scorer))
            for metric in scorer.metrics
        )
        vars(self).update(transcribes=scorer.transcribes, traceable=scorer.traceable)  # of the class elsewhere
        self._rates = {column for metric in scorer.metrics if metric.kind == "rate" for column in metric.columns[:2]}

    def applies(self, interaction: Interaction) -> bool:
        return self._ask("applies", interaction.id, lambda: bool(self.scorer.applies(interaction)))

    def declines(self, interaction: Interaction, output: Output) -> bool:
        return self._ask("declines", interaction.id, lambda: bool(self.scorer.declines(interaction, output)))

    def part(self, interaction: Interaction, output: Output | None) -> object | None:
        return self._ask("part", interaction.id, lambda: _comparable(self.scorer.part(interaction, output)))

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        return self._ask("row", interaction.id, lambda: self._sound(self.scorer.row(interaction, output)))

    def badness(self, row: Sequence[float]) -> float:
        return self._ask("badness", "", lambda: _finite(self.scorer.badness(row)))

    def faults(self, row: Sequence[float]) -> float:
        return self._ask("faults", "", lambda: _finite(self.scorer.faults(row)))

    def failed(self, row: Sequence[float]) -> bool:
        return self._ask("failed", "", lambda: bool(self.scorer.failed(row)))

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        return self._ask("got_worse", "", lambda: bool(self.scorer.got_worse(before, after)))

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        return self._ask("evidence", interaction.id, lambda: _plain(self.scorer.evidence(interaction, output)))

    def alignment(self, interaction: Interaction, output: Output | None) -> Sequence[Chunk] | None:
        return self._ask("alignment", interaction.id, lambda: _chunks(self.scorer.alignment(interaction, output)))

    def trace(self, interaction: Interaction, before: Output, after: Output) -> Traced:
        return self._ask("trace", interaction.id, lambda: _traced(self.scorer.trace(interaction, before, after)))

    def unknown(self, output: Output | None) -> bool:
        return self._ask("unknown", output.id if output else "", lambda: bool(self.scorer.unknown(output)))

    def _ask(self, method: str, identifier: str, call: Callable[[], _Answer]) -> _Answer:
        where = f" of {identifier}" if identifier else ""
        return ask(call, f"{self.subject} {method}(){where}", self.scorer)

    def _sound(self, row: Sequence[float]) -> Sequence[float]:
        """A row as it should be: as wide as said, finite, and 0 or 1 where a rate is counted."""
        numbers = [_finite(number) for number in row]
        if any(abs(number) > LARGEST for number in numbers):
            raise Amiss(f"has a number beyond {LARGEST:g}")
        if len(numbers) != self.width:
            raise Amiss(f"has {len(numbers)} numbers, but width is {self.width}")
        if any(numbers[column] not in (0, 1) for column in self._rates):
            raise Amiss("has a number other than 0 and 1 in a column of a rate; a mean may have others")
        return numbers


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of a user's metric, checked; no closure, so that it can be sent to other processes."""

    value: Callable[[Floats], Floats]
    subject: str
    blamed: object

    def __call__(self, sums: Floats) -> Floats:
        return ask(lambda: self._sound(sums), self.subject, self.blamed)

    def _sound(self, sums: Floats) -> Floats:
        found = np.asarray(self.value(sums), dtype=np.float64)
        if found.shape != sums.shape[:-1]:
            raise Amiss(f"has the shape {found.shape} for sums {sums.shape}; columns are sums[..., 0], sums[..., 1], …")
        return found


def _finite(number: object) -> float:
    value = float(number)  # type: ignore[arg-type]  # what cannot be made a number is the user's error
    if not math.isfinite(value):
        raise Amiss("has a number that is not finite")
    return value


def _comparable(part: object) -> object:
    bool(part == part)  # an array cannot be asked so
    return part


def _plain(evidence: Mapping[str, Any]) -> Mapping[str, Any]:
    return writable(dict(msgspec.to_builtins(dict(evidence), str_keys=True)))


def _chunks(found: Sequence[Chunk] | None) -> Sequence[Chunk] | None:
    return None if found is None else writable(msgspec.convert(msgspec.to_builtins(found), list[Chunk]))


def _traced(traced: Traced) -> Traced:
    if not isinstance(traced, Traced):
        raise Amiss("is no fieval.evals.base.Traced")
    return writable(traced)
