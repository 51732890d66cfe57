"""Tables of whole words: what folds, what is left out, and what is shown where nothing fits."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from rich.console import Console
from rich.text import Text

from fieval.reports.tables import Column, WordTable, below, indented


def shown(table: WordTable, width: int) -> list[str]:
    page = io.StringIO()
    Console(file=page, width=width, color_system=None, _environ={}).print(table)
    return [line.rstrip() for line in page.getvalue().splitlines()]


def columns(names: Sequence[str] = ("one two three", "four")) -> list[Column]:
    return [
        Column("name", [Text(name) for name in names], left=True, folds=True),
        Column("first value", [Text("1 to 2"), Text("3")]),
        Column("second", [Text("10"), Text("11")], rank=1),
        Column("third", [Text("20"), Text("21")], rank=2),
    ]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            38,
            [
                "name           first value second third",
                "one two three       1 to 2     10    20",
                "four                     3     11    21",
            ],
        ),
        (
            31,
            [
                "              first",
                "name          value second third",
                "one two      1 to 2     10    20",
                "three",
                "four              3     11    21",
            ],
        ),
        (21, ["       first", "name   value second", "one   1 to 2     10", "two", "three", "four       3     11"]),
        (14, ["       first", "name   value", "one   1 to 2", "two", "three", "four       3"]),
    ],
)
def test_titles_and_names_fold_before_columns_are_left_out(width: int, lines: list[str]) -> None:
    found = shown(WordTable(columns(), gap=1), width)
    assert [line.split() for line in found] == [line.split() for line in lines]
    assert max(map(len, found)) <= width


def test_what_cannot_be_whole_is_shown_otherwise() -> None:
    assert shown(WordTable(columns(), gap=1, otherwise=Text("a list")), 9) == ["a list"]
    assert max(map(len, shown(WordTable(columns(), gap=1), 9))) <= 9


def test_wide_characters_count_twice() -> None:
    table = WordTable([Column("n", [Text("\u65e5\u672c")], folds=True), Column("m", [Text("1")])], gap=1)
    assert shown(table, 6)[1] == "\u65e5\u672c 1"


def test_what_stands_below_keeps_its_indent() -> None:
    names = [below(Text("wer"), Text("a=bbbb c=dddd")), below(Text("cer"), Text("")), indented(Text("e=ffff g=hhhh"))]
    table = WordTable([Column("name", names, left=True, folds=True)], gap=1)
    assert shown(table, 9) == ["name", "wer", "  a=bbbb", "  c=dddd", "cer", "  e=ffff", "  g=hhhh"]
