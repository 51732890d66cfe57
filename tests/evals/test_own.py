"""Evaluators of users: checked like ours when they are named, and blamed when they fail."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals import kinds, scorer_of
from fieval.evals.base import Evaluator, Scorer
from fieval.evals.label_agreement import LabelAgreement, LabelScorer
from fieval.evals.own import OwnScorer, own_kind
from fieval.model import Card, Interaction, LabelSet, MetricName, Output, Step
from fieval.statistics.sums import Floats, Metric, quotient

CALL = Interaction("call-7", "chat", "en", "c", {})
CARD = Card("d", "1", labels={"mood": LabelSet(("bad", "good"))})


class Shouting(Scorer):
    """Words in capitals of all words, of the summary."""

    width = 2

    def __init__(self, bar: float) -> None:
        self.bar = bar
        self.metrics = (Metric("shouting", "lower", "ratio", (0, 1), quotient),)

    def applies(self, interaction: Interaction) -> bool:
        return True

    def part(self, interaction: Interaction, output: Output | None) -> str | None:
        return output.summary or None if output else None

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        words = output.summary.split() if output else []
        return [float(sum(map(str.isupper, words))), float(len(words))] if words else [1.0, 1.0]

    def badness(self, row: Sequence[float]) -> float:
        return row[0] / row[1]

    def failed(self, row: Sequence[float]) -> bool:
        return self.badness(row) > self.bar

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        return self.badness(after) > self.badness(before)

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        return {"words": self.row(interaction, output)}


@dataclass(frozen=True, kw_only=True)
class Loudness(Evaluator):
    """How much of a summary is in capitals."""

    bar: float = 0.5

    metric_names: ClassVar = (MetricName("shouting", "lower", limits=(0, 1)),)

    def scorer(self, step: str, card: Card) -> Scorer:
        return Shouting(self.bar)


@pytest.fixture
def given() -> Iterator[Callable[[object], str]]:
    """Puts a class where a config can name it."""
    module = ModuleType("made_up_evaluators")
    sys.modules["made_up_evaluators"] = module

    def put(what: object) -> str:
        vars(module)["Given"] = what
        return "made_up_evaluators:Given"

    yield put
    del sys.modules["made_up_evaluators"]


def scorer(reference: str, **options: Any) -> Scorer:
    return scorer_of(Step("tone", reference, options, (), {}, where={"line": "mobile"}), CARD)


def broken(given: Callable[[object], str], **methods: object) -> Scorer:
    """The scorer above with some of its methods broken."""
    worse = type("Worse", (Shouting,), {"__module__": __name__, **methods})
    evaluator = type("Own", (Loudness,), {"scorer": lambda self, step, card: worse(0.5)})
    return scorer(given(evaluator))


def test_a_sound_one_scores_as_it_says(given: Callable[[object], str]) -> None:
    made = scorer(given(Loudness), bar=0.2)
    output = Output("call-7", summary="REFUND promised to the customer")
    row = made.row(CALL, output)
    assert isinstance(made, OwnScorer)
    assert row == [1.0, 5.0]
    assert (made.part(CALL, output), made.badness(row), made.failed(row)) == (output.summary, 0.2, False)
    assert (made.got_worse([0.0, 1.0], row), made.faults(row), made.unknown(output)) == (True, 0.2, False)
    assert made.metrics[0].of(np.array([row, [1.0, 1.0]])) == pytest.approx(2 / 6)
    assert made.evidence(CALL, output) == {"words": [1.0, 5.0]}
    assert made.where == {"line": "mobile"}
    assert not made.trace(CALL, output, output).counts[0]


def test_a_config_knows_its_options_and_metrics(given: Callable[[object], str]) -> None:
    reference = given(Loudness)
    kind = kinds()[reference]
    assert kind == own_kind(reference)
    assert [metric.name for metric in kind.metrics] == ["shouting", "missing", "fail_rate", "worse_rate"]
    assert ":" not in "".join(kinds())


def test_one_that_makes_a_scorer_of_ours_is_left_as_it_is(given: Callable[[object], str]) -> None:
    own = type("Own", (LabelAgreement,), {})
    assert type(scorer(given(own), label="mood")) is LabelScorer


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        (3, "is no class derived from fieval.evals.base.Evaluator"),
        (dict, "is no class derived from fieval.evals.base.Evaluator"),
        (type("Own", (Evaluator,), {"metric_names": ()}), "has no scorer"),
        (
            type("Own", (Loudness,), {"metric_names": ("wer",)}),
            "metric_names must be a tuple of fieval.model.MetricName",
        ),
        (
            type("Own", (Loudness,), {"metric_names": (MetricName("missing", "lower"),)}),
            "every step has missing; give the metric another name",
        ),
        (
            dataclass(frozen=True, kw_only=True)(
                type("Own", (Loudness,), {"__annotations__": {"after": "str"}, "after": ""})
            ),
            "after: every step has this key; give the option another name",
        ),
        (
            dataclass(frozen=True, kw_only=True)(
                type("Own", (Loudness,), {"__annotations__": {"it": object}, "it": 0})
            ),
            "its options cannot be written in YAML",
        ),
    ],
)
def test_what_is_no_evaluator_is_refused(given: Callable[[object], str], own: object, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        own_kind(given(own))
    assert any(problem in line for line in caught.value.problems)


METRIC = Metric("shouting", "lower", "ratio", (0, 1), quotient)


@pytest.mark.parametrize(
    ("metrics", "problem"),
    [
        ((Metric("far", "lower", "ratio", (0, 2), quotient),), "far reads a column beyond width 2"),
        ((Metric("one", "lower", "mean", (0,), quotient),), "one is of kind mean and needs two columns"),
        (("shouting",), "metrics must be a tuple of fieval.statistics.sums.Metric"),
    ],
)
def test_a_scorer_whose_metrics_cannot_be_is_refused(
    given: Callable[[object], str], metrics: object, problem: str
) -> None:
    def make(self: Shouting, bar: float) -> None:
        self.bar, self.metrics = bar, metrics  # type: ignore[assignment]  # broken on purpose

    with pytest.raises(InvalidInput, match=problem):
        broken(given, __init__=make)


@pytest.mark.parametrize("makes", ["summary", ("resume",), ["summary"], ("labels.",), 3])
def test_a_scorer_that_makes_what_no_output_has_is_refused(given: Callable[[object], str], makes: object) -> None:
    with pytest.raises(InvalidInput, match=r"makes must be a tuple of fields of an output, out of turns\.text, "):
        broken(given, makes=makes)


def test_what_its_step_makes_is_known_only_if_it_says_so(given: Callable[[object], str]) -> None:
    assert scorer(given(Loudness)).makes is None
    assert broken(given, makes=("summary", "labels.mood")).makes == ("summary", "labels.mood")


def test_no_scorer_is_refused_and_one_that_fails_is_not_measurable(given: Callable[[object], str]) -> None:
    with pytest.raises(InvalidInput, match=r"steps\.tone: made_up_evaluators:Given: scorer\(\) made no Scorer"):
        scorer(given(type("Own", (Loudness,), {"scorer": lambda self, step, card: None})))
    with pytest.raises(Unmeasurable, match=r"scorer\(\) raised ZeroDivisionError"):
        scorer(given(type("Own", (Loudness,), {"scorer": lambda self, step, card: 1 / 0})))


def raising(*arguments: object) -> Any:
    raise ValueError("my card is 4929")


OUTPUT = Output("call-7", summary="REFUND")
ROW = [1.0, 1.0]


@pytest.mark.parametrize(
    ("method", "ask", "of"),
    [
        ("applies", lambda made: made.applies(CALL), " of call-7"),
        ("declines", lambda made: made.declines(CALL, OUTPUT), " of call-7"),
        ("part", lambda made: made.part(CALL, OUTPUT), " of call-7"),
        ("row", lambda made: made.row(CALL, OUTPUT), " of call-7"),
        ("evidence", lambda made: made.evidence(CALL, OUTPUT), " of call-7"),
        ("alignment", lambda made: made.alignment(CALL, OUTPUT), " of call-7"),
        ("trace", lambda made: made.trace(CALL, OUTPUT, OUTPUT), " of call-7"),
        ("unknown", lambda made: made.unknown(OUTPUT), " of call-7"),
        ("badness", lambda made: made.badness(ROW), ""),
        ("faults", lambda made: made.faults(ROW), ""),
        ("failed", lambda made: made.failed(ROW), ""),
        ("got_worse", lambda made: made.got_worse(ROW, ROW), ""),
    ],
)
def test_whatever_fails_is_not_measurable(
    given: Callable[[object], str], method: str, ask: Callable[[Scorer], object], of: str
) -> None:
    with pytest.raises(Unmeasurable) as caught:
        ask(broken(given, **{method: raising}))
    told = f"steps.tone: made_up_evaluators:Given: {method}(){of} raised ValueError"
    assert str(caught.value) == f"{told} at {Path(__file__).name}:{raising.__code__.co_firstlineno + 1}"


@pytest.mark.parametrize(
    ("method", "answer", "ask", "told"),
    [
        ("row", [1.0], lambda made: made.row(CALL, OUTPUT), "has 1 numbers, but width is 2"),
        ("row", [1.0, float("nan")], lambda made: made.row(CALL, OUTPUT), "has a number that is not finite"),
        ("row", [1.0, -1e306], lambda made: made.row(CALL, OUTPUT), "has a number beyond 1e+100"),
        ("row", ["4929 x", 1.0], lambda made: made.row(CALL, OUTPUT), "raised ValueError"),
        ("row", None, lambda made: made.row(CALL, OUTPUT), "raised TypeError"),
        ("badness", float("inf"), lambda made: made.badness(ROW), "has a number that is not finite"),
        ("part", np.array([1, 2]), lambda made: made.part(CALL, OUTPUT), "raised ValueError"),
        ("evidence", {"what": object()}, lambda made: made.evidence(CALL, OUTPUT), "raised TypeError"),
        ("evidence", "4929", lambda made: made.evidence(CALL, OUTPUT), "raised ValueError"),
        ("alignment", [("4929", (), ())], lambda made: made.alignment(CALL, OUTPUT), "raised ValidationError"),
        ("trace", None, lambda made: made.trace(CALL, OUTPUT, OUTPUT), "is no fieval.evals.base.Traced"),
    ],
)
def test_whatever_is_amiss_is_not_measurable(
    given: Callable[[object], str], method: str, answer: object, ask: Callable[[Scorer], object], told: str
) -> None:
    with pytest.raises(Unmeasurable) as caught:
        ask(broken(given, **{method: lambda *arguments: answer}))
    assert told in str(caught.value)
    assert "4929" not in str(caught.value)


def with_value(value: Callable[[Floats], Any], kind: Any = "ratio") -> Callable[[Shouting, float], None]:
    def make(self: Shouting, bar: float) -> None:
        self.bar, self.metrics = bar, (Metric("shouting", "lower", kind, (0, 1), value),)

    return make


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (lambda sums: 1 / 0, "value of shouting raised ZeroDivisionError"),
        (lambda sums: sums, "value of shouting has the shape"),
        (lambda sums: 0.5, "value of shouting has the shape"),
        (lambda sums: ["4929"] if sums.ndim > 1 else "a", "value of shouting"),
    ],
)
def test_a_value_that_cannot_be_is_not_measurable(
    given: Callable[[object], str], value: Callable[[Floats], Any], told: str
) -> None:
    made = broken(given, __init__=with_value(value))
    with pytest.raises(Unmeasurable, match=told):
        made.metrics[0].value(np.ones((3, 2)))


def test_a_rate_counts_whole_interactions(given: Callable[[object], str]) -> None:
    made = broken(given, __init__=with_value(quotient, "rate"), row=lambda *arguments: [0.5, 1.0])
    with pytest.raises(Unmeasurable, match="other than 0 and 1 in a column of a rate"):
        made.row(CALL, OUTPUT)
