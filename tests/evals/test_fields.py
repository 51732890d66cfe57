"""Fields of outputs: taken from another output, left out, compared; speakers go with the words that they said."""

from __future__ import annotations

import pytest

from fieval.evals import kinds, scorer_of
from fieval.evals.fields import SEGMENTS, SPEAKER, TEXT, alike, has, is_field, of_people, taken, without
from fieval.model import (
    Card,
    GoldLabel,
    GoldScore,
    Interaction,
    LabelSet,
    Output,
    Prediction,
    ScoreRange,
    Segment,
    Step,
    Turn,
)

ONE = Output(
    id="a",
    turns=(Turn("x", "good morning", 0.0, 1.0), Turn("y", "my bill is wrong", 1.0, 2.0)),
    segments=(Segment("x", 0.0, 1.0),),
    summary="one",
    labels={"intent": Prediction("billing", 0.9), "mood": Prediction("bad")},
    scores={"csat": 3.0, "effort": 2.0},
)
OTHER = Output(
    id="a",
    turns=(Turn("p", "good morning my", 0.0, 1.5), Turn("q", "bell is wrong", 1.5, 2.0)),
    segments=(Segment("p", 0.0, 1.5),),
    summary="two",
    labels={"intent": Prediction("outage")},
    scores={"csat": 5.0},
)
CARD = Card("c", "1", labels={"intent": LabelSet(("billing", "outage"))}, scores={"csat": ScoreRange(1, 5)})


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("summary", {"summary": "two"}),
        ("segments", {"segments": OTHER.segments}),
        ("labels.intent", {"labels": {"intent": Prediction("outage"), "mood": Prediction("bad")}}),
        ("labels.mood", {"labels": {"intent": Prediction("billing", 0.9)}}),
        ("scores.csat", {"scores": {"csat": 5.0, "effort": 2.0}}),
        ("scores.effort", {"scores": {"csat": 3.0}}),
    ],
)
def test_one_field_is_taken_and_all_others_stay(field: str, changed: dict[str, object]) -> None:
    found = taken(ONE, OTHER, (field,))
    for name in ONE.__struct_fields__:
        assert getattr(found, name) == changed.get(name, getattr(ONE, name))


def test_texts_and_speakers_together_are_the_turns() -> None:
    assert taken(ONE, OTHER, (TEXT, SPEAKER)).turns == OTHER.turns


def test_speakers_alone_go_with_the_words_that_they_said() -> None:
    found = taken(ONE, OTHER, (SPEAKER,)).turns
    assert [(turn.speaker, turn.text) for turn in found] == [("p", "good morning"), ("p", "my"), ("q", "bill is wrong")]
    assert found[0] == Turn("p", "good morning", 0.0, 1.0)
    assert found[1].start is None


def test_texts_alone_keep_who_said_them() -> None:
    found = taken(ONE, OTHER, (TEXT,)).turns
    assert [(turn.speaker, turn.text) for turn in found] == [("x", "good morning"), ("y", "my"), ("y", "bell is wrong")]


def test_words_that_nobody_else_has_go_with_the_word_before_them() -> None:
    said = Output("a", turns=(Turn("", "um good morning dear my bill"),))
    by = Output("a", turns=(Turn("p", "good morning"), Turn("q", "my bill")))
    found = taken(said, by, (SPEAKER,)).turns
    assert [(turn.speaker, turn.text) for turn in found] == [("p", "um good morning dear"), ("q", "my bill")]


def test_turns_without_words_keep_their_speaker_and_nobody_is_made_up() -> None:
    silent = Output("a", turns=(Turn("x", "", 0.0, 1.0), Turn("x", "yes")))
    assert [turn.speaker for turn in taken(silent, Output("a"), (SPEAKER,)).turns] == ["x", ""]


@pytest.mark.parametrize(
    ("fields", "turns"),
    [
        ((TEXT, SPEAKER), ()),
        ((SPEAKER,), (Turn("", "good morning", 0.0, 1.0), Turn("", "my bill is wrong", 1.0, 2.0))),
        ((TEXT,), (Turn("x", "", 0.0, 1.0), Turn("y", "", 1.0, 2.0))),
        ((SEGMENTS,), ONE.turns),
    ],
)
def test_what_is_left_out_is_gone(fields: tuple[str, ...], turns: tuple[Turn, ...]) -> None:
    found = without(ONE, fields)
    assert found.turns == turns
    assert found.segments == (() if SEGMENTS in fields else ONE.segments)
    assert found.summary == "one"


@pytest.mark.parametrize("field", [TEXT, SPEAKER, SEGMENTS, "summary", "labels.intent", "scores.csat"])
def test_alike_sees_every_field(field: str) -> None:
    assert alike(ONE, ONE, (field,))
    assert not alike(ONE, OTHER, (field,))
    assert alike(taken(ONE, OTHER, (TEXT, SPEAKER, field)), OTHER, (field,))
    assert has(ONE, field)
    assert not has(Output("a"), field)


def test_numbers_are_alike_as_far_as_two_runs_of_one_model_are() -> None:
    near = Output("a", labels={"intent": Prediction("billing", 0.9 + 1e-8)}, scores={"csat": 3.0 - 1e-8})
    far = Output("a", labels={"intent": Prediction("billing", 0.91)}, scores={"csat": 3.01})
    none = Output("a", labels={"intent": Prediction("billing")})
    for field in ("labels.intent", "scores.csat"):
        assert alike(ONE, near, (field,))
        assert not alike(ONE, far, (field,))
        assert not alike(ONE, none, (field,))


def test_where_turns_break_does_not_make_texts_differ() -> None:
    joined = Output("a", turns=(Turn("x", "good morning my"), Turn("x", "bill is wrong")))
    assert alike(ONE, joined, (TEXT,))
    assert not alike(ONE, joined, (SPEAKER,))


def test_what_people_made_is_an_output() -> None:
    one = Interaction(
        "a", "voice", "en", "a", {}, turns=ONE.turns, summary="s",
        labels={"intent": GoldLabel("outage", ("outage",))}, scores={"csat": GoldScore(4.0, (4.0,))},
    )  # fmt: skip
    assert of_people(one) == Output("a", ONE.turns, (), "s", {"intent": Prediction("outage")}, {"csat": 4.0})


@pytest.mark.parametrize("name", ["turns", "labels", "labels.", "scores.", "text", 3, None])
def test_other_names_are_no_fields(name: object) -> None:
    assert not is_field(name)


MAKES = {
    "asr_accuracy": (TEXT,),
    "diarization_accuracy": (SPEAKER, SEGMENTS),
    "summary_quality": ("summary",),
    "label_agreement": ("labels.intent",),
    "score_agreement": ("scores.csat",),
    "conversation_resolution": ("labels.intent",),
    "conversation_coherence": ("labels.intent",),
}


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_evaluator_says_what_its_step_makes(name: str) -> None:
    if name == "custom_evaluation":
        return
    options = {"score": "csat"} if name == "score_agreement" else {}
    if MAKES[name] == ("labels.intent",):
        options = {"label": "intent"} | ({"resolved": "outage"} if name == "conversation_resolution" else {})
    scorer = scorer_of(Step("s", name, options, (), {}), CARD)
    assert scorer.makes == MAKES[name]


def test_turns_that_are_merely_looked_at_are_not_made() -> None:
    card = Card("c", "1")
    assert scorer_of(Step("s", "conversation_coherence", {"label": None}, (), {}), card).makes == ()
