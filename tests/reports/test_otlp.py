"""Scores as evaluation spans, read back by OpenTelemetry's own definition of the format."""

from __future__ import annotations

import base64
import csv
import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from fieval.errors import InvalidInput
from fieval.model import Origin, Run, Score
from fieval.reports.otlp import OtlpReport
from fieval.run_folder import read_run, write_run
from fieval.starter import write_starter

import sample_run
from end_to_end.command import fieval

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"


def scored(*names: str, origins: dict[str, Origin] | None = None) -> Run:
    scores = [
        Score(name, system, "asr", metric, value, failed=system == "candidate")
        for name in names
        for system in ("baseline", "candidate")
        for metric, value in (("wer", 0.5), ("cer", None), ("missing", 0.0))
    ]
    run = sample_run.run([], scores=scores)
    return msgspec.structs.replace(run, origins=origins or {})


def made(run: Run, **provenance: Any) -> Run:
    """The same run, made otherwise."""
    other = msgspec.structs.replace(run.report.provenance, **provenance)
    return msgspec.structs.replace(run, report=msgspec.structs.replace(run.report, provenance=other))


def spans(text: str) -> list[Span]:
    """Every span, parsed strictly; OTLP writes ids in hex where JSON of protocol buffers has base64."""
    found: list[Span] = []
    for line in text.splitlines():
        for resource in json_format.ParseDict(_as_protobuf(json.loads(line)), TracesData()).resource_spans:
            assert {each.key: each.value.string_value for each in resource.resource.attributes}[
                "service.name"
            ] == "fieval"
            found += (span for scope in resource.scope_spans for span in scope.spans)
    return found


def _as_protobuf(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_protobuf(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(each)).decode()
        if key in ("traceId", "spanId", "parentSpanId")
        else _as_protobuf(each)
        for key, each in value.items()
    }


def attributes(span: Span) -> dict[str, Any]:
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in span.attributes}


def test_a_score_is_a_span_below_the_one_that_its_output_came_from() -> None:
    run = scored("call-1", origins={"call-1": Origin(TRACE, SPAN)})
    first, second = spans(OtlpReport().render(run))
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == (TRACE, SPAN)
    assert first.span_id != second.span_id
    assert len(first.span_id) == 8
    assert first.kind == Span.SPAN_KIND_INTERNAL
    assert attributes(first) == {
        "gen_ai.span.kind": "EVALUATOR",
        "gen_ai.evaluation.name": "asr.wer",
        "gen_ai.evaluation.score.value": 0.5,
        "gen_ai.evaluation.score.label": "fail",
        "gen_ai.evaluation.explanation": "The interaction misses the step's own bar (fail_above and the like).",
        "gen_ai.evaluation.target_span_id": SPAN,
        "fieval.interaction.id": "call-1",
    }
    assert attributes(second)["gen_ai.evaluation.score.value"] == 0.0


