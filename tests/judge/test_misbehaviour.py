"""A server that misbehaves in every way there is: no wrong score, and no hang beyond the deadline."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieval.errors import Unmeasurable
from fieval.judge import Answer, Failure

from judge.asking import MadeTime, asked, session
from judge.scripted_server import Act, Body, Server

RIGHT = [("c1", "supported"), ("c2", "supported")]


def stopped(reason: str) -> Act:
    return Act(change=lambda message: message | {"stop_reason": reason})


def replied(text: str) -> Act:
    return Act(change=lambda message: message | {"content": [{"type": "text", "text": text}]})


def entries(change: Callable[[list[Body]], Any]) -> Act:
    """The right reply with its list of claims changed."""

    def changed(message: Body) -> Body:
        claims = json.loads(message["content"][1]["text"])["claims"]
        return message | {"content": [{"type": "text", "text": json.dumps({"claims": change(claims)})}]}

    return Act(change=changed)


def each(**fields: object) -> Act:
    return entries(lambda claims: [claim | fields for claim in claims])


def verdicts(reply: object) -> list[tuple[str, str]]:
    assert isinstance(reply, Answer)
    return [(verdict.id, verdict.verdict) for verdict in reply.verdicts]


PASSING = {
    "429": Act(429),
    "429 with a wait": Act(429, headers={"retry-after": "7"}),
    "429 with a wait in milliseconds": Act(429, headers={"retry-after-ms": "1500"}),
    "429 with a date": Act(429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    "429 with nonsense": Act(429, headers={"retry-after": "soon"}),
    "429 of a ramp limit": Act(429, "ramp_limit_exceeded", {"retry-after": "3"}),
    "529": Act(529),
    "408": Act(408),
    "409": Act(409),
    "500": Act(500),
    "500 that is no JSON": Act(500, raw=b"<html>oops"),
    "502": Act(502),
    "503": Act(503),
    "a reply that is no JSON": Act(raw=b"<html>login</html>"),
    "a reply that is empty": Act(raw=b""),
    "a reply that is no message": Act(raw=b'{"content": []}'),
    "a socket closed before the reply": Act(cut=0),
    "a socket closed within the reply": Act(cut=40),
}
INVALID = {
    "a text that is no JSON": replied("The claims are all supported. Grade: A"),
    "JSON with words behind it": replied('{"claims": []} All are supported.'),
    "another object": replied('{"verdict": "supported"}'),
    "no text": replied(""),
    "nothing": Act(change=lambda message: message | {"content": []}),
    "an id missing": entries(lambda claims: claims[:1]),
    "an id twice": entries(lambda claims: [*claims, claims[0]]),
    "an id twice instead of two": entries(lambda claims: [claims[0], claims[0]]),
    "an unknown id": entries(lambda claims: [*claims, claims[0] | {"id": "c9"}]),
    "a wrong id": entries(lambda claims: [claims[0], claims[1] | {"id": "c9"}]),
    "an unknown verdict": each(verdict="Supported"),
    "a number as verdict": each(verdict=5),
    "supported without evidence": each(evidence_turns=[]),
    "evidence that is not there": each(evidence_turns=[4]),
    "evidence from turn 0": each(evidence_turns=[0]),
    "evidence before the first turn": each(evidence_turns=[-1]),
    "evidence that is true": each(evidence_turns=[True]),
    "evidence as text": each(evidence_turns=["1"]),
    "another field": each(score=1.0),
    "a stop nobody asked for": stopped("pause_turn"),
    "a tool": stopped("tool_use"),
    "no reason to stop": Act(change=lambda message: message | {"stop_reason": None}),
}
COUNTED = {
    "refusal": ("refused", stopped("refusal")),
    "refusal without content": ("refused", Act(change=lambda m: m | {"stop_reason": "refusal", "content": []})),
    "truncation": ("truncated", stopped("max_tokens")),
    "a full context": ("truncated", stopped("model_context_window_exceeded")),
    "400": ("rejected", Act(400)),
    "413": ("rejected", Act(413)),
    "422": ("rejected", Act(422)),
}
ENDING = {
    "401": (Act(401), "answered 401: scripted; check the credentials"),
    "402": (Act(402), "answered 402"),
    "403": (Act(403), "answered 403"),
    "404": (Act(404), "check the model's name"),
    "a redirect": (Act(307, headers={"location": "http://127.0.0.1:9/v1/messages"}), "redirects are not followed"),
    "the contract's spend limit": (Act(429, "contract_spend_limit_reached"), "contract_spend_limit_reached"),
    "an enforced spend limit": (Act(429, "enforced_spend_limit_reached", {"retry-after": "1"}), "check the account"),
    "a linked spend limit": (Act(403, "linked_organization_spend_limit_reached"), "answered 403"),
    "a hold": (Act(400, "organization_on_hold"), "organization_on_hold"),
    "no use": (Act(429, headers={"x-should-retry": "false"}), "another try is of no use"),
    "a wait of a day": (Act(429, headers={"retry-after": "86400"}), "wait 86400 seconds, which is too long"),
    "an endless wait": (Act(529, headers={"retry-after": "inf"}), "too long"),
    "a day's wait after an error": (Act(500, headers={"retry-after": "86400"}), "too long"),
}


@pytest.mark.parametrize("act", PASSING.values(), ids=PASSING)
def test_what_passes_is_tried_again(act: Act, server: Server, tmp_path: Path) -> None:
    server.script = [act]
    time = MadeTime()
    with session(server, tmp_path, time) as judge:
        assert verdicts(judge.ask(asked(2))) == RIGHT
    assert len(server.requests) == 2
    assert sum(time.slept) <= 8


@pytest.mark.parametrize("act", PASSING.values(), ids=PASSING)
def test_what_never_passes_ends_after_six_tries(act: Act, server: Server, tmp_path: Path) -> None:
    server.always = act
    time = MadeTime()
    with session(server, tmp_path, time) as judge, pytest.raises(Unmeasurable, match="1 of 1 questions could not"):
        judge.ask(asked(2))
    assert len(server.requests) == 6
    assert sum(time.slept) < 120


@pytest.mark.parametrize("act", INVALID.values(), ids=INVALID)
def test_an_invalid_reply_is_asked_for_once_more(act: Act, server: Server, tmp_path: Path) -> None:
    server.script = [act]
    with session(server, tmp_path) as judge:
        assert verdicts(judge.ask(asked(2))) == RIGHT
    assert len(server.requests) == 2


@pytest.mark.parametrize("act", INVALID.values(), ids=INVALID)
def test_a_second_invalid_reply_is_a_failure_and_not_remembered(act: Act, server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
        server.script = [act, act]
        reply = judge.ask(asked(2))
        assert isinstance(reply, Failure) and reply.kind == "invalid"
        assert "Grade" not in reply.message
        assert verdicts(judge.ask(asked(2))) == RIGHT
    assert len(server.requests) == 4


@pytest.mark.parametrize(("kind", "act"), COUNTED.values(), ids=COUNTED)
def test_failures_of_one_question_are_counted_and_not_remembered(
    kind: str, act: Act, server: Server, tmp_path: Path
) -> None:
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
        server.script = [act]
        reply = judge.ask(asked(2))
        assert isinstance(reply, Failure) and reply.kind == kind
        assert verdicts(judge.ask(asked(2))) == RIGHT
    assert len(server.requests) == 3


@pytest.mark.parametrize(("act", "told"), ENDING.values(), ids=ENDING)
def test_what_no_question_can_pass_ends_all_at_once(act: Act, told: str, server: Server, tmp_path: Path) -> None:
    server.always = act
    time = MadeTime()
    with session(server, tmp_path, time) as judge, pytest.raises(Unmeasurable, match=told):
        judge.ask_all([asked(number) for number in range(50)])
    assert len(server.requests) <= 16
    assert sum(time.slept) < 5


@pytest.mark.parametrize("act", [Act(400), replied("nonsense"), Act(500)], ids=["rejected", "invalid", "broken"])
def test_five_failures_in_a_row_end_all(act: Act, server: Server, tmp_path: Path) -> None:
    server.always = act
    with (
        session(server, tmp_path, MadeTime(), threads=1) as judge,
        pytest.raises(Unmeasurable, match="failed 5 times in a row"),
    ):
        judge.ask_all([asked(number) for number in range(50)])
    assert len(server.requests) <= 5 * 6


def test_questions_that_failed_before_do_not_end_a_later_run(server: Server, tmp_path: Path) -> None:
    """Else a dataset with a few that always fail could never be finished, once all others are remembered."""
    bad = [asked(number) for number in range(6)]
    good = [asked(number) for number in range(10, 16)]
    server.script = [act for _ in bad for act in (Act(413), Act())]
    with session(server, tmp_path, threads=1) as judge:
        first = judge.ask_all([each for pair in zip(bad, good, strict=True) for each in pair])
    assert sum(isinstance(reply, Answer) for reply in first) == 6
    server.always = Act(413)
    with session(server, tmp_path, threads=1) as judge:
        again = judge.ask_all([each for pair in zip(bad, good, strict=True) for each in pair])
    assert [isinstance(reply, Answer) for reply in again] == [isinstance(reply, Answer) for reply in first]


def test_a_judge_that_answers_nothing_is_no_result(server: Server, tmp_path: Path) -> None:
    server.always = Act(400)
    with session(server, tmp_path) as judge, pytest.raises(Unmeasurable, match="answered none of 3 questions"):
        judge.ask_all([asked(number) for number in range(3)])


@pytest.mark.parametrize("act", [Act(pause=30), Act(trickle=0.2)], ids=["slow", "trickling"])
def test_a_slow_reply_ends_in_time(act: Act, server: Server, tmp_path: Path) -> None:
    server.always = act
    start = time.monotonic()
    made = MadeTime()
    with session(server, tmp_path, made, seconds=0.3) as judge, pytest.raises(Unmeasurable, match="could not be asked"):
        judge.ask_all([asked(number) for number in range(3)])
    assert time.monotonic() - start < 20
    assert judge.spent.usd is not None and judge.spent.usd > 18 * 0.08  # they may have been paid for


def test_the_deadline_holds_whatever_happens(server: Server, tmp_path: Path) -> None:
    server.always = Act(pause=30)
    start = time.monotonic()
    with session(server, tmp_path, deadline=0.5, seconds=30.0) as judge, pytest.raises(Unmeasurable, match=r"0\.5 sec"):
        judge.ask_all([asked(number) for number in range(40)])
    assert time.monotonic() - start < 5


def test_nobody_there_is_unmeasurable_and_costs_nothing(server: Server, tmp_path: Path) -> None:
    server.url = "http://127.0.0.1:9"
    with session(server, tmp_path, MadeTime()) as judge, pytest.raises(Unmeasurable, match="cannot be reached"):
        judge.ask(asked(1))
    assert judge.spent.calls == 0


def test_a_rate_limit_is_kept_without_losing_a_question(server: Server, tmp_path: Path) -> None:
    server.rate, server.delay = 60, 0.1
    with session(server, tmp_path) as judge:
        replies = judge.ask_all([asked(number) for number in range(120)])
    assert all(isinstance(reply, Answer) for reply in replies)
    assert server.refused < 60


def test_everything_at_once_gives_no_wrong_verdict(server: Server, tmp_path: Path) -> None:
    server.verdict = lambda text: "contradicted" if "number" in text else "supported"
    broken = [*PASSING.values(), *INVALID.values(), *(act for _, act in COUNTED.values())]
    server.script = [each for act in broken for each in (act, Act(), Act())]
    with session(server, tmp_path, MadeTime()) as judge:
        replies = judge.ask_all([asked(number) for number in range(200)])
    answers = [reply for reply in replies if isinstance(reply, Answer)]
    assert len(answers) > 150
    for reply in answers:
        assert verdicts(reply) == [("c1", "contradicted"), ("c2", "supported")]
