"""Claims that are plainly wrong must not pass."""

from pathlib import Path

import pytest

from fieval.errors import Unmeasurable
from fieval.judge.canaries import require_trust, run_canaries, shipped
from fieval.judge.transcript import orders

from judge.asking import MadeTime, session
from judge.scripted_server import Act, Server

INVENTED = "The agent refunded the 40 dollars."


def test_there_are_a_dozen_of_several_kinds() -> None:
    canaries = shipped()
    assert len({canary.id for canary in canaries}) == len(canaries) >= 12
    assert all(canary.wrong and set(canary.wrong) <= set(canary.claims) for canary in canaries)
    texts = [" ".join([*canary.claims.values(), *(text for _, text in canary.turns)]) for canary in canaries]
    assert 6 <= orders(texts) < len(canaries)


def test_a_judge_that_lets_none_pass_is_trusted(server: Server, tmp_path: Path) -> None:
    server.verdict = lambda _: "not_mentioned"
    with session(server, tmp_path) as judge:
        flight = run_canaries(judge)
        assert run_canaries(judge) == flight
    assert (flight.asked, flight.passed, flight.unanswered) == (len(shipped()), (), ())
    require_trust(flight)
    assert len(server.requests) == len(shipped())


def test_one_that_passes_is_enough(server: Server, tmp_path: Path) -> None:
    server.verdict = lambda text: "supported" if text == INVENTED else "contradicted"
    with session(server, tmp_path) as judge:
        flight = run_canaries(judge)
    assert flight.passed == ("invented-refund",)
    with pytest.raises(Unmeasurable, match=r"let plainly wrong claims pass \(invented-refund\)"):
        require_trust(flight)


def test_a_recorded_pass_is_found_in_replay(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        run_canaries(judge)
    with session(server, tmp_path, mode="replay") as judge, pytest.raises(Unmeasurable, match="cannot be trusted"):
        require_trust(run_canaries(judge))


def test_canaries_that_were_never_asked_are_a_miss(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path, mode="replay") as judge, pytest.raises(Unmeasurable, match="no verdict is recorded"):
        run_canaries(judge)


def test_a_refusal_is_no_pass_but_refusing_all_is_no_trust(server: Server, tmp_path: Path) -> None:
    server.verdict = lambda _: "contradicted"
    refused = Act(change=lambda message: message | {"stop_reason": "refusal", "content": []})
    server.script = [refused]
    with session(server, tmp_path, threads=1) as judge:
        flight = run_canaries(judge)
    assert flight.passed == () and len(flight.unanswered) == 1
    require_trust(flight)
    server.always = refused
    with session(server, tmp_path / "other", MadeTime()) as judge, pytest.raises(Unmeasurable, match="answered none"):
        run_canaries(judge)
