"""Tables on a page of any width: columns fold between words only, so that every name stays whole."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its title may take several lines, its cells only if it `folds`. The higher its `rank`, the sooner it
    is left out of a narrow page; never with 0.
    """

    title: str
    cells: Sequence[RenderableType]
    left: bool = False
    folds: bool = False
    rank: int = 0


class WordTable:
    """A table with as many of its columns as there is room for; `otherwise` is shown where not even the least fit."""

    def __init__(self, columns: Sequence[Column], gap: int, otherwise: RenderableType | None = None) -> None:
        self._columns = columns
        self._gap = gap
        self._otherwise = otherwise

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for columns in _ever_fewer(self._columns):
            sizes = [_size(column, console, options) for column in columns]
            widths = _widths(sizes, options.max_width - self._gap * (len(columns) - 1))
            if widths is not None:
                yield _drawn(columns, widths, self._gap)
                return
        yield _drawn(self._columns, None, self._gap) if self._otherwise is None else self._otherwise


def plain_lines(page: RenderableType, width: int) -> list[str]:
    """A page of so many columns without colours, whatever the environment says."""
    console = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, force_jupyter=False,
        legacy_windows=False, _environ={},
    )  # fmt: skip
    with console.capture() as shown:
        console.print(page)
    return [line.rstrip() for line in shown.get().splitlines()]


def below(name: Text, where: Text) -> RenderableType:
    """A name, and indented on the lines below what it is narrowed to, if anything."""
    return Group(name, indented(where)) if where.plain else name


def indented(content: RenderableType) -> RenderableType:
    """The same two columns further right, on all lines that it takes."""
    return Padding(content, (0, 0, 0, 2))


def _ever_fewer(columns: Sequence[Column]) -> Iterator[Sequence[Column]]:
    """All columns, then without those of the highest rank, and so on."""
    yield columns
    for rank in sorted({column.rank for column in columns if column.rank}, reverse=True):
        columns = [column for column in columns if column.rank < rank]
        yield columns


def _size(column: Column, console: Console, options: ConsoleOptions) -> Measurement:
    """The least width that breaks no word and folds only what may be, and the one in which nothing is folded."""
    title = Measurement.get(console, options, Text(column.title))
    cells = [Measurement.get(console, options, cell) for cell in column.cells]
    least = [cell.minimum if column.folds else cell.maximum for cell in cells]
    return Measurement(max([title.minimum, *least]), max([title.maximum, *(cell.maximum for cell in cells)]))


def _widths(sizes: Sequence[Measurement], room: int) -> list[int] | None:
    """A width for each column, taken from the widest that can give; None where words would have to be broken."""
    widths = [size.maximum for size in sizes]
    if sum(size.minimum for size in sizes) > room:
        return None
    while sum(widths) > room:
        giving = [place for place, size in enumerate(sizes) if widths[place] > size.minimum]
        widths[max(giving, key=widths.__getitem__)] -= 1
    return widths


def _drawn(columns: Sequence[Column], widths: Sequence[int] | None, gap: int) -> Table:
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="dim")
    for place, column in enumerate(columns):
        table.add_column(
            Text(column.title),
            justify="left" if column.left else "right",
            no_wrap=widths is None and not column.folds,
            overflow="fold",
            width=None if widths is None else widths[place],
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*row)
    return table
