"""JSON that somebody else wrote: every value is asked for by its type, and what is none of it is told by its place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fieval.importers.base import SourceFile

LONGEST = 1e9  # seconds: a time beyond 31 years is none of an interaction
EPOCH_MILLIS = 1e11  # from here on a number is milliseconds since 1970: seconds are before 1973, offsets three years
_LATEST = 1e10  # seconds since 1970: the year 2286
_LARGEST_NAME = 10**18
_SHOWN = 40


class Node:
    """A value of a document, absent and null being the same; `get` and `nodes` go down, the rest reads it.

    What has another type than is asked for reads as if it was absent, after a complaint such as
    `call.json: transcripts[0].phrases[3].startTimeMs: expected …`.
    """

    __slots__ = ("_above", "_key", "_source", "value")

    def __init__(self, value: Any, source: SourceFile, above: Node | None = None, key: str | int = "") -> None:
        self.value = value
        self._source = source
        self._above = above
        self._key = key

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return self.value is not None

    @property
    def place(self) -> str:
        """`transcripts[0].phrases[3]`; empty for the document itself."""
        if self._above is None:
            return ""
        above = self._above.place
        return f"{above}[{self._key}]" if isinstance(self._key, int) else f"{above}.{self._key}".removeprefix(".")

    def get(self, *names: str) -> Node:
        """The entry of the first of these names that is there."""
        value = self.value
        if isinstance(value, dict):
            for name in names:
                if (found := value.get(name)) is not None:
                    return Node(found, self._source, self, name)
        elif value is not None:
            self.expected("an object")
        return Node(None, self._source, self, names[0])

    def beside(self, *names: str) -> Node:
        """The entry of the first of these names in the same object."""
        above = self._above
        return above.get(*names) if above and isinstance(above.value, dict) else Node(None, self._source)

    def beneath(self, value: Any) -> Node:
        """A value that was made of what is here."""
        return Node(value, self._source, self, "")

    def nodes(self) -> list[Node]:
        """The entries of a list that are there."""
        if isinstance(self.value, list):
            entries = enumerate(self.value)
            return [Node(entry, self._source, self, index) for index, entry in entries if entry is not None]
        if self.value is not None:
            self.expected("a list")
        return []

    def objects(self) -> Iterator[Node]:
        """The entries of a list, all of which should be objects."""
        for node in self.nodes():
            if isinstance(node.value, dict):
                yield node
            else:
                node.expected("an object")

    def text(self) -> str:
        """A text without blanks around it; empty if absent."""
        if isinstance(self.value, str):
            return self.value.strip()
        if self.value is not None:
            self.expected("a text")
        return ""

    def name(self) -> str:
        """A text, or a whole number as text: an id, a speaker's number."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            if abs(self.value) < _LARGEST_NAME:
                return str(self.value)
            self.expected("a shorter number")
            return ""
        return self.text()

    def number(self) -> float | None:
        """A finite number, which may be written as text."""
        if self.value is None:
            return None
        number = _number(self.value)
        if math.isfinite(number):
            return number
        self.expected("a number")
        return None

    def rough(self) -> float:
        """A number as `number` has it, but NaN, and no complaint, where there is none."""
        return _number(self.value)

    def seconds(self, per_second: float = 1.0, since: float = 0.0) -> float | None:
        """A time, in seconds, of a number that has so many a second and begins at `since`."""
        if self.value is None:
            return None
        seconds = (_number(self.value) - since) / per_second
        if 0 <= seconds <= LONGEST:
            return round(seconds, 6)
        unit = "milliseconds" if per_second > 1 else "seconds"
        self.expected(f"fewer {unit}" if seconds > LONGEST else f"{unit} from {since:.15g} on")
        return None

    def moment(self) -> float | None:
        """Seconds since 1970, of a date and time (ISO 8601) or of seconds or milliseconds since then."""
        if self.value is None:
            return None
        number = _number(self.value)
        found = _moment(self.value) if isinstance(self.value, str) and math.isnan(number) else number
        found = found / 1000 if found >= EPOCH_MILLIS else found
        if 0 <= found <= _LATEST:
            return round(found, 6)
        self.expected("a date and time")
        return None

    def expected(self, what: str) -> None:
        """Complains that something else is here than should be."""
        self.complain(f"expected {what}, got {_told(self.value)}")

    def complain(self, what: str) -> None:
        """A problem of this place."""
        self._source.problems.file(f"{place}: {what}" if (place := self.place) else what)

    def assume(self, what: str) -> None:
        """Counts what had to be assumed."""
        self._source.assumed[what] += 1


def span(first: Node, last: Node, per_second: float = 1.0) -> tuple[float | None, float | None]:
    """Start and end in seconds, where they are; reversed ones are complained about and left out."""
    start, end = first.seconds(per_second), last.seconds(per_second)
    if start is not None and end is not None and end < start:
        last.complain(f"the end ({_told(last.value)}) is before the start ({_told(first.value)})")
        return None, None
    return start, end


def _number(value: object) -> float:
    """The number that a value is; NaN if it is none."""
    if isinstance(value, str) and (not value.isascii() or "_" in value):
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf


def _moment(text: str) -> float:
    """Seconds since 1970 of a date and time, UTC if it names no zone; NaN if it is none."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def _told(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= _SHOWN else f'"{value[:_SHOWN]}…"'
        case _:
            return f"{_number(value):.15g}"
