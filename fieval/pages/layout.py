"""Plain tables and paragraphs of at most 100 columns, harmless whatever the data hold; and the same as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from fieval.numbers import rounded
from fieval.reports.cleaning import one_line, short
from fieval.reports.json_report import escaped

WIDTH = 100
_GAP = "  "
_NARROWEST = 12


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, indent: int = 2) -> Iterator[str]:
    """Lines of a table whose first `left` columns are text and the others numbers; long text is cut."""
    cells = [[_cell(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    room = WIDTH - indent - len(_GAP) * (len(header) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for row in cells:
        shown = [short(cell, width) if len(cell) > width else cell for cell, width in zip(row, widths, strict=True)]
        aligned = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(shown, widths, strict=True))
        ]
        yield (" " * indent + _GAP.join(aligned)).rstrip()


def paragraph(text: str, indent: int = 0) -> str:
    """The text as lines of at most 100 columns."""
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
