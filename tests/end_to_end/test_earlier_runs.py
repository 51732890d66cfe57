"""`report`, `show` and `compare`: what can be done with a run that is over."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fieval import numbers

from end_to_end.command import PROJECT, fieval
from made_dataset import Made, made

BROKEN = "golden_datasets/contact_center/candidates/asr_8khz.jsonl"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of the default gate: `broken` and `fair`."""
    folder = tmp_path_factory.mktemp("runs")
    assert fieval("run", "--candidate", BROKEN, "--out", folder / "broken").returncode == 1
    assert fieval("run", "--out", folder / "fair").returncode == 0
    return folder


@pytest.mark.parametrize(("form", "file"), [("markdown", "report.md"), ("json", "report.json"), ("junit", "junit.xml")])
def test_a_report_made_again_is_the_file_of_the_run(runs: Path, form: str, file: str) -> None:
    done = fieval("report", runs / "broken", "--format", form)
    assert done.returncode == 0
    assert done.stdout == (runs / "broken" / file).read_text(encoding="utf-8")


def test_the_text_made_again_is_what_the_run_printed(runs: Path) -> None:
    printed = fieval("run", "--candidate", BROKEN, "--out", runs / "again", "--show-text").stdout
    assert fieval("report", runs / "broken", "--show-text").stdout == printed


def test_one_interaction_is_shown_through_every_step(runs: Path) -> None:
    done = fieval("show", runs / "broken", "voice-136")
    assert done.returncode == 0
    page = done.stdout
    assert "customer  Since Tuesday my meter is very slow." in page
    assert page.startswith(
        f"Run {runs}/broken: FAIL\ncandidate {BROKEN}\n"
        "baseline golden_datasets/contact_center/baselines/main.jsonl\n\nvoice-136  "
    )
    assert "asr  baseline within the step's bar, candidate misses the step's bar (fail_above 0.25)\n" in page
    assert "HYP: handy *** for calling northline" in page
    assert [line.split()[:2] for line in page.splitlines() if line.strip().startswith("predicted")]
    for step in ("summary", "intent", "sentiment", "resolution", "coherence"):
        assert f"\n{step}  baseline " in page
    assert max(map(len, page.splitlines())) <= 100


def test_what_the_answer_says_is_not_said_again_in_numbers(runs: Path) -> None:
    page = fieval("show", runs / "broken", "voice-136").stdout
    rows = re.findall(r"^  (\S+)", page, re.M)
    assert {"wer", "fact_recall", "brier", "predicted"} <= set(rows)
    assert not [row for row in rows if row == "accuracy" or row.startswith("recall.")]


def test_several_interactions_are_shown_one_after_the_other(runs: Path) -> None:
    page = fieval("show", runs / "broken", "voice-136", "chat-001", "voice-136").stdout
    assert page.count("\nvoice-136  ") == page.count("\nchat-001  ") == 1
    assert page.count(": FAIL") == 1
    done = fieval("show", runs / "broken", "voice-136", "voice-1366", "chat-1")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split('"')[1] for line in done.stderr.splitlines()] == ["voice-1366", "chat-1"]


@pytest.mark.parametrize(("asked", "width"), [("70", 70), ("140", 140), ("20", 100), ("", 100)])
def test_a_page_that_is_piped_is_as_wide_as_is_asked(runs: Path, asked: str, width: int) -> None:
    lines = fieval("show", runs / "broken", "voice-136", COLUMNS=asked).stdout.splitlines()
    assert width - 15 < max(map(len, lines)) <= width


def test_what_is_traced_is_told_in_words(runs: Path) -> None:
    page = fieval("show", runs / "broken", "voice-136").stdout
    assert "newly" not in page
    assert "left out, not in the" in page


def test_a_step_that_does_not_apply_says_so(runs: Path) -> None:
    assert "asr  does not apply" in fieval("show", runs / "broken", "chat-001").stdout


