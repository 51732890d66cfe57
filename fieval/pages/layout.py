"""Plain tables and paragraphs of at most 80 columns, harmless whatever the data hold; and the same as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from fieval.numbers import rounded
from fieval.reports.cleaning import one_line, short
from fieval.reports.json_report import escaped

WIDTH = 80
_GAP, _NARROW_GAP = "  ", " "
_NARROWEST = 12


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, indent: int = 2) -> Iterator[str]:
    """Lines of a table whose first `left` columns are text and the others numbers.

    Where it is too wide, first titles are folded, then text between words, and only then is anything cut.
    """
    titles, *cells = [[_cell(cell) for cell in row] for row in (header, *rows)]
    widths, gap = _fitted(titles, cells, left, WIDTH - indent)
    folded = [_folded(title, width) for title, width in zip(titles, widths, strict=True)]
    for line in zip(*_bottom(folded), strict=True):
        yield " " * indent + _line(line, widths, left, gap)
    for row in cells:
        parts = [_folded(cell, width) if column < left else [_cut(cell, width)]
                 for column, (cell, width) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
        for line in zip_longest(*parts, fillvalue=""):
            yield " " * indent + _line(line, widths, left, gap)


def _fitted(titles: Sequence[str], rows: Sequence[Sequence[str]], left: int, room: int) -> tuple[list[int], str]:
    """The widths of columns and what stands between them: less where that keeps names and numbers whole."""
    between = len(titles) - 1
    widths, closer = (_widths(titles, rows, left, room - len(gap) * between) for gap in (_GAP, _NARROW_GAP))
    cut = any(
        width < max((_longest_word(row[column]) if column < left else len(row[column]) for row in rows), default=0)
        for column, width in enumerate(widths)
    )
    return (closer, _NARROW_GAP) if cut else (widths, _GAP)


def _widths(titles: Sequence[str], rows: Sequence[Sequence[str]], left: int, room: int) -> list[int]:
    """As wide as what stands there; less where there is no room, taken from the widest that can give."""
    whole = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    numbers = [max((len(row[column]) for row in rows), default=0) for column in range(len(titles))]
    words = [max(map(_longest_word, column)) for column in zip(titles, *rows, strict=True)]
    title = list(map(_longest_word, titles))
    unfolded = [max(pair) for pair in zip(title, numbers, strict=True)]
    least = [words[column] if column < left else unfolded[column] for column in range(len(titles))]
    narrowest = [min(width, _NARROWEST) for width in least]
    for floor in (unfolded, least, narrowest):
        while sum(whole) > room and (giving := [c for c, width in enumerate(whole) if width > floor[c]]):
            whole[max(giving, key=whole.__getitem__)] -= 1
    return whole


def _longest_word(text: str) -> int:
    """The width that breaks no word, with the blanks in front, which show what stands under what."""
    return len(text) - len(text.lstrip(" ")) + max(map(len, text.split()), default=0)


def _folded(text: str, width: int) -> list[str]:
    space = text[: len(text) - len(text.lstrip(" "))]
    lines = textwrap.wrap(text.strip(), max(1, width - len(space)), break_long_words=False, break_on_hyphens=False)
    return [_cut(f"{space}{line}", width) for line in lines] or [""]


def _cut(text: str, width: int) -> str:
    return short(text, width) if len(text) > width else text


def _bottom(folded: Sequence[list[str]]) -> Iterator[list[str]]:
    """Titles of several lines stand on the last."""
    height = max(map(len, folded))
    return ([""] * (height - len(lines)) + lines for lines in folded)


def _line(cells: Sequence[str], widths: Sequence[int], left: int, gap: str) -> str:
    aligned = [
        cell.ljust(width) if column < left else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return gap.join(aligned).rstrip()


def paragraph(text: str, indent: int = 0) -> str:
    """The text as lines of at most 80 columns."""
    space = " " * indent
    return textwrap.fill(one_line(text), WIDTH, initial_indent=space, subsequent_indent=space, break_on_hyphens=False)


def item(text: str) -> str:
    """A paragraph behind a dash."""
    return textwrap.fill(one_line(text), WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)


def page(blocks: Sequence[str | Sequence[str]]) -> str:
    """Paragraphs and tables with an empty line between them."""
    return "\n\n".join(block if isinstance(block, str) else "\n".join(block) for block in blocks if block)


def as_json(schema: str, found: Any) -> str:
    """A noun as JSON, its schema's name first."""
    raw = msgspec.json.encode(rounded({"schema": schema, **msgspec.to_builtins(found)}))
    return escaped(msgspec.json.format(raw, indent=2).decode())


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    names = [short(name, 60) for name in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _cell(text: str) -> str:
    """One line, and leading spaces, which show what stands under what."""
    return text[: len(text) - len(text.lstrip(" "))] + one_line(text)
