"""Questions in batches over a real socket: what is handed in, read, asked one by one, paid, and never done twice."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieval.court import plan_sentence
from fieval.errors import Unmeasurable
from fieval.judge import Answer, Failure, Session, batch
from fieval.judge.anthropic_batches import AnthropicBatches
from fieval.judge.budget import Plan, price_list
from fieval.judge.cache import Cache
from fieval.judge.canaries import run_canaries
from fieval.judge.handed_in import Ledger
from fieval.judge.protocol import Reply, Usage

from judge.asking import MadeTime, asked, odd_are_wrong
from judge.asking import session as any_session
from judge.batch_server import BatchServer, serving_batches
from judge.scripted_server import MODEL, Act, Body, Request

COUNT = 24
QUESTIONS = [asked(number) for number in range(COUNT)]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-not-a-secret")
    monkeypatch.setattr(batch, "_GRACE", 0.0)
    with serving_batches() as running:
        running.verdict = odd_are_wrong
        yield running


def session(server: BatchServer, folder: Path, time: MadeTime | None = None, **changes: object) -> Session:
    return any_session(server, folder, time or MadeTime(), **{"mode": "batch", **changes})


def check(replies: tuple[Reply, ...]) -> None:
    for number, reply in enumerate(replies):
        assert isinstance(reply, Answer), reply
        assert reply.by_id()["c1"].verdict == ("contradicted" if number % 2 else "supported")


def number_of(request: Request) -> int:
    claim = str(request.blocks["claims"][0]["text"])
    return int("".join(letter for letter in claim if letter.isdigit()))


def open_keys(folder: Path) -> int:
    with sqlite3.connect(folder / "judge.sqlite") as connection:
        (count,) = connection.execute("SELECT count(*) FROM batched").fetchone()
    connection.close()
    return int(count)


def once(server: BatchServer, count: int = COUNT) -> bool:
    return len(server.submitted) == count and set(server.submitted.values()) == {1}


def test_all_go_in_one_batch_and_come_in_the_order_asked(server: BatchServer, tmp_path: Path) -> None:
    server.looks, time = 9, MadeTime()
    with session(server, tmp_path, time) as judge:
        check(judge.ask_all(QUESTIONS))
        check(judge.ask_all(QUESTIONS))
    assert len(server.made) == 1 and once(server) and not server.requests
    assert time.slept == pytest.approx([1.5**n for n in range(9)])
    assert open_keys(tmp_path) == 0


def test_waits_grow_to_a_minute(server: BatchServer, tmp_path: Path) -> None:
    server.looks, time = 40, MadeTime()
    with session(server, tmp_path, time) as judge:
        check(judge.ask_all(QUESTIONS))
    assert time.slept == sorted(time.slept) and time.slept[-1] == 60.0


def test_what_is_handed_in_is_what_is_asked_live(server: BatchServer, tmp_path: Path) -> None:
    with session(server, tmp_path / "one") as judge:
        judge.ask(asked(1))
    with session(server, tmp_path / "two", mode="record") as judge:
        judge.ask(asked(1))
    ((name, body),) = server.made[0].requests.items()
    assert body == server.requests[0].body
    assert len(name) == 60 and set(name) <= set("0123456789abcdef")


def test_an_answer_of_a_batch_is_the_same_as_any_other(server: BatchServer, tmp_path: Path) -> None:
    with session(server, tmp_path / "one") as judge:
        judge.ask_all(QUESTIONS)
        judge.export(tmp_path / "one.jsonl", reasons=True)
    with session(server, tmp_path / "one", mode="record") as judge:
        check(judge.ask_all(QUESTIONS))
    assert not server.requests
    with session(server, tmp_path / "two", mode="record") as judge:
        judge.ask_all(QUESTIONS)
        judge.export(tmp_path / "two.jsonl", reasons=True)
    one, two = ((tmp_path / f"{name}.jsonl").read_text() for name in ("one", "two"))
    assert one.replace("msgbatch_000", "req_1") == two


def test_canaries_do_not_wait(server: BatchServer, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        flight = run_canaries(judge)
        judge.ask(asked(1))
    assert len(server.requests) == flight.asked and once(server, 1)


def test_what_is_remembered_is_not_handed_in(server: BatchServer, tmp_path: Path) -> None:
    with session(server, tmp_path, mode="record") as judge:
        judge.ask_all(QUESTIONS[:10])
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert len(server.requests) == 10 and once(server, COUNT - 10)


@pytest.mark.parametrize("limit", [{"most_requests": 10}, {"most_bytes": 25_000}])
def test_batches_stay_within_the_limits(
    limit: dict[str, int], server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(AnthropicBatches, name, value)
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert len(server.made) > 2 and once(server)
    for made in server.made:
        requests = [{"custom_id": name, "params": body} for name, body in made.requests.items()]
        sent = json.dumps({"requests": requests}, separators=(",", ":"), ensure_ascii=False).encode()
        assert len(made.requests) <= limit.get("most_requests", COUNT)
        assert len(sent) <= limit.get("most_bytes", 10**9)


@pytest.mark.parametrize("ending", ["errored", "expired", "canceled"])
def test_what_a_batch_leaves_is_asked_one_by_one(ending: str, server: BatchServer, tmp_path: Path) -> None:
    server.ending = lambda request: ending if number_of(request) < 5 else "succeeded"
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert sorted(number_of(request) for request in server.requests) == [0, 1, 2, 3, 4]
    assert once(server) and open_keys(tmp_path) == 0
    with Cache(tmp_path / "judge.sqlite").changing() as execute:
        told = {message for (message,) in execute("SELECT message FROM attempts")}
    assert all(line.startswith("in a batch it ") for line in told) and len(told) == 1


def changed(of: int, **fields: object) -> object:
    def change(request: Request, message: Body) -> Body:
        return {**message, **fields} if number_of(request) == of else message

    return change


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "all is well"}],
        [{"type": "text", "text": '{"claims": []}'}],
        [
            {
                "type": "text",
                "text": '{"claims": [{"id": "other", "evidence_turns": [], "why": "", "verdict": "supported"}]}',
            }
        ],
    ],
)
def test_an_invalid_reply_has_one_more_try(content: object, server: BatchServer, tmp_path: Path) -> None:
    server.change = changed(3, content=content)  # type: ignore[assignment]
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert [number_of(request) for request in server.requests] == [3]
    server.always = Act(change=lambda message: {**message, "content": content})
    server.change = changed(103, content=content)  # type: ignore[assignment]
    with session(server, tmp_path) as judge:
        *_, reply = judge.ask_all([*QUESTIONS, asked(103)])
    assert isinstance(reply, Failure) and reply.kind == "invalid"
    assert [number_of(request) for request in server.requests] == [3, 103]


def test_replies_that_are_all_invalid_end_the_run(server: BatchServer, tmp_path: Path) -> None:
    server.change = lambda _, message: {**message, "content": []}
    server.always = Act(change=lambda message: {**message, "content": []})
    with session(server, tmp_path, threads=1) as judge, pytest.raises(Unmeasurable, match="failed 5 times in a row"):
        judge.ask_all(QUESTIONS)
    assert len(server.requests) == 5


@pytest.mark.parametrize(("stop", "kind"), [("refusal", "refused"), ("max_tokens", "truncated")])
def test_refused_and_cut_off_replies_are_failures(stop: str, kind: str, server: BatchServer, tmp_path: Path) -> None:
    server.change = changed(3, stop_reason=stop)  # type: ignore[assignment]
    with session(server, tmp_path) as judge:
        replies = judge.ask_all(QUESTIONS)
    assert [(index, reply.kind) for index, reply in enumerate(replies) if isinstance(reply, Failure)] == [(3, kind)]
    assert not server.requests
    with session(server, tmp_path) as judge:
        judge.ask_all(QUESTIONS)
    assert sorted(server.submitted.values()) == [1] * (COUNT - 1) + [2], "as in any run, a failure is asked anew"


def test_a_message_that_is_none_is_asked_one_by_one(server: BatchServer, tmp_path: Path) -> None:
    server.change = changed(3, usage=None)  # type: ignore[assignment]
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert [number_of(request) for request in server.requests] == [3]


def test_lines_that_do_not_belong_change_nothing(server: BatchServer, tmp_path: Path) -> None:
    def lines(right: list[bytes]) -> list[bytes]:
        other = json.loads(right[0])
        stranger = json.dumps({**other, "custom_id": "f" * 60}).encode()
        wrong = json.dumps({**other, "result": {"type": "expired"}}).encode()
        return [stranger, b"{", b"[]", b"", b"\xff\xfe", b'{"custom_id": 1}', *right, wrong, *right]

    server.lines = lines
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
        assert judge.spent.calls == COUNT
    assert not server.requests and once(server)


@pytest.mark.parametrize("kept", [0, 7])
def test_results_that_are_not_there_are_asked_one_by_one(kept: int, server: BatchServer, tmp_path: Path) -> None:
    server.lines = lambda lines: lines[:kept]
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert len(server.requests) >= COUNT - 2 * kept and once(server)
    assert server.done["results"] == 2


@pytest.mark.parametrize("act", [Act(429), Act(529), Act(500), Act(503), Act(cut=0), Act(cut=300), Act(raw=b"[")])
@pytest.mark.parametrize("what", ["state", "results", "list", "create"])
def test_a_service_that_stumbles_is_asked_again(act: Act, what: str, server: BatchServer, tmp_path: Path) -> None:
    server.looks = 1
    server.acts = {what: [act, act], **({"create": [Act(cut=0)]} if what == "list" else {})}
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert once(server)
    if (what, act.raw) != ("results", b"["):  # which is an end without results
        assert not server.requests


def test_a_cut_stream_is_read_on_where_it_broke(server: BatchServer, tmp_path: Path) -> None:
    whole = len(server.results(server.make([{"custom_id": "x", "params": params(server, tmp_path)}], foreign=True)))
    server.made.clear()
    server.acts = {"results": [Act(cut=whole * 5), Act(cut=whole * 12)]}
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
        assert judge.spent.calls == COUNT
    assert server.done["results"] == 3


def params(server: BatchServer, folder: Path) -> Body:
    with session(server, folder / "other") as judge:
        judge.ask(asked(1000))
    (body,) = server.made.pop().requests.values()
    server.done.clear()
    return body


@pytest.mark.parametrize("unheard", [True, False])
def test_a_batch_that_was_made_unheard_is_found(unheard: bool, server: BatchServer, tmp_path: Path) -> None:
    server.unheard, server.acts, server.looks = unheard, {"create": [Act(500)]}, 3
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert len(server.made) == 1 and once(server) and server.done["create"] == (1 if unheard else 2)


def test_a_batch_is_looked_for_until_it_must_be_listed(
    server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_GRACE", 1.0)
    server.acts, server.lag = {"create": [Act(cut=0)]}, 0.4
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert once(server) and server.done["list"] > 1


def test_a_batch_of_others_is_not_taken_for_ours(
    server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same size, and the only ones that are listed at first."""
    monkeypatch.setattr(batch, "_GRACE", 1.0)
    body = params(server, tmp_path)
    for number in range(3):
        names = [f"{number}-{each}" for each in range(COUNT)]
        server.make([{"custom_id": name, "params": body} for name in names], foreign=True)
    smaller = server.make([{"custom_id": "one", "params": body}], foreign=True)
    server.looks, server.acts, server.lag = 4, {"create": [Act(cut=0)]}, 0.3
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert once(server) and not server.requests
    assert server.done["create"] == 1 and smaller.looks == 0
    assert all(made.looks > 4 for made in server.made if made is not smaller)


