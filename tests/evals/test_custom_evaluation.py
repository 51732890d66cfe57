"""A user's function: its answers become scores, and nothing else does."""

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals.base import Scorer
from fieval.evals.custom_evaluation import CustomEvaluation
from fieval.evals.scored import score_step
from fieval.model import Card, Interaction, Output

Function = Callable[[Interaction, Output], object]


@pytest.fixture
def scorer() -> Iterator[Callable[..., Scorer]]:
    """Makes the scorer of a function as if it had been imported for a config."""
    module = ModuleType("made_up_checks")
    sys.modules["made_up_checks"] = module

    def made(function: object, **options: Any) -> Scorer:
        vars(module)["function"] = function
        return CustomEvaluation(function="made_up_checks:function", **options).scorer("tone", Card("d", "1"))

    yield made
    del sys.modules["made_up_checks"]


def interactions(count: int) -> list[Interaction]:
    return [Interaction(f"call-{index}", "chat", "en", f"{index}", {}) for index in range(count)]


def outputs(*scores: float | None) -> list[Output | None]:
    return [None if score is None else Output("i", scores={"own": score}) for score in scores]


def own_score(interaction: Interaction, output: Output) -> float:
    return output.scores["own"]


@pytest.mark.parametrize(
    ("answer", "score"),
    [(True, 1.0), (False, 0.0), (0.25, 0.25), (1, 1.0), (np.float32(0.5), 0.5), (np.bool_(True), 1.0)],
)
def test_numbers_and_truths_are_scores(scorer: Callable[..., Scorer], answer: object, score: float) -> None:
    made = scorer(lambda interaction, output: answer)
    assert made.row(interactions(1)[0], Output("i")) == [score, 1.0]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (1.5, "is 1.5; expected a number from 0 to 1, True, False or None"),
        (-0.1, "is -0.1; "),
        (float("nan"), "is nan; "),
        (float("inf"), "is inf; "),
        ("my card is 4929", "is of type str; "),
        ({"score": 1}, "is of type dict; "),
        (Decimal("0.5"), "is of type Decimal; "),
    ],
)
def test_anything_else_is_no_score_and_is_not_quoted(scorer: Callable[..., Scorer], answer: object, told: str) -> None:
    with pytest.raises(Unmeasurable) as caught:
        scorer(lambda interaction, output: answer).row(interactions(1)[0], Output("i"))
    assert f"steps.tone: made_up_checks:function() of call-0 {told}" in str(caught.value)
    assert "4929" not in str(caught.value)


def test_what_the_function_raises_is_told_without_its_words(scorer: Callable[..., Scorer]) -> None:
    def raising(interaction: Interaction, output: Output) -> float:
        raise ValueError("my card is 4929")

    with pytest.raises(Unmeasurable) as caught:
        scorer(raising).row(interactions(1)[0], Output("i"))
    told = str(caught.value)
    assert told.startswith("steps.tone: made_up_checks:function() of call-0 raised ValueError")
    assert "4929" not in told


def test_a_missing_output_scores_0_unasked(scorer: Callable[..., Scorer]) -> None:
    made = scorer(lambda interaction, output: 1 / 0)
    assert made.row(interactions(1)[0], None) == [0.0, 1.0]
    assert made.part(interactions(1)[0], None) is None


def test_the_mean_is_the_plain_one(scorer: Callable[..., Scorer]) -> None:
    scores = [0.1, 0.9, None, 0.4]
    step = score_step(
        "tone",
        scorer(own_score),
        interactions(4),
        outputs(*scores),
        outputs(0.5, 0.9, 1.0, 0.45),
    )
    of = {metric.name: metric.of(step.table.candidate) for metric in step.metrics}
    assert of["score"] == pytest.approx((0.1 + 0.9 + 0 + 0.4) / 4)
    assert of["fail_rate"] == 0.75
    assert of["missing"] == 0.25
    assert of["worse_rate"] == 0.5  # the third has no output, and of the others one fell by more than 0.10


def test_bar_and_worsening_can_be_moved(scorer: Callable[..., Scorer]) -> None:
    made = scorer(own_score, fail_below=0.3, worse_by=0.5)
    assert [made.failed([score, 1.0]) for score in (0.29, 0.3)] == [True, False]
    assert [made.got_worse([0.9, 1.0], [score, 1.0]) for score in (0.39, 0.4)] == [True, False]


def test_none_leaves_an_interaction_out_for_both_systems(scorer: Callable[..., Scorer]) -> None:
    def voice_only(interaction: Interaction, output: Output) -> float | None:
        return None if interaction.id == "call-1" else output.scores["own"]

    calls = interactions(3)
    step = score_step("tone", scorer(voice_only), calls, outputs(0.2, None, 0.4), outputs(0.2, 0.9, 0.4))
    assert step.table.interactions.tolist() == [0, 2]
    assert step.coverage.candidate_missing == 0


def test_none_must_not_depend_on_the_output(scorer: Callable[..., Scorer]) -> None:
    """Else a candidate could answer so that its failures do not count."""

    def evasive(interaction: Interaction, output: Output) -> float | None:
        return output.scores["own"] or None

    for candidate, baseline in [(0.0, 0.9), (0.9, 0.0)]:
        with pytest.raises(Unmeasurable, match="None for one output of call-0, a score for another"):
            made = scorer(evasive)
            score_step("tone", made, interactions(1), outputs(candidate), outputs(baseline))


def test_each_output_is_asked_about_once(scorer: Callable[..., Scorer]) -> None:
    asked: list[str] = []

    def counting(interaction: Interaction, output: Output) -> float:
        asked.append(interaction.id)
        return 0.5

    made = scorer(counting)
    calls, answers = interactions(5), outputs(*[0.5] * 5)
    score_step("tone", made, calls, answers, outputs(*[0.5] * 5))
    made.evidence(calls[0], answers[0])
    assert len(asked) == 10


@pytest.mark.parametrize("function", [len, 3, lambda output: 1.0, "text"])
def test_what_takes_no_two_arguments_is_no_function(scorer: Callable[..., Scorer], function: object) -> None:
    with pytest.raises(InvalidInput, match=r"steps\.tone\.function: .* is no function of interaction and output"):
        scorer(function)
