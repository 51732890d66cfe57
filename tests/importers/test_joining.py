"""People's labels joined into a dataset: nothing lost, nothing counted twice, and all of it or nothing."""

from __future__ import annotations

import csv
import errno
import fcntl
import gzip
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fieval import data
from fieval.errors import InvalidInput
from fieval.importers import Reading
from fieval.importers.parts.joining import Joining, join

CARD = """name: d
version: "1"
labels:
  intent: [billing_dispute, outage, Outage!]
  mood: {values: ["-1", "0", "+1"], ordinal: true}
scores: {csat: {min: 1, max: 5}}
cohorts: [line]
"""
LINES = (
    '{"id": "a", "channel": "voice", "cohorts": {"line": "é"}, "gold": {"turns": [{"text": "hi", "start": 0.10}], '
    '"labels": {"intent": "outage"}, "scores": {"csat": [4, 5]}}, "meta": {"big": 12345678901234567890123, "x": 1.0}}\n'
    "\n"
    '{"id":"b","channel":"chat","gold":null}\n'
    '{"id": "=c", "channel": "email", "cohorts": {"line": "\\u00e9"}}'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden/dataset.yaml").write_text(CARD, encoding="utf-8")
    (tmp_path / "golden/interactions.jsonl").write_text(LINES, encoding="utf-8")
    return tmp_path / "golden"


def joined(folder: Path, *texts: str, add: bool = False, ignore_unknown: bool = False, **mapping: str) -> Joining:
    paths = [folder.parent / f"{number}.csv" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    reading = Reading(mapping={name.replace("__", "."): column for name, column in mapping.items()})
    return join(paths, folder, reading, add=add, ignore_unknown=ignore_unknown)


def refused(folder: Path, *texts: str, **mapping: str) -> list[str]:
    before = (folder / "interactions.jsonl").read_bytes()
    with pytest.raises(InvalidInput) as caught:
        joined(folder, *texts, add=False, ignore_unknown=False, **mapping)
    assert (folder / "interactions.jsonl").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["dataset.yaml", "interactions.jsonl"]
    return [problem.replace(f"{folder.parent}/", "") for problem in caught.value.problems]


def golds(folder: Path) -> dict[str, Any]:
    lines = (folder / "interactions.jsonl").read_text(encoding="utf-8").split("\n")
    return {line["id"]: line.get("gold") for line in map(json.loads, filter(None, lines))}


def test_only_what_people_say_changes_and_all_else_stays_as_it_was_written(folder: Path) -> None:
    joined(folder, "id,labels.intent\nb,outage\n'=c,Billing-Dispute\n")
    found = (folder / "interactions.jsonl").read_text(encoding="utf-8").split("\n")
    assert found[:2] == LINES.split("\n")[:2]
    assert found[2] == '{"id":"b","channel":"chat","gold":{"labels":{"intent":"outage"}}}'
    assert found[3] == (
        '{"id": "=c", "channel": "email", "cohorts": {"line": "\\u00e9"}, '
        '"gold": {"labels": {"intent": "billing_dispute"}}}'
    )
    joined(folder, "id,labels.mood,summary\na,'-1,Short.\n")
    first = (folder / "interactions.jsonl").read_text(encoding="utf-8").split("\n")[0]
    expected = json.loads(LINES.split("\n")[0])
    expected["gold"]["labels"]["mood"] = "-1"
    expected["gold"]["summary"] = "Short."
    assert json.loads(first) == expected
    assert '"big": 12345678901234567890123, "x": 1.0' in first and "é" in first
    data.read_dataset(folder)


def test_the_same_sheet_twice_changes_nothing_more(folder: Path) -> None:
    text = "id,labels.intent,scores.csat\na,outage,4\na,billing_dispute,5\nb,outage,\n"
    done = joined(folder, text)
    assert [(c.field, c.votes, c.new, c.extended, c.same) for c in done.changes] == [
        ("labels.intent", 3, 1, 1, 0), ("scores.csat", 2, 0, 0, 1),
    ]  # fmt: skip
    assert golds(folder)["a"]["labels"] == {"intent": ["outage", "billing_dispute"]}
    before = (folder / "interactions.jsonl").stat()
    again = joined(folder, text)
    assert {(c.new, c.replaced) for c in again.changes} == {(0, 0)}
    assert (folder / "interactions.jsonl").stat() == before


def test_votes_are_added_where_that_is_asked_for(folder: Path) -> None:
    joined(folder, "id,labels.intent,scores.csat\na,billing_dispute,1\n", add=True)
    assert golds(folder)["a"]["labels"] == {"intent": ["outage", "billing_dispute"]}
    assert golds(folder)["a"]["scores"] == {"csat": [4, 5, 1]}


def test_a_decision_counts_and_keeps_the_votes_until_they_are_other_ones(folder: Path) -> None:
    votes = "id,labels.intent,scores.csat\na,outage,1\na,billing_dispute,2\n"
    joined(folder, votes)
    joined(folder, "id,adjudicated.labels.intent (x),adjudicated.scores.csat\na,OUTAGE,3.5\n")
    assert golds(folder)["a"]["labels"] == {"intent": {"value": "outage", "votes": ["outage", "billing_dispute"]}}
    assert golds(folder)["a"]["scores"] == {"csat": {"value": 3.5, "votes": [1, 2]}}
    gold = data.read_dataset(folder).interactions[0]
    assert (gold.labels["intent"].value, gold.labels["intent"].votes) == ("outage", ("outage", "billing_dispute"))
    assert (gold.scores["csat"].value, gold.scores["csat"].settled) == (3.5, True)
    assert [change.same for change in joined(folder, votes).changes] == [1, 1]
    added = joined(folder, "id,labels.intent\na,outage\n", add=True)
    assert golds(folder)["a"]["labels"]["intent"]["value"] == "outage"
    assert len(golds(folder)["a"]["labels"]["intent"]["votes"]) == 3
    assert added.changes[0].undone == 0
    assert joined(folder, "id,labels.intent\na,billing_dispute\n").changes[0].undone == 1
    assert golds(folder)["a"]["labels"] == {"intent": "billing_dispute"}


def test_a_compressed_dataset_and_its_permissions_stay_what_they_are(folder: Path) -> None:
    (folder / "interactions.jsonl").unlink()
    path = folder / "interactions.jsonl.gz"
    path.write_bytes(gzip.compress(LINES.encode(), mtime=0))
    path.chmod(0o600)
    joined(folder, "id,labels.intent\na,Outage!\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(gzip.decompress(path.read_bytes()).split(b"\n")[0])["gold"]["labels"] == {"intent": "Outage!"}


def test_unknown_ids_are_errors_or_skipped(folder: Path) -> None:
    assert refused(folder, "id,labels.intent\nA1,outage\na,outage\n") == [
        '0.csv:2: id: the dataset d has no interaction "A1"; --ignore-unknown skips such rows'
    ]
    assert joined(folder, "id,labels.intent\nA1,nonsense\na,outage\n", ignore_unknown=True).skipped == 1


@pytest.mark.parametrize(
    ("text", "mapping", "told"),
    [
        ("id,labels.intent\na,outag\n", {}, '0.csv:2: labels.intent: "outag" is not in the label set; did you mean '
         '"outage"?'),
        ("id,I\na,OUTAGE\n", {"labels__intnt": "I"}, 'labels.intnt: the card declares no such label; did you mean '
         '"intent"?'),
        ("id,scores.csat\na,6\n", {}, "0.csv:2: scores.csat: expected a score from 1 to 5, got 6"),
        ("id,Notes\na,x\n", {}, "no column holds a label, score or summary; name it, as in --map labels.intent=COLUMN"),
        ("id,C,labels.intent\na,chat,outage\n", {"channel": "C"}, "--map channel: --into takes labels, scores and the"),
        ("id,labels.intent,channel\na,,chat\n", {}, "0.csv: nobody says anything in it: all cells are empty"),
        ("id,adjudicated.labels.intent\na,outage\na,billing_dispute\n", {}, "0.csv:3: adjudicated.labels.intent: "
         "another row of this interaction decides otherwise"),
        ("id,labels.intent,labels.intent.confidence\na,outage,1\n", {}, "labels.intent.confidence: the card declares"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_leaves_the_dataset_alone(
    folder: Path, text: str, mapping: dict[str, str], told: str
) -> None:
    assert refused(folder, text, **mapping)[0].startswith(told)


def test_a_conversation_that_is_taken_for_a_label_is_not_shown(folder: Path) -> None:
    secret = "customer: my card number is " + "4" * 16 * 1000
    (problem,) = refused(folder, f"id,T\na,{secret}\n", labels__intent="T")
    assert problem.startswith('0.csv:2: T: "customer: my card number is 444444444444…" is not in the label set')


def test_a_value_that_may_be_two_is_not_guessed(folder: Path) -> None:
    card = CARD.replace("Outage!]", "OUTAGE]")
    (folder / "dataset.yaml").write_text(card, encoding="utf-8")
    joined(folder, "id,labels.intent\na,OUTAGE\n")
    assert golds(folder)["a"]["labels"] == {"intent": "OUTAGE"}
    assert refused(folder, "id,labels.intent\na,Outage\n") == [
        '0.csv:2: labels.intent: "Outage" may be any of outage, OUTAGE; write it as the card does'
    ]


def test_a_file_is_named_once(folder: Path) -> None:
    path = folder.parent / "0.csv"
    path.write_text("id,labels.intent\na,outage\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="is named twice"):
        join([path, path], folder, Reading())


def test_a_full_disk_leaves_the_dataset_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    before = (folder / "interactions.jsonl").read_bytes()
    with pytest.raises(Exception, match="No space left on device"):
        joined(folder, "id,labels.intent\nb,outage\n")
    assert (folder / "interactions.jsonl").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["dataset.yaml", "interactions.jsonl"]


def test_an_interrupted_write_leaves_the_dataset_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    before = (folder / "interactions.jsonl").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        joined(folder, "id,labels.intent\nb,outage\n")
    assert (folder / "interactions.jsonl").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["dataset.yaml", "interactions.jsonl"]


_VALUES = some.sampled_from(["billing_dispute", "Billing dispute", "outage", "Outage!", "OUTAGE", "", "x", "=1", "\0"])


@given(
    some.lists(some.tuples(some.sampled_from(["a", "b", "=c", "'=c", "z", ""]), _VALUES, some.text(max_size=3))),
    some.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_any_sheet_is_joined_or_refused_and_the_dataset_stays_one(
    folder: Path, rows: list[tuple[str, str, str]], add: bool
) -> None:
    (folder / "interactions.jsonl").write_text(LINES, encoding="utf-8")
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("id", "labels.intent", "scores.csat"), *rows])
    path = folder.parent / "0.csv"
    path.write_bytes(stream.getvalue().encode("utf-8", "surrogatepass"))
    try:
        join([path], folder, Reading(), add=add)
    except InvalidInput:
        assert (folder / "interactions.jsonl").read_text(encoding="utf-8") == LINES
    found = data.read_dataset(folder)
    assert [each.id for each in found.interactions] == ["a", "b", "=c"]
    assert json.loads((folder / "interactions.jsonl").read_text(encoding="utf-8").split("\n")[0])["meta"]["x"] == 1.0


def test_people_who_are_named_speak_for_themselves_whenever_their_sheet_comes(folder: Path) -> None:
    """One sheet after the other, and again: each has one vote, and takes back only their own."""
    ann = "id,labels.intent,annotator\na,outage,Ann\nb,outage,Ann\n"
    ben = "id,labels.intent,annotator\na,billing_dispute,Ben\n"
    joined(folder, ann)
    for add in (False, True, False):
        joined(folder, ben, add=add)
        assert golds(folder)["a"]["labels"] == {"intent": ["outage", "billing_dispute"]}
    done = joined(folder, ann.replace("a,outage", "a,billing_dispute"))
    assert golds(folder)["a"]["labels"] == {"intent": ["billing_dispute", "billing_dispute"]}
    assert [(c.field, c.extended, c.replaced, c.same) for c in done.changes] == [("labels.intent", 0, 1, 1)]
    data.read_dataset(folder)


def test_votes_of_nobody_named_replace_those_of_others(folder: Path) -> None:
    joined(folder, "id,labels.intent,annotator\na,outage,Ann\n")
    joined(folder, "id,labels.intent\na,billing_dispute\n")
    assert golds(folder)["a"]["labels"] == {"intent": "billing_dispute"}
    joined(folder, "id,labels.intent,annotator\na,outage,Ann\n", add=True)
    joined(folder, "id,labels.intent,annotator\na,outage,Ann\n", add=True)
    assert golds(folder)["a"]["labels"]["intent"].count("outage") >= 1


def test_imports_at_the_same_time_lose_nothing(folder: Path) -> None:
    paths = [folder.parent / f"{name}.csv" for name in "ABCDEFGH"]
    for path in paths:
        path.write_text(f"id,labels.intent,annotator\na,outage,{path.stem}\n", encoding="utf-8")
    (folder / "interactions.jsonl").write_text('{"id": "a", "channel": "chat"}\n', encoding="utf-8")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: join([path], folder, Reading()), paths))
    assert golds(folder)["a"]["labels"]["intent"] == ["outage"] * 8


def test_where_nothing_can_be_locked_it_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refusing)
    told = joined(folder, "id,labels.intent\na,outage\n").assumed
    assert list(told) == ["nobody else imports into the dataset meanwhile, since it cannot be locked here"]


def test_a_decision_where_nobody_disagreed_is_counted(folder: Path) -> None:
    sheet = "id,adjudicated.labels.intent,adjudicated.scores.csat\na,{},5\n"
    done = joined(folder, sheet.format("outage"))
    assert [change.overruled for change in done.changes] == [0, 0]
    done = joined(folder, sheet.format("billing_dispute"))
    assert [change.overruled for change in done.changes] == [1, 0]
    assert golds(folder)["a"]["labels"] == {"intent": {"value": "billing_dispute", "votes": ["outage"]}}
    assert [change.overruled for change in joined(folder, sheet.format("billing_dispute")).changes] == [0, 0]


@pytest.mark.parametrize("name", ["intent", "Intent", "Labels.Intent"])
def test_a_column_that_is_almost_a_label_is_named(folder: Path, name: str) -> None:
    assert refused(folder, f"id,{name},x\na,outage,1\n") == [
        "no column holds a label, score or summary; name it, as in --map labels.intent=COLUMN; columns: "
        f'"{name}", "x"; did you mean --map labels.intent="{name}"?'
    ]
