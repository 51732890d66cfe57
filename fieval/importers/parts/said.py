"""What people, or a pipeline, say of interactions in spreadsheets: several rows or columns are several votes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fieval.errors import InvalidInput
from fieval.importers.base import OMITTED, Reading, SourceFile
from fieval.importers.parts import cells
from fieval.importers.parts.columns import (
    ANNOTATOR,
    COMMENT,
    CONFIDENCE,
    SETTLED,
    Columns,
    Row,
    check_fields,
    columns_of,
    fields_of,
)
from fieval.importers.parts.quoting import listed
from fieval.importers.parts.spreadsheet import read_table, unguarded
from fieval.model import Card, Turn

Value = str | float  # of a label, of a score
ONCE = ("channel", "language", "group", "summary")


@dataclass
class Said:
    """All that is said of one interaction, in the order of rows and columns; `first` is the row that named it first.

    `votes` and `settled`, what was decided where people disagreed, are by field (`labels.intent`, `scores.csat`);
    `names` are those of the annotators of the votes, empty where a row names none.
    """

    first: Row
    votes: dict[str, list[Value]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    settled: dict[str, Value] = field(default_factory=dict)
    confidences: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()


class Gathering:
    """Reads rows, of all files one after the other; `found` holds what they say, by id.

    What is wrong goes to the problems of each file, and what the rows do not say is left out.
    """

    def __init__(self, reading: Reading, known: Iterable[str] = ()) -> None:
        self._fields = fields_of(reading)
        if problems := check_fields(self._fields):
            raise InvalidInput(problems)
        self._card = reading.card
        self._people = reading.gold
        self._known = frozenset(known)
        self._annotators: dict[tuple[str, str], str] = {}
        self.found: dict[str, Said] = {}
        self.mapped: set[str] = set()
        self.idle: dict[str, bool] = {}

    def rows(self, source: SourceFile) -> Iterator[tuple[str, Row]]:
        """The rows of a file with the ids that they are about."""
        table = read_table(source)
        columns = None if table is None else columns_of(source, table, self._fields, self._card)
        if table is None or columns is None:
            return
        self.mapped |= columns.places.keys()
        self._tell_idle(source, columns)
        if not table.rows:
            source.problems.line(table.line, "a header and no rows")
        for record in table.rows:
            row = Row(record, columns, source)
            if identifier := self._id(row):
                yield identifier, row

    def take(self, identifier: str, row: Row) -> None:
        """What one row says, added to what is said of the interaction already."""
        if self._same_person(identifier, row):
            return
        said = self.found.setdefault(identifier, Said(row))
        if said.first is not row and not self._people:
            row.complain("id", f'"{identifier}" was already given in line {said.first.record.line}; ids must be unique')
        for name in row.columns.places:
            self._take_field(said, row, name)

    def _tell_idle(self, source: SourceFile, columns: Columns) -> None:
        """Says what is left in a file, since a slip in a name would lose what people wrote."""
        if COMMENT in columns.idle:
            source.assumed[f"{OMITTED}comments"] += 1
        if others := [name for name in columns.idle if name != COMMENT]:
            self.idle |= dict.fromkeys(others, columns.secret)
            told = listed(others, secret=columns.secret, mark="")
            source.assumed[f"{OMITTED}column{'s:' * columns.secret} {told}"] += 1

    def _id(self, row: Row) -> str:
        """The id of a row, with its blanks only where that is an id that is known."""
        raw = row.raw("id")
        if not raw.strip():
            row.complain("id", "required, but empty")
        return raw if raw in self._known else raw.strip()

    def _same_person(self, identifier: str, row: Row) -> bool:
        """Whether this annotator spoke of the interaction before, which is complained about."""
        name = row.text(ANNOTATOR)
        if not name:
            return False
        here = f"{row.source.path.name}:{row.record.line}"
        before = self._annotators.setdefault((identifier, name), here)
        if before != here:
            row.complain(ANNOTATOR, f'"{name}" has a row for this interaction already ({before})')
        return before != here

    def _take_field(self, said: Said, row: Row, name: str) -> None:
        plain = name.removeprefix(SETTLED)
        family, _, rest = plain.partition(".")
        if name.endswith(CONFIDENCE) and family == "labels":
            self._confidence(said, row, name)
        elif family in ("labels", "scores"):
            values = [each for each in self._values(row, name, family, rest) if each is not None]
            if name != plain:
                _settle(said, row, name, values)
            elif values:
                said.votes.setdefault(plain, []).extend(values)
                said.names.setdefault(plain, []).extend([row.text(ANNOTATOR)] * len(values))
        elif name == "turns":
            _turns(said, row, name)
        elif name in ONCE or family == "cohorts":
            _once(said.texts, row, name)

    def _values(self, row: Row, name: str, family: str, rest: str) -> Iterator[Value | None]:
        """The values in the field's columns; None for what was complained about."""
        labels = self._card.labels.get(rest) if self._card is not None else None
        scale = self._card.scores.get(rest) if self._card is not None and self._people else None
        for column, text in row.votes(name):
            if family == "scores":
                yield cells.score(row, column, text, scale)
            elif self._people or labels is None or cells.is_near(text, labels):
                yield cells.label(row, column, text, labels)
            else:
                yield unguarded(text).strip()  # a pipeline's wrong label is for the gate to count

    def _confidence(self, said: Said, row: Row, name: str) -> None:
        for column, text in row.votes(name):
            number = cells.score(row, column, text, None)
            if number is not None and not 0 <= number <= 1:
                row.wrong(column, f"expected a number from 0 to 1, got {number:.12g}")
            elif not row.votes(name.removesuffix(CONFIDENCE)):
                row.wrong(column, "a confidence, but no label")
            elif number is not None:
                said.confidences[name.removesuffix(CONFIDENCE)] = number


def undeclared(mapped: Iterable[str], card: Card) -> list[str]:
    """The labels and scores among the mapped fields that a card does not declare."""
    known: Mapping[str, Sequence[str]] = {"labels": [*card.labels], "scores": [*card.scores]}
    found = []
    for name in sorted(mapped):
        family, _, rest = name.removeprefix(SETTLED).partition(".")
        if family in known and rest not in known[family]:
            found.append(name)
    return found


def _settle(said: Said, row: Row, name: str, values: Sequence[Value]) -> None:
    for value in values:
        if said.settled.setdefault(name.removeprefix(SETTLED), value) != value:
            row.complain(name, "another row of this interaction decides otherwise")


def _turns(said: Said, row: Row, name: str) -> None:
    turns = cells.turns(row, name)
    if said.turns and turns and said.turns != turns:
        row.complain(name, "another row of this interaction has another conversation")
    said.turns = said.turns or turns


def _once(texts: dict[str, str], row: Row, name: str) -> None:
    """What an interaction has one of: rows that say it must say the same."""
    text = row.text(name)
    if text and texts.setdefault(name, text) != text:
        row.complain(name, "another row of this interaction says something else")
