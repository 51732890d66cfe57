"""The decoder's terse errors in plain words: which field, what was expected, what was meant perhaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import msgspec.inspect

from fieval.errors import suggestion

Trail = tuple[str | int, ...]
Shape = msgspec.inspect.Type


class BadLine(Exception):
    """What is wrong with a line, and in which field; `where` is empty for the line as a whole, of which nothing is ever
    quoted. `plainly` quotes nothing of a field either.
    """

    def __init__(self, where: str, what: str, plainly: str = "") -> None:
        super().__init__(what)
        self.where = where
        self.what = what
        self.plainly = plainly if where else what


def explained(message: str, data: Any, kind: type) -> BadLine:
    """msgspec's message on the record `data` that should be a `kind`."""
    match = _PLACED.fullmatch(message)
    text, path = (match["text"], match["path"]) if match else (message, "$")
    trail = _trail(path, message, data, kind)
    shape = _shape(trail, kind)
    if unknown := _UNKNOWN.fullmatch(text):
        return _unknown_field(trail, unknown[1], shape)
    if missing := _MISSING.fullmatch(text):
        return BadLine(_dotted((*trail, missing[1])), "required, but absent or empty")
    allowed = shape.values if isinstance(shape, msgspec.inspect.LiteralType) else ()
    return BadLine(_dotted(trail), _plain(text, allowed))


_PLACED = re.compile(r"(?P<text>.*) - at `(?P<path>\$.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_EXPECTED = re.compile(r"Expected `(.*)`, got `(.*)`")
_ENUM = re.compile(r"Invalid enum value '(.*)'", re.DOTALL)
_TOKEN = re.compile(r"\.([^.\[\]]+)|\[([0-9]+|\.\.\.)\]")
_WORDS = {
    "str": "a string",
    "float": "a number",
    "int": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def _plain(text: str, allowed: Sequence[object]) -> str:
    if expected := _EXPECTED.fullmatch(text):
        kinds = [_WORDS.get(kind, kind) for kind in expected[1].split(" | ") if kind != "null"]
        return f"expected {' or '.join(kinds)}, got {_WORDS.get(expected[2], expected[2])}"
    if wrong := _ENUM.fullmatch(text):
        return f'expected one of {", ".join(map(str, allowed))}, got "{wrong[1]}"'
    return text


def _unknown_field(trail: Trail, field: str, shape: Shape | None) -> BadLine:
    known = [entry.encode_name for entry in shape.fields] if isinstance(shape, msgspec.inspect.StructType) else []
    hint = ' (free material goes under "meta")' if "meta" in known or trail else ""
    if field in ("channel", "gold") and "turns" in known:
        hint = "; this looks like a line of interactions, not of outputs"
    return BadLine(_dotted((*trail, field)), f"unknown field{suggestion(field, known)}{hint}", "unknown field")


def _shape(trail: Trail, kind: type) -> Shape | None:
    """The declared type of the field that `trail` leads to."""
    shape: Shape | None = msgspec.inspect.type_info(kind)
    for part in trail:
        shape = _inside(shape, part)
    return _alternative(shape, msgspec.inspect.StructType)


def _inside(shape: Shape | None, part: str | int) -> Shape | None:
    if isinstance(part, int):
        items = _alternative(shape, msgspec.inspect.VarTupleType)
        return items.item_type if isinstance(items, msgspec.inspect.VarTupleType) else None
    if isinstance(shape, msgspec.inspect.DictType):
        return shape.value_type
    struct = _alternative(shape, msgspec.inspect.StructType)
    fields = struct.fields if isinstance(struct, msgspec.inspect.StructType) else ()
    return next((field.type for field in fields if field.encode_name == part), None)


def _alternative(shape: Shape | None, wanted: type[Shape]) -> Shape | None:
    """The alternative of a union that is a `wanted`; what is no union stays as it is."""
    if not isinstance(shape, msgspec.inspect.UnionType):
        return shape
    return next((entry for entry in shape.types if isinstance(entry, wanted)), None)


def _trail(path: str, message: str, data: Any, kind: type) -> Trail:
    """The parts of msgspec's path. It does not name the keys of mappings, so they are found by trying each alone."""
    trail: list[str | int] = []
    for field, index in _TOKEN.findall(path):
        if index == "...":
            trail.append(_culprit(trail, message, data, kind))
        else:
            trail.append(field or int(index))
    return tuple(trail)


def _culprit(trail: Sequence[str | int], message: str, data: Any, kind: type) -> str:
    mapping = data
    for part in trail:
        mapping = mapping[part]
    return next((key for key in mapping if _error(_with_only(data, trail, key), kind) == message), "...")


def _with_only(data: Any, trail: Sequence[str | int], key: str) -> Any:
    """The record with nothing but `key` in the mapping at `trail`."""
    if not trail:
        return {key: data[key]}
    return {**data, trail[0]: _with_only(data[trail[0]], trail[1:], key)}


def _error(data: Any, kind: type) -> str:
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _dotted(trail: Trail) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in trail).removeprefix(".")
