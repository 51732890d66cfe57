"""`history`, as users type it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from history.folders import four, report, wer, write

from end_to_end.command import fieval


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    four(tmp_path / ".fieval/runs")
    return tmp_path


def test_a_run_a_line_at_80_columns(runs: Path) -> None:
    done = fieval("history", "wer", folder=runs, COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("asr wer: 4 runs in .fieval/runs, lower is better\n▁▂█▁\n")
    assert done.stdout.count(" 09:12 ") == 4
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert (runs / ".fieval/history.sqlite").exists()


def test_json_has_every_point_and_a_schema(runs: Path) -> None:
    done = fieval("history", "asr.wer", "--last", "2", "--format", "json", folder=runs)
    found = json.loads(done.stdout)
    assert found["schema"] == "fieval.history/1"
    assert [(point["folder"], point["value"]) for point in found["points"]] == [("run3", 0.25), ("run4", 0.11)]


def test_colours_only_where_they_are_asked_for(runs: Path) -> None:
    assert "\x1b" not in fieval("history", "wer", folder=runs).stdout
    assert "\x1b[1;31mFAIL" in fieval("history", "wer", folder=runs, NO_COLOR="", FORCE_COLOR="1").stdout
    assert "\x1b" not in fieval("history", "wer", folder=runs, FORCE_COLOR="1").stdout


def test_no_blocks_where_the_encoding_has_none(runs: Path) -> None:
    assert fieval("history", "wer", folder=runs, PYTHONIOENCODING="ascii").stdout.isascii()


def test_folders_elsewhere(runs: Path) -> None:
    write(runs / "ci", "one", report(9, [wer(0.3)]))
    assert "asr wer: 1 run in ci," in fieval("history", "wer", "--runs", "ci", folder=runs).stdout
    assert "asr wer: 2 runs," in fieval("history", "wer", "ci/one", ".fieval/runs/run1", folder=runs).stdout


def test_what_is_wrong_is_one_message(runs: Path) -> None:
    for arguments, told in (
        (["wr"], 'did you mean "wer"?'),
        (["wer", "--slice", "es"], "expected COHORT=VALUE"),
        (["wer", "nowhere"], "nowhere: no such folder"),
        (["wer", "--runs", "nowhere"], "nowhere: no such folder"),
    ):
        done = fieval("history", *arguments, folder=runs)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_broken_index_is_one_note(runs: Path) -> None:
    (runs / ".fieval/history.sqlite").write_bytes(b"no database")
    done = fieval("history", "wer", folder=runs)
    assert done.returncode == 0
    assert done.stderr == "Note: .fieval/history.sqlite: damaged, or not an index of this version; made anew\n"


def test_a_folder_that_cannot_be_written_into_is_enough(runs: Path) -> None:
    (runs / ".fieval/history.sqlite").mkdir()
    done = fieval("history", "wer", folder=runs)
    assert done.returncode == 0
    assert "made in memory for this once" in done.stderr
    assert done.stdout.count(" 09:12 ") == 4


def test_deleting_it_all_but_the_folders_changes_nothing(runs: Path) -> None:
    first = fieval("history", "wer", folder=runs).stdout
    for path in (runs / ".fieval").glob("history*"):
        path.unlink()
    assert fieval("history", "wer", folder=runs).stdout == first
    shutil.rmtree(runs / ".fieval/runs/run2")
    assert "3 runs" in fieval("history", "wer", folder=runs).stdout


def test_a_page_of_charts_is_written_and_a_missing_metric_is_said(tmp_path: Path) -> None:
    four(tmp_path / "runs")
    done = fieval("history", "--runs", tmp_path / "runs", "--html", tmp_path / "page.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path}/page.html: 1 metric over 4 runs\n"
    assert "<h1" in (tmp_path / "page.html").read_text()
    missing = fieval("history", "--runs", tmp_path / "runs")
    assert missing.returncode == 2
    assert "METRIC is missing" in missing.stderr
    folder = fieval("history", "--runs", tmp_path / "runs", "--html", tmp_path)
    assert folder.returncode == 2
    assert "is a folder; expected a file" in folder.stderr
