"""Which column of a spreadsheet holds what: as the user maps it, else by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieval.errors import suggestion
from fieval.importers.base import Reading, SourceFile
from fieval.importers.parts.quoting import is_said, listed, near, quoted
from fieval.importers.parts.spreadsheet import Record, Table, unguarded
from fieval.model import Card

Fields = Mapping[str, Sequence[str]]  # the columns that a user names for a field

SETTLED = "adjudicated."  # in front of a label or score: what was decided where people disagreed
CONFIDENCE = ".confidence"
ANNOTATOR = "annotator"
COMMENT = "comment"
HELD = "(labelled)"  # a cell of a sheet that is not to be filled in
_OWN = ("conversation", "votes of ")  # columns of sheets for those who fill them in

_PLAIN = ("id", "channel", "language", "group", "turns", "summary", ANNOTATOR)
_FAMILIES = ("labels.", "scores.", "cohorts.", f"{SETTLED}labels.", f"{SETTLED}scores.")
_VOTES = ("labels.", "scores.")  # of these several columns may speak, one for each annotator


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of each field that a table has, by number, and those that stand for nothing, by name.

    `secret` says that the header may be data, which is not to be shown.
    """

    header: Sequence[str]
    places: Mapping[str, Sequence[int]]
    idle: Sequence[str]
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, read by field."""

    record: Record
    columns: Columns
    source: SourceFile

    def text(self, field: str) -> str:
        """What stands in the field's one column, without outer blanks; empty where there is no such column."""
        return self.raw(field).strip()

    def raw(self, field: str) -> str:
        """The same with its blanks."""
        return unguarded(self.cell(field))

    def cell(self, field: str) -> str:
        """The same as it stands there, perhaps with a quote in front of what would be a formula."""
        places = self.columns.places.get(field, ())
        return self.record.cell(places[0]) if places else ""

    def votes(self, field: str) -> list[tuple[str, str]]:
        """What stands in each of its columns that says anything, as it stands there, with the column's name."""
        places = self.columns.places.get(field, ())
        found = [(self.columns.header[place], self.record.cell(place)) for place in places]
        return [(column, text) for column, text in found if text.strip() not in ("", HELD)]

    def complain(self, field: str, what: str) -> None:
        """A problem of the field's first column."""
        places = self.columns.places.get(field, ())
        self.wrong(self.columns.header[places[0]] if places else field, what)

    def wrong(self, column: str, what: str) -> None:
        """A problem of a column."""
        self.source.problems.line(self.record.line, f"{quoted(column)}: {what}")


def check_fields(fields: Fields) -> list[str]:
    """What is wrong with the fields that a user maps, whatever the table."""
    return [
        f'--map: no field "{field}"{suggestion(field, _PLAIN)}; labels.NAME, labels.NAME.confidence, scores.NAME and '
        "cohorts.NAME are fields as well"
        for field in fields
        if not is_field(field)
    ] + [
        f'--map: "{field}" is given twice, as {names[0]} and {names[1]}; only labels and scores may have more columns'
        for field, names in fields.items()
        if len(names) > 1 and (not field.startswith(_VOTES) or field.endswith(CONFIDENCE))
    ]


def is_field(name: str) -> bool:
    """Whether there is such a field."""
    return name in _PLAIN or any(name.startswith(family) and name != family for family in _FAMILIES)


def fields_of(reading: Reading) -> Fields:
    """The columns that the user names, by field."""
    return {field: (first, *reading.repeated.get(field, ())) for field, first in reading.mapping.items()}


def columns_of(source: SourceFile, table: Table, fields: Fields, card: Card | None) -> Columns | None:
    """The columns of a table; None, and complaints, where a named one is absent or there is no id.

    A column that nobody maps is known by its name, if that is a field, perhaps with the values that people may give
    behind it in parentheses, as label sheets have them.
    """
    shown = [name for name in table.header if name]
    secret = is_said(shown) and not any(_meant(name, card) for name in shown)
    places: dict[str, list[int]] = {}
    for field, names in fields.items():
        found = {name: _place(table, name) for name in names}
        places[field] = [place for place in found.values() if place is not None]
        for name in [name for name, place in found.items() if place is None]:
            hint = near(name, shown, secret=secret)
            source.problems.line(table.line, f'--map {field}: no column "{name}"{hint}')
    taken = {place for held in places.values() for place in held}
    idle = []
    for place, name in enumerate(table.header):
        field = _meant(name, card)
        if place not in taken and field and field not in fields:
            places[field] = [*places.get(field, ()), place]
        elif place not in taken and name and not name.startswith(_OWN) and _says(table, place, name):
            idle.append(name)
    if "id" not in places:
        known = listed(shown, secret=secret)
        source.problems.line(table.line, f"no column for the id; name it with --map id=COLUMN; columns: {known}")
    return None if source.problems else Columns(table.header, places, idle, secret)


def _says(table: Table, place: int, name: str) -> bool:
    """Whether a column is worth a word; comments only where somebody wrote one."""
    return name != COMMENT or any(record.cell(place).strip() for record in table.rows)


def _place(table: Table, name: str) -> int | None:
    wanted = " ".join(name.split())
    if wanted in table.header:
        return table.header.index(wanted)
    alike = [place for place, each in enumerate(table.header) if each.casefold() == wanted.casefold()]
    return alike[0] if len(alike) == 1 else None


def _meant(name: str, card: Card | None) -> str:
    """The field that a column's name says, or nothing."""
    if card is not None:
        declared = [f"labels.{each}" for each in card.labels] + [f"scores.{each}" for each in card.scores]
        known = sorted([*declared, *(SETTLED + each for each in declared)], key=len, reverse=True)
        for field in known:
            plain = " ".join(field.split())
            if name == plain or (name.startswith(f"{plain} (") and name.endswith(")")):
                return field
    told = name.endswith(")") and name.removeprefix(SETTLED).startswith(_VOTES)
    plain = name.partition(" (")[0] if told else name
    return plain if is_field(plain) else ""
