"""The course of a metric on a page: a sparkline, and a line for each run with its value on a common scale."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from rich.console import Group
from rich.text import Text

from fieval import numbers
from fieval.model import Bound, Course, Point
from fieval.reports.cleaning import one_line, short
from fieval.reports.titles import slice_title

SCHEMA = "fieval.history/1"

_HEADER = ("", "time (UTC)", "exit", "verdict", "value", "change")
_VERDICT = _HEADER.index("verdict")
_GAP = "  "
_PLOT = (10, 40)  # columns of it, at least and at most
_SHOWN_SKIPPED = 5
BETTER = {"lower": "lower is better", "higher": "higher is better", "zero": "nearer to 0 is better"}
_STYLES = {"FAIL": "bold red", "pass": "green", "": "dim", "not gated": "dim"}
APART = {"dataset", "normalizer", "judge"}


@dataclass(frozen=True, slots=True)
class Symbols:
    """What values are drawn with: levels from low to high, marks of values, the line of a bound, a rule."""

    levels: str
    value: str
    apart: str
    bound: str
    rule: str


BLOCKS = Symbols("▁▂▃▄▅▆▇█", "●", "○", "┊", "─")
ASCII = Symbols("_.-~=+*#", "*", "o", ":", "-")


def symbols(encoding: str | None) -> Symbols:
    """Blocks where the encoding has them."""
    try:
        "".join((BLOCKS.levels, BLOCKS.value, BLOCKS.apart, BLOCKS.bound, BLOCKS.rule)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS


def plain_history(course: Course, width: int, drawn: Symbols) -> str:
    """The page without colours."""
    return "\n".join(line.plain.rstrip() for line in _lines(course, width, drawn))


def history_page(course: Course, width: int, drawn: Symbols) -> Group:
    """The page with colours."""
    return Group(*_lines(course, width, drawn))


def on_both_sides(course: Course) -> Course:
    """The course with the bounds that are drawn: what is better toward zero must not be below a `max`'s negative."""
    if course.better != "zero":
        return course
    points = (
        msgspec.structs.replace(
            point,
            bounds=point.bounds + tuple(Bound("min", -bound.limit) for bound in point.bounds if bound.rule == "max"),
        )
        for point in course.points
    )
    return msgspec.structs.replace(course, points=tuple(points))


def _lines(course: Course, width: int, drawn: Symbols) -> Iterator[Text]:
    course = on_both_sides(course)
    yield from _opening(course, width, drawn)
    yield Text()
    yield from _table(course, width, drawn)
    yield from _closing(course, width, drawn)


def _opening(course: Course, width: int, drawn: Symbols) -> Iterator[Text]:
    metric = f"{short(course.step)} {short(course.metric)}"
    where = f", {slice_title(course.slice)}" if course.slice else ""
    shown = numbers.counted(len(course.points), "run")
    shown = shown if len(course.points) == course.runs else f"{shown} of {course.runs:,}"
    source = f" in {one_line(course.source)}" if course.source else ""
    for place, line in enumerate(_wrapped(f"{metric}{where}: {shown}{source}, {BETTER[course.better]}", width)):
        yield Text(line, style="" if place else "bold")
    yield Text(_sparkline(course.points[-width:], drawn), style="cyan")


def _sparkline(points: Sequence[Point], drawn: Symbols) -> str:
    """Values that can be compared with the newest, from the lowest to the highest of them; blanks for the others."""
    values = [point.value if point.comparable else None for point in points]
    there = [value for value in values if value is not None]
    low, high = min(there, default=0.0), max(there, default=0.0)
    return "".join(" " if value is None else drawn.levels[_place(value, low, high, len(drawn.levels))]
                   for value in values)  # fmt: skip


def _place(value: float, low: float, high: float, count: int) -> int:
    """Where a value stands among so many places; in the middle where all are the same."""
    return round((value - low) / (high - low) * (count - 1)) if high > low else count // 2


def _table(course: Course, width: int, drawn: Symbols) -> Iterator[Text]:
    points = course.points
    rows = [_cells(point, course.metric) for point in points]
    header = (*_HEADER, f"{numbers.confidence(points[-1].alpha)} interval")
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    while widths and sum(widths) + len(_GAP) * len(widths) + _PLOT[0] > width and len(widths) > len(_HEADER) - 1:
        widths.pop()  # the interval, then the change: report.json of the run has them
    left = sum(widths) + len(_GAP) * len(widths)
    names = max(len(short(point.folder)) for point in points)
    names = names if left + _PLOT[0] + len(_GAP) + names <= width else 0
    plot = min(_PLOT[1], max(_PLOT[0], width - left - (names + len(_GAP) if names else 0)))
    scale = _scale(points)
    yield Text(_joined([*_aligned(header, widths), _ends(course.metric, scale, plot), *(["run"] if names else [])]),
               style="dim")  # fmt: skip
    for point, row in zip(points, rows, strict=True):
        yield from _remarks(point, width, drawn)
        line = [*_aligned(row, widths), _drawn(point, scale, plot, drawn), *([short(point.folder)] if names else [])]
        yield _coloured(line, point)


