"""Evaluators in Python, one output at a time."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieval
from fieval import evals
from fieval.errors import FievalError, InvalidInput
from fieval.evals import (
    ASRAccuracy,
    ConversationCoherence,
    ConversationResolution,
    CustomEvaluation,
    DiarizationAccuracy,
    Evaluation,
    LabelAgreement,
    ScoreAgreement,
    SummaryQuality,
)
from fieval.evals.base import Evaluator
from fieval.model import Fact, Output, Segment, Turn

TRANSCRIPT = """\
agent: thank you for calling, this is Priya
customer: I was charged 40 dollars twice in March
agent: I am sending you a refund of 40 dollars
"""
TURNS: list[Any] = [
    {"speaker": "agent", "text": "thank you for calling, this is Priya", "start": 0.0, "end": 3.0},
    Turn("customer", "I was charged 40 dollars twice in March", 3.5, 7.0),
    {"role": "agent", "content": "I am sending you a refund of 40 dollars", "start": 7.0, "end": 9.0},
]
NEEDS = "needs a judge or a label"


def test_the_package_exports_every_evaluator() -> None:
    names = {evaluator.__name__ for evaluator in evals.evaluators().values()}
    assert names == set(evals.__all__) - {"Evaluation"}
    assert all(issubclass(getattr(evals, name), Evaluator) for name in names)


def test_fieval_itself_stays_light() -> None:
    import subprocess
    import sys

    code = "import sys, fieval; print([name for name in sys.modules if name.startswith('fieval.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("transcript", [TRANSCRIPT, TURNS, tuple(TURNS)])
def test_a_summary_is_held_against_its_transcript(transcript: Any) -> None:
    sound = SummaryQuality().evaluate(input=transcript, output="A refund of 40 dollars was promised.")
    assert (sound.score, sound.passed) == (1.0, True)
    made_up = SummaryQuality().evaluate(input=transcript, output="A refund of 40 dollars was promised on Tuesday.")
    assert made_up.score == pytest.approx(2 / 3)
    assert made_up.passed is False
    assert made_up.metrics == {"fabrication_rate": 1.0, "fabricated_per_specific": pytest.approx(1 / 3)}
    assert made_up.evidence["fabricated"] == ["date: Tuesday"]
    assert made_up.reason == "1 of 3 specifics are not in the transcript"


def test_facts_are_looked_for_in_the_summary() -> None:
    facts: list[Any] = [Fact("a refund was promised", ("refund",)), {"text": "in March", "anchors": ["March"]}]
    found = SummaryQuality().evaluate(input=TRANSCRIPT, output="A refund of 40 dollars.", facts=facts)
    assert found.metrics["fact_recall"] == 0.5
    assert found.evidence["missing_facts"] == ["in March"]


def test_a_summary_that_says_nothing_checkable_is_no_pass() -> None:
    found = SummaryQuality().evaluate(input=TRANSCRIPT, output="They had a nice talk.")
    assert (found.score, found.passed) == (None, None)
    assert found.reason.startswith("nothing to check")


@pytest.mark.parametrize(
    ("reference", "hypothesis"),
    [
        ("the router light was red", "the router light was red"),
        ("the router light was red", "a router light red"),
        ("the router light was red", "something else altogether now"),
    ],
)
def test_asr_scores_one_minus_the_word_error_rate(reference: str, hypothesis: str) -> None:
    rate = jiwer.wer(reference, hypothesis)
    found = ASRAccuracy().evaluate(input=reference, output=hypothesis)
    assert found.metrics["wer"] == pytest.approx(rate)
    assert found.score == pytest.approx(1 - rate)
    assert found.passed is (rate <= 0.25)


def test_asr_counts_terms_and_scores_never_below_0() -> None:
    found = ASRAccuracy().evaluate(input="the router", output="the root or is on the table now", terms=["router"])
    assert found.score == 0
    assert found.metrics["term_recall"] == 0
    assert ASRAccuracy().evaluate(input="…", output="hello there").score == 0


def test_diarization_is_scored_in_seconds_else_in_words() -> None:
    gold: list[Any] = [Segment("agent", 0, 10), {"speaker": "customer", "start": 10, "end": 20}]
    same = DiarizationAccuracy(collar=0).evaluate(input=gold, output=[Segment("a", 0, 10), Segment("b", 10, 20)])
    assert (same.score, same.passed) == (1.0, True)
    late = DiarizationAccuracy(collar=0).evaluate(input=gold, output=[Segment("a", 0, 14), Segment("b", 14, 20)])
    assert late.score == pytest.approx(1 - 4 / 20)
    assert late.metrics["der"] == pytest.approx(0.2)
    said = "agent: please hold the line\ncustomer: certainly thank you"
    words = DiarizationAccuracy().evaluate(input=said, output=said.replace("customer", "agent"))
    assert words.score == pytest.approx(1 - 3 / 7)
    assert words.metrics["wder"] == pytest.approx(3 / 7)
    short = DiarizationAccuracy(collar=0).evaluate(input=gold, output=[Segment("a", 0, 10)], duration=10)
    assert short.score == 1


def test_labels_and_scores_are_held_against_peoples() -> None:
    found = LabelAgreement().evaluate(input="yes", output={"label": "yes", "confidence": 0.9}, values=["yes", "no"])
    assert (found.score, found.passed) == (1.0, True)
    assert found.metrics["brier"] == pytest.approx(0.01)
    assert LabelAgreement().evaluate(input="yes", output="no").score == 0
    near = ScoreAgreement().evaluate(input=4, output=3.5, scale=(1, 5))
    assert near.score == pytest.approx(1 - 0.5 / 4)
    assert near.passed is True
    assert near.metrics == {"mae": pytest.approx(0.5), "bias": pytest.approx(-0.5)}
    assert ScoreAgreement().evaluate(input=4, output=900, scale=(1, 5)).score == 0


def test_resolution_and_coherence_need_a_judge_or_a_label() -> None:
    for evaluator in (ConversationResolution(), ConversationCoherence()):
        alone = evaluator.evaluate(input=TRANSCRIPT, output="resolved")
        assert (alone.score, alone.passed, alone.reason) == (None, None, NEEDS)
        right = evaluator.evaluate(input=TRANSCRIPT, output="resolved", expected="resolved")
        assert (right.score, right.passed) == (1.0, True)
        wrong = evaluator.evaluate(input=TRANSCRIPT, output="open", expected="resolved")
        assert (wrong.score, wrong.passed, wrong.reason) == (0.0, False, "people gave another label")


def test_coherence_tells_of_the_turns_without_a_label() -> None:
    found = ConversationCoherence().evaluate(input=[*TURNS, TURNS[0]])
    assert found.metrics["turn_order"] == pytest.approx(1 / 3)
    assert found.metrics["repetition"] == pytest.approx(7 / found.evidence["words"])
    assert found.evidence["repeated"] == ["agent: thank you for calling this is priya"]
    assert "turn_order" not in ConversationCoherence().evaluate(input=TRANSCRIPT).metrics


@pytest.mark.parametrize(
    ("evaluator", "given"),
    [
        (SummaryQuality(), {"input": TRANSCRIPT}),
        (ASRAccuracy(), {"input": TRANSCRIPT}),
        (DiarizationAccuracy(), {"input": TURNS}),
        (LabelAgreement(), {"input": "yes"}),
        (ScoreAgreement(), {"input": 3, "scale": (1, 5)}),
        (ConversationResolution(), {"input": TRANSCRIPT, "expected": "resolved"}),
        (ConversationCoherence(), {"input": TRANSCRIPT, "expected": "yes"}),
    ],
)
def test_what_is_missing_scores_0(evaluator: Any, given: Mapping[str, Any]) -> None:
    found = evaluator.evaluate(**given, output=None)
    assert (found.score, found.passed, found.reason) == (0.0, False, "the output is missing")
    assert found.evidence == {"missing": "no output"}


@pytest.mark.parametrize("evaluator", [SummaryQuality(), ASRAccuracy(), DiarizationAccuracy()])
@pytest.mark.parametrize("nothing", ["", " \n ", []])
def test_without_anything_to_compare_with_nothing_is_measured(evaluator: Any, nothing: Any) -> None:
    found = evaluator.evaluate(input=nothing, output="hello 40")
    assert found == Evaluation(None, None, "there is nothing to compare with", {}, {})


def untyped(evaluator: object) -> Any:
    """An evaluator that takes what its types forbid."""
    return evaluator


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: untyped(SummaryQuality()).evaluate(input=3, output=""), "input: expected a list, got 3"),
        (lambda: untyped(SummaryQuality()).evaluate(input=None, output=""), "input: expected a list, got nothing"),
        (lambda: untyped(SummaryQuality()).evaluate(input="a", output=3), "output: expected a summary, got int"),
        (
            lambda: untyped(SummaryQuality()).evaluate(input="a", output="b", facts=[{}]),
            "facts[0]: Object missing required",
        ),
        (lambda: untyped(ASRAccuracy()).evaluate(input=["a"], output=""), "input[0]: Expected `object`, got `str`"),
        (
            lambda: untyped(ASRAccuracy()).evaluate(input="a", output=[{"txt": "a"}]),
            "output[0]: Object contains unknown field",
        ),
        (
            lambda: untyped(ASRAccuracy()).evaluate(input=[{"text": 3}], output=""),
            "input[0]: Expected `str`, got `int`",
        ),
        (
            lambda: untyped(DiarizationAccuracy()).evaluate(input=[Segment("a", 2, 1)], output=[]),
            "input[0]: expected seconds from 0 on, the start before the end, got 2 to 1",
        ),
        (
            lambda: untyped(DiarizationAccuracy()).evaluate(input=[Segment("a", math.nan, 1)], output=[]),
            "input[0]: expected",
        ),
        (
            lambda: untyped(DiarizationAccuracy()).evaluate(input=[], output=[], duration=math.inf),
            "duration: expected a finite",
        ),
        (
            lambda: untyped(LabelAgreement()).evaluate(input=True, output="yes"),
            "input: expected a label, which is a string",
        ),
        (
            lambda: untyped(LabelAgreement()).evaluate(input="a", output="b", values=["b"]),
            'the label "a" is none of the values',
        ),
        (
            lambda: untyped(LabelAgreement()).evaluate(input="a", output={"label": "a", "confidence": 2}),
            "output.confidence: ",
        ),
        (
            lambda: untyped(ScoreAgreement()).evaluate(input=9, output=1, scale=(1, 5)),
            "input: expected a number on the scale",
        ),
        (
            lambda: untyped(ScoreAgreement()).evaluate(input=1, output=math.nan, scale=(1, 5)),
            "output: expected a finite number",
        ),
        (
            lambda: untyped(ScoreAgreement()).evaluate(input=1, output=1, scale=(5, 1)),
            "input: expected a number on the scale",
        ),
        (lambda: untyped(ConversationResolution()).evaluate(input={}, output="a"), "input: expected a list, got dict"),
        (lambda: untyped(ConversationCoherence()).evaluate(input="a", expected=""), "expected: expected a label"),
        (
            lambda: untyped(CustomEvaluation(function="nowhere_at_all:f")).evaluate(input="a", output="b"),
            "there is no module",
        ),
        (
            lambda: untyped(CustomEvaluation(function="math:gcd")).evaluate(input="a", output=3),
            "output: expected an Output",
        ),
    ],
)
def test_what_cannot_be_read_is_said(call: Callable[[], object], problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(problem)


def test_a_function_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "def f(interaction, output):\n    return len(output.summary) / len(interaction.turns[0].text)\n"
    (tmp_path / "made_up_length.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    evaluator = CustomEvaluation(function="made_up_length:f", fail_below=0.6)
    found = evaluator.evaluate(input="abcdefgh", output="abcd")
    assert (found.score, found.passed, found.metrics) == (0.5, False, {"score": 0.5})
    assert evaluator.evaluate(input="abcd", output=Output("", summary="abcd")).passed is True
    assert evaluator.evaluate(input="abcd", output=None).reason == "the output is missing"
    with pytest.raises(FievalError, match=r"raised IndexError"):
        evaluator.evaluate(input="", output="abcd")


def test_lines_of_a_text_are_turns_where_they_have_speakers() -> None:
    from fieval.evals.given import turns_of

    assert turns_of("Agent: hello\nthere\n\nspk_1: yes") == (Turn("Agent", "hello\nthere"), Turn("spk_1", "yes"))
    assert turns_of("Priya: hello\nTom O'Hara: yes") == (Turn("Priya", "hello"), Turn("Tom O'Hara", "yes"))
    for plain in ("Total: 40 dollars", "the total: 40\ndollars", "at 10:30: nothing\nsee https://a.example"):
        assert turns_of(plain) == (Turn("", plain),)


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
    st.lists(st.one_of(st.text(), st.none(), st.dictionaries(st.sampled_from(["speaker", "text", "start", "end", "x"]),
                                                              st.one_of(st.text(), st.floats(), st.none())))),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(anything, anything)
def test_anything_gives_an_evaluation_or_is_refused(first: Any, second: Any) -> None:
    for evaluator in (
        SummaryQuality(),
        ASRAccuracy(),
        DiarizationAccuracy(),
        LabelAgreement(),
        ConversationCoherence(),
    ):
        try:
            found = evaluator.evaluate(input=first, output=second)
        except InvalidInput:
            continue
        assert found.score is None or 0 <= found.score <= 1
        assert (found.passed is None) is (found.score is None)
        assert found.reason
        assert all(map(math.isfinite, found.metrics.values()))


def test_the_same_interaction_scores_the_same_in_a_gate() -> None:
    """One implementation: the values of `scores.csv` are those of evaluate()."""
    from fieval import data
    from fieval.runner import Request, run_gate

    project = Path(fieval.__file__).parents[1]
    run = run_gate(Request(config=project / "configs/default.yaml"))
    dataset = data.read_dataset(project / "golden_datasets/contact_center")
    made = data.read_outputs(project / "golden_datasets/contact_center/candidates/fair.jsonl", dataset)
    calls = [pair for pair in zip(dataset.interactions, made.outputs, strict=True) if pair[0].channel == "voice"][:9]
    gate = {
        (score.id, score.metric): score for score in run.scores if score.system == "candidate" and score.step == "asr"
    }
    for interaction, output in calls:
        assert output is not None
        found = ASRAccuracy().evaluate(
            input=interaction.turns, output=output.turns, language=interaction.language, terms=dataset.card.terms
        )
        for metric, value in found.metrics.items():
            assert value == pytest.approx(gate[interaction.id, metric].value), (interaction.id, metric)
        assert found.passed is not gate[interaction.id, "wer"].failed
