"""The courses of metrics as one page for a browser: a chart of each, with verdicts, bounds and blessed baselines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from fieval import numbers
from fieval.model import Course, Point
from fieval.pages.history import APART, BETTER, minute, on_both_sides
from fieval.reports.html.making import environment, policy, text
from fieval.reports.titles import metric_title, slice_title

WIDTH, HEIGHT = 720, 150  # of the lines of a chart, without what stands around them
_KINDS = {"FAIL": "fail", "pass": "ok", "": "none", "not gated": "none"}
_ROOM = 0.12  # above and below the values, of their range


@dataclass(frozen=True, slots=True)
class Mark:
    """A run in a chart. `kind` is its verdict's: fail, ok, none or open; `new` what else was measured from here on."""

    x: float
    y: float | None
    kind: str
    apart: bool
    baseline: bool
    new: str
    title: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run in the table: texts, and where its report is, if it is there."""

    time: str
    link: str
    folder: str
    cells: tuple[str, ...]
    verdict: str
    baseline: str
    changed: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A metric over runs. `lines` join values that can be compared; `bounds` are (x, x, y), `ticks` (y, value),
    `times` (x, anchor, time)."""

    step: str
    title: str
    better: str
    interval: str
    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    bounds: tuple[tuple[float, float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    times: tuple[tuple[float, str, str], ...]
    runs: tuple[Run, ...]


def courses_page(courses: Sequence[Course], target: Path) -> str:
    """The page, as it stands at `target`: links to the reports of runs go from there."""
    style, script = text("page.css"), text("theme.js")
    return (
        environment()
        .get_template("history.html.j2")
        .render(
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
            charts=[_chart(on_both_sides(course), target) for course in courses],
            source=courses[0].source,
            runs=courses[0].runs,
            skipped=courses[0].skipped,
            width=WIDTH,
            height=HEIGHT,
        )
    )


def _chart(course: Course, target: Path) -> Chart:
    low, high = _scale(course.points)
    xs = [_x(place, len(course.points)) for place in range(len(course.points))]
    ys = [None if point.value is None else _y(point.value, low, high) for point in course.points]
    marks = [_mark(point, course.metric, x, y) for point, x, y in zip(course.points, xs, ys, strict=True)]
    return Chart(
        step=course.step,
        title=f"{metric_title(course.metric)}{f' for {slice_title(course.slice)}' if course.slice else ''}",
        better=BETTER[course.better],
        interval=f"{numbers.confidence(course.points[-1].alpha)} interval",
        marks=tuple(marks),
        lines=tuple(_lines(marks)),
        bounds=tuple(_bounds(course.points, xs, (low, high))),
        ticks=tuple((_y(value, low, high), numbers.value(course.metric, value)) for value in _ends(course.points)),
        times=_times(course.points),
        runs=tuple(_run(point, course, target) for point in reversed(course.points)),
    )


def _times(points: Sequence[Point]) -> tuple[tuple[float, str, str], ...]:
    """When the first run was, and the last."""
    last = (float(WIDTH), "end", minute(points[-1].started))
    return ((0.0, "start", minute(points[0].started)), last) if len(points) > 1 else (last,)


def _mark(point: Point, metric: str, x: float, y: float | None) -> Mark:
    told = point.told or "no rules"
    return Mark(
        x=x,
        y=y,
        kind=_KINDS.get(point.told, "open"),
        apart=not point.comparable,
        baseline=point.became_baseline,
        new=" and ".join(each for each in point.changed if each in APART),
        title=f"{minute(point.started)}: {numbers.value(metric, point.value)}, {told}",
    )


def _run(point: Point, course: Course, target: Path) -> Run:
    return Run(
        time=minute(point.started),
        link=_link(Path(course.source) / point.folder, target),
        folder=point.folder,
        cells=(
            numbers.value(course.metric, point.value),
            numbers.change(course.metric, point.change),
            numbers.interval(course.metric, point.interval),
        ),
        verdict=point.told or "no rules",
        baseline=f"on {minute(point.blessed)}" if point.blessed else "yes" if point.became_baseline else "",
        changed=", ".join(point.changed),
    )


def _link(folder: Path, target: Path) -> str:
    """From the page to the report of a run; nothing where there is none."""
    report = folder / "report.html"
    return quote(os.path.relpath(report, target.parent).replace(os.sep, "/")) if report.is_file() else ""


def _ends(points: Sequence[Point]) -> list[float]:
    """The lowest and the highest value or bound; 0 where nothing was measured."""
    values = [point.value for point in points if point.value is not None]
    values += [bound.limit for point in points for bound in point.bounds]
    return sorted({min(values, default=0.0), max(values, default=0.0)})


def _scale(points: Sequence[Point]) -> tuple[float, float]:
    ends = _ends(points)
    room = _ROOM * (ends[-1] - ends[0]) or 1.0
    return ends[0] - room, ends[-1] + room


def _x(place: int, count: int) -> float:
    return round(WIDTH * (place + 0.5) / count, 2)


def _y(value: float, low: float, high: float) -> float:
    return round(HEIGHT * (high - value) / (high - low), 2) + 0.0


def _lines(marks: Sequence[Mark]) -> Iterator[str]:
    """Points of lines; a line ends where nothing was measured or something else is from there on."""
    line: list[str] = []
    for mark in marks:
        if (mark.new or mark.y is None) and line:
            yield " ".join(line)
            line = []
        if mark.y is not None:
            line.append(f"{mark.x:g},{mark.y:g}")
    if line:
        yield " ".join(line)


def _bounds(
    points: Sequence[Point], xs: Sequence[float], scale: tuple[float, float]
) -> Iterator[tuple[float, float, float]]:
    half = WIDTH / len(points) / 2
    for point, x in zip(points, xs, strict=True):
        for bound in point.bounds:
            yield round(x - half, 2), round(x + half, 2), _y(bound.limit, *scale)
