"""Tables as spreadsheets save them (CSV with whatever separator and encoding), read and written."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fieval.importers.base import SourceFile
from fieval.importers.parts.quoting import quoted

LONGEST_CELL = 32_767  # what Excel keeps of a cell, in UTF-16 units

_SEPARATORS = (",", ";", "\t")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
_LONGEST_FIELD = 1 << 24
_SAVE = "save it as CSV UTF-8"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_FORMULA = "=+\\-@＝＋－＠"  # what makes a spreadsheet calculate
_SPLIT = "\t\r\n"  # what makes it go on in another cell
_ACTIVE, _GUARDED = (  # also where it splits cells at something else than commas, and so rows at each line
    re.compile(f"\\A{quote}(?=[\"']*[{_FORMULA}{_SPLIT}])|(?<=[;{_SPLIT}]){quote}(?=[\"']*[{_FORMULA}])")
    for quote in ("", "'")
)
_QUOTED = re.compile('[",;\t\r\n]')
_OWN = re.compile(r'[\r\n ]*"?id"?([,;\t])')  # how a sheet of ours begins
_MOST_COLUMNS = 2000


@dataclass(frozen=True, slots=True)
class Record:
    """One row below the header, with the line that it begins in; perhaps fewer cells than the header has."""

    line: int
    cells: tuple[str, ...]

    def cell(self, place: int) -> str:
        """What stands in a column; nothing where the row ends before it."""
        return self.cells[place] if place < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Table:
    """A header, each name on one line without outer blanks, and the rows that are not empty."""

    line: int
    header: tuple[str, ...]
    rows: tuple[Record, ...]


def read_table(source: SourceFile) -> Table | None:
    """The table in a file; None, and complaints, where there is none."""
    text = _text(source, source.content())
    if text is None or source.problems:
        return None
    skipped, separator = _declared(text)
    body = text[skipped:]
    separator = separator or _separator(source, body)
    rows = [] if separator is None else [*_rows(source, body, separator, 2 if skipped else 1)]
    if source.problems:
        return None
    if not rows:
        source.problems.file("the file is empty; expected a header and rows")
        return None
    header = _header(source, rows[0])
    if source.problems:
        return None
    records = tuple(_fitted(source, row, len(header)) for row in rows[1:])
    return None if source.problems else Table(rows[0].line, header, records)


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as Excel opens it with a double click; no cell of it is taken for a formula."""
    lines = (",".join(_in_quotes(guarded(cell)) for cell in row) + "\r\n" for row in (header, *rows))
    return codecs.BOM_UTF8 + "".join(lines).encode()


def guarded(text: str) -> str:
    """A cell that no spreadsheet calculates, whatever it splits cells at; `unguarded` gives back the text."""
    return _ACTIVE.sub("'", text)


def unguarded(cell: str) -> str:
    """The text of a cell, without the quotes in front of what would be formulas."""
    return _GUARDED.sub("", cell)


def fitting(text: str) -> str:
    """The text as a spreadsheet can hold it in one cell; what is cut off is said at its end."""
    if _units(text) < LONGEST_CELL:  # room for a quote in front
        return text
    mark = f"\n[cut here: {len(text):,} characters in all, a cell holds {LONGEST_CELL:,}]"
    room = LONGEST_CELL - 1 - _units(mark)
    return text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore") + mark


def _in_quotes(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _text(source: SourceFile, content: bytes) -> str | None:
    problem = source.problems
    if content.startswith(_WORKBOOKS):
        problem.file("a workbook or archive, not a table in text; open the sheet and " + _SAVE)
    elif content.startswith(_WIDE_MARKS):
        problem.file(f"the file is UTF-32; {_SAVE}")
    else:
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return _decoded(source, content, "utf-16" if wide else "utf-8-sig")
    return None


def _decoded(source: SourceFile, content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        source.problems.line(line, f"not {encoding.removesuffix('-sig').upper()}; {_SAVE}")
        return None
    at = text.find("\0")
    if at >= 0:
        source.problems.line(text.count("\n", 0, at) + 1, f"a NUL character is not text; if it is UTF-16, {_SAVE}")
        return None
    return text


def _declared(text: str) -> tuple[int, str | None]:
    """How long a first line is that does nothing but name the separator, as Excel understands it, and which."""
    found = re.match(r'"?sep=([,;\t])"?(\r\n|\r|\n)', text)
    return (found.end(), found[1]) if found else (0, None)


def _separator(source: SourceFile, text: str) -> str | None:
    """What separates the columns of the header: what follows `id`, else whichever of three is there most often,
    outside of quotes.
    """
    if begins := _OWN.match(text):
        return begins[1]
    counts: Counter[str] = Counter()
    inside = begun = False
    for character in text:
        inside ^= character == '"'
        if not inside and character in "\r\n" and begun:
            break
        begun = begun or not character.isspace()
        if not inside and character in _SEPARATORS:
            counts[character] += 1
    most = counts.most_common(2)
    if len(most) == 2 and most[0][1] == most[1][1]:
        both = " and ".join(_NAMES[name] for name, _ in most)
        source.problems.line(1, f"the header has as many {both}; put names that hold one into double quotes")
        return None
    return most[0][0] if most else ","


def _rows(source: SourceFile, text: str, separator: str, first: int) -> Iterator[Record]:
    """The rows that are not blank; what cannot be read ends them."""
    with _long_fields():
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        begun = 0
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield Record(first + begun, tuple(cells))
                begun = reader.line_num
        except csv.Error as error:
            source.problems.line(first + begun, f"not a row of a table: {error}")


@contextmanager
def _long_fields() -> Iterator[None]:
    """A long transcript is no error; the limit is Python's, for the whole process, and put back."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _header(source: SourceFile, row: Record) -> tuple[str, ...]:
    names = [" ".join(unguarded(cell).split()) for cell in row.cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > _MOST_COLUMNS:
        source.problems.line(row.line, f"the header has {len(names):,} columns; at most {_MOST_COLUMNS:,} are read")
        return ()
    for name, count in Counter(names).items():
        if name and count > 1:
            source.problems.line(row.line, f'{count} columns are called "{quoted(name)}"; give each a name of its own')
    return tuple(names)


def _fitted(source: SourceFile, row: Record, columns: int) -> Record:
    if any(cell.strip() for cell in row.cells[columns:]):
        source.problems.line(row.line, f"more cells than the header has columns ({columns})")
    return Record(row.line, row.cells[:columns])