def test_a_claim_without_a_batch_is_handed_in(server: BatchServer, tmp_path: Path) -> None:
    """As after a kill before the call."""
    with session(server, tmp_path) as judge:
        keys = list(judge.remembered(QUESTIONS))
    store = Cache(tmp_path / "judge.sqlite")
    Ledger(store).claim(keys, 0.0)
    store.close()
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert once(server) and open_keys(tmp_path) == 0


def test_the_time_ends_and_the_next_run_picks_it_up(server: BatchServer, tmp_path: Path) -> None:
    server.looks = 10**6
    with (
        session(server, tmp_path, deadline=200.0) as judge,
        pytest.raises(Unmeasurable, match=r"longer than 200 seconds in all; 24 questions in batches: these go on at"),
    ):
        judge.ask_all(QUESTIONS)
    time = MadeTime()
    with (
        session(server, tmp_path, time) as judge,
        pytest.raises(Unmeasurable, match="longer than 90000 seconds in all"),
    ):
        judge.ask_all(QUESTIONS)
    server.looks = 0
    plans: list[Plan] = []
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS[:5], plans.append))
    assert (plans[0].to_call, plans[0].batched, plans[0].handed_in) == (5, 5, 5)
    assert open_keys(tmp_path) == COUNT - 5
    with session(server, tmp_path) as judge:
        check(judge.ask_all([*QUESTIONS, asked(COUNT)]))
    assert once(server, COUNT + 1) and not server.requests


