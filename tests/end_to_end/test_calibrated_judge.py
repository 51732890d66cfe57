"""From people's verdicts to a judge that may gate: sheet, calibrate, run, each a process of its own."""

from __future__ import annotations

import json
import random
import re
import zlib
from pathlib import Path
from typing import Any

import pytest

from end_to_end.command import fieval
from end_to_end.judged_gate import ONE_STEP, Done, change, gate, write
from judge.conftest import nobody, server
from judge.scripted_server import Item, Server
from made_dataset import Made, made

__all__ = ["nobody", "server"]
N = 120
TRUE, FALSE = "The bill was explained", "The bill was waived"
GATES = "faithfulness: {min: 0.5, max_regression: 0.05}"


def calls(good: float) -> Made:
    """Summaries of one claim; so many of the candidate's are true, and .9 of the baseline's."""
    one = made(N, seed=5, harm=0.0)
    coins = random.Random(1)
    for number, (before, after) in enumerate(zip(one.baseline, one.candidate, strict=True)):
        before["summary"] = f"{TRUE if coins.random() < 0.9 else FALSE} in call {number}."
        after["summary"] = f"{TRUE if coins.random() < good else FALSE} in call {number} today."
    return one


def able(item: Item) -> str:
    """A judge that is wrong about one claim in twenty, and of canaries about none."""
    if item.canary:
        return "contradicted"
    if item.part != "claims":
        return item.verdicts[0]
    wrong = zlib.crc32(item.text.encode()) % 20 == 0
    return "supported" if item.text.startswith(TRUE) != wrong else "not_mentioned"


def lenient(item: Item) -> str:
    """A judge that lets half of the candidate's untrue claims pass, and tells the baseline's apart."""
    waved = "today" in item.text and zlib.crc32(item.text.encode()) % 2 == 0
    return "supported" if waved and not item.canary and item.part == "claims" else able(item)


def asked(folder: Path, *arguments: str) -> str:
    """A command on this gate that must end well."""
    own: dict[str, Any] = {"CI": "", "HOME": str(folder), "no_proxy": "127.0.0.1", "ANTHROPIC_API_KEY": "sk-none"}
    done = fieval(*arguments, "-c", folder / "gate.yaml", **own)
    assert done.returncode == 0, done.stderr
    return done.stdout


def let_people_judge(folder: Path) -> None:
    """People fill in the sheet by what is true."""
    asked(folder, "judge", "sheet", "-o", str(folder / "sheet.jsonl"), "--interactions", "100")
    lines = [json.loads(line) for line in (folder / "sheet.jsonl").read_text().splitlines()]
    for line in lines:
        line["verdict"] = "supported" if line["text"].startswith(TRUE) else "not_mentioned"
        if line["question"].startswith("summary.f"):
            line["verdict"] = "covered"
    (folder / "data/verdicts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def calibrated(folder: Path, running: Server, good: float) -> Done:
    config = ONE_STEP[: ONE_STEP.index("      fabrication_rate")] + f"      {GATES}\n"
    write(folder, running.url, config, calls(good))
    let_people_judge(folder)
    page = asked(folder, "calibrate")
    assert "summary faithfulness" in page
    return gate(folder)


@pytest.mark.parametrize(("good", "verdict", "code"), [(0.9, "pass", 0), (0.55, "fail", 1)])
def test_a_judge_that_agrees_with_people_gates(
    good: float, verdict: str, code: int, server: Server, tmp_path: Path
) -> None:
    server.decide = able
    found = calibrated(tmp_path, server, good)
    assert found.code == code, found.process.stdout
    assert found.verdicts("faithfulness")["max_regression"] == verdict
    assert not found.row("faithfulness_raw")["rules"]
    truth = [line["summary"].startswith(TRUE) for line in calls(good).candidate]
    assert found.row("faithfulness")["candidate"] == pytest.approx(sum(truth) / N, abs=0.04)


def test_another_judge_than_the_calibrated_one_does_not_gate(server: Server, tmp_path: Path) -> None:
    server.decide = able
    assert calibrated(tmp_path, server, 0.55).code == 1
    server.model = "claude-opus-5-5"
    change(tmp_path / "gate.yaml", "  cache:", "  model: claude-opus-5-5\n  cache:")
    found = gate(tmp_path, out="other")
    assert set(found.verdicts("faithfulness").values()) == {"not_gated"}
    assert "another judge was calibrated (model differs)" in found.process.stdout


def test_a_judge_that_is_lenient_to_the_candidate_is_found_out(server: Server, tmp_path: Path) -> None:
    """By its own mean the candidate is within the margin; it may not gate, and the corrected value tells the truth."""
    server.decide = lenient
    found = calibrated(tmp_path, server, 0.55)
    rules = found.row("faithfulness")["rules"]
    assert {rule["verdict"] for rule in rules} == {"not_gated"}
    assert "specificity" in rules[0]["reason"]
    truth = sum(line["summary"].startswith(TRUE) for line in calls(0.55).candidate) / N
    raw, corrected = found.row("faithfulness_raw")["candidate"], found.row("faithfulness")["candidate"]
    assert raw > truth + 0.15
    assert corrected == pytest.approx(truth, abs=0.06)


def test_what_people_and_the_judge_said_can_be_checked_and_shown(server: Server, tmp_path: Path) -> None:
    server.decide = able
    write(tmp_path, server.url, ONE_STEP, calls(0.9))
    let_people_judge(tmp_path)
    assert "Note: " not in asked(tmp_path, "check")
    path = tmp_path / "data/verdicts.jsonl"
    line = json.loads(path.read_text().splitlines()[0]) | {"question": "summry.s1"}
    path.write_text(path.read_text() + json.dumps(line) + "\n")
    told = '1 verdict of people on summry, about which no judge is asked here; did you mean "summary"?'
    assert told in " ".join(asked(tmp_path, "check").split())
    path.write_text(
        path.read_text() + json.dumps(line | {"question": "summary.s1", "verdict": "suported", "by": "another"}) + "\n"
    )
    done = fieval("check", "-c", tmp_path / "gate.yaml")
    assert done.returncode == 2 and 'did you mean "supported"?' in done.stderr
    path.unlink()
    calls_made = len(server.requests)
    ran = gate(tmp_path)
    assert re.search(r"Judge: [0-9,]+ calls, \$0\.[0-9]{2}\.", ran.process.stderr)
    asked_in_all = len(server.requests)
    assert asked_in_all > calls_made
    shown = fieval("show", ran.folder, "call-001")
    assert "s1: supported (turns 1)" in " ".join(shown.stdout.split())
    assert len(server.requests) == asked_in_all
