"""Where things stand in the pictures of the page; coordinates only, the templates draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieval.model import Result, RuleResult
from fieval.reports import wording
from fieval.reports.html.charts import Spread, Sureness

WIDTH, MIDDLE, REACH = 200, 100.0, 88.0  # of the picture of a change
BOX_WIDTH, BOX_HEIGHT, ACROSS, DOWN = 152, 46, 66, 26
PLOT = 160  # the side of a curve of sureness, and the height of bars
_SHARE = 1.12  # so that nothing stands at the very edge


@dataclass(frozen=True, slots=True)
class Change:
    """A change with its interval against what is allowed; x runs from 0 to `WIDTH`, no change is in the middle."""

    at: float
    low: float | None
    high: float | None
    limit: float | None
    to_the_right: bool  # whether worse is on that side


@dataclass(frozen=True, slots=True)
class Level:
    """Two values against bounds; what is allowed lies between them."""

    before: float | None
    after: float
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Box:
    """A step in the drawing of the pipeline."""

    name: str
    place: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps as boxes, and lines (path, from, to) between those that feed on each other."""

    boxes: tuple[Box, ...]
    lines: tuple[tuple[str, str, str], ...]
    width: float
    height: float


def change(result: Result) -> Change | None:
    """None where nothing was compared, or a bound made the verdict, which no change can show."""
    rules = wording.decisive(result)
    margins = [rule.margin for rule in rules if rule.rule == "max_regression" and rule.margin is not None]
    if result.change is None or (_bounds(rules) and (not margins or result.better == "zero")):
        return None
    limit = None if not margins or result.better == "zero" else min(margins) * (1 if result.better == "lower" else -1)
    low, high = result.interval or (None, None)
    size = _SHARE * max(abs(each) for each in (result.change, low, high, limit) if each is not None) or 1.0

    def x(value: float | None) -> float | None:
        return None if value is None else _fixed(MIDDLE + REACH * value / size)

    return Change(x(result.change) or MIDDLE, x(low), x(high), x(limit), result.better == "lower")


def level(result: Result) -> Level | None:
    """None where no bound is set, or there is no value to hold against it."""
    rules = _bounds(wording.decisive(result)) or _bounds(result.rules)
    if not rules or result.candidate is None:
        return None
    most = min((rule.limit for rule in rules if rule.rule == "max"), default=None)
    least = max((rule.limit for rule in rules if rule.rule == "min"), default=None)
    if result.better == "zero" and most is not None:
        least = -most if least is None else max(least, -most)
    values = [value for value in (result.baseline, result.candidate, least, most) if value is not None]
    low, high = min(values), max(values)
    pad = 0.15 * (high - low) or 1.0

    def x(value: float | None) -> float | None:
        return None if value is None else _fixed(12 + (WIDTH - 24) * (value - low + pad) / (high - low + 2 * pad))

    return Level(x(result.baseline), x(result.candidate) or 0.0, x(least), x(most))


def pipeline(after: Mapping[str, Sequence[str]]) -> Pipeline:
    """The steps from left to right, each behind all that it feeds on."""
    depths: dict[str, int] = {}
    for name in after:
        _depth(name, after, depths)
    columns: dict[int, list[str]] = {}
    for name in after:
        columns.setdefault(depths[name], []).append(name)
    tallest = max(map(len, columns.values()))
    spots = {
        name: (column * (BOX_WIDTH + ACROSS), _fixed((tallest - len(names)) / 2 * _ROW + row * _ROW))
        for column, names in columns.items()
        for row, name in enumerate(names)
    }
    boxes = tuple(Box(name, place, *spots[name]) for place, name in enumerate(after))
    lines = tuple((_line(spots[one], spots[name]), one, name) for name in after for one in after[name] if one in spots)
    width = len(columns) * (BOX_WIDTH + ACROSS) - ACROSS
    return Pipeline(boxes, lines, width, tallest * _ROW - DOWN)


def curve(bins: Sequence[Sureness]) -> list[tuple[float, float, float]]:
    """Points (x, y, radius) of a curve of sureness; the area of a point goes with its number of answers."""
    most = max(each.n for each in bins)
    return [
        (_fixed(PLOT * each.confidence), _fixed(PLOT * (1 - each.accuracy)), _fixed(2 + 5 * (each.n / most) ** 0.5))
        for each in bins
    ]


def bars(spread: Spread, width: float, height: float) -> dict[str, str]:
    """By who gave them, the outline of how values are spread."""
    most = max((count for counts in spread.counts.values() for count in counts), default=0) or 1
    wide = width / (len(spread.edges) - 1)
    return {name: _outline([height - height * count / most for count in counts], wide, height)
            for name, counts in spread.counts.items()}  # fmt: skip


_ROW = BOX_HEIGHT + DOWN


def _outline(tops: Sequence[float], wide: float, bottom: float) -> str:
    steps = " ".join(f"V{_fixed(top):g} H{_fixed((place + 1) * wide):g}" for place, top in enumerate(tops))
    return f"M0 {bottom:g} {steps} V{bottom:g}"


def _bounds(rules: Sequence[RuleResult]) -> list[RuleResult]:
    return [rule for rule in rules if rule.rule in ("max", "min")]


def _depth(name: str, after: Mapping[str, Sequence[str]], known: dict[str, int]) -> int:
    if name not in known:
        known[name] = 0  # were there a circle, it would end here
        known[name] = max((_depth(one, after, known) + 1 for one in after[name] if one in after), default=0)
    return known[name]


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    x, y = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2
    to_x, to_y = end[0], end[1] + BOX_HEIGHT / 2
    bend = _fixed((x + to_x) / 2)
    return f"M{x:g} {y:g} C{bend:g} {y:g} {bend:g} {to_y:g} {to_x:g} {to_y:g}"


def _fixed(value: float) -> float:
    """Two decimals, so that the last bit of a sum never changes a byte."""
    return round(value, 2) + 0.0
