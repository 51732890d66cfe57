"""The files that programs read: report.json, scores.csv and evidence.jsonl."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest

from fieval.model import Evidence, Report, Score
from fieval.reports.evidence_jsonl import EvidenceLines
from fieval.reports.json_report import JsonReport
from fieval.reports.scores_csv import ScoresCsv

import sample_run
from snapshot import assert_matches

SNAPSHOTS = Path(__file__).parent / "snapshots"


def test_report_json_reads_back_as_the_report() -> None:
    run = sample_run.run([sample_run.result("asr", "wer", (0.25, 0.5), rules=[sample_run.rule()], interval=(0.0, 0.5))])
    row = msgspec.structs.replace(run.report.results[0], upper=0.5)
    report = msgspec.structs.replace(run.report, results=(row,))
    text = JsonReport().render(msgspec.structs.replace(run, report=report))
    assert msgspec.json.decode(text, type=Report) == report


@pytest.mark.parametrize("name", ["failing", "passing", "inconclusive", "hostile"])
def test_report_json_is_stable_under_reading_and_writing(name: str) -> None:
    run = getattr(sample_run, name)()
    text = JsonReport().render(run)
    again = msgspec.structs.replace(run, report=msgspec.json.decode(text, type=Report))
    assert JsonReport().render(again) == text


def test_report_json_has_its_fields_in_order_with_provenance_last() -> None:
    text = JsonReport().render(sample_run.failing())
    fields = list(json.loads(text))
    assert fields[0] == "schema"
    assert fields[-1] == "provenance"
    assert text.endswith("}\n")
    assert text.startswith('{\n  "schema": "fieval.report/1",\n  "verdict": "fail",\n  "exit_code": 1,\n')


def test_the_last_bits_of_a_float_do_not_change_report_json() -> None:
    texts = {
        JsonReport().render(sample_run.run([sample_run.result("asr", "wer", (0.1, value), interval=(-0.0, value))]))
        for value in (0.3, 0.1 + 0.2)
    }
    assert len(texts) == 1
    assert "-0.0" not in texts.pop()


def test_a_value_that_cannot_be_computed_is_null() -> None:
    row = json.loads(JsonReport().render(sample_run.inconclusive()))["results"][0]
    assert (row["baseline"], row["change"], row["interval"], row["slice"]) == (None, None, None, None)


def test_scores_look_as_approved() -> None:
    assert_matches(ScoresCsv().render(sample_run.failing()), SNAPSHOTS / "failing.scores.csv")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_no_id_is_a_formula(name: str) -> None:
    text = ScoresCsv().render(sample_run.run([], scores=[Score(name, "candidate", "asr", "wer", 0.5, True)]))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["id"] == f"'{name}"


def test_scores_read_back() -> None:
    text = ScoresCsv().render(sample_run.hostile())
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["id"] == sample_run.HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    assert (row["value"], row["failed"]) == ("0.5", "true")


def test_evidence_has_one_line_each_and_reads_back() -> None:
    run = sample_run.hostile()
    lines = EvidenceLines().render(run, show_text=True).split("\n")
    assert lines.pop() == ""
    assert [msgspec.json.decode(line, type=Evidence) for line in lines] == list(run.evidence)


def test_evidence_without_texts_is_ids_verdicts_and_numbers() -> None:
    said = {"candidate": {"wer": 0.5, "misheard": ["a → b"], "speakers": {"Ann": 1}, "predicted": "x"}, "baseline": {}}
    run = sample_run.run([], evidence=[Evidence("asr", "call-1", False, True, 0.5, said, ("wer",))])
    (line,) = map(json.loads, EvidenceLines().render(run).splitlines())
    assert line.pop("details") == {"candidate": {"wer": 0.5}, "baseline": {}}
    whole = json.loads(EvidenceLines().render(run, show_text=True))
    assert whole.pop("details") == said
    assert line == whole
