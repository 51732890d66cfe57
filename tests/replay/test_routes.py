"""What can be replayed, what runs again for it, and what a command may see."""

from __future__ import annotations

import pytest

from fieval.evals.fields import SEGMENTS, SPEAKER, TEXT
from fieval.gate.replayed import Worsened
from fieval.model import Step
from fieval.replay.routes import Pipeline, Route, pipeline

TURNS = (TEXT, SPEAKER, SEGMENTS)


def made(**steps: tuple[tuple[str, ...], tuple[str, ...] | None, bool]) -> Pipeline:
    """Steps by name: what they come after, what they make, and whether they have a command."""
    own = [Step(name, "e", {}, after, {}, command=("run",) * runs) for name, (after, _, runs) in steps.items()]
    return pipeline(own, {name: makes for name, (_, makes, _) in steps.items()})


ASR = ((), (TEXT,), False)
CHAIN = made(
    asr=ASR,
    summary=(("asr",), ("summary",), True),
    intent=(("summary",), ("labels.intent",), True),
    mood=(("asr",), ("labels.mood",), True),
)


def test_each_step_before_is_repaired_and_all_behind_it_run_again_in_order() -> None:
    tells: tuple[Worsened, ...] = (("baseline", "intent"),)
    assert CHAIN.routes([("baseline", "intent")]) == [
        Route("summary", "baseline", ("intent",), tells),
        Route("summary", "gold", ("intent",), tells),
        Route("asr", "baseline", ("summary", "intent"), tells),
        Route("asr", "gold", ("summary", "intent"), tells),
    ]


def test_one_repair_tells_of_several_steps() -> None:
    found = CHAIN.routes([("baseline", "mood"), ("baseline", "summary"), ("anchor", "mood")])
    assert {(route.upstream, route.repair): (route.rerun, route.tells) for route in found} == {
        ("asr", "baseline"): (("summary", "mood"), (("baseline", "mood"), ("baseline", "summary"))),
        ("asr", "gold"): (
            ("summary", "mood"),
            (("baseline", "mood"), ("baseline", "summary"), ("anchor", "mood")),
        ),
        ("asr", "anchor"): (("mood",), (("anchor", "mood"),)),
    }


def test_a_step_without_a_command_on_the_way_closes_it() -> None:
    steps = made(asr=ASR, summary=(("asr",), ("summary",), False), intent=(("summary",), ("labels.i",), True))
    assert [route.upstream for route in steps.routes([("baseline", "intent")])] == ["summary", "summary"]
    assert steps.routes([("baseline", "summary")]) == []


def test_a_check_makes_nothing_and_needs_no_command() -> None:
    steps = made(asr=ASR, summary=(("asr",), ("summary",), True), length=(("summary",), (), False))
    assert [(route.upstream, route.rerun) for route in steps.routes([("baseline", "length")])][::2] == [
        ("summary", ()),
        ("asr", ("summary",)),
    ]


def test_a_step_of_which_nobody_knows_what_it_makes_closes_the_way() -> None:
    steps = made(asr=ASR, own=(("asr",), None, False), intent=(("own",), ("labels.i",), True))
    assert steps.routes([("baseline", "intent"), ("baseline", "own")]) == []


def test_what_makes_nothing_cannot_be_repaired() -> None:
    steps = made(check=((), (), False), intent=(("check",), ("labels.i",), True))
    assert steps.routes([("baseline", "intent")]) == []


@pytest.mark.parametrize(
    ("step", "hidden"),
    [
        ("summary", {"summary", "labels.intent", "labels.mood"}),
        ("intent", {"labels.intent", "labels.mood"}),
        ("mood", {"summary", "labels.intent", "labels.mood"}),
        ("asr", {*TURNS, "summary", "labels.intent", "labels.mood"}),
    ],
)
def test_a_command_sees_what_was_made_before_it_only(step: str, hidden: set[str]) -> None:
    assert set(CHAIN.hidden(step)) == hidden


def test_who_spoke_is_a_step_of_its_own_where_there_is_one() -> None:
    steps = made(
        asr=ASR,
        diarization=((), (SPEAKER, SEGMENTS), False),
        voices=(("asr",), (SPEAKER, SEGMENTS), True),
        summary=(("asr",), ("summary",), True),
        both=(("asr", "diarization"), ("labels.b",), True),
    )
    assert steps.fields["asr"] == (TEXT,)
    assert CHAIN.fields["asr"] == (TEXT, SEGMENTS, SPEAKER)
    assert set(steps.hidden("summary")) == {SEGMENTS, "summary", "labels.b"}  # turns are handed on whole
    assert set(steps.hidden("both")) == {"summary", "labels.b"}
    assert SPEAKER in steps.hidden("voices")
    assert TEXT not in steps.hidden("voices")
