"""People's verdicts on outputs: what is read, what waits, and every way a line can be wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fieval.data import PersonVerdict, read_dataset, read_verdicts, unknown_verdict
from fieval.errors import InvalidInput
from fieval.model import Place

SHA = "0123456789abcdef" * 4
LINE = {"id": "a", "system": "next", "question": "summary.s1", "verdict": "supported", "output": SHA, "by": "ann"}


def verdicts(folder: Path, *records: Any) -> tuple[PersonVerdict, ...]:
    path = folder / "verdicts.jsonl"
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_verdicts(path, read_dataset(folder))


def test_a_full_line(folder: Path) -> None:
    (found,) = verdicts(folder, LINE | {"text": "The line is dead.", "meta": {"sheet": 3}})
    place = Place(str(folder / "verdicts.jsonl"), 1, 1)
    assert found == PersonVerdict("a", "next", "summary.s1", "supported", SHA, place)


def test_what_is_not_about_an_output_has_none(folder: Path) -> None:
    for output in ({}, {"output": None}):
        line = {"id": "b", "question": "resolution.outcome", "verdict": "partly"} | output
        assert verdicts(folder, line)[0].output == ""


def test_lines_without_a_verdict_still_wait(folder: Path) -> None:
    waiting = {name: value for name, value in LINE.items() if name != "verdict"}
    found = verdicts(folder, waiting | {"question": "summary.s2"}, "", LINE | {"verdict": ""} | {"id": "b"}, LINE)
    assert [(each.question, each.place.line) for each in found] == [("summary.s1", 4)]


def test_absent_null_and_empty_are_the_same(folder: Path) -> None:
    line = {"id": "b", "question": "resolution.outcome", "verdict": "partly"}
    for name in ("system", "output", "by", "text", "meta"):
        for nothing in (None, {} if name == "meta" else ""):
            assert verdicts(folder, line | {name: nothing}) == verdicts(folder, line)
    assert verdicts(folder, line | {"verdict": None}) == ()


def test_several_people_may_judge_the_same(folder: Path) -> None:
    found = verdicts(folder, LINE, LINE | {"by": "bob", "verdict": "contradicted"}, LINE | {"by": ""})
    assert [each.verdict for each in found] == ["supported", "contradicted", "supported"]


def test_a_compressed_file_is_read_as_well(folder: Path) -> None:
    path = folder / "verdicts.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(LINE).encode()))
    assert len(read_verdicts(path, read_dataset(folder))) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (LINE | {"id": "c"}, 'id: the dataset demo has no interaction "c"'),
        ({"question": "summary.s1"}, 'id: the dataset demo has no interaction ""'),
        (LINE | {"question": "summary"}, "question: expected <step>.<what>, such as summary.s1, got "),
        ({"id": "a"}, "question: expected <step>.<what>"),
        (LINE | {"output": "abc"}, "output: "),
        (LINE | {"output": SHA.upper()}, "output: "),
        (LINE | {"verdict": True}, "verdict: "),
        (LINE | {"verdct": "supported"}, 'verdct: unknown field; did you mean "verdict"?'),
        ("{", "expected a whole JSON object on each line"),
        ("[]", "expected "),
    ],
)
def test_what_is_wrong_with_a_line(folder: Path, line: Any, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        verdicts(folder, "", line, LINE)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{folder / 'verdicts.jsonl'}:2: {told}"), problem


def test_all_bad_lines_are_told_at_once(folder: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        verdicts(folder, LINE | {"id": "c"}, LINE, LINE | {"verdict": "contradicted"}, "nonsense")
    places = [problem.removeprefix(str(folder)).split(": ")[0] for problem in caught.value.problems]
    assert places == ["/verdicts.jsonl:1", "/verdicts.jsonl:3", "/verdicts.jsonl:4"]
    assert caught.value.problems[1].endswith("the same person, output and question as in line 2")


def test_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(InvalidInput, match=r"absent\.jsonl"):
        read_verdicts(folder / "absent.jsonl", read_dataset(folder))


def test_a_verdict_that_is_not_offered_has_its_line_and_a_suggestion() -> None:
    said = PersonVerdict("a", "next", "summary.s1", "suported", SHA, Place("v.jsonl", 7, 1))
    assert unknown_verdict(said, ("supported", "contradicted")) == (
        'v.jsonl:7: verdict: summary.s1 has no verdict "suported"; did you mean "supported"?'
    )
