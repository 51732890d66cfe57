"""OTLP/JSON as files hold it: one document, or one a line. Unknown fields are ignored, as its specification asks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from fieval.importers.base import SourceFile

_MARK = b"\xef\xbb\xbf"
_HEX = re.compile("[0-9a-fA-F]+")
_NANO_DIGITS = 20  # of an unsigned number of 64 bits
_Number: TypeAlias = int | float | str | None
_EMPTY = msgspec.Raw(b"{}")


class KeyValue(msgspec.Struct):
    """An attribute whose value is only decoded where it is asked for."""

    key: str = ""
    value: msgspec.Raw = _EMPTY


class WireSpan(msgspec.Struct, rename="camel"):
    """A span as written; ids in any case, times as numbers or decimal strings."""

    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = ""
    name: str | None = ""
    start_time_unix_nano: _Number = 0
    end_time_unix_nano: _Number = 0
    attributes: list[KeyValue] | None = None


class _Scope(msgspec.Struct):
    name: str | None = ""


class _ScopeSpans(msgspec.Struct, rename="camel"):
    scope: _Scope | None = None
    spans: list[msgspec.Raw] | None = None


class _ResourceSpans(msgspec.Struct, rename="camel"):
    scope_spans: list[msgspec.Raw] | None = None


class _Document(msgspec.Struct, rename="camel"):
    resource_spans: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


class _Values(msgspec.Struct):
    values: list[_AnyValue | None] | None = None


class _Entry(msgspec.Struct):
    key: str = ""
    value: _AnyValue | None = None


class _Entries(msgspec.Struct):
    values: list[_Entry] | None = None


class _AnyValue(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: _Values | None = None
    kvlist_value: _Entries | None = None
    bytes_value: str | None = None


_document = msgspec.json.Decoder(_Document)
_resource = msgspec.json.Decoder(_ResourceSpans)
_scope = msgspec.json.Decoder(_ScopeSpans)
_span = msgspec.json.Decoder(WireSpan)
_any = msgspec.json.Decoder(_AnyValue | None)
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])

UNUSABLE = (msgspec.DecodeError, UnicodeError, RecursionError, ValueError)


def read_spans(source: SourceFile) -> Iterator[tuple[int, str, WireSpan]]:
    """Each span with the line and the name of the scope that it stands in.

    A span that is none is a complaint; what is no document of traces ends the file with one.
    """
    for number, document in _documents(source):
        try:
            for raw in document.resource_spans or ():
                for inner in _resource.decode(raw).scope_spans or ():
                    scoped = _scope.decode(inner)
                    name = (scoped.scope.name if scoped.scope else "") or ""
                    for span in scoped.spans or ():
                        if (read := _read_span(source, number, span)) is not None:
                            yield number, name, read
        except UNUSABLE as error:
            source.problems.line(number, f"not OTLP/JSON: {_why(error)}")


def plain(raw: msgspec.Raw) -> Any:
    """An attribute's value as Python has it; an empty one is an empty text. Raises one of UNUSABLE."""
    return _plain(_any.decode(raw))


def nanoseconds(value: _Number) -> int | None:
    """A time; None where it is not set. Raises ValueError where it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _NANO_DIGITS:
        value = int(value)
    if value is None or value == 0:
        return None
    if isinstance(value, int) and 0 < value < 2**64:
        return value
    raise ValueError(f'expected nanoseconds since 1970, got "{str(value)[:40]}"')


def identifier(name: str, value: str, digits: int) -> str:
    """An id in lower case. Raises ValueError where it is none."""
    if len(value) == digits and _HEX.fullmatch(value) and value.strip("0"):
        return value.lower()
    hint = "; base64 is protobuf's JSON, not OTLP's" if value.endswith("=") else ""
    raise ValueError(f'{name}: expected {digits} hexadecimal digits, not all 0, got "{value[:40]}"{hint}')


def _documents(source: SourceFile) -> Iterator[tuple[int, _Document]]:
    """The file's documents with their lines: one a line, or a single one over many."""
    first = True
    for number, line in source.raw():
        content = line.removeprefix(_MARK) if number == 1 else line
        if not content.strip():
            continue
        try:
            document = _document.decode(content)
        except UNUSABLE as error:
            if first and not isinstance(error, msgspec.ValidationError):
                yield from _whole(source)
            else:
                source.problems.line(number, _no_document(error))
            return
        first = False
        if document.resource_spans is msgspec.UNSET and (wrong := _other(content)):
            source.problems.line(number, wrong)
            return
        yield number, document


def _whole(source: SourceFile) -> Iterator[tuple[int, _Document]]:
    """A single document over many lines."""
    content = source.content().removeprefix(_MARK)
    try:
        document = _document.decode(content)
    except msgspec.ValidationError as error:
        source.problems.line(1, _no_document(error))
    except UNUSABLE as error:
        if _is_console(content[:10_000]):
            source.problems.line(1, _CONSOLE)
        else:
            source.not_json(content, error)
    else:
        if document.resource_spans is msgspec.UNSET and (wrong := _other(content)):
            source.problems.line(1, wrong)
        else:
            yield 1, document


_CONSOLE = (
    "the output of Python's ConsoleSpanExporter, which is not OTLP; export to an OpenTelemetry collector with a file "
    "exporter, or by an OTLP JSON file exporter"
)
_SIGNALS = {"resourceLogs": "logs", "resourceMetrics": "metrics", "resourceProfiles": "profiles"}


def _no_document(error: Exception) -> str:
    return f"expected an object with resourceSpans: {_why(error)}"


def _other(content: bytes) -> str:
    """What a document without spans is instead; empty if it may just have none."""
    try:
        keys = list(_keys.decode(content))
    except UNUSABLE as error:
        return _no_document(error)
    if not keys:
        return ""
    for key, signal in _SIGNALS.items():
        if key in keys:
            return f"{signal}, not traces ({key}); name files of traces only"
    if _is_console(content):
        return _CONSOLE
    hint = "; OTLP/JSON has its keys in lowerCamelCase" if "resource_spans" in keys else ""
    shown = ", ".join(key[:40] for key in keys[:5])
    return f"not OTLP/JSON: expected resourceSpans, got {shown}{hint}"


def _is_console(content: bytes) -> bool:
    return b'"context"' in content and b'"trace_id"' in content and b'"resourceSpans"' not in content


def _read_span(source: SourceFile, number: int, raw: msgspec.Raw) -> WireSpan | None:
    try:
        return _span.decode(raw)
    except UNUSABLE as error:
        source.problems.line(number, f"a span that is not OTLP/JSON: {_why(error)}")
        return None


def _why(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _plain(value: _AnyValue | None) -> Any:
    match value:
        case _AnyValue(string_value=str() as text):
            return text
        case _AnyValue(bool_value=bool() as truth):
            return truth
        case _AnyValue(int_value=int() | str() as number):
            return _integer(number)
        case _AnyValue(double_value=float() | str() as number):
            return float(number)
        case _AnyValue(array_value=_Values() as array):
            return [_plain(each) for each in array.values or ()]
        case _AnyValue(kvlist_value=_Entries() as entries):
            return {entry.key: _plain(entry.value) for entry in entries.values or ()}
        case _AnyValue(bytes_value=str() as packed):
            return _unpacked(packed)
        case _:
            return ""


def _integer(number: int | str) -> int:
    if isinstance(number, str) and len(number) > _NANO_DIGITS:
        raise ValueError(f'intValue: expected a number of 64 bits, got "{number[:40]}"')
    return int(number)


def _unpacked(packed: str) -> bytes:
    try:
        return base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise ValueError(f"bytesValue: not base64: {error}") from error
