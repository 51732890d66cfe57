"""NLP (fstalign): one reference token a line in a table with `|` between columns and their names in the first line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fieval.importers.base import Importer, Reading, Row, SourceFile
from fieval.importers.parts.words import Word, turns_of
from fieval.model import Output

_REQUIRED = ("token", "speaker")


class NLP(Importer):
    """`token|speaker|ts|endTs|punctuation|prepunctuation|case|tags`; the file's name is the id, times may be empty."""

    name = "nlp"
    endings = (".nlp",)

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        rows = source.rows()
        columns = _columns(next(rows, None))
        words = [word for row in rows if columns and (word := _word(row, columns)) is not None]
        if words:
            yield Output(source.stem, turns=tuple(turns_of(words)))


def _columns(row: Row | None) -> Mapping[str, int]:
    """The places of the columns by name; none, and a complaint, where the first line does not name them."""
    if row is None:
        return {}
    names = [name.strip() for name in row.text.split("|")]
    columns = {name: place for place, name in enumerate(names)}
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        row.complain(f"expected column names with | between them, among them {' and '.join(missing)}")
        return {}
    if len(columns) < len(names):
        row.complain(f"column {next(name for name in names if names.count(name) > 1)} is there twice")
        return {}
    return columns


def _word(row: Row, columns: Mapping[str, int]) -> Word | None:
    cells = row.text.split("|")
    if len(cells) != len(columns):
        row.complain(f"expected {len(columns)} columns, got {len(cells)}")
        return None

    def cell(name: str) -> str:
        return cells[columns[name]].strip() if name in columns else ""

    token = cell("token")
    if not token:
        return None
    start, end = (row.seconds(name, cell(name)) if cell(name) else None for name in ("ts", "endTs"))
    if start is not None and end is not None and end < start:
        row.complain(f"the end ({cell('endTs')}) is before the start ({cell('ts')})")
        return None
    return Word(cell("speaker"), cell("prepunctuation") + token + cell("punctuation"), start, end)