def test_an_interrupted_run_says_that_it_goes_on(
    server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.looks, time = 10**6, MadeTime()

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    with session(server, tmp_path, time) as judge, pytest.raises(KeyboardInterrupt, match=r"^24 questions in batches"):
        judge.ask_all(QUESTIONS)
    server.looks = 0
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert once(server)


@pytest.mark.parametrize("kept", ["archived", "gone"])
def test_a_batch_that_is_not_there_any_more_is_handed_in_anew(kept: str, server: BatchServer, tmp_path: Path) -> None:
    server.looks = 10**6
    with session(server, tmp_path, deadline=50.0) as judge, pytest.raises(Unmeasurable):
        judge.ask_all(QUESTIONS)
    getattr(server, kept).add(server.made[0].id)
    server.looks = 0
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert len(server.made) == 2 and open_keys(tmp_path) == 0
    server.gone |= {f"msgbatch_{number:03}" for number in range(2, 9)}
    with session(server, tmp_path) as judge, pytest.raises(Unmeasurable, match="does not know its own batch"):
        judge.ask(asked(99))
    assert len(server.made) == 3


def test_a_batch_that_could_cross_the_cap_is_not_handed_in(server: BatchServer, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        judge.ask_all(QUESTIONS[:5])
        spent = judge.spent.usd
    message = server.message(Request(next(iter(server.made[0].requests.values())), {}))["usage"]
    one = price_list().cost(MODEL, Usage(message["input_tokens"], message["output_tokens"]))
    assert spent == pytest.approx(5 * one / 2, rel=0.02)
    for cap in ({"max_usd": 0.75}, {"max_calls": 18}):
        with (
            session(server, tmp_path, **cap) as judge,
            pytest.raises(Unmeasurable, match="crossed by a batch of"),
        ):
            judge.ask_all(QUESTIONS)
        assert len(server.made) == 1 and not server.requests and open_keys(tmp_path) == 0
    with session(server, tmp_path, max_usd=1.1, max_calls=19) as judge:  # 19 times $0.05 at most
        check(judge.ask_all(QUESTIONS))
    assert once(server) and judge.spent.calls == 19


def test_what_was_handed_in_before_is_booked(server: BatchServer, tmp_path: Path) -> None:
    server.looks = 10**6
    with session(server, tmp_path, deadline=50.0) as judge, pytest.raises(Unmeasurable):
        judge.ask_all(QUESTIONS)
    assert judge.spent.calls == 0
    server.looks = 0
    with session(server, tmp_path, max_calls=0) as judge:
        check(judge.ask_all(QUESTIONS))
    assert judge.spent.calls == COUNT and judge.spent.usd is not None and judge.spent.usd > 0


def test_the_plan_says_the_price_of_a_batch(server: BatchServer, tmp_path: Path) -> None:
    plans: list[Plan] = []
    for mode in ("record", "batch"):
        with session(server, tmp_path, mode=mode) as judge:
            plans.append(judge.plan(QUESTIONS))
    one, half = plans
    assert one.usd is not None and half.usd == pytest.approx([each / 2 for each in one.usd])
    assert (one.batched, half.batched) == (0, COUNT)
    assert plan_sentence(half, "batch").endswith(
        " 24 of these go in batches at 50% of the price, which is counted above; "
        "a run that ends before they do is to be repeated."
    )


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_a_batch_that_is_turned_down_ends_the_run(status: int, server: BatchServer, tmp_path: Path) -> None:
    server.acts = {"create": [Act(status)]}
    with (
        session(server, tmp_path) as judge,
        pytest.raises(Unmeasurable, match=rf"no batch could be handed in.*{status}"),
    ):
        judge.ask_all(QUESTIONS)
    assert open_keys(tmp_path) == 0 and not server.made
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))