def _cells(point: Point, metric: str) -> tuple[str, ...]:
    return (
        "B" if point.became_baseline else "",
        minute(point.started),
        str(point.exit_code),
        point.told or numbers.UNKNOWN,
        numbers.value(metric, point.value),
        numbers.change(metric, point.change),
        numbers.interval(metric, point.interval).replace(" to ", ".."),
    )


def minute(moment: str) -> str:
    """`2026-11-20 09:12`, of a time as reports write it."""
    return one_line(moment[:16]).replace("T", " ")


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Time and verdict on the left, numbers on the right."""
    return [
        cell.ljust(width) if column in (0, 1, _VERDICT) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=False))
    ]


def _joined(cells: Sequence[str]) -> str:
    return _GAP.join(cells).rstrip()


def _scale(points: Sequence[Point]) -> tuple[float, float]:
    values = [point.value for point in points if point.value is not None]
    values += [bound.limit for point in points for bound in point.bounds]
    return min(values, default=0.0), max(values, default=0.0)


def _ends(metric: str, scale: tuple[float, float], plot: int) -> str:
    """What the left and the right end of the plot stand for."""
    low, high = (numbers.value(metric, end) for end in scale)
    return f"{low}{high.rjust(plot - len(low))}" if low != high else low.center(plot)


def _drawn(point: Point, scale: tuple[float, float], plot: int, drawn: Symbols) -> str:
    line = [" "] * plot
    for bound in point.bounds:
        line[_place(bound.limit, *scale, plot)] = drawn.bound
    if point.value is not None:
        line[_place(point.value, *scale, plot)] = drawn.value if point.comparable else drawn.apart
    return "".join(line)


def _coloured(cells: Sequence[str], point: Point) -> Text:
    """The verdict in its colour; what cannot be compared is dim."""
    styled = [Text(cell, _STYLES.get(point.told, "yellow") if column == _VERDICT else "")
              for column, cell in enumerate(cells)]  # fmt: skip
    line = Text(_GAP, style="" if point.comparable else "dim").join(styled)
    line.rstrip()
    return line


def _remarks(point: Point, width: int, drawn: Symbols) -> Iterator[Text]:
    """What changed before a run, on lines of its own."""
    if not point.changed:
        return
    told = f"another {' and '.join(point.changed)}"
    if "dataset" in point.changed:
        told += f" ({short(point.dataset, 40)})"
    if APART & set(point.changed):
        told += ": not comparable with the runs above"
    for line in _wrapped(f"{drawn.rule * 2} {told}", width - 3):
        yield Text(f"   {line}", style="dim")


def _closing(course: Course, width: int, drawn: Symbols) -> Iterator[Text]:
    legend = " ".join(_legend(course, drawn))
    yield Text()
    yield from (Text(line, style="dim") for line in _wrapped(legend, width))
    if course.without:
        yield from map(Text, _wrapped(f"{numbers.counted(course.without, 'run')} without this metric left out.", width))
    for skipped in course.skipped[:_SHOWN_SKIPPED]:
        yield from map(Text, _wrapped(f"Skipped: {short(skipped.folder)}: {short(skipped.reason, 300)}", width))
    if len(course.skipped) > _SHOWN_SKIPPED:
        yield Text(f"Skipped: {len(course.skipped) - _SHOWN_SKIPPED} more (--format json has all)")


def _legend(course: Course, drawn: Symbols) -> Iterator[str]:
    """What is on the page, explained; nothing that is not."""
    yield "Change is against the baseline of each run, the interval is that of the change."
    bounds = sorted({(bound.rule, bound.limit) for point in course.points for bound in point.bounds})
    if bounds:
        yield (
            f"{drawn.bound} "
            + ", ".join(f"{rule} {numbers.value(course.metric, limit)}" for rule, limit in bounds)
            + "."
        )
    if not all(point.comparable for point in course.points):
        yield f"{drawn.apart} not comparable with the newest run."
    blessed = [point for point in course.points if point.became_baseline]
    if blessed:
        when = next((f", the last on {minute(point.blessed)}" for point in reversed(blessed) if point.blessed), "")
        yield f"B its candidate became the baseline{when}."


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)
