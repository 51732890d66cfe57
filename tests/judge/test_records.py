"""What calibration found of a judge: kept, read again, and whether it lets its verdicts gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.errors import InvalidInput
from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.identity import Identity
from fieval.judge.records import SCHEMA, JudgeRecord, Rate, encoded, joined, read_records, why_not
from fieval.judge.settings import Settings
from fieval.judge.summaries import prompt
from fieval.model import Floor

FLOOR = Floor()


def identity(rubric: dict[str, str] | None = None, **settings: Any) -> Identity:
    return AnthropicJudge(Settings(**settings)).identity(prompt(rubric or {}))


def record(**changes: Any) -> JudgeRecord:
    """One that just reaches the floor."""
    every: dict[str, Any] = {
        "step": "summary", "metric": "faithfulness", "identity": identity(), "labels": FLOOR.labels,
        "yes": FLOOR.labels - FLOOR.of_each, "groups": FLOOR.groups, "systems": {"main": 20, "next": 30},
        "about_outputs": True, "sensitivity": Rate(FLOOR.sensitivity, 0.6, 0.9),
        "specificity": Rate(FLOOR.specificity, 0.5, 0.95), "kappa": Rate(0.4), "flips": Rate(None),
    }  # fmt: skip
    return JudgeRecord(**every | changes)


def edited(found: JudgeRecord, old: bytes, new: bytes) -> bytes:
    """A file of one record that somebody has changed by hand."""
    content = msgspec.json.encode(msgspec.json.decode(encoded([found])))
    assert old in content
    return content.replace(old, new)


def why(*records: JudgeRecord, floor: Floor = FLOOR, **who: Any) -> str:
    return why_not("summary", "faithfulness", identity(**who), records, floor)


def test_what_reaches_the_floor_may_gate() -> None:
    assert why(record()) == ""
    assert why(record(step="other", labels=0), record(), record(metric="rubric", labels=0)) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": 49}, "the judge is calibrated on 49 verdicts of people, fewer than 50"),
        ({"groups": 19}, "the judge is calibrated on 19 groups with people's verdicts, fewer than 20"),
        ({"yes": 9}, "the judge is calibrated on 9 yes of people, fewer than 10"),
        ({"yes": 41}, "the judge is calibrated on 9 no of people, fewer than 10"),
        ({"systems": {"main": 50}}, "the judge is calibrated on outputs of one system only (main)"),
        (
            {"systems": {"main": 41, "next": 9}},
            "the judge is calibrated on 9 verdicts of people on outputs of next, fewer than 10",
        ),
        ({"systems": {}}, "the judge is calibrated on outputs of one system only ()"),
        ({"sensitivity": Rate(0.799)}, "the judge's sensitivity (0.79) is below the floor of 0.80"),
        ({"sensitivity": Rate(None)}, "the judge's sensitivity (unknown) is below the floor of 0.80"),
        ({"specificity": Rate(0.5)}, "the judge's specificity (0.50) is below the floor of 0.80"),
    ],
)
def test_what_does_not_reach_it_is_told(changes: dict[str, Any], reason: str) -> None:
    assert why(record(**changes)) == reason


def test_one_system_is_enough_where_outputs_are_not_looked_at() -> None:
    assert why(record(about_outputs=False, systems={})) == ""


def test_the_floor_is_the_configs() -> None:
    assert why(record(), floor=Floor(labels=51)) != ""
    assert why(record(sensitivity=Rate(0.6)), floor=Floor(sensitivity=0.6)) == ""


def test_other_steps_and_judges_in_the_file_are_kept(tmp_path: Path) -> None:
    """Two configs may share a dataset, and so the file beside it."""
    path = tmp_path / "calibration.json"
    older, other, opus = record(labels=60), record(step="tone"), record(identity=identity(model="claude-opus-4-6"))
    path.write_bytes(encoded(joined([older, other, opus], path)))
    path.write_bytes(encoded(joined([record()], path)))
    assert sorted(map(repr, read_records(path))) == sorted(map(repr, [record(), other, opus]))
    path.write_text("{")
    assert joined([record()], path) == [record()]


def test_a_judge_without_a_record_is_not_calibrated() -> None:
    reason = "the judge is not calibrated: run `fieval calibrate` on people's verdicts"
    assert why() == why(record(step="other")) == why(record(metric="rubric")) == reason


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ({"model": "claude-opus-4-6"}, "model differs"),
        ({"effort": "high"}, "effort differs"),
        ({"base_url": "https://gateway.example"}, "host differs"),
        ({"max_tokens": 9000}, "max tokens differs"),
    ],
)
def test_another_judge_has_to_be_calibrated_anew(who: dict[str, Any], told: str) -> None:
    assert why(record(), **who) == (
        f"another judge was calibrated ({told}): run `fieval calibrate` on people's verdicts"
    )
    assert why(record(), record(identity=identity(**who)), **who) == ""


def test_another_rubric_or_prompt_is_another_judge() -> None:
    assert "rubric" in why(record(), rubric={"kind": "It is kind."})
    older = msgspec.structs.replace(identity(), prompt_version=0)
    assert "(prompt version differs)" in why(record(identity=older))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = [record(step="z"), record(metric="rubric", flips=Rate(0.01, 0.0, 0.03)), record()]
    path = tmp_path / "calibration.json"
    path.write_bytes(encoded(found))
    assert read_records(path) == (found[2], found[1], found[0])
    assert encoded(read_records(path)) == encoded(found) == encoded(found[::-1])
    assert read_records(tmp_path / "absent.json") == ()


rates = st.builds(Rate, st.none() | st.floats(0, 1), st.none() | st.floats(0, 1), st.none() | st.floats(0, 1))


@given(st.lists(st.builds(lambda step, one, two: record(step=step, kappa=one, flips=two), st.text(), rates, rates)))
def test_any_findings_survive_the_file(tmp_path_factory: pytest.TempPathFactory, records: list[JudgeRecord]) -> None:
    path = tmp_path_factory.mktemp("records") / "calibration.json"
    path.write_bytes(encoded(records))
    assert sorted(map(repr, read_records(path))) == sorted(map(repr, records))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not what `fieval calibrate` writes"),
        (b"{}", "not what `fieval calibrate` writes"),
        (b"\xff\xfe", "not what `fieval calibrate` writes"),
        (b"[" * 100_000, "not what `fieval calibrate` writes"),
        (b'{"schema": "fieval.calibration/0", "judges": []}', f"expected the schema {SCHEMA}, got"),
        (edited(record(), b'"labels":50', b'"labels":-50'), "Expected `int` >= 0"),
        (edited(record(), b'"value":0.8', b'"value":8.0'), "Expected `float` <= 1.0"),
        (edited(record(), b'"value":0.8', b'"value":1e999'), "not what `fieval calibrate` writes"),
        (edited(record(), b'"value":0.8', b'"value":NaN'), "not what `fieval calibrate` writes"),
        (b'{"schema": "x", "judges": [{"step": "summary"}]}', "missing required field"),
    ],
)
def test_a_file_that_cannot_be_used_is_no_licence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_records(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)
