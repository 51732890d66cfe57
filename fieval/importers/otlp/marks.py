"""What users mark on spans, which no convention names: labels, scores and a summary, by `--map`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec

from fieval.importers.otlp.traces import Mark
from fieval.importers.parts.mapping import Mapped
from fieval.model import Prediction

Made = TypeVar("Made", str, float, Prediction)
Marks: TypeAlias = Mapping[str, Sequence[Mark]]

_KINDS: Mapping[type[Any], str] = {list: "a list", dict: "a map", bytes: "bytes"}


class Marked(msgspec.Struct, frozen=True):
    """What the spans of one call say besides what was said in it."""

    summary: str = ""
    labels: Mapping[str, Prediction] = {}
    scores: Mapping[str, float] = {}


def marked(asked: Mapped, marks: Marks, root: str, complain: Callable[[str], None], assumed: Counter[str]) -> Marked:
    """What stands under the keys asked for: that of the root span, else of one without a parent, else of any.

    Spans that differ are a complaint; so is a value that is none.
    """

    def made(part: str, key: str, make: Callable[[Mark], Made | None]) -> Made | None:
        try:
            mark = _agreed(key, _tiers(marks.get(key, ()), root), assumed)
            return None if mark is None else make(mark)
        except ValueError as error:
            complain(f"{part} ({key}): {error}")
            return None

    labels = {name: made(f"labels.{name}", key, _label) for name, key in asked.labels.items()}
    scores = {name: made(f"scores.{name}", key, _score) for name, key in asked.scores.items()}
    return Marked(
        made("summary", asked.summary, _text) or "",
        {name: label for name, label in labels.items() if label is not None},
        {name: score for name, score in scores.items() if score is not None},
    )


def _tiers(found: Sequence[Mark], root: str) -> Iterator[list[Mark]]:
    """The marks of the root, of other spans that stand for a whole, and of the rest."""
    marks = [mark for mark in found if mark.value not in ("", [], {})]
    yield [mark for mark in marks if mark.top and mark.span == root]
    yield [mark for mark in marks if mark.top and mark.span != root]
    yield [mark for mark in marks if not mark.top]


def _agreed(key: str, tiers: Iterator[list[Mark]], assumed: Counter[str]) -> Mark | None:
    """The first mark of the first tier that has any. Raises ValueError where others of that tier differ."""
    found = next((tier for tier in tiers if tier), None)
    if found is None:
        return None
    first = found[0]
    for mark in found:
        if (mark.value, mark.confidence) != (first.value, first.confidence):
            raise ValueError(
                f"span {first.span} says {_shown(first)}, span {mark.span} says {_shown(mark)}; "
                "set it on the root span to decide"
            )
    if any(mark.value != first.value for tier in tiers for mark in tier):
        assumed[f"what the root span has under {key} holds, though spans below it have something else"] += 1
    return first


def _shown(mark: Mark) -> str:
    sure = "" if mark.confidence is None else f" ({str(mark.confidence)[:20]})"
    return f'"{str(mark.value)[:40]}"{sure}'


def _label(mark: Mark) -> Prediction | None:
    text = _text(mark)
    sure = mark.confidence if mark.confidence is None else _number("confidence", mark.confidence)
    if sure is not None and not 0 <= sure <= 1:
        raise ValueError(f"confidence: expected a number from 0 to 1, got {sure:g} on span {mark.span}")
    return Prediction(text, sure) if text else None


def _score(mark: Mark) -> float:
    return _number(f"span {mark.span}", mark.value)


def _text(mark: Mark) -> str:
    """A text as it is; a truth or a number as YAML would write it."""
    value = mark.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return value.strip()
    raise ValueError(
        f"expected a text, a number or a truth, got {_KINDS.get(type(value), 'nothing')} on span {mark.span}"
    )


def _number(what: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'{what}: expected a number, got "{str(value)[:40]}"')
    return number
