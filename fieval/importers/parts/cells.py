"""What stands in one cell: a label of the card, a number, a conversation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from fieval.errors import suggestion
from fieval.importers.base import OMITTED
from fieval.importers.parts.columns import Row
from fieval.importers.parts.quoting import quoted
from fieval.importers.parts.spreadsheet import unguarded
from fieval.model import LabelSet, ScoreRange, Turn

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_CLOCK = r"\d{1,3}(?::\d\d){1,2}(?:[.,]\d+)?"
_TIME = re.compile(rf"\s*(?:(?P<framed>\[{_CLOCK}\])|{_CLOCK}(?=\s))\s*", re.ASCII)
_SPEAKER = re.compile(r"\s*([^\s:][^:]{0,39}?)\s*:(?:\s+(.*)|)$", re.DOTALL)


def label(row: Row, column: str, text: str, labels: LabelSet | None) -> str | None:
    """The value that is meant: as it stands, without a quote in front of a formula, or the only one that it is but for
    case, blanks and the like.

    None, and a complaint, where there is none such. Without a label set anything is one.
    """
    if labels is not None and text in labels.values:
        return text
    text = unguarded(text)
    if labels is None:
        return text.strip()
    if text in labels.values:
        return text
    near = [value for value in labels.values if folded(value) == folded(text)]
    if len(near) == 1:
        row.source.assumed[f'"{text.strip()}" in column {quoted(column)} is {near[0]}'] += 1
        return near[0]
    if near:
        row.wrong(column, f'"{quoted(text)}" may be any of {", ".join(near)}; write it as the card does')
    else:
        row.wrong(column, f'"{quoted(text)}" is not in the label set{suggestion(quoted(text), labels.values)}')
    return None


def is_near(text: str, labels: LabelSet) -> bool:
    """Whether it is exactly one of the values but for case, blanks and the like."""
    return text in labels.values or [*map(folded, labels.values)].count(folded(unguarded(text))) == 1


def folded(text: str) -> str:
    """A value without case, and with one blank for whatever stands between its words."""
    return re.sub(r"[\s_-]+", " ", text.strip()).casefold()


def score(row: Row, column: str, text: str, scale: ScoreRange | None) -> float | None:
    """The number in a cell; None, and a complaint, where it is none or beyond the scale."""
    text = unguarded(text)
    number = _number(text)
    if number is None:
        hint = f"; write {text.strip().replace(',', '.')}" if _COMMA.fullmatch(text.strip()) else ""
        row.wrong(column, f'expected a number, got "{quoted(text)}"{hint}')
    elif scale is not None and not scale.min <= number <= scale.max:
        row.wrong(column, f"expected a score from {scale.min:.12g} to {scale.max:.12g}, got {number:.12g}")
        return None
    return number


def turns(row: Row, field: str) -> tuple[Turn, ...]:
    """A conversation, one turn a line with the speaker in front: `agent: Good morning`."""
    found: list[tuple[str, list[str]]] = []
    for line in re.split(r"\r\n|\r|\n", row.text(field)):
        said = _untimed(row, line)
        if begins := _SPEAKER.fullmatch(said):
            found.append((begins[1], [(begins[2] or "").strip()]))
        elif found:
            row.source.assumed['a line without "speaker: " in front goes on with the turn before'] += bool(said.strip())
            found[-1][1].append(said.strip())
        elif said.strip():
            row.source.assumed['text without "speaker: " in front is of a speaker without a name'] += 1
            found.append(("", [said.strip()]))
    turns = (Turn(speaker, " ".join(filter(None, parts))) for speaker, parts in found)
    return tuple(turn for turn in turns if turn.text)


def _untimed(row: Row, line: str) -> str:
    """A line without the time in front: one in brackets, or one that a speaker follows, since people say times."""
    timed = _TIME.match(line)
    if timed is None or not (timed["framed"] or _SPEAKER.fullmatch(line[timed.end() :])):
        return line
    row.source.assumed[f"{OMITTED}times in front of turns"] += 1
    return line[timed.end() :]


def written(turns: Sequence[Turn]) -> str:
    """A conversation as `turns` reads it."""
    return "\n".join(f"{_flat(turn.speaker)}: {_flat(turn.text)}".removeprefix(": ") for turn in turns)


def _flat(text: str) -> str:
    """On one line and without characters that steer a screen."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _number(text: str) -> float | None:
    plain = text.strip()
    number = float(plain) if _NUMBER.fullmatch(plain) else math.nan
    return number if math.isfinite(number) else None