def test_an_id_that_is_not_there_is_named_with_the_nearest(runs: Path) -> None:
    done = fieval("show", runs / "broken", "voice-1366")
    assert done.returncode == 2
    assert 'no interaction "voice-1366"; did you mean "voice-136"?' in done.stderr


def test_nothing_is_shown_of_inputs_that_are_not_those_of_the_run(runs: Path, tmp_path: Path) -> None:
    report = json.loads((runs / "broken" / "report.json").read_text(encoding="utf-8"))
    report["provenance"]["candidate"]["sha256"] = "0" * 64
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    done = fieval("show", tmp_path, "voice-136")
    assert done.returncode == 2
    assert "the candidate has changed since that run; run again, or name it as it was with --candidate" in done.stderr


@pytest.fixture
def moved(tmp_path: Path) -> Made:
    """A run, `run`, whose candidate was overwritten and whose other inputs were moved away since."""
    one = made(n=30)
    one.write(tmp_path)
    assert fieval("run", "-c", "gate.yaml", "--out", "run", "-q", folder=tmp_path).returncode in (0, 1)
    (tmp_path / "kept.jsonl").write_bytes((tmp_path / "candidate.jsonl").read_bytes())
    (tmp_path / "candidate.jsonl").write_bytes((tmp_path / "baseline.jsonl").read_bytes() + b"\n")
    for name in ("baseline.jsonl", "data", "gate.yaml"):
        (tmp_path / name).rename(tmp_path / f"old_{name}")
    return one


