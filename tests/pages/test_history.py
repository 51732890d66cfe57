"""The course of a metric on a page of any width."""

from __future__ import annotations

import msgspec
import pytest

from fieval.model import Bound, Course, Point, Skipped
from fieval.pages.history import ASCII, BLOCKS, plain_history, symbols

from sample_run import HOSTILE


def point(day: int, value: float | None, **changes: object) -> Point:
    made = Point(
        folder=f"run{day}", started=f"2026-11-{day:02}T09:12:33.123", dataset="made", run_verdict="pass", exit_code=0,
        value=value, change=0.01, interval=(-0.004, 0.022), alpha=0.05, verdict="pass", told="pass",
        bounds=(Bound("max", 0.2),), comparable=True, changed=(), blessed=None, became_baseline=False,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def course(*points: Point, skipped: tuple[Skipped, ...] = ()) -> Course:
    return Course(step="asr", metric="wer", better="lower", slice={"language": "es"}, source=".fieval/runs",
                  runs=len(points), without=0, points=points, skipped=skipped)  # fmt: skip


def test_a_page_of_80_columns() -> None:
    found = course(
        point(1, 0.05, comparable=False, became_baseline=True, blessed="2026-11-02T10:00:00Z"),
        point(2, 0.10, changed=("dataset", "baseline")),
        point(3, 0.25, told="FAIL", verdict="fail", run_verdict="fail", exit_code=1),
        skipped=(Skipped(".fieval/runs/half", "no report.json"),),
    )
    assert (
        plain_history(found, 80, BLOCKS)
        == """\
asr wer, language=es: 3 runs in .fieval/runs, lower is better
 ▁█

   time (UTC)        exit  verdict  value  change  90% interval  5.0%      25.0%
B  2026-11-01 09:12     0  pass      5.0%    +1.0     -0.4..2.2  ○          ┊
   ── another dataset and baseline (made): not comparable with the runs above
   2026-11-02 09:12     0  pass     10.0%    +1.0     -0.4..2.2      ●      ┊
   2026-11-03 09:12     1  FAIL     25.0%    +1.0     -0.4..2.2             ┊  ●

Change is against the baseline of each run, the interval is that of the change.
┊ max 20.0%. ○ not comparable with the newest run. B its candidate became the
baseline, the last on 2026-11-02 10:00.
Skipped: .fieval/runs/half: no report.json"""
    )


@pytest.mark.parametrize("width", [60, 72, 80, 100, 140])
@pytest.mark.parametrize("drawn", [BLOCKS, ASCII])
def test_no_line_is_wider_than_is_asked(width: int, drawn: object) -> None:
    assert drawn in (BLOCKS, ASCII)
    points = [point(day, day / 30, told="not gated", folder="x" * 30, changed=("config",)) for day in range(1, 29)]
    page = plain_history(course(*points), width, ASCII if drawn == ASCII else BLOCKS)
    assert max(map(len, page.splitlines())) <= width
    assert page.count(" 09:12 ") == 28
    assert drawn == BLOCKS or page.isascii()


def test_a_value_stands_left_of_the_bound_that_it_keeps_and_right_of_the_one_it_breaks() -> None:
    page = plain_history(course(point(1, 0.1), point(2, 0.3)), 100, ASCII).splitlines()
    kept, broken = (line for line in page if "09:12" in line)
    assert kept.rindex("*") < kept.rindex(":")
    assert broken.rindex(":") < broken.rindex("*")


def test_what_was_not_measured_is_no_mark_and_no_level() -> None:
    page = plain_history(course(point(1, 0.1), point(2, None, told=""), point(3, 0.2)), 80, BLOCKS)
    assert page.splitlines()[1] == "▁ █"
    assert page.count("●") == 2


def test_values_that_are_all_the_same_have_a_level_in_the_middle() -> None:
    page = plain_history(course(point(1, 0.2, bounds=()), point(2, 0.2, bounds=())), 80, BLOCKS)
    assert page.splitlines()[1] == "▅▅"


def test_blocks_only_where_the_encoding_has_them() -> None:
    assert symbols("utf-8") is BLOCKS
    assert [symbols(name) for name in ("ascii", "latin-1", "nonsense", None)] == [ASCII] * 4


def test_hostile_text_is_shown_harmless() -> None:
    bad = point(1, 0.1, folder=HOSTILE, started=HOSTILE, dataset=HOSTILE, changed=("dataset",), blessed=HOSTILE,
                became_baseline=True)  # fmt: skip
    found = msgspec.structs.replace(
        course(bad, skipped=(Skipped(HOSTILE, HOSTILE),)), step=HOSTILE, metric=HOSTILE, source=HOSTILE,
        slice={HOSTILE: HOSTILE},
    )  # fmt: skip
    page = plain_history(found, 140, BLOCKS)
    assert not {"\x1b", "\u202e"} & set(page)
    assert not [line for line in page.splitlines() if "::error" in line or "##[" in line]


def test_what_is_better_toward_zero_is_bounded_on_both_sides() -> None:
    points = (point(1, -0.3, told="FAIL"), point(2, 0.1), point(3, 0.3, told="FAIL"))
    found = msgspec.structs.replace(course(*points), metric="bias", better="zero")
    page = plain_history(found, 100, ASCII).splitlines()
    low, kept, high = (line.partition("..0.022")[2] for line in page if "09:12" in line)
    assert low.index("*") < low.index(":")
    assert kept.index(":") < kept.index("*") < kept.rindex(":")
    assert high.rindex(":") < high.rindex("*")
    assert "max 0.200, min -0.200" in " ".join(page)