def test_times_are_those_of_the_run() -> None:
    (span, _) = spans(OtlpReport().render(scored("call-1")))
    assert time.gmtime(span.start_time_unix_nano // 10**9)[:6] == (2026, 11, 20, 12, 0, 0)
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1_250_000_000


def test_what_has_no_span_or_no_trace_stands_alone() -> None:
    run = scored("call-1", "call-2", origins={"call-1": Origin(TRACE)})
    found = spans(OtlpReport().render(run))
    assert [span.parent_span_id for span in found] == [b""] * 4
    assert len({span.trace_id for span in found}) == 2
    assert found[0].trace_id.hex() == TRACE
    assert len(found[2].trace_id) == 16
    assert "gen_ai.evaluation.target_span_id" not in attributes(found[0])
    assert OtlpReport().render(run) == OtlpReport().render(run)


def test_other_inputs_make_other_ids() -> None:
    run = scored("call-1")
    report = run.report
    other = msgspec.structs.replace(
        report.provenance, config=msgspec.structs.replace(report.provenance.config, sha256="e")
    )
    again = msgspec.structs.replace(run, report=msgspec.structs.replace(report, provenance=other))
    before, after = ({span.span_id for span in spans(OtlpReport().render(each))} for each in (run, again))
    assert not before & after


def test_hostile_ids_stay_on_their_line_and_are_those_of_scores_csv(tmp_path: Path) -> None:
    names = (sample_run.HOSTILE, "=1+1", 'a,"b\nc', "\u2028\u202e", "ü" * 5000)
    run = scored(*names, origins={name: Origin(TRACE, SPAN) for name in names})
    text = OtlpReport().render(run)
    assert len(text.splitlines()) == len(names)
    assert text.isprintable() or not set(text) & set("\x1b\u202e\u2028\r")
    folder = write_run(run, tmp_path / "run")
    assert OtlpReport().render(read_run(folder, scores=True)) == text
    with (folder / "scores.csv").open(newline="") as file:
        there = {row["id"] for row in csv.DictReader(file)}
    assert {attributes(span)["fieval.interaction.id"] for span in spans(text)} == there
    assert {span.trace_id.hex() for span in spans(text)} == {TRACE}


def test_ids_that_are_spelled_the_same_lead_nowhere(tmp_path: Path) -> None:
    run = scored("=1", "'=1", "2", origins={name: Origin(TRACE, SPAN) for name in ("=1", "'=1", "2")})
    text = OtlpReport().render(run)
    assert [span.trace_id.hex() == TRACE for span in spans(text)] == [False, False, False, False, True, True]
    assert OtlpReport().render(read_run(write_run(run, tmp_path / "run"), scores=True)) == text


def test_a_folder_has_traces_only_where_outputs_have(tmp_path: Path) -> None:
    write_run(scored("call-1", origins={"call-1": Origin(TRACE, SPAN)}), tmp_path)
    assert (tmp_path / "traces.csv").read_text() == f"id,trace_id,span_id\ncall-1,{TRACE},{SPAN}\n"
    write_run(scored("call-1"), tmp_path)
    assert not (tmp_path / "traces.csv").exists()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("scores.csv", lambda text: text.replace("0.5", "nan")),
        ("scores.csv", lambda text: text.replace("true", "yes")),
        ("scores.csv", lambda text: text.replace("id,", "name,", 1)),
        ("scores.csv", lambda text: text + "call-2\n"),
        ("scores.csv", lambda text: text + '"'),
        ("traces.csv", lambda text: text.replace(TRACE, "5b8e")),
        ("traces.csv", lambda text: text + text.splitlines()[1]),
    ],
)
def test_files_that_somebody_changed_are_refused(tmp_path: Path, name: str, change: Any) -> None:
    folder = write_run(scored("call-1", origins={"call-1": Origin(TRACE, SPAN)}), tmp_path)
    (folder / name).write_text(change((folder / name).read_text()))
    with pytest.raises(InvalidInput, match=name):
        OtlpReport().render(read_run(folder, scores=True))


@pytest.mark.parametrize("started", ["yesterday", "0001-01-01T00:00:00", ""])
def test_a_report_without_a_time_is_refused(started: str) -> None:
    run = scored("call-1")
    provenance = msgspec.structs.replace(run.report.provenance, started=started)
    with pytest.raises(InvalidInput, match="started"):
        OtlpReport().render(
            msgspec.structs.replace(run, report=msgspec.structs.replace(run.report, provenance=provenance))
        )


def test_from_outputs_with_trace_ids_to_spans_on_the_command_line(tmp_path: Path) -> None:
    write_starter(str(tmp_path))
    path = tmp_path / "outputs/candidate.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["meta"] = {"trace_id": TRACE.upper(), "span_id": SPAN, "mine": [1]}
    lines[1]["meta"] = {"trace_id": "call 17"}
    lines[2]["meta"] = {"trace_id": "0" * 32}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    ran = fieval("run", "--out", "out", "--format", "otlp", folder=tmp_path)
    assert ran.returncode == 0
    assert "2 outputs of the candidate with a meta.trace_id that is not 32 hexadecimal digits" in ran.stderr
    again = fieval("report", "out", "--format", "otlp", folder=tmp_path)
    assert (again.returncode, again.stdout) == (0, ran.stdout)
    with (tmp_path / "out/scores.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["system"] == "candidate" and row["value"]]
    found = [attributes(span) for span in spans(ran.stdout)]
    assert [(each["fieval.interaction.id"], each["gen_ai.evaluation.name"]) for each in found] == [
        (row["id"], f"{row['step']}.{row['metric']}") for row in rows
    ]
    assert [each["gen_ai.evaluation.score.value"] for each in found] == [float(row["value"]) for row in rows]
    ours = [span for span in spans(ran.stdout) if span.trace_id.hex() == TRACE]
    assert {attributes(span)["fieval.interaction.id"] for span in ours} == {lines[0]["id"]}
    (tmp_path / "out/scores.csv").unlink()
    gone = fieval("report", "out", "--format", "otlp", folder=tmp_path)
    assert (gone.returncode, "scores.csv" in gone.stderr) == (2, True)
