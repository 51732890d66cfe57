"""Masked exports from the outside: refused before anything is scored, or scored without what is masked."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from fieval.starter import write_starter

from end_to_end.command import PROJECT, fieval

HARD = "10041"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    write_starter(str(tmp_path / "gate"))
    return tmp_path / "gate"


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def wer(gate: Path) -> dict[str, float]:
    with (gate / "out/scores.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if (row["system"], row["metric"]) == ("candidate", "wer")]
    return {row["id"]: float(row["value"]) for row in rows}


def test_masked_gold_is_refused_with_the_ways_out(gate: Path) -> None:
    rewrite(gate / "golden/interactions.jsonl", HARD, "[CREDIT_DEBIT_NUMBER]")
    for command in (["run", "--out", "out"], ["check"], ["plan"]):
        found = fieval(*command, folder=gate)
        assert found.returncode == 2
        assert "steps.asr: masked passages in 1 transcript of gold (voice-01): nobody knows" in found.stderr
        assert "`redacted: mask` in this step, or `fieval run --redacted mask`" in found.stderr
        assert " ".join(found.stderr.split()) in " ".join((PROJECT / "README.md").read_text().split())
        assert "CREDIT_DEBIT" not in found.stdout + found.stderr
    assert not (gate / "out/report.json").exists()


@pytest.mark.parametrize("side", ["candidate", "baseline"])
def test_masked_outputs_are_refused_too(gate: Path, side: str) -> None:
    rewrite(gate / f"outputs/{side}.jsonl", HARD, "####")
    found = fieval("run", folder=gate)
    assert found.returncode == 2
    assert f"1 transcript of the {side} (voice-01)" in found.stderr


def test_without_masked_passages_the_flag_changes_no_number(gate: Path) -> None:
    plain = fieval("run", "--out", "out", "--format", "json", folder=gate)
    masked = fieval("run", "--out", "out", "--format", "json", "--redacted", "mask", folder=gate)
    first, second = json.loads(plain.stdout), json.loads(masked.stdout)
    assert first["results"] == second["results"]
    assert first["normalizers"] == {"asr": ["english 3"]}
    assert second["normalizers"] == {"asr": ["english 3+masked"]}


def test_masked_passages_can_be_left_out_and_that_is_said(gate: Path) -> None:
    fieval("run", "--out", "out", folder=gate)
    before = wer(gate)
    rewrite(gate / "golden/interactions.jsonl", HARD, "[CREDIT_DEBIT_NUMBER]")
    found = fieval("run", "--out", "out", "--redacted", "mask", folder=gate)
    assert found.returncode == 0
    assert "asr: masked passages in 1 transcript of gold (voice-01): what gold masks is not scored" in found.stderr
    assert "1 gold transcript with masked passages (voice-01)" in found.stderr
    after = wer(gate)
    assert after.pop("voice-01") != before.pop("voice-01")
    assert after == before
    assert fieval("show", "out", "voice-01", folder=gate).returncode == 0


def test_a_candidate_that_masks_what_is_hard_fails(gate: Path) -> None:
    """Every third word is hidden: that must not look like a recogniser that makes no errors."""
    lines = [json.loads(line) for line in (gate / "outputs/candidate.jsonl").read_text().splitlines()]
    for line in lines:
        for turn in line.get("turns", ()):
            words = turn["text"].split()
            turn["text"] = " ".join("[PII]" if place % 3 == 1 else word for place, word in enumerate(words))
    (gate / "outputs/candidate.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert fieval("run", folder=gate).returncode == 2
    found = fieval("run", "--out", "out", "--redacted", "mask", folder=gate)
    assert found.returncode == 1
    assert min(wer(gate).values()) > 0.2


def test_the_config_can_say_it(gate: Path) -> None:
    rewrite(gate / "golden/interactions.jsonl", HARD, "****")
    rewrite(gate / "fieval.yaml", "evaluator: asr_accuracy  ", "evaluator: asr_accuracy\n    redacted: mask\n   ")
    assert fieval("run", folder=gate).returncode == 0
    assert fieval("check", folder=gate).returncode == 0
    assert fieval("run", "--redacted", "refuse", folder=gate).returncode == 2
    rewrite(gate / "fieval.yaml", "redacted: mask", "redacted: masked")
    assert (
        'expected mask or refuse, got the string "masked"; did you mean "mask"?' in fieval("check", folder=gate).stderr
    )
