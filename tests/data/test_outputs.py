"""Outputs of a system: paired with the dataset, and every way a line can be wrong."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from fieval.data import read_dataset, read_outputs
from fieval.errors import InvalidInput
from fieval.model import Output, Prediction, Segment, System, Turn


def outputs(folder: Path, *records: Any, ignore_unknown: bool = False) -> System:
    path = folder / "outputs.jsonl"
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_outputs(path, read_dataset(folder), ignore_unknown=ignore_unknown)


def test_outputs_stand_in_the_order_of_the_dataset(folder: Path) -> None:
    second, first = {"id": "b", "summary": "B"}, {"id": "a", "summary": "A"}
    assert outputs(folder, second, first).outputs == (Output("a", summary="A"), Output("b", summary="B"))
    assert outputs(folder, second).outputs == (None, Output("b", summary="B"))


def test_a_full_line(folder: Path) -> None:
    record = {
        "id": "a",
        "turns": [{"speaker": "spk_0", "text": "hello", "start": 0, "end": 1}],
        "summary": "S",
        "labels": {"intent": {"label": "billing", "confidence": 0.9}, "sentiment": "negative"},
        "scores": {"csat": 3.7},
        "meta": {"model": "x"},
    }
    assert outputs(folder, record).outputs[0] == Output(
        id="a",
        turns=(Turn("spk_0", "hello", 0.0, 1.0),),
        segments=(Segment("spk_0", 0.0, 1.0),),
        summary="S",
        labels={"intent": Prediction("billing", 0.9), "sentiment": Prediction("negative")},
        scores={"csat": 3.7},
    )


def test_absent_null_and_empty_are_the_same(folder: Path) -> None:
    null = {"id": "a", "turns": None, "summary": None, "labels": {"intent": None}, "scores": {"csat": None}}
    empty = {"id": "a", "turns": [{"speaker": "x"}], "labels": {"intent": ""}, "scores": {}}
    unsure = {"id": "a", "labels": {"intent": {"label": "", "confidence": 0.2}}}
    assert [outputs(folder, record).outputs[0] for record in (null, empty, unsure)] == [Output("a")] * 3


def test_a_label_outside_its_set_is_kept(folder: Path) -> None:
    output = outputs(folder, {"id": "a", "labels": {"intent": "weather"}}).outputs[0]
    assert output is not None
    assert output.labels == {"intent": Prediction("weather")}


@pytest.mark.parametrize(("score", "kept"), [(3.2, 3.2), (6, 6), (1000, 9), (-1000, -3)])
def test_a_score_stays_within_one_width_of_its_scale(folder: Path, score: float, kept: float) -> None:
    output = outputs(folder, {"id": "a", "scores": {"csat": score}}).outputs[0]
    assert output is not None
    assert output.scores["csat"] == kept


def test_unknown_ids_are_skipped_on_demand(folder: Path) -> None:
    system = outputs(folder, {"id": "stranger"}, {"id": "b"}, ignore_unknown=True)
    assert system.outputs == (None, Output("b"))


def test_the_source_is_the_file_as_stored(folder: Path) -> None:
    path = folder / "outputs.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "a"}\n'))
    system = read_outputs(path, read_dataset(folder))
    assert system.outputs == (Output("a"), None)
    assert system.source.path == str(path)
    assert system.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (
            {"id": "stranger"},
            'id: the dataset demo has no interaction "stranger"; --ignore-unknown skips such lines',
        ),
        ({"id": "b"}, 'id: "b" was already given in line 1; ids must be unique'),
        ({"id": None}, "id: required, but absent or empty"),
        (
            {"id": "a", "summry": "x"},
            'summry: unknown field; did you mean "summary"? (free material goes under "meta")',
        ),
        ({"id": "a", "turns": [{"start": 2, "end": 1}]}, "turns[0].end: the end (1) is before the start (2)"),
        ({"id": "a", "turns": [{"text": "x"}, None]}, "turns[1]: expected an object, got null"),
        (
            {"id": "a", "labels": {"intnt": "x"}},
            'labels.intnt: the card declares no such label; did you mean "intent"?',
        ),
        (
            {"id": "a", "labels": {"intent": {"label": "other", "confidence": 1.1}}},
            "labels.intent.confidence: expected a number from 0 to 1, got 1.1",
        ),
        (
            {"id": "a", "labels": {"intent": {"label": "other", "confidense": 1}}},
            'labels.intent.confidense: unknown field; did you mean "confidence"? (free material goes under "meta")',
        ),
        ({"id": "a", "labels": {"intent": ["other"]}}, "labels.intent: expected a string or an object, got a list"),
        ({"id": "a", "scores": {"csta": 3}}, 'scores.csta: the card declares no such score; did you mean "csat"?'),
        ({"id": "a", "scores": {"csat": "3"}}, "scores.csat: expected a number, got a string"),
        (
            '{"id": "a", "scores": {"csat": Infinity}}',
            "scores.csat: expected a finite number, got Infinity; leave the field out where there is no value",
        ),
        ('{"id": "a", "summary": "never end', "the JSON is cut off; is the file complete?"),
    ],
)
def test_a_wrong_line_is_told_so_with_its_field(folder: Path, record: Any, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        outputs(folder, {"id": "b"}, record)
    assert caught.value.problems == (f"{folder / 'outputs.jsonl'}:2: {problem}",)


def test_files_that_are_not_there(folder: Path) -> None:
    dataset = read_dataset(folder)
    with pytest.raises(InvalidInput, match=r"nowhere\.jsonl: no such file"):
        read_outputs(folder / "nowhere.jsonl", dataset)
    with pytest.raises(InvalidInput, match="is a folder; expected a file"):
        read_outputs(folder, dataset)


def test_an_empty_file_is_no_system(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="the file is empty"):
        outputs(folder)