def test_inputs_that_have_moved_are_looked_for_where_they_are_now(moved: Made, tmp_path: Path) -> None:
    now = [
        "--candidate",
        "kept.jsonl",
        "--baseline",
        "old_baseline.jsonl",
        "--dataset",
        "old_data",
        "-c",
        "old_gate.yaml",
    ]
    done = fieval("show", "run", "call-001", *now, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "candidate kept.jsonl\nbaseline old_baseline.jsonl\n" in done.stdout


def test_what_is_named_must_be_what_the_run_read(moved: Made, tmp_path: Path) -> None:
    done = fieval("show", "run", "call-001", "--candidate", "candidate.jsonl", "--dataset", "old_data", folder=tmp_path)
    assert done.returncode == 2
    told = done.stderr.splitlines()
    assert len(told) == 3
    changed = "fieval: candidate.jsonl: the candidate has changed since that run; run again"
    assert told[0] == f"{changed}, or name it as it was with --candidate"
    elsewhere = "start from the folder that it was made in, or name it as it was with"
    assert told[1:] == [
        f"fieval: the {what} of that run cannot be read: {name}: no such file (did you mean old_{name}?); "
        f"{elsewhere} --{what}"
        for what, name in (("baseline", "baseline.jsonl"), ("config", "gate.yaml"))
    ]


def test_no_baseline_can_be_named_for_a_run_that_had_none(tmp_path: Path) -> None:
    one = made(n=30)
    one.config = one.config.replace("baseline: baseline.jsonl\n", "")
    one.write(tmp_path)
    assert fieval("run", "-c", "gate.yaml", "--out", "run", "-q", folder=tmp_path).returncode == 3
    assert "no baseline\n" in fieval("show", "run", "call-001", folder=tmp_path).stdout
    done = fieval("show", "run", "call-001", "--baseline", "baseline.jsonl", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, "fieval: --baseline: that run had no baseline\n")


def test_two_runs_stand_side_by_side(runs: Path) -> None:
    page = fieval("compare", runs / "broken", runs / "fair").stdout
    assert "FAIL: asr broke" in page
    row = next(line.split() for line in page.splitlines() if line.strip().startswith("wer "))
    first, second = (value(runs / name, "asr", "wer") for name in ("broken", "fair"))
    shown = [numbers.value("wer", first), "FAIL", numbers.value("wer", second), "pass"]
    assert row == ["wer", *shown, numbers.change("wer", second - first), "better"]
    head = next(line for line in page.splitlines() if line.strip().startswith("first  "))
    assert head.split() == ["first", "verdict", "second", "verdict", "difference"]
    assert "Not the same" not in page
    found = json.loads(fieval("compare", runs / "broken", runs / "fair", "--format", "json").stdout)
    assert found["schema"] == "fieval.comparison/1"
    assert found["differs"] == []
    rows = len(json.loads((runs / "fair" / "report.json").read_text(encoding="utf-8"))["results"])
    assert len(found["rows"]) == rows


def test_a_slice_too_small_to_be_gated_is_called_so(tmp_path: Path) -> None:
    one = made(n=40)
    one.write(tmp_path)
    for name in ("one", "two"):
        fieval("run", "-c", "gate.yaml", "--out", name, "-q", folder=tmp_path)
    page = fieval("compare", "one", "two", folder=tmp_path).stdout
    assert " not gated " in page, page


def value(run: Path, step: str, metric: str) -> float:
    """The candidate's, of all interactions."""
    rows = json.loads((run / "report.json").read_text(encoding="utf-8"))["results"]
    return next(float(row["candidate"]) for row in rows
                if (row["step"], row["metric"], row["slice"]) == (step, metric, None))  # fmt: skip


def test_a_difference_that_is_not_seen_is_neither_better_nor_worse(runs: Path, tmp_path: Path) -> None:
    report = json.loads((runs / "fair" / "report.json").read_text(encoding="utf-8"))
    for row in report["results"]:
        if row["candidate"] is not None:
            row["candidate"] += 0.0004
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    found = json.loads(fieval("compare", runs / "fair", tmp_path, "--format", "json").stdout)
    assert {row["worse"] for row in found["rows"]} == {None}
    assert "better" not in fieval("compare", runs / "fair", tmp_path).stdout
    again = fieval("compare", runs / "broken", tmp_path).stdout
    assert "better" in again


def test_runs_of_different_gates_are_compared_with_a_warning(runs: Path) -> None:
    assert fieval("run", "-c", "configs/pre_merge.yaml", "--out", runs / "other").returncode == 0
    page = fieval("compare", runs / "fair", runs / "other").stdout
    assert "Not the same config: values or verdicts may differ for that reason alone." in page


@pytest.mark.parametrize("command", [("report", "nowhere"), ("show", "nowhere", "a"), ("compare", "nowhere", "nowhere"),
                                     ("bless", "nowhere")])  # fmt: skip
def test_what_is_no_run_is_one_message(command: tuple[str, ...]) -> None:
    done = fieval(*command, folder=PROJECT)
    assert done.returncode == 2
    assert done.stderr.startswith("fieval: nowhere: no such folder")
    assert "Traceback" not in done.stderr


def test_a_page_made_again_has_the_interactions_that_scores_csv_spells_otherwise(tmp_path: Path) -> None:
    sample = made(20)
    for lines in (sample.gold, sample.baseline, sample.candidate):
        for line, name in zip(lines, ("=1+1", "\u202egnp", "-a\x1b[31m"), strict=False):
            line["id"] = name
    fieval("run", "--config", sample.write(tmp_path), "--out", tmp_path / "run")
    again = fieval("report", tmp_path / "run", "--format", "html")
    assert again.stdout.rstrip("\n") == (tmp_path / "run/report.html").read_text(encoding="utf-8").rstrip("\n")
    assert again.stderr == ""


def test_names_that_scores_csv_cannot_tell_apart_are_said(tmp_path: Path) -> None:
    sample = made(20)
    for lines in (sample.gold, sample.baseline, sample.candidate):
        lines[0]["id"], lines[1]["id"] = "=1+1", "'=1+1"
    fieval("run", "--config", sample.write(tmp_path), "--out", tmp_path / "run")
    again = fieval("report", tmp_path / "run", "--format", "html")
    assert again.returncode == 0
    assert 'scores.csv cannot tell "=1+1" from another name' in again.stderr
