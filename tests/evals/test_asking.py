"""What each step asks, what it never asks, and what scores the verdicts make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fieval.evals.asking.base import Asking, Scores
from fieval.evals.asking.coherence import AskingCoherence
from fieval.evals.asking.own import AskingAbout, AskingLabel
from fieval.evals.asking.resolution import AskingResolution
from fieval.evals.asking.summary import AskingSummary
from fieval.evals.given import gold_label, one
from fieval.judge.canaries import shipped
from fieval.judge.conversations import CHECKS
from fieval.model import Fact, Interaction, Output, Prediction, Turn

TURNS = (Turn("agent", "Good morning."), Turn("customer", "My line is dead."))
SILENT = (Turn("agent", "…"), Turn("customer", " "))
FACTS = (Fact("the line is dead", ("dead",)), Fact("an engineer comes", ("engineer",)))
RUBRIC = {"kind": "It is kind.", "short": "It is short."}
SUMMARY = "The line is dead. An engineer comes. It was May."
EVERY: list[Asking] = [
    AskingSummary({}),
    AskingSummary(RUBRIC),
    AskingResolution("resolution", "resolved"),
    AskingCoherence(),
    AskingAbout("Is it polite?", "summary"),
    AskingAbout("Is it polite?", "turns"),
    AskingLabel("How is it?", "mood", ["good", "bad"]),
]


def call(**gold: Any) -> Interaction:
    return one(**{"turns": TURNS, "facts": FACTS, **gold})


def summary(text: str = SUMMARY) -> Output:
    return Output("", summary=text)


def labelled(name: str, value: str | None) -> Output:
    return Output("", labels={} if value is None else {name: Prediction(value)})


def claims(*verdicts: str) -> Mapping[str, str]:
    return {f"s{number}": verdict for number, verdict in enumerate(verdicts, 1)}


def full() -> Output:
    """Everything that can be asked about."""
    labels = {"resolution": Prediction("resolved"), "mood": Prediction("good")}
    return Output("", summary=SUMMARY, turns=TURNS, labels=labels)


@pytest.mark.parametrize("asking", EVERY, ids=lambda asking: type(asking).__name__)
def test_every_question_asks_for_its_ids_and_nothing_else(asking: Asking) -> None:
    assert asking.applies(call())
    assert asking.settled(call(), full()) is None
    question = asking.question(call(), full(), "call-1")
    assert question.ids == asking.ids(call(), full())
    assert set(question.ids) == {part.name for part in asking.prompt.parts}
    assert (question.prompt, question.subject, question.turns) == (asking.prompt, "call-1", len(TURNS))
    assert {measure.part for measure in asking.measures} <= set(asking.prompt.parts)
    assert len({measure.metric for measure in asking.measures}) == len(asking.measures)


@pytest.mark.parametrize("asking", EVERY, ids=lambda asking: type(asking).__name__)
def test_a_verdict_that_is_lacking_is_never_a_score(asking: Asking) -> None:
    ids = asking.ids(call(), full())
    yes = {name: part.verdicts[0] for part in asking.prompt.parts for name in ids[part.name]}
    complete = asking.scores(call(), full(), yes)
    assert None not in complete
    assert all(0 <= (score or 0.0) <= 1 for score in complete)
    for lacking in yes:
        scores = asking.scores(call(), full(), {name: yes[name] for name in yes if name != lacking})
        assert sum(score is None for score in scores) == 1
    assert set(asking.scores(call(), full(), {})) == {None}


@pytest.mark.parametrize("asking", EVERY, ids=lambda asking: type(asking).__name__)
def test_canaries_are_questions_of_a_kind_that_has_claims(asking: Asking) -> None:
    for canary in shipped():
        question, passing = asking.canary(canary)
        assert set(canary.wrong) <= set(question.ids["claims"])
        assert passing in question.prompt.parts[0].verdicts
        assert question.subject == canary.subject


def test_canaries_of_summaries_are_asked_by_the_same_prompt() -> None:
    for asking in EVERY[:2]:
        assert {asking.canary(canary)[0].prompt for canary in shipped()} == {asking.prompt}


@pytest.mark.parametrize("asking", EVERY, ids=lambda asking: type(asking).__name__)
def test_without_what_people_heard_there_is_nothing_to_judge_by(asking: Asking) -> None:
    nothing = one(channel="chat")
    assert not asking.applies(nothing)
    assert asking.settled(nothing, full()) == (None,) * len(asking.measures)


def test_the_claims_of_a_summary_and_its_facts_are_numbered() -> None:
    question = AskingSummary(RUBRIC).question(call(), summary())
    assert question.ids == {
        "claims": ("s1", "s2", "s3"),
        "facts": ("f1", "f2"),
        "rubric": ("rubric.kind", "rubric.short"),
    }
    for text in ("My line is dead.", "It was May.", "an engineer comes", "It is short."):
        assert text in question.content
    assert AskingSummary({}).ids(call(facts=()), summary()) == {"claims": ("s1", "s2", "s3"), "facts": ()}


@pytest.mark.parametrize(
    ("verdicts", "score"),
    [
        (claims("supported", "supported", "supported"), 1.0),
        (claims("supported", "contradicted", "not_mentioned"), pytest.approx(1 / 3)),
        (claims("supported", "not_checkable", "not_mentioned"), 0.5),
        (claims("supported", "not_checkable", "not_checkable"), 1.0),
        (claims("not_checkable", "not_checkable", "not_checkable"), 0.0),
        (claims("supported", "supported"), None),
        ({}, None),
    ],
)
def test_faithfulness_is_the_share_of_claims_that_can_be_checked(
    verdicts: Mapping[str, str], score: float | None
) -> None:
    assert AskingSummary({}).scores(call(), summary(), verdicts)[0] == score


def test_facts_and_rubric_have_their_own_shares() -> None:
    said = {**claims("supported", "supported", "contradicted"), "f1": "covered", "f2": "contradicted"}
    said |= {"rubric.kind": "na", "rubric.short": "no"}
    assert AskingSummary(RUBRIC).scores(call(), summary(), said) == pytest.approx((2 / 3, 0.5, 0.0))
    silent = said | {"rubric.short": "na"}
    assert AskingSummary(RUBRIC).scores(call(), summary(), silent)[2] is None
    assert AskingSummary({}).scores(call(facts=()), summary(), claims(*["supported"] * 3)) == (1.0, None)


@pytest.mark.parametrize("output", [None, Output(""), summary(" \n… "), summary("Refund"), summary("Let's think:")])
def test_a_summary_with_too_little_in_it_is_0_without_a_question(output: Output | None) -> None:
    assert AskingSummary({}).settled(call(), output) == (0.0, 0.0)
    assert AskingSummary(RUBRIC).settled(call(facts=()), output) == (0.0, None, 0.0)
    assert AskingAbout("Is it polite?", "summary").settled(call(), output) == (0.0,)


def test_a_rubric_makes_another_judge() -> None:
    prompts = [AskingSummary(rubric).prompt for rubric in ({}, RUBRIC, {"kind": "It is kind."})]
    assert len(set(prompts)) == 3


@pytest.mark.parametrize(
    ("outcome", "label", "score"),
    [
        ("resolved", "resolved", 1.0),
        ("resolved", "open", 0.0),
        ("resolved", None, 0.0),
        ("partly", "resolved", 0.0),
        ("partly", "open", 1.0),
        ("follow_up_agreed", "open", 1.0),
        ("unresolved", "a label that nobody knows", 1.0),
        ("unresolved", None, 0.0),
        ("unclear", "resolved", None),
        ("unclear", None, None),
    ],
)
def test_resolution_is_agreement_on_whether_it_was_resolved(
    outcome: str, label: str | None, score: float | None
) -> None:
    asking = AskingResolution("resolution", "resolved")
    output = labelled("resolution", label)
    assert asking.scores(call(), output, {"outcome": outcome}) == (score,)
    assert asking.settled(call(), output) is None, "the same question for all systems"


@pytest.mark.parametrize(("label", "outcome"), [("resolved", "resolved"), ("open", "unresolved")])
def test_peoples_own_label_is_a_verdict_on_the_outcome(label: str, outcome: str) -> None:
    asking = AskingResolution("resolution", "resolved")
    assert asking.gold(call(labels={"resolution": gold_label(label)})) == {"outcome": outcome}
    assert asking.gold(call()) is None


@pytest.mark.parametrize("asking", [AskingResolution("resolution", "resolved"), EVERY[-1]], ids=["resolution", "label"])
def test_a_conversation_is_judged_whatever_the_label_says(asking: Asking) -> None:
    outputs = [None, full(), labelled("resolution", "open"), labelled("mood", "bad")]
    questions = [asking.question(call(), output) for output in outputs]
    assert len({(question.content, tuple(question.ids.items())) for question in questions}) == 1
    assert {asking.material(call(), output) for output in outputs} == {""}
    assert "good" not in questions[0].content


@pytest.mark.parametrize(
    ("turns", "channel", "heard", "settled"),
    [
        ((), "voice", TURNS, (0.0,)),
        (SILENT, "voice", TURNS, (0.0,)),
        ((), "voice", SILENT, (None,)),
        (SILENT, "voice", (), (0.0,)),
        (TURNS, "voice", SILENT, None),
        (TURNS, "voice", TURNS, None),
        (TURNS, "chat", TURNS, (None,)),
        ((), "chat", TURNS, (None,)),
    ],
)
def test_coherence_is_of_the_pipelines_own_turns(
    turns: tuple[Turn, ...], channel: Any, heard: tuple[Turn, ...], settled: Scores | None
) -> None:
    asking, interaction = AskingCoherence(), one(channel=channel, turns=heard)
    assert asking.settled(interaction, Output("", turns=turns)) == settled
    if settled is None:
        assert "Good morning." in asking.question(interaction, Output("", turns=turns)).content


def test_coherence_is_the_share_of_checks_that_apply() -> None:
    said = dict(zip(CHECKS, ("yes", "no", "na", "yes"), strict=True))
    assert AskingCoherence().scores(call(), full(), said) == pytest.approx((2 / 3,))


def test_turns_to_which_no_check_applies_are_no_conversation_where_people_heard_one() -> None:
    nothing, alone = dict.fromkeys(CHECKS, "na"), TURNS[:1]
    assert AskingCoherence().scores(one(channel="voice", turns=TURNS), full(), nothing) == (0.0,)
    assert AskingCoherence().scores(one(channel="voice", turns=alone), full(), nothing) == (None,)
    assert AskingCoherence().scores(one(channel="voice"), full(), nothing) == (None,)


def test_coherence_is_another_one_where_turns_are_split_otherwise() -> None:
    """What is judged has to tell outputs apart: people's verdicts are found by it."""
    split = [
        (Turn("agent", "good morning"), Turn("customer", "hello")),
        (Turn("agent", "good"), Turn("agent", "morning"), Turn("customer", "hello")),
        (Turn("", "good morning"), Turn("customer", "hello")),
    ]
    asking = AskingCoherence()
    assert len({asking.material(call(), Output("", turns=turns)) for turns in split}) == len(split)


