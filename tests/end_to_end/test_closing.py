"""What a run says last: how it ended and what to type next, which must work as it is typed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from end_to_end.command import fieval
from made_dataset import Made, made

NEXT = "Next: fieval "


def ending(folder: Path, *arguments: str) -> list[str]:
    """The last lines of a run, from the one with its verdict on."""
    lines = fieval("run", "-c", "gate.yaml", *arguments, folder=folder).stderr.splitlines()
    (first,) = [place for place, line in enumerate(lines) if "Run folder: " in line]
    return lines[first:]


def typed(line: str, folder: Path) -> int:
    assert line.startswith(NEXT)
    done = fieval(*shlex.split(line.removeprefix(NEXT)), folder=folder)
    assert "Traceback" not in done.stderr
    return done.returncode


@pytest.fixture
def broken(tmp_path: Path) -> Made:
    one = made(harm=0.5)
    one.write(tmp_path)
    return one


@pytest.mark.parametrize("out", ["out", "an odd 'name'"])
def test_a_failed_run_names_its_worst_interaction(broken: Made, tmp_path: Path, out: str) -> None:
    verdict, follow = ending(tmp_path, "--out", out)
    assert verdict == f"FAIL (exit 1). Run folder: {out}"
    report = json.loads((tmp_path / out / "report.json").read_text())
    evidence = [json.loads(line) for line in (tmp_path / out / "evidence.jsonl").read_text().splitlines()]
    first = next(item["id"] for item in evidence if item["step"] == report["root_cause"]["look_at"])
    assert shlex.split(follow)[1:] == ["fieval", "show", out, first]
    assert typed(follow, tmp_path) == 0


def test_what_a_shell_would_obey_is_quoted_and_what_cannot_be_typed_left_out(broken: Made, tmp_path: Path) -> None:
    for ending_of_ids, lines in (("; touch owned $(touch owned)", 2), ("\x1b[2J::error::", 1)):
        one = broken.copy()
        for line in (*one.gold, *one.baseline, *one.candidate):
            line["id"] += ending_of_ids
        one.write(tmp_path)
        told = ending(tmp_path, "--out", "out")
        assert len(told) == lines
        if lines == 2:
            assert typed(told[1], tmp_path) == 0
            assert "'call-" in told[1]


def test_the_first_run_names_the_command_that_blesses(tmp_path: Path) -> None:
    made().write(tmp_path)
    (tmp_path / "baseline.jsonl").unlink()
    verdict, follow = ending(tmp_path, "--out", "out")
    assert verdict == "INCONCLUSIVE (exit 3). Run folder: out"
    assert typed(follow, tmp_path) == 0
    assert ending(tmp_path, "--out", "again") == ["PASS (exit 0). Run folder: again"]


@pytest.mark.parametrize("lack", ["a name for it", "a bound that holds", "gold that can be correlated with"])
def test_a_first_run_that_would_be_refused_is_not_recommended(tmp_path: Path, lack: str) -> None:
    one = made()
    if lack == "a name for it":
        one.config = one.config.replace("baseline: baseline.jsonl\n", "")
    elif lack == "a bound that holds":
        one.config = one.config.replace("wer: {max: 0.5", "wer: {max: 0.01")
    else:
        for line in one.gold:
            line["gold"]["scores"]["csat"] = 3
    one.write(tmp_path)
    (tmp_path / "baseline.jsonl").unlink()
    assert not [line for line in ending(tmp_path, "--out", "out") if "bless" in line]
    assert fieval("bless", "out", folder=tmp_path).returncode == 2


def test_other_formats_end_as_before_and_quiet_says_nothing(broken: Made, tmp_path: Path) -> None:
    assert ending(tmp_path, "--out", "out", "--format", "markdown") == ["Run folder: out"]
    assert len(ending(tmp_path, "--out", "out", "--format", "json", "--format", "text")) == 2
    assert fieval("run", "-c", "gate.yaml", "--out", "out", "-q", folder=tmp_path).stderr == ""
