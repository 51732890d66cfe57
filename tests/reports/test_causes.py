"""Which step broke, in words: who is blamed, who is ruled out, and where too little is known for a number."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from fieval.model import Explanation, Replayed, Share
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


def replays(low: float, high: float, kind: Literal["replayed", "associated", "none"]) -> Explanation:
    own = Replayed("asr", "baseline", 0.049, (low, high), 0.012, 20, 0.0)
    gold = Replayed("asr", "gold", 0.055, None, 0.006, 20, 0.0)
    blamed = None if kind == "none" else "asr"
    return msgspec.structs.replace(BLAMED, replayed=(own, gold), kind=kind, blamed=blamed)


@pytest.mark.parametrize(
    ("each", "told"),
    [
        (replays(0.021, 0.06, "replayed"), "baseline's asr +4.9 (2.1 to 6.0), leaves +1.2, blamed"),
        (replays(0.021, 0.06, "associated"), "baseline's asr +4.9 (2.1 to 6.0), leaves +1.2"),
        (replays(-0.01, 0.02, "none"), "baseline's asr +4.9 (-1.0 to 2.0), leaves +1.2, does not explain it"),
        (replays(-0.01, 0.06, "none"), "baseline's asr +4.9 (-1.0 to 6.0), leaves +1.2"),
    ],
)
def test_what_disappears_is_told_of_every_repair(each: Explanation, told: str) -> None:
    run = sample_run.run([], root_cause=sample_run.cause(each))
    (row,) = causes(run.report, str)
    assert row.cells[-1] == f"{told}; gold asr +5.5, leaves +0.6"
    assert f"    disappears with      {told}\n" in plain(run)
    assert "was measured by replay" in how_to_read(run.report)


def test_what_replay_acquits_is_not_said_to_explain_it() -> None:
    (row,) = causes(sample_run.run([], root_cause=sample_run.cause(replays(-0.01, 0.02, "none"))).report, str)
    assert row.cells[1] == "asr +4.9 (2.1 to 6.0) does not explain it"


def test_markdown_has_the_column_only_where_something_was_run_again() -> None:
    with_replay = Markdown().render(
        sample_run.run([], root_cause=sample_run.cause(replays(0.021, 0.06, "replayed"), BLAMED))
    )
    rows = [line for line in with_replay.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert rows[0].endswith("| traced to | disappears with |")
    assert rows[2].endswith("| baseline's `asr` +4.9 (2.1 to 6.0), leaves +1.2, blamed; gold `asr` +5.5, leaves +0.6 |")
    assert rows[3].endswith("| - |")
    assert "disappears with" not in Markdown().render(sample_run.run([], root_cause=sample_run.cause(BLAMED)))
