"""Which step broke, in words: who is blamed, who is ruled out, and where too little is known for a number."""

from __future__ import annotations

import msgspec
import pytest

from fieval.model import Explanation, Share
from fieval.reports.causes import causes, how_to_read
from fieval.reports.markdown import Markdown
from fieval.reports.text import plain

import sample_run

BLAMED = sample_run.explanation("intent", "accuracy", "asr")  # worse by 6.1 points


def changed(*shares: Share, blamed: str | None = None, controlled: bool = True) -> Explanation:
    return msgspec.structs.replace(
        BLAMED, shares=shares, blamed=blamed, kind="associated" if blamed else "none", controlled=controlled
    )


def cells(each: Explanation) -> tuple[str, str]:
    """What goes with the steps before, and what is the step's own."""
    (row,) = causes(sample_run.run([], root_cause=sample_run.cause(each)).report, str)
    return row.cells[1], row.cells[2]


OWN = "+1.2 (0.1 to 4.0)"


@pytest.mark.parametrize(
    ("each", "told"),
    [
        (BLAMED, ("asr +4.9 (2.1 to 6.0) blamed", OWN)),
        (changed(Share("asr", 0.01, (-0.02, 0.03), True)), ("asr +1.0 (-2.0 to 3.0) does not explain it", OWN)),
        (changed(Share("asr", 0.01, (-0.02, 0.04), True)), ("asr +1.0 (-2.0 to 4.0) cannot tell", OWN)),
        (changed(Share("asr", 0.01, None, True)), ("asr +1.0 cannot tell", OWN)),
        (changed(Share("asr", -0.086, (-0.456, 0.377), True)), ("asr: too little to tell", "-")),
        (
            changed(Share("asr", 0.05, (0.031, 0.3), True), blamed="asr"),
            ("asr +5.0 (3.1 to 30.0) blamed", OWN),
        ),
        (changed(Share("asr", -0.2, (-0.4, 0.0), True)), ("asr -20.0 (-40.0 to 0.0) does not explain it", OWN)),
        (
            changed(Share("asr", 0.01, (-0.02, 0.03), True), controlled=False),
            ("asr +1.0 (-2.0 to 3.0) cannot tell", OWN),
        ),
        (changed(Share("asr", -0.2, (-0.4, 0.0), True), controlled=False), ("asr: too little to tell", "-")),
        (
            changed(Share("asr", 0.01, (0.0, 0.02), True), Share("summary", 0.1, (-0.2, 0.4), False)),
            ("asr +1.0 (0.0 to 2.0) does not explain it; summary: too little to tell", "-"),
        ),
    ],
)
def test_a_number_stands_only_where_it_tells_something(each: Explanation, told: tuple[str, str]) -> None:
    assert cells(each) == told


@pytest.mark.parametrize("controlled", [True, False])
def test_without_a_control_the_page_says_that_nothing_is_ruled_out(controlled: bool) -> None:
    each = changed(Share("asr", 0.01, (-0.02, 0.03), True), controlled=controlled)
    run = sample_run.run([], root_cause=sample_run.cause(each))
    said = "no step before can be ruled out"
    assert (said in how_to_read(run.report)) is not controlled
    assert (said in " ".join(plain(run).split())) is not controlled
    assert (said in Markdown().render(run)) is not controlled


def test_too_little_is_a_line_of_its_own_on_a_narrow_page_and_one_cell_in_markdown() -> None:
    run = sample_run.run([], root_cause=sample_run.cause(changed(Share("asr", 0.0, (-0.4, 0.4), True))))
    assert "    goes with            asr: too little to tell\n    unchanged" in plain(run, width=60)
    assert "| `asr`: too little to tell | - |" in Markdown().render(run)