@pytest.mark.parametrize(("answer", "score"), [("yes", 1.0), ("no", 0.0), ("na", None)])
def test_a_question_of_ones_own_is_yes_or_no(answer: str, score: float | None) -> None:
    for about in ("summary", "turns"):
        asking = AskingAbout("Is it polite?", about)
        assert asking.scores(call(), full(), {"answer": answer}) == (score,)
        assert "Is it polite?" in asking.prompt.system


def test_a_question_about_turns_is_for_calls_and_does_not_show_what_people_heard() -> None:
    asking, own = AskingAbout("Is it polite?", "turns"), Output("", turns=(Turn("spk_0", "hello there"),))
    content = asking.question(call(), own).content
    assert "hello there" in content
    assert "My line is dead." not in content
    assert not asking.applies(one(channel="chat", turns=TURNS))
    assert asking.settled(call(), Output("", turns=SILENT)) == (0.0,)
    assert asking.settled(call(), None) == (0.0,)


def test_a_question_about_a_summary_shows_both() -> None:
    content = AskingAbout("Is it polite?", "summary").question(call(), summary()).content
    assert "My line is dead." in content
    assert SUMMARY in content


@pytest.mark.parametrize(
    ("answer", "label", "score"),
    [
        ("good", "good", 1.0),
        ("good", "bad", 0.0),
        ("good", None, 0.0),
        ("unclear", "good", None),
        ("unclear", None, None),
    ],
)
def test_a_question_for_a_label_is_agreement_with_it(answer: str, label: str | None, score: float | None) -> None:
    asking = AskingLabel("How is it?", "mood", ["good", "bad"])
    assert asking.prompt.parts[0].verdicts == ("good", "bad", "unclear")
    assert asking.scores(call(), labelled("mood", label), {"answer": answer}) == (score,)
    assert AskingLabel("How is it?", "mood", ["good", "unclear"]).prompt.parts[0].verdicts == ("good", "unclear")
    assert asking.gold(call(labels={"mood": gold_label("bad")})) == {"answer": "bad"}
    assert asking.gold(call()) is None


@pytest.mark.parametrize("asking", EVERY, ids=lambda asking: type(asking).__name__)
def test_each_id_has_the_verdicts_of_its_part(asking: Asking) -> None:
    ids = asking.ids(call(), full())
    for part in asking.prompt.parts:
        assert {asking.offered(name) for name in ids[part.name]} == {part.verdicts}
    assert asking.offered("s0") == asking.offered("elsewhere") == ()
