"""`fieval run` where the judge cannot be heard or believed: never a pass, never a score, and a report all the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fieval.judge.canaries import shipped

from end_to_end.judged_gate import ONE_STEP, change, check_only_offline, gate, write
from judge.conftest import nobody, server
from judge.scripted_server import Act, Server, plausible

__all__ = ["nobody", "server"]
CANARIES = len(shipped())


def test_without_credentials_record_says_so(tmp_path: Path) -> None:
    found = gate(write(tmp_path, "http://127.0.0.1:9", ONE_STEP), "--judge", "record", key="")
    assert (found.code, found.report["exit_code"]) == (4, 4)
    assert "credentials" in found.report["headline"]
    check_only_offline(found)


def test_a_budget_ends_a_run_and_the_next_asks_the_rest(server: Server, tmp_path: Path) -> None:
    server.decide = plausible
    folder = write(tmp_path, server.url, ONE_STEP.replace("URL", "URL\n  max_calls: 17"))
    found = gate(folder)
    assert (found.code, found.report["exit_code"], len(server.requests), found.calls) == (4, 4, 17, 17)
    assert "max_calls" in found.report["headline"] or "17 calls" in found.report["headline"], found.report["headline"]
    check_only_offline(found)
    change(folder / "gate.yaml", "  max_calls: 17\n", "")
    again = gate(folder, out="again")
    assert again.code == 0
    sent = [(request.system, request.content) for request in server.requests]
    assert len(set(sent)) == len(sent) == 17 + again.calls
    assert again.row("faithfulness")["candidate"] is not None
    assert "17 answers remembered" in again.process.stderr


@pytest.mark.parametrize(
    ("nones", "always", "told"),
    [
        (
            [{"stop_reason": "refusal", "content": []}, {"stop_reason": "max_tokens"}],
            None,
            r"the judge gave no verdict on 2 of \d+ questions \(1 refused, 1 truncated\): summary of call-",
        ),
        (
            [],
            {"content": [{"type": "text", "text": "Supported, I say. 5/5"}]},
            r"the judge failed 5 times in a row; the last time: the reply is invalid: not the JSON that was asked for",
        ),
    ],
)
def test_answers_that_are_none_are_never_scores(
    server: Server, tmp_path: Path, nones: list[dict[str, Any]], always: dict[str, Any] | None, told: str
) -> None:
    def sends(changes: dict[str, Any]) -> Act:
        return Act(change=lambda right: right | changes)

    server.decide = plausible
    server.script = [*[Act()] * CANARIES, *map(sends, nones)]
    server.always = None if always is None else sends(always)
    found = gate(write(tmp_path, server.url, ONE_STEP))
    assert (found.code, found.report["exit_code"]) == (4, 4)
    assert re.search(told, found.report["headline"]), found.report["headline"]
    check_only_offline(found)


def test_a_judge_that_lets_a_canary_pass_is_not_believed(server: Server, tmp_path: Path) -> None:
    server.decide = lambda item: item.verdicts[0]
    found = gate(write(tmp_path, server.url, ONE_STEP))
    assert (found.code, found.report["exit_code"]) == (4, 4)
    assert "the judge cannot be trusted: it let plainly wrong claims pass" in found.report["headline"]
    check_only_offline(found)
    assert len(server.requests) == CANARIES, "nothing else was asked"


def test_off_is_inconclusive_where_rules_need_a_judge(server: Server, tmp_path: Path) -> None:
    folder = write(tmp_path, server.url, ONE_STEP)
    found = gate(folder, "--judge", "off", watched=True)
    assert (found.code, found.report["exit_code"]) == (3, 3)
    assert found.verdicts("faithfulness") == {"min": "unmeasured", "max_regression": "unmeasured"}
    assert found.row("faithfulness")["rules"][0]["reason"] == "the judge is off"
    check_only_offline(found)
    assert "WATCHED" not in found.process.stderr
    change(folder / "gate.yaml", "      faithfulness: {min: 0.99, max_regression: 0.0}\n", "")
    assert gate(folder, "--judge", "off").code == 0, "no rule needs it"
    assert server.requests == []


def test_an_offline_failure_stays_visible_where_the_judge_is_silent(tmp_path: Path) -> None:
    config = ONE_STEP.replace("max: 0.9}", "max: 0.0}").replace("  cassette: judge.jsonl\n", "")
    folder = write(tmp_path, "http://127.0.0.1:9", config)
    found = gate(folder, key="")
    assert (found.code, found.verdicts("fabrication_rate")) == (4, {"max": "fail"})
