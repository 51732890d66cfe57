"""What spreadsheets make of CSV: encodings, separators, quotes, formulas; and any bytes are a table or a message."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pandas
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from fieval.data.lines import Problems
from fieval.importers.base import SourceFile
from fieval.importers.parts.spreadsheet import LONGEST_CELL, Table, fitting, guarded, read_table, unguarded, write_table


def read(folder: Path, content: bytes) -> tuple[Table | None, list[str]]:
    path = folder / "a.csv"
    path.write_bytes(content)
    problems = Problems(path)
    table = read_table(SourceFile(path, problems, Counter()))
    assert (table is None) == bool(problems)
    return table, [problem.removeprefix(f"{path}:").strip() for problem in problems]


def cells(table: Table | None) -> list[tuple[str, ...]]:
    assert table is not None
    return [table.header, *(row.cells for row in table.rows)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whatever_a_spreadsheet_saves_is_the_same_table(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    rows = [["id", " First  name "], ["1", "über, so; to\tspeak"], ["2", 'a "quoted"\nword']]
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator=end).writerows([[*row, "", ""] for row in [*rows, ["", ""]]])
    table, _ = read(tmp_path, stream.getvalue().encode(encoding))
    assert cells(table) == [("id", "First name"), *(tuple(row) for row in rows[1:])]
    assert table is not None
    assert [row.line for row in table.rows] == [2, 3]


def test_lines_are_counted_over_cells_of_several_lines(tmp_path: Path) -> None:
    table, _ = read(tmp_path, b'id,text\n1,"a\nb\nc"\n\n2,d\n')
    assert table is not None
    assert [row.line for row in table.rows] == [2, 6]


def test_a_named_separator_is_believed(tmp_path: Path) -> None:
    table, _ = read(tmp_path, b"sep=;\r\nid;a,b,c,d\r\n1;2\r\n")
    assert cells(table) == [("id", "a,b,c,d"), ("1", "2")]
    assert table is not None
    assert (table.line, table.rows[0].line) == (2, 3)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty; expected a header and rows"),
        (b"\xef\xbb\xbf\r\n , ,\r\n", "the file is empty; expected a header and rows"),
        (b"PK\x03\x04rest", "a workbook or archive, not a table in text; open the sheet and save it as CSV UTF-8"),
        (b"\xff\xfe\x00\x00i\x00\x00\x00", "the file is UTF-32; save it as CSV UTF-8"),
        (b"id,a\n1,\xe9\n", "2: not UTF-8; save it as CSV UTF-8"),
        (b"\xff\xfei\x00d", "1: not UTF-16; save it as CSV UTF-8"),
        (b"\xff\xfei\x00d\x00\x00\xd8", "1: not UTF-16; save it as CSV UTF-8"),
        (b"i\x00d\x00", "1: a NUL character is not text; if it is UTF-16, save it as CSV UTF-8"),
        (b"id,a\n1,\0\n", "2: a NUL character is not text; if it is UTF-16, save it as CSV UTF-8"),
        (b"id,a,a,\n1,2,3,\n", '1: 2 columns are called "a"; give each a name of its own'),
        (b"id,a\n1,2,3\n", "2: more cells than the header has columns (2)"),
        (b'id,a\n1,"never\nends\n', "2: not a row of a table: unexpected end of data"),
        (b'id,a\n1,"b"c\n', "2: not a row of a table: ',' expected after '\"'"),
        (b"x;a,b\n1;2,3\n", "1: the header has as many semicolons and commas; put names that hold one into"),
    ],
)
def test_what_is_no_table_is_told_so_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    _, problems = read(tmp_path, content)
    assert [problem.startswith(told) for problem in problems] == [True]


def test_a_long_cell_is_read_and_the_limit_of_others_stays(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    table, _ = read(tmp_path, b"id,a\n1," + b"x" * 1_000_000 + b"\n")
    assert len(cells(table)[1][1]) == 1_000_000
    assert csv.field_size_limit() == before


@given(some.binary(max_size=200) | some.text("id,;\t\"'=\r\n\0\ufeffé").map(str.encode))
@example(b"\xff\xfe")
@example(b'"')
@example(b"\x1f\x8b")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_table_or_a_complaint(tmp_path: Path, content: bytes) -> None:
    table, problems = read(tmp_path, content)
    assert (table is None) == bool(problems)


@given(some.text())
@example("'=1")
@example("''=1")
@example("=cmd|' /C calc'!A0")
@example("\t=1")
def test_no_cell_is_a_formula_and_each_is_read_as_it_was(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert unguarded(guarded(text)) == text


_TEXT = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(some.lists(some.tuples(some.text("ab=+-@'", min_size=1), _TEXT), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    table, _ = read(tmp_path, write_table(["id", "text, and; more"], rows))
    assert table is not None
    assert [tuple(map(unguarded, row.cells)) for row in table.rows] == rows


def test_another_reader_reads_what_is_written() -> None:
    rows = [("007", 'a "b"\r\nc;\td'), ("'x", " é "), ("N/A", "")]
    content = io.BytesIO(write_table(["id", "a, b"], rows))
    found = pandas.read_csv(content, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert list(found.columns) == ["id", "a, b"]
    assert [tuple(row) for row in found.to_numpy()] == rows


@pytest.mark.parametrize("text", ["x" * 40_000, "🎧" * 20_000, "=" * 32_767, "x" * 32_766, ""])
def test_a_cell_holds_what_excel_keeps_and_says_what_it_does_not(text: str) -> None:
    cell = guarded(fitting(text))
    assert len(cell.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert cell == guarded(text) or cell.endswith(f"{len(text):,} characters in all, a cell holds 32,767]")


def test_a_header_that_begins_with_id_says_its_separator(tmp_path: Path) -> None:
    names = ["id", "labels.intent (bill; late | bill; wrong | a; b)", "x"]
    for separator in ",;\t":
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=separator).writerows([names, ["1", "bill; late", "y"]])
        table, _ = read(tmp_path, stream.getvalue().encode())
        assert cells(table) == [tuple(names), ("1", "bill; late", "y")]
    table, _ = read(tmp_path, b"id,labels.intent (a; b | c; d)\n1,a; b\n")  # as others write it
    assert cells(table) == [("id", "labels.intent (a; b | c; d)"), ("1", "a; b")]


@given(some.lists(some.text("=+-@;\t\r\n'\" a＝", max_size=8), min_size=1, max_size=4))
@example(["=1;=2"])
@example(['hello;"=1+1;'])
@example(["a\n=1"])
def test_nothing_is_a_formula_where_it_is_split_at_semicolons_or_tabs(row: list[str]) -> None:
    content = write_table(["id", *row], [["x", *row]]).decode("utf-8-sig")
    for separator in ",;\t":
        for found in csv.reader(io.StringIO(content, newline=""), delimiter=separator):
            assert not [cell for cell in found if cell.startswith(("=", "+", "-", "@", "＝"))]


def test_a_wide_header_takes_no_memory_for_rows_that_are_short(tmp_path: Path) -> None:
    table, _ = read(tmp_path, b"id" + b"," * 1999 + b"z\n")
    assert table is not None
    assert len(table.header) == 2000
    table, _ = read(tmp_path, b"id" + b"," * 1998 + b"z\na,b\n" * 2)
    assert table is not None
    assert table.rows[0].cells == ("a", "b")
    assert table.rows[0].cell(1500) == ""
    assert read(tmp_path, b"id" + b"," * 2000 + b"z\na,b\n") == (
        None, ["1: the header has 2,001 columns; at most 2,000 are read"],
    )  # fmt: skip
