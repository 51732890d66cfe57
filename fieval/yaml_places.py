"""YAML as its writer sees it: plain values, and for each of them the line and column where it stands.

Scalars follow the core schema of YAML 1.2 (section 10.3): `yes`, `no`, `on` and `off` are strings, `010` is ten and
`1e-3` is a float. Anchors, aliases and tags are refused: nothing here needs them, and they can blow a small file up.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from fieval.errors import InvalidInput
from fieval.files import Location, open_stored, shown, unreadable
from fieval.model import Place

Where = tuple[str | int, ...]
Scalar = str | int | float | bool | None

DEEPEST = 30
LONGEST = 1 << 20  # bytes, which take several seconds to read


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, at which place, with the value (or in the mapping) at `where`."""

    place: Place
    where: Where
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {dotted(self.where)}: {self.what}" if self.where else f"{self.place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping with the places of its keys and values; `written` holds scalars as they stand in the file.

    Keys are always strings, as written. `duplicates` are the keys given twice; their first value is kept, so that
    the rest of the file can still be checked.
    """

    path: str
    sha256: str
    data: Mapping[str, Any]
    keys: Mapping[Where, Place]
    values: Mapping[Where, Place]
    written: Mapping[Where, str]
    duplicates: tuple[Problem, ...]

    def value(self, where: Where) -> Place:
        """Where a value stands; the nearest value around it where there is none."""
        return self.values[where] if where in self.values else self.value(where[:-1])

    def key(self, where: Where) -> Place:
        """Where the key of a value stands; the value itself where it has none (list items, the whole file)."""
        return self.keys[where] if where in self.keys else self.value(where)


class Findings:
    """Collects the problems of a document, so that all of them can be shown at once in the file's order."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found = list(document.duplicates)

    def at_value(self, where: Where, what: str) -> None:
        self._found.append(Problem(self._document.value(where), where, what))

    def at_key(self, where: Where, what: str) -> None:
        """A problem of a mapping with one of its keys; `where` ends in that key."""
        self._found.append(Problem(self._document.key(where), where[:-1], what))

    def absent(self, where: Where, what: str = "required, but absent") -> None:
        """A problem with something that is not there; it is shown at the key of what should hold it."""
        self._found.append(Problem(self._document.key(where[:-1]), where, what))

    def touch(self, where: Where) -> bool:
        """Whether some problem lies at or below `where`."""
        return any(problem.where[: len(where)] == where for problem in self._found)

    def stop(self) -> None:
        """Raises InvalidInput if anything was found."""
        if self._found:
            ordered = sorted(set(self._found), key=lambda found: (found.place.line, found.place.column, str(found)))
            raise InvalidInput([str(problem) for problem in ordered])


def read_yaml(path: Location) -> Document:
    """A YAML file with one mapping. Raises InvalidInput with the place of what cannot be read."""
    try:
        with open_stored(path) as file:
            stored = file.read(LONGEST + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(stored) > LONGEST:
        raise InvalidInput(f"{shown(path)}: the file is larger than {LONGEST >> 20} MB; expected what people write")
    text = _text(path, stored)
    builder = _Builder(shown(path))
    try:
        data = builder.document(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"{shown(path)}:{_syntax(error, text)}") from error
    return Document(
        path=shown(path),
        sha256=hashlib.sha256(stored).hexdigest(),
        data=data,
        keys=builder.keys,
        values=builder.values,
        written=builder.written,
        duplicates=tuple(builder.duplicates),
    )


def scalar(text: str) -> Scalar:
    """The value of a plain scalar by the core schema of YAML 1.2."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text, 10)
    if _OCTAL.fullmatch(text):
        return _integer(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return _integer(text[2:], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _special(text)


def dotted(where: Where) -> str:
    """A path as people write it: `steps.asr.after[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")


def kind_of(value: object) -> str:
    """What a value is, in plain words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return "a string"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


_CONSTANTS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_LONGEST_INTEGER = 300
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")


def _integer(digits: str, base: int) -> int | float:
    """The integer; infinity for what no float can hold, since whoever wants a number refuses infinity."""
    if len(digits) > _LONGEST_INTEGER:
        return -math.inf if digits.startswith("-") else math.inf
    return int(digits, base)


def _special(text: str) -> str | float:
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if text in (".nan", ".NaN", ".NAN") else text


def _text(path: Location, stored: bytes) -> str:
    try:
        return stored.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = stored.count(b"\n", 0, error.start) + 1
        column = error.start - (stored.rfind(b"\n", 0, error.start) + 1) + 1
        raise InvalidInput(f"{path}:{line}:{column}: not UTF-8; save the file as UTF-8") from error


def _syntax(error: yaml.YAMLError, text: str) -> str:
    """`line:column: what` of an error in the file's syntax."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        column = error.position - (before.rfind("\n") + 1) + 1
        return f"{before.count(chr(10)) + 1}:{column}: the control character {text[error.position]!a} is not allowed"
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"1:1: not valid YAML: {error}"
    problem = f"not valid YAML: {error.problem}" + (f" ({error.context})" if error.context else "")
    if "'\\t'" in problem:
        problem = "a tab cannot indent YAML; use spaces"
    return f"{error.problem_mark.line + 1}:{error.problem_mark.column + 1}: {problem}"


class _Builder:
    """Builds values from the parser's events, which still carry anchors, aliases, tags and marks."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.keys: dict[Where, Place] = {}
        self.values: dict[Where, Place] = {}
        self.written: dict[Where, str] = {}
        self.duplicates: list[Problem] = []

    def document(self, text: str) -> Mapping[str, Any]:
        events = yaml.parse(text, Loader=yaml.SafeLoader)
        found: list[Any] = []
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    raise self._refused(event, "a second document starts here; keep one per file")
                found.append(self._node(next(events), events, ()))
        if not found or found[0] in (None, ""):
            raise InvalidInput(f"{self.path}:1:1: the file is empty")
        if not isinstance(found[0], dict):
            raise InvalidInput(f"{self.values[()]}: expected a mapping (`key: value` lines), got {kind_of(found[0])}")
        return found[0]

    def _node(self, event: Any, events: Iterator[Any], where: Where) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._refused(event, "anchors and aliases are not supported; write the value out")
        if event.tag is not None:
            raise self._refused(event, f"tags such as {event.tag} are not supported; quote the value instead")
        if len(where) > DEEPEST:
            raise self._refused(event, "nested too deeply")
        self.values[where] = self._place(event)
        if isinstance(event, yaml.ScalarEvent):
            self.written[where] = self._readable(event)
            return scalar(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, where)
        return self._mapping(events, where)

    def _list(self, events: Iterator[Any], where: Where) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, (*where, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], where: Where) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            name = self._key(event)
            place = self._place(event)
            if name in entries:
                first = self.keys[*where, name]
                what = f'the key "{name}" is given twice; it was first given at {first.line}:{first.column}'
                self.duplicates.append(Problem(place, where, what))
                _Builder(self.path)._node(next(events), events, (*where, name))
            else:
                self.keys[*where, name] = place
                entries[name] = self._node(next(events), events, (*where, name))
        return entries

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refused(event, "a key must be a plain name")
        if event.anchor is not None or event.tag is not None:
            raise self._refused(event, "anchors and tags are not supported on keys")
        return self._readable(event)

    def _readable(self, event: Any) -> str:
        text = str(event.value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise self._refused(event, "half of a surrogate pair is not text")
        if "\0" in text:
            raise self._refused(event, "a NUL character is not text")
        return text

    def _refused(self, event: Any, what: str) -> InvalidInput:
        return InvalidInput(f"{self._place(event)}: {what}")

    def _place(self, event: Any) -> Place:
        return Place(self.path, event.start_mark.line + 1, event.start_mark.column + 1)
