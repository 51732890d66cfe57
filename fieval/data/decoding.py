"""One JSON line → one wire struct: strictly at first, and once more without nulls and empties before complaining."""

from __future__ import annotations

import json
import sys
from collections.abc import Container, Iterator, Mapping
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from fieval.data.explaining import BadLine, explained
from fieval.data.lines import Line, Problems, Span, read_lines
from fieval.data.wire import FactLine, GoldLine, InteractionLine, OutputLine
from fieval.files import Location
from fieval.model import Prediction, Segment, Turn

Wire = TypeVar("Wire", bound=msgspec.Struct)


class Records(Generic[Wire]):
    """The records of a file, or of a span of it, as wire structs; bad lines go to `problems` and are left out."""

    def __init__(self, path: Location, kind: type[Wire], problems: Problems, span: Span | None = None) -> None:
        self._path = path
        self._problems = problems
        self._span = span
        self._decoding = decoding(kind)

    def __iter__(self) -> Iterator[tuple[Line, Wire]]:
        for line in read_lines(self._path, self._problems, self._span):
            try:
                yield line, self._decoding.decoded(line.content)
            except BadLine as bad:
                line.complain(bad.where, bad.what, bad.plainly)


@cache
def decoding(kind: type[Wire]) -> Decoding[Wire]:
    """How lines of that kind are decoded; first made while importing, since msgspec's types are not safe to be met by
    several threads at once.
    """
    return Decoding(kind)


class Decoding(Generic[Wire]):
    """How a line becomes a wire struct."""

    def __init__(self, kind: type[Wire]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)
        self._fields = _FIELDS | {field.encode_name for field in msgspec.structs.fields(kind)}

    def decoded(self, content: bytes) -> Wire:
        """The line as a struct. Raises BadLine."""
        try:
            return self._decoder.decode(content)
        except msgspec.ValidationError:
            return self._again(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(content, error) from error

    def _again(self, content: bytes) -> Wire:
        """The line without nulls and empties, which mean the same as absence wherever they stand."""
        try:
            data = without_empties(msgspec.json.decode(content), self._fields)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unreadable(content, error) from error
        try:
            return msgspec.convert(data, self._kind)
        except msgspec.ValidationError as error:
            raise explained(str(error), data, self._kind) from error


def without_empties(value: Any, fields: Container[str]) -> Any:
    """A JSON value whose mappings have no null and no empty entries, nor have its lists of plain values.

    An entry that is none of the `fields` stays even if it is empty: its name may be misspelled.
    """
    if isinstance(value, dict):
        entries = {key: without_empties(entry, _ANY if key in _FREE else fields) for key, entry in value.items()}
        return {key: entry for key, entry in entries.items() if key not in fields or not _is_empty(entry)}
    if not isinstance(value, list):
        return value
    if any(isinstance(entry, dict | list) for entry in value):
        return [without_empties(entry, fields) for entry in value]  # dropping one would shift the places of the others
    return [entry for entry in value if not _is_empty(entry)]


class _Any:
    """Contains every name."""

    def __contains__(self, name: object) -> bool:
        return True


_ANY = _Any()
_FREE = ("labels", "scores", "cohorts", "meta")  # their keys are the user's own
_FIELDS = {
    field.encode_name
    for kind in (InteractionLine, GoldLine, FactLine, OutputLine, Turn, Segment, Prediction)
    for field in msgspec.structs.fields(kind)
}


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _unreadable(content: bytes, error: Exception) -> BadLine:
    """Why a line is no JSON that can be used. The standard parser, which accepts NaN, knows better than msgspec."""
    try:
        text = content.decode("utf-8")
        data = json.loads(text)
    except UnicodeDecodeError as bad:
        return BadLine("", f"not UTF-8 at byte {bad.start + 1}; save the file as UTF-8")
    except json.JSONDecodeError as bad:
        if not text[bad.pos :].strip() or "truncated" in str(error):
            return BadLine("", "the JSON is cut off; is the file complete?")
        return BadLine("", f"not valid JSON: {bad.msg[0].lower()}{bad.msg[1:]} at column {bad.colno}")
    except (ValueError, RecursionError):
        return BadLine("", "not usable JSON: nested too deeply, or a number of thousands of digits")
    for where, number in _not_finite(data, ""):
        return BadLine(where, f"expected a finite number, got {number}; leave the field out where there is no value")
    if "\\ud" in text.lower():
        return BadLine("", "half of a surrogate pair (\\ud800 to \\udfff) is not text")
    return BadLine("", "not usable JSON: nested too deeply")


def _not_finite(value: object, where: str) -> Iterator[tuple[str, str]]:
    """The paths of the numbers that are NaN or infinite, or too large for a float, and what they are called."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _not_finite(entry, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _not_finite(entry, f"{where}[{index}]")
    elif isinstance(value, float | int) and not abs(value) <= sys.float_info.max:
        yield where, "NaN" if value != value else "Infinity"
