"""Pictures of the page stand on the side of a bound or margin that the verdict says."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieval.model import Result
from fieval.reports.html import charts, overview, pictures
from fieval.runner import Request, run_gate

import made_dataset
from sample_run import result, rule


def level(row: Result) -> pictures.Level:
    """The picture of a row whose verdict comes from a bound."""
    assert pictures.change(row) is None
    found = pictures.level(row)
    assert found is not None
    return found


def test_where_a_bound_makes_the_verdict_the_values_are_drawn_and_not_the_change() -> None:
    rules = [rule("max", 0.12, "fail"), rule("max_regression", 0.3, margin=0.3)]
    drawn = level(result("asr", "wer", (0.098, 0.183), rules=rules))
    assert drawn.most is not None
    assert drawn.after > drawn.most


@pytest.mark.parametrize(("value", "kept"), [(-0.77, False), (-0.005, True), (0.77, False)])
def test_what_is_better_toward_zero_is_bounded_on_both_sides(value: float, kept: bool) -> None:
    rules = [rule("max", 0.01, "pass" if kept else "fail"), rule("max_regression", 0.001, "pass" if kept else "fail")]
    drawn = level(result("csat", "bias", (0.05, value), better="zero", rules=rules))
    assert drawn.least is not None
    assert drawn.most is not None
    assert (drawn.least <= drawn.after <= drawn.most) is kept


def test_of_two_margins_the_one_that_failed_is_drawn() -> None:
    rules = [rule("max_regression", 0.2, margin=0.2), rule("max_regression", 0.02, "fail", margin=0.02)]
    drawn = pictures.change(result("asr", "wer", (0.1, 0.2), rules=rules))
    assert drawn is not None
    assert drawn.limit is not None
    assert drawn.at > drawn.limit


def test_a_label_called_missing_is_not_counted_as_a_missing_one(tmp_path: Path) -> None:
    made = made_dataset.made(40)
    made.card = made.card.replace("cancel]", "cancel, missing]", 1)
    made.candidate[0]["labels"]["intent"] = "missing"
    del made.candidate[1]["labels"]["intent"]
    inside = run_gate(Request(made.write(tmp_path), inside=True)).inside
    assert inside is not None
    found = charts.confusions(inside, "intent", range(40))[1]
    assert found.predicted == ("billing", "outage", "cancel", "missing", "missing")
    assert sum(map(sum, found.counts)) == 40
    assert [sum(row[column] for row in found.counts) for column in (3, 4)] == [1, 1]


def test_cohorts_whose_long_names_are_cut_alike_have_a_row_each() -> None:
    rows = [result("asr", "wer", (0.1, value), cohorts={"site": "x" * 200 + str(value)}) for value in (0.2, 0.3)]
    found = overview._shades(rows)
    assert found is not None
    assert [cells[0].value for _, _, cells in found.rows if cells[0]] == ["20.0%", "30.0%"]
