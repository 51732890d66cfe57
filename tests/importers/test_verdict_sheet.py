"""A judge's questions as a spreadsheet: blind, filled in by several people, and put beside the dataset."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fieval import data
from fieval.data.verdicts import VerdictLine
from fieval.errors import InvalidInput
from fieval.importers.parts.verdict_sheet import Told, as_sheet, join_verdicts

DIGEST = "0f" * 32
LINES = [
    VerdictLine("a", "candidate", "summary.s1", output=DIGEST, text="=It was down.", meta={"verdicts": ["yes", "no"]}),
    VerdictLine("a", "baseline", "flow.answers", output="1e" * 32, meta={"verdicts": ["yes"], "turns": ["x: hi"]}),
]
COLUMNS = ["id", "question", "asked", "judged", "conversation", "choices", "verdict", "by", "comment", "output"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden/dataset.yaml").write_text('name: d\nversion: "1"\n', encoding="utf-8")
    gold = {"id": "a", "channel": "chat", "gold": {"turns": [{"speaker": "x", "text": "hi"}]}}
    (tmp_path / "golden/interactions.jsonl").write_text(json.dumps(gold) + "\n", encoding="utf-8")
    return tmp_path / "golden"


def sheet(folder: Path) -> list[list[str]]:
    content = as_sheet(LINES, data.read_dataset(folder).interactions)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def told(folder: Path, *sheets: list[list[str]]) -> Told:
    paths = [folder.parent / f"{number}.csv" for number in range(len(sheets))]
    for path, rows in zip(paths, sheets, strict=True):
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)
    return join_verdicts(paths, folder)


def filled(folder: Path, verdicts: list[str], by: str) -> list[list[str]]:
    header, *rows = sheet(folder)
    for row, verdict in zip(rows, verdicts, strict=True):
        row[header.index("verdict")], row[header.index("by")] = verdict, by
    return [header, *rows]


def verdicts(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_sheet_shows_the_conversation_and_not_whose_output_it_is(folder: Path) -> None:
    header, first, second = sheet(folder)
    assert header == COLUMNS
    assert first == ["a", "summary.s1", "'=It was down.", "", "x: hi", "yes | no", "", "", "", DIGEST]
    assert second[3] == "x: hi"
    assert not {"candidate", "baseline"} & {*first, *second}


def test_verdicts_of_several_people_come_back_and_none_is_counted_twice(folder: Path) -> None:
    one, other = filled(folder, ["YES", ""], "ann"), filled(folder, ["no", "yes"], "ben")
    done = told(folder, one, other)
    assert (done.new, done.replaced, done.same, done.empty) == (3, 0, 0, 1)
    assert list(done.assumed) == ['"YES" in column verdict is yes']
    said = data.read_verdicts(folder / "verdicts.jsonl", data.read_dataset(folder))
    assert [(each.question, each.verdict, each.output) for each in said] == [
        ("summary.s1", "yes", DIGEST), ("summary.s1", "no", DIGEST), ("flow.answers", "yes", "1e" * 32),
    ]  # fmt: skip
    before = (folder / "verdicts.jsonl").read_bytes()
    assert told(folder, one, other).same == 3
    assert (folder / "verdicts.jsonl").read_bytes() == before
    assert told(folder, filled(folder, ["no", ""], "ann")).replaced == 1
    assert len(verdicts(folder)) == 3


def test_a_line_that_waited_is_answered_and_knows_its_system(folder: Path) -> None:
    waiting = {"id": "a", "system": "candidate", "question": "summary.s1", "verdict": "", "output": DIGEST}
    (folder / "verdicts.jsonl").write_text(json.dumps(waiting) + "\n", encoding="utf-8")
    told(folder, filled(folder, ["yes", ""], "ann"))
    assert verdicts(folder) == [{**waiting, "verdict": "yes", "by": "ann"}]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("verdict", "maybe", 'verdict: "maybe" is not in the label set; known: no, yes'),
        ("id", "b", 'id: the dataset has no interaction "b"'),
        ("output", "1.0E+63", "output: expected the 64 characters that the sheet had here; copy them back"),
        ("question", "s1", 'question: expected <step>.<what>, such as summary.s1, got "s1"'),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(folder: Path, column: str, value: str, said: str) -> None:
    rows = filled(folder, ["yes", ""], "ann")
    rows[1][COLUMNS.index(column)] = value
    with pytest.raises(InvalidInput) as caught:
        told(folder, rows)
    assert caught.value.problems == (f"{folder.parent / '0.csv'}:2: {said}",)
    assert not (folder / "verdicts.jsonl").exists()


def test_two_people_without_names_are_asked_for_them(folder: Path) -> None:
    rows = filled(folder, ["yes", ""], "")
    with pytest.raises(
        InvalidInput, match=r'1.csv:2: by: "" has a verdict on this already \(0.csv:2\); say who gave it'
    ):
        told(folder, rows, rows)
    with pytest.raises(InvalidInput, match="nobody gives a verdict in it"):
        told(folder, filled(folder, ["", ""], "ann"))
    with pytest.raises(InvalidInput, match='no column "output"; expected a sheet'):
        told(folder, [["id", "question", "verdict"], ["a", "b.c", "yes"]])


@given(some.lists(some.lists(some.sampled_from(["a", "summary.s1", "yes", DIGEST, "=", "", "\0"]), max_size=11)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_sheet_is_read_or_refused(folder: Path, rows: list[list[str]]) -> None:
    (folder / "verdicts.jsonl").unlink(missing_ok=True)
    try:
        told(folder, [COLUMNS, *rows])
    except InvalidInput:
        assert not (folder / "verdicts.jsonl").exists()
    else:
        data.read_verdicts(folder / "verdicts.jsonl", data.read_dataset(folder))


def test_a_verdict_of_nobody_does_not_replace_that_of_another_nobody(folder: Path) -> None:
    assert told(folder, filled(folder, ["no", ""], "")).new == 1
    before = (folder / "verdicts.jsonl").read_bytes()
    with pytest.raises(
        InvalidInput, match=r'0.csv:2: by: "" has a verdict on this already \(verdicts.jsonl:1\); say who gave it'
    ):
        told(folder, filled(folder, ["yes", ""], ""))
    assert (folder / "verdicts.jsonl").read_bytes() == before
    assert told(folder, filled(folder, ["no", ""], "")).same == 1
    assert told(folder, filled(folder, ["yes", ""], "ann")).new == 1


def test_other_lines_stay_byte_for_byte_and_changed_ones_keep_what_they_had(folder: Path) -> None:
    odd = f'{{"by":"ann", "id":"a","question":"summary.s1","verdict":"no","output":"{DIGEST}","text":"é",'
    lines = [
        odd + '"meta":{"comment":"why","big":12345678901234567890123}}',
        "",
        odd.replace("ann", "ben") + '"meta":{"comment":"so"}}  ',
    ]
    path = folder / "verdicts.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert told(folder, filled(folder, ["no", "yes"], "ann")).same == 1
    found = path.read_text(encoding="utf-8").splitlines()
    assert found[:3] == lines
    assert told(folder, filled(folder, ["yes", ""], "ann")).replaced == 1
    changed = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert changed == {**json.loads(lines[0]), "verdict": "yes"}
    assert path.read_text(encoding="utf-8").splitlines()[1:] == found[1:]


def test_a_comment_that_is_new_is_kept_and_none_is_taken_back(folder: Path) -> None:
    rows = filled(folder, ["yes", ""], "ann")
    told(folder, rows)
    rows[1][COLUMNS.index("comment")] = "well"
    assert told(folder, rows).replaced == 1
    assert told(folder, filled(folder, ["yes", ""], "ann")).same == 1
    assert verdicts(folder)[0]["meta"] == {"comment": "well"}


def test_verdicts_are_checked_by_the_lines_that_wait_or_are_said_not_to_be(folder: Path) -> None:
    bare = [["id", "question", "verdict", "output"], ["a", "summary.s1", "Maybeee", DIGEST]]
    assert list(told(folder, bare).assumed) == ["summary.s1: without the column choices, verdicts are not checked"]
    waiting = {"id": "a", "question": "summary.s1", "output": "1e" * 32, "meta": {"verdicts": ["yes", "no"]}}
    (folder / "verdicts.jsonl").write_text(json.dumps(waiting) + "\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match='verdict: "Maybeee" is not in the label set; known: no, yes'):
        told(folder, bare)


def test_imports_at_the_same_time_lose_nothing(folder: Path) -> None:
    paths = [folder.parent / f"{name}.csv" for name in "ABCD"]
    for path in paths:
        rows = [[f"s.q{number}", "yes", path.stem] for number in range(100)]
        text = "".join(f"a,{question},{verdict},{by},{DIGEST}\n" for question, verdict, by in rows)
        path.write_text("id,question,verdict,by,output\n" + text, encoding="utf-8")
    with ThreadPoolExecutor(4) as pool:
        done = [*pool.map(lambda path: join_verdicts([path], folder), paths)]
    assert [each.new for each in done] == [100] * 4
    assert len(verdicts(folder)) == 400
    assert sorted(path.name for path in folder.iterdir()) == ["dataset.yaml", "interactions.jsonl", "verdicts.jsonl"]