def test_two_models_behind_one_name_are_no_one_judge(server: BatchServer, tmp_path: Path) -> None:
    server.change = changed(3, model="claude-sonnet-6")  # type: ignore[assignment]
    with session(server, tmp_path) as judge, pytest.raises(Unmeasurable, match="more than one model"):
        judge.ask_all(QUESTIONS)


def test_two_at_once_hand_in_once(server: BatchServer, tmp_path: Path) -> None:
    server.delay, server.slow, server.looks = 0.02, 0.2, 6
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with session(server, tmp_path) as judge:
                check(judge.ask_all(QUESTIONS))
        except BaseException as error:  # noqa: BLE001 - of another thread
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and once(server) and not server.requests


def test_a_cache_from_before_batches_is_used(server: BatchServer, tmp_path: Path) -> None:
    with session(server, tmp_path, mode="record") as judge:
        judge.ask_all(QUESTIONS[:5])
    with sqlite3.connect(tmp_path / "judge.sqlite") as connection:
        connection.executescript("DROP TABLE batches; DROP TABLE batched")
    connection.close()
    with session(server, tmp_path) as judge:
        check(judge.ask_all(QUESTIONS))
    assert len(server.requests) == 5 and once(server, COUNT - 5)


def test_progress_counts_everything(server: BatchServer, tmp_path: Path) -> None:
    server.ending = lambda request: "expired" if number_of(request) < 5 else "succeeded"
    told: list[tuple[int, int]] = []
    with session(server, tmp_path) as judge:
        judge.ask_all(QUESTIONS, progress=lambda done, of: told.append((done, of)))
    assert told == [(number, COUNT) for number in range(1, COUNT + 1)]
