"""Spreadsheets as outputs and as golden interactions: which column is what, and what stands in a cell."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fieval.errors import InvalidInput
from fieval.importers import Kind, Reading, convert
from fieval.model import Card, LabelSet, ScoreRange


def imported(
    folder: Path,
    *texts: str | bytes,
    kind: Kind = "outputs",
    card: Card | None = None,
    repeated: dict[str, tuple[str, ...]] | None = None,
    **mapping: str,
) -> tuple[list[Any], list[str]]:
    """The lines that are made, and what is assumed; `labels__a` maps `labels.a`."""
    (folder / "out.jsonl").unlink(missing_ok=True)
    paths = [folder / f"{number}.csv" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    fields = {name.replace("__", "."): column for name, column in mapping.items()}
    reading = Reading(mapping=fields, repeated=repeated or {}, card=card)
    done = convert("csv", paths, folder / "out.jsonl", kind=kind, reading=reading)
    lines = (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], list(done.assumed)


def refused(folder: Path, *texts: str, kind: Kind = "outputs", **mapping: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        imported(folder, *texts, kind=kind, card=None, repeated=None, **mapping)
    assert not (folder / "out.jsonl").exists()
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_pipelines_columns_are_outputs(tmp_path: Path) -> None:
    text = "Call,Predicted,Sure,Score,Short,Note\n007,outage,0.9,3.5,It was down.,x\n8,'=1+1,,-1e0,,\n"
    lines, assumed = imported(
        tmp_path, text, id="call", labels__intent="Predicted", labels__intent__confidence="Sure",
        scores__csat="Score", summary="Short",
    )  # fmt: skip
    assert lines == [
        {
            "id": "007",
            "summary": "It was down.",
            "labels": {"intent": {"label": "outage", "confidence": 0.9}},
            "scores": {"csat": 3.5},
        },
        {"id": "8", "labels": {"intent": {"label": "=1+1"}}, "scores": {"csat": -1.0}},
    ]
    assert assumed == ["left out: column Note"]


def test_columns_that_are_called_like_fields_need_no_mapping(tmp_path: Path) -> None:
    text = (
        "id,channel,language,group,cohorts.line,turns,labels.intent (a | b),scores.csat\n"
        'x,In-App,es,c1,mobile,"Agent: hi: there\n  and more\n[00:12] Customer: at 10:30, https://x.org\nBot:",a,4\n'
    )
    (line,), assumed = imported(tmp_path, text, kind="gold")
    assert line == {
        "id": "x",
        "channel": "in_app",
        "language": "es",
        "group": "c1",
        "cohorts": {"line": "mobile"},
        "gold": {
            "turns": [
                {"speaker": "Agent", "text": "hi: there and more"},
                {"speaker": "Customer", "text": "at 10:30, https://x.org"},
            ],
            "labels": {"intent": "a"},
            "scores": {"csat": 4.0},
        },
    }
    assert assumed == [
        'a line without "speaker: " in front goes on with the turn before',
        "left out: times in front of turns",
    ]


def test_only_labels_and_scores_have_what_they_may_be_behind_them(tmp_path: Path) -> None:
    (line,), assumed = imported(tmp_path, "id,summary (draft),scores.a (1 to 5)\n1,x,4\n")
    assert line == {"id": "1", "scores": {"a": 4.0}}
    assert assumed == ["left out: column summary (draft)"]


def test_several_rows_columns_and_files_are_several_votes(tmp_path: Path) -> None:
    first = "id,labels.intent,Second,scores.csat,channel\n1,a,b,4,chat\n1,b,,5,chat\n2,,,,chat\n"
    lines, _ = imported(
        tmp_path, first, "id,labels.intent,Second\n1,c,\n", kind="gold",
        labels__intent="labels.intent", repeated={"labels.intent": ("Second",)},
    )  # fmt: skip
    assert [line["gold"] for line in lines] == [
        {"labels": {"intent": ["a", "b", "b", "c"]}, "scores": {"csat": [4.0, 5.0]}},
        {},
    ]


def test_a_known_card_forgives_case_and_blanks_of_outputs_and_leaves_wrong_labels_wrong(tmp_path: Path) -> None:
    card = Card("d", "1", labels={"intent": LabelSet(("billing_dispute", "outage"))}, scores={"csat": ScoreRange(1, 5)})
    text = "id,labels.intent,scores.csat\n1,Billing  dispute,9\n2,weird,1\n"
    lines, assumed = imported(tmp_path, text, card=card)
    assert [line["labels"]["intent"]["label"] for line in lines] == ["billing_dispute", "weird"]
    assert lines[0]["scores"]["csat"] == 9
    assert assumed == ['"Billing  dispute" in column labels.intent is billing_dispute']


@pytest.mark.parametrize(
    ("text", "kind", "mapping", "told"),
    [
        ("a,b\n1,2\n", "outputs", {}, '0.csv:1: no column for the id; name it with --map id=COLUMN; columns: "a", "b"'),
        ("id,Intent\n1,2\n", "outputs", {"labels__intent": "Intnt"}, '0.csv:1: --map labels.intent: no column "Intnt"; '
         'did you mean "Intent"?'),
        ("id,x\n1,2\n", "outputs", {"label__x": "x"}, '--map: no field "label.x"; known: annotator, channel,'),
        ("id,x\n1,2\n", "outputs", {"labels__": "x"}, '--map: no field "labels."; '),
        ("id,x\n", "outputs", {}, "0.csv:1: a header and no rows"),
        ("id,x\n,2\n", "outputs", {}, "0.csv:2: id: required, but empty"),
        ("id,scores.a\n1,\"4,0\"\n", "outputs", {}, '0.csv:2: scores.a: expected a number, got "4,0"; write 4.0'),
        ("id,scores.a\n1,nan\n", "outputs", {}, '0.csv:2: scores.a: expected a number, got "nan"'),
        ("id,scores.a\n1,1e999\n", "outputs", {}, '0.csv:2: scores.a: expected a number, got "1e999"'),
        ("id,scores.a\n1,٤\n", "outputs", {}, '0.csv:2: scores.a: expected a number, got "٤"'),
        ("id,labels.a,labels.a.confidence\n1,x,80%\n", "outputs", {}, '0.csv:2: labels.a.confidence: expected a '),
        ("id,labels.a,labels.a.confidence\n1,x,80\n", "outputs", {}, "0.csv:2: labels.a.confidence: expected a number "
         "from 0 to 1, got 80"),
        ("id,labels.a,labels.a.confidence\n1,,1\n", "outputs", {}, "0.csv:2: labels.a.confidence: a confidence, but no "
         "label"),
        ("id,labels.a\n1,x\n1,y\n", "outputs", {}, '0.csv:3: id: "1" was already given in line 2; ids must be unique'),
        ("id,channel\n1,phone\n", "gold", {}, '0.csv:2: channel: expected one of voice, chat, email, in_app, got '),
        ("id,turns\n1,a: x\n1,a: x\n1,a: y\n", "gold", {}, "0.csv:4: turns: another row of this interaction has "
         "another conversation"),
        ("id,adjudicated.labels.a\n1,x\n", "gold", {}, "0.csv:2: adjudicated.labels.a: is decided on labels that a "
         "dataset has; use --into"),
        ("id,labels.a,labels.a.confidence\n1,x,1\n", "gold", {}, "0.csv:2: labels.a.confidence: people give no"),
        ("id,labels.a,adjudicated.labels.a\n1,x,y\n", "outputs", {}, "0.csv:2: labels.a: a pipeline's output has one"),
        ("id,group\n1,a\n1,b\n", "gold", {}, "0.csv:3: group: another row of this interaction says something else"),
        ("id,labels.a,annotator\n1,x,ann\n1,y,ann\n", "gold", {}, '0.csv:3: annotator: "ann" has a row for this '
         "interaction already (0.csv:2)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_column(
    tmp_path: Path, text: str, kind: Kind, mapping: dict[str, str], told: str
) -> None:
    assert refused(tmp_path, text, kind=kind, **mapping)[0].startswith(told)


def test_other_formats_take_a_key_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--map: the format stm has no use for it"):
        convert("stm", [tmp_path], tmp_path / "out.jsonl", reading=Reading(mapping={"summary": "x"}))


def test_labels_that_people_gave_are_not_wiped_out(tmp_path: Path) -> None:
    imported(tmp_path, "id,labels.a\n1,x\n2,\n", kind="gold")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    convert("csv", [tmp_path / "0.csv"], tmp_path / "out.jsonl", kind="gold")  # the same once more
    (tmp_path / "0.csv").write_text("id\n1\n2\n3\n", encoding="utf-8")
    before = (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(InvalidInput, match="1 interaction would lose what people said of them; name"):
        convert("csv", [tmp_path / "0.csv"], tmp_path / "out.jsonl", kind="gold")
    assert (tmp_path / "out.jsonl").read_bytes() == before
    with pytest.raises(InvalidInput, match="1 interaction would lose what people said of them; name"):
        convert("csv", [tmp_path / "0.csv"], tmp_path / "out.jsonl")  # a forgotten --as gold


_CELLS = some.text(some.sampled_from("id,;\t\"'=-1x:.\n\0é"), max_size=8)


@given(some.lists(some.lists(_CELLS, max_size=5), max_size=4), some.sampled_from(["outputs", "gold"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_table_is_imported_or_refused(tmp_path: Path, rows: list[list[str]], kind: Kind) -> None:
    header = "id,turns,labels.a,scores.b,channel"
    text = "\n".join([header, *(",".join(row) for row in rows)])
    try:
        (tmp_path / "out.jsonl").unlink(missing_ok=True)
        lines, _ = imported(tmp_path, text, kind=kind)
    except InvalidInput as error:
        assert error.problems
    else:
        assert len(lines) <= len(text.splitlines())


def test_a_time_that_somebody_says_is_said(tmp_path: Path) -> None:
    turns = "agent: When?\n10:30 works for me\n10:31 customer: fine\n[00:12] thanks\n"
    (line,), assumed = imported(tmp_path, f'id,turns\n1,"{turns}"\n')
    assert line["turns"] == [
        {"speaker": "agent", "text": "When? 10:30 works for me"},
        {"speaker": "customer", "text": "fine thanks"},
    ]
    assert "left out: times in front of turns" in assumed


def test_a_turn_of_a_million_lines_takes_no_longer_than_its_length(tmp_path: Path) -> None:
    began = time.process_time()
    (line,), _ = imported(tmp_path, 'id,turns\n1,"agent: hi\n' + "x\n" * 1_000_000 + '"\n')
    assert len(line["turns"][0]["text"]) == 2_000_002
    assert time.process_time() - began < 20  # it took minutes


@pytest.mark.parametrize(
    "mapping", [{}, {"id": "call-1", "labels.a": "nope"}, {"labels.a": "call-1"}, {"id": "call-1"}]
)
def test_what_was_said_is_not_shown_where_a_header_is_missing(tmp_path: Path, mapping: dict[str, str]) -> None:
    path = tmp_path / "0.csv"
    path.write_text('call-1,"agent: card number 4111"\ncall-2,"customer: hi"\n', encoding="utf-8")
    try:
        told = [*convert("csv", [path], tmp_path / "o.jsonl", reading=Reading(mapping=mapping)).assumed]
    except InvalidInput as error:
        told = [*error.problems]
    assert "4111" not in "".join(told)
    assert "look like data and are not shown; is the header missing?" in told[0]


def test_names_of_columns_are_cut_short_where_there_is_a_header(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, f"labels.a,{'x' * 80}\n1,2\n")
    assert told.endswith(f'columns: "labels.a", "{"x" * 40}…"')
    (told,) = refused(tmp_path, ",".join(f"c{number}" for number in range(30)) + "\n1\n")
    assert told.endswith('"c19" and 10 more')


def test_a_channel_that_is_none_is_told_once(tmp_path: Path) -> None:
    assert refused(tmp_path, "id,channel\n1,phone\n", kind="gold") == [
        '0.csv:2: channel: expected one of voice, chat, email, in_app, got "phone"'
    ]


def test_gold_has_only_what_the_card_declares(tmp_path: Path) -> None:
    text = "id,labels.intent,labels.other,scores.csat\n1,a,x,3\n2,,y,4\n"
    (tmp_path / "0.csv").write_text(text, encoding="utf-8")
    card = Card(name="d", version="1", labels={"intent": LabelSet(("a", "b"))})
    done = convert("csv", [tmp_path / "0.csv"], tmp_path / "o.jsonl", kind="gold", reading=Reading(card=card))
    assert dict(done.left_out) == {"labels.other": 2, "scores.csat": 2}
    found = [json.loads(line)["gold"] for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    assert found == [{"labels": {"intent": "a"}}, {}]


def test_a_label_that_begins_with_a_quote_is_found_before_the_one_without(tmp_path: Path) -> None:
    card = Card(name="d", version="1", labels={"m": LabelSet(("=x", "'=x"))})
    lines, _ = imported(tmp_path, "id,labels.m\n1,=x\n2,'=x\n3,''=x\n", kind="gold", card=card)
    assert [line["gold"]["labels"]["m"] for line in lines] == ["=x", "'=x", "'=x"]


def test_comments_are_told_to_be_left_where_they_are(tmp_path: Path) -> None:
    assert imported(tmp_path, "id,comment\n1,why?\n")[1] == ["left out: comments"]
    assert imported(tmp_path, "id,comment\n1,\n")[1] == []


def test_who_may_read_a_file_stays(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("id\n1\n", encoding="utf-8")
    target = tmp_path / "o.jsonl"
    target.touch()
    target.chmod(0o600)
    convert("csv", [tmp_path / "0.csv"], target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.csv", "o.jsonl"]
