"""Questions over a real socket: what is sent, what is kept, and in which mode."""

import json
import logging
from pathlib import Path

import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.judge import Answer
from fieval.judge.budget import Plan

from judge.asking import SECRET, asked, odd_are_wrong, session
from judge.scripted_server import Act, Server


def test_answers_come_in_the_order_asked(server: Server, tmp_path: Path) -> None:
    server.verdict = odd_are_wrong
    with session(server, tmp_path) as judge:
        replies = judge.ask_all([asked(number) for number in range(40)])
    for number, reply in enumerate(replies):
        assert isinstance(reply, Answer)
        assert [verdict.id for verdict in reply.verdicts] == ["c1", "c2"]
        assert reply.by_id()["c1"].verdict == ("contradicted" if number % 2 else "supported")
        assert (reply.model, reply.request_id, reply.usage.output) == ("claude-sonnet-5-5", "req_1", 200)
    assert judge.source == "ANTHROPIC_API_KEY"


def test_the_request_is_what_is_documented(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
    (request,) = server.requests
    body = request.body
    assert set(body) == {"model", "max_tokens", "system", "messages", "output_config"}
    assert (body["model"], body["max_tokens"], body["output_config"]["effort"]) == ("claude-sonnet-5-5", 8192, "low")
    schema = body["output_config"]["format"]["schema"]
    assert list(schema["properties"]["claims"]["items"]["properties"]) == ["id", "evidence_turns", "why", "verdict"]
    assert "number is 1" not in body["system"]
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.headers["authorization"] == "Bearer sk-not-a-secret"


def test_nothing_is_asked_twice(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        with session(server, tmp_path) as judge:
            replies = judge.ask_all([asked(1), asked(2), asked(1)])
            assert replies[0] == replies[2]
    assert len(server.requests) == 2


def test_a_repeat_is_a_question_of_its_own(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        judge.ask_all([asked(1), asked(1, sample=1)])
    assert len(server.requests) == 2


def test_live_asks_anew_and_replaces(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
    server.verdict = lambda _: "contradicted"
    with session(server, tmp_path, mode="live") as judge:
        judge.ask(asked(1))
    with session(server, tmp_path) as judge:
        reply = judge.ask(asked(1))
    assert isinstance(reply, Answer)
    assert reply.by_id()["c1"].verdict == "contradicted"
    assert len(server.requests) == 2


def test_live_asks_once_for_equal_texts(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path, mode="live") as judge:
        assert judge.ask(asked(1)) == judge.ask(asked(1))
    assert len(server.requests) == 1


def test_the_log_of_the_sdk_tells_nothing_that_was_said(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setattr(logging.getLogger("anthropic"), "level", logging.DEBUG)
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
    assert SECRET not in caplog.text


def test_the_plan_is_told_before_the_first_call(server: Server, tmp_path: Path) -> None:
    plans: list[Plan] = []
    sent: list[int] = []

    def planned(plan: Plan) -> None:
        plans.append(plan)
        sent.append(len(server.requests))

    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
        judge.ask_all([asked(number) for number in range(1, 13)], planned=planned)
        judge.ask_all([asked(number) for number in range(1, 14)], planned=planned)
    assert sent == [1, 12]
    assert (plans[0].cached, plans[0].to_call, plans[0].assumed) == (1, 11, True)
    assert (plans[1].cached, plans[1].to_call, plans[1].assumed) == (12, 1, False)
    assert plans[1].output_tokens == (200, 200)
    assert plans[1].usd is not None and 0.002 < plans[1].usd[0] <= plans[1].usd[1] < 0.02


def test_progress_is_told(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with session(server, tmp_path) as judge:
        judge.ask_all([asked(number) for number in range(5)], progress=lambda done, of: told.append((done, of)))
    assert told == [(number, 5) for number in range(1, 6)]


def test_many_are_asked_at_once_but_no_more_than_allowed(server: Server, tmp_path: Path) -> None:
    server.delay = 0.02
    with session(server, tmp_path, threads=6) as judge:
        judge.ask_all([asked(number) for number in range(60)])
    assert 4 < server.most_at_once <= 6


def test_two_models_behind_one_name_are_no_one_judge(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
    server.model = "claude-sonnet-6"
    with session(server, tmp_path) as judge:
        judge.ask(asked(2))
        with pytest.raises(Unmeasurable, match=r"more than one model: claude-sonnet-5-5 \(1\), claude-sonnet-6 \(1\)"):
            judge.ask_all([asked(1), asked(2)])


def test_money_ends_before_the_cap_and_nothing_is_lost(server: Server, tmp_path: Path) -> None:
    server.output_tokens = 8000  # $0.08 a call
    with (
        session(server, tmp_path, max_usd=0.5) as judge,
        pytest.raises(Unmeasurable, match=r"the judge's budget of \$0\.50 could be crossed"),
    ):
        judge.ask_all([asked(number) for number in range(30)])
    assert judge.spent.usd is not None and 0.3 < judge.spent.usd <= 0.5
    paid = len(server.requests)
    with session(server, tmp_path) as judge:
        judge.ask_all([asked(number) for number in range(30)])
    assert len(server.requests) == 30 > paid == server.answered - (30 - paid)


def test_calls_end_at_their_number(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path, max_calls=7) as judge, pytest.raises(Unmeasurable, match="budget of 7 calls"):
        judge.ask_all([asked(number) for number in range(30)])
    assert len(server.requests) == judge.spent.calls == 7


def test_a_cached_run_needs_no_budget_and_no_credentials(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with session(server, tmp_path, max_calls=0) as judge:
        assert isinstance(judge.ask(asked(1)), Answer)
        with pytest.raises(Unmeasurable, match="no credentials: set ANTHROPIC_API_KEY"):
            judge.ask(asked(2))


def test_a_model_without_a_price_has_no_cap_in_dollars(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r'no price is known for "claude-other-9".*use max_calls'):
        session(server, tmp_path, model="claude-other-9", max_usd=1.0)
    with session(server, tmp_path, model="claude-other-9", max_calls=1) as judge:
        judge.ask(asked(1))
        assert judge.spent.usd is None


def test_neither_prompts_nor_transcripts_are_stored(server: Server, tmp_path: Path) -> None:
    server.script = [Act(change=lambda message: message | {"stop_reason": "refusal", "content": []}), Act(500)]
    with session(server, tmp_path) as judge:
        judge.ask_all([asked(number) for number in range(5)])
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("judge.sqlite*"))
    assert any(f"call-{number:04}".encode() in stored for number in range(5))
    assert SECRET.encode() not in stored
    assert json.dumps("My bill is").encode()[1:-1] not in stored
