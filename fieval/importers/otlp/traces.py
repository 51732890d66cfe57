"""Spans by trace, of which only those of voice frameworks and what `--map` asks for are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fieval.importers.base import SourceFile
from fieval.importers.otlp import conversation, livekit, pipecat
from fieval.importers.otlp.spans import AGAIN, BACKWARDS, Framework, Span
from fieval.importers.otlp.wire import UNUSABLE, WireSpan, identifier, nanoseconds, plain
from fieval.importers.parts.mapping import Mapped

# traceAI writes the name of livekit's room as gen_ai.conversation.id: a framework's own id goes before it
IDS = ("session.id", "lk.job_id", "conversation.id", "gen_ai.conversation.id")
CONFIDENCES = (".confidence", "_confidence")

_OPERATION = "gen_ai.operation.name"
_TEXTS = livekit.TEXTS | pipecat.TEXTS | conversation.TEXTS
_KEPT: Mapping[Framework, frozenset[str]] = {
    "livekit": livekit.KEYS,
    "pipecat": pipecat.KEYS,
    "conversation": conversation.KEYS,
}
_HEADS = frozenset({*livekit.HEADS, *pipecat.HEADS})
_READ = frozenset().union(*_KEPT.values()) | {*IDS, *conversation.KINDS, _OPERATION}
_TRACE_DIGITS, _SPAN_DIGITS = 32, 16
_DEEPEST = 100  # spans above one another that are looked through
_KNOWN_KEYS = 2_000  # that are remembered for a suggestion


class Mark(msgspec.Struct, frozen=True):
    """A value that `--map` asks for, and on which span it stands; `top` is one without a parent or of a session.

    `ids` are those of a call that the span itself has, by their key.
    """

    value: Any
    confidence: Any
    span: str
    top: bool
    parent: str
    ids: Mapping[str, str]


@dataclass(slots=True)
class Trace:
    """What is kept of a trace; `source` is the file that it was met in first.

    `used` is one without a voice framework whose marks are a call's all the same.
    """

    id: str
    source: SourceFile
    spans: dict[str, Span] = field(default_factory=dict)
    own_ids: dict[str, dict[str, str]] = field(default_factory=dict)
    other_ids: dict[str, dict[str, str]] = field(default_factory=dict)
    marks: dict[str, dict[str, Mark]] = field(default_factory=dict)
    named: dict[str, Mapping[str, str]] = field(default_factory=dict)
    used: bool = False


class Traces:
    """Gathers spans; `repeated` counts those that came before, `keys` are names of attributes, for a suggestion."""

    def __init__(self, asked: Mapped) -> None:
        self._asked = frozenset(key for _, key in asked)
        self._wanted = _READ | self._asked | {key + end for key in self._asked for end in CONFIDENCES}
        self._found: dict[str, Trace] = {}
        self._others: set[bytes] = set()
        self._above: dict[bytes, bytes] = {}
        self._alike: dict[str, Mapping[str, str]] = {}
        self.keys: set[str] = set()
        self.repeated = 0

    def __iter__(self) -> Iterator[Trace]:
        """Those of which anything was kept, in the order of their first appearance."""
        return iter(self._found.values())

    @property
    def strange(self) -> int:
        """How many traces hold no span of a voice framework, nor anything else that was taken."""
        calls = {bytes.fromhex(trace.id) for trace in self if trace.spans or trace.used}
        return len((self._others | {bytes.fromhex(trace.id) for trace in self}) - calls)

    def ids_of(self, trace: Trace, mark: Mark) -> Iterator[Mapping[str, str]]:
        """The ids of a mark's span and of those above it, as far as they are known, the nearest first."""
        yield mark.ids
        above, seen = mark.parent, {mark.span}
        while above and above not in seen and len(seen) < _DEEPEST:
            yield trace.named.get(above, {})
            seen.add(above)
            above = self._above.get(_key(trace.id, above), b"").hex()

    def add(self, source: SourceFile, number: int, scope: str, wire: WireSpan) -> None:
        """One span; what is wrong with it is a complaint of its line."""
        try:
            trace = identifier("traceId", wire.trace_id, _TRACE_DIGITS)
            span = identifier("spanId", wire.span_id, _SPAN_DIGITS)
            self._add(source, scope, wire, trace, span)
        except UNUSABLE as error:
            name = wire.span_id[:_SPAN_DIGITS].lower()
            told = "nested too deeply" if isinstance(error, RecursionError) else error
            source.problems.line(number, f'span "{name}": {told}')

    def _add(self, source: SourceFile, scope: str, wire: WireSpan, trace: str, span: str) -> None:
        raw = self._attributes(wire)
        if self._asked and (above := _parent(wire)):
            self._above[_key(trace, span)] = bytes.fromhex(above)
        framework = _framework(scope, wire.name or "", raw)
        if framework is None and not any(key in raw for key in (*IDS, *self._asked)):
            self._others.add(bytes.fromhex(trace))
            return
        kept = self._found.get(trace) or self._found.setdefault(trace, Trace(trace, source))
        if framework is not None and not self._keep(kept, _span(source, wire, (kept.id, span), framework, raw), source):
            return
        ids = _ids(raw)
        for key, value in ids.items():
            (kept.other_ids if framework is None else kept.own_ids).setdefault(key, {}).setdefault(value, span)
        if ids and self._asked:
            kept.named[span] = self._alike.setdefault(str(ids), ids)  # most spans of a call have the same
        whole = framework == "conversation" or (framework is not None and wire.name in _HEADS)
        self._mark(kept, (span, _parent(wire), ids), whole or not wire.parent_span_id, raw)

    def _keep(self, trace: Trace, span: Span, source: SourceFile) -> bool:
        """Whether a span is the one to keep: of those with one id, the one that ends last."""
        before = trace.spans.get(span.id)
        self.repeated += before is not None
        if before is not None and before != span:
            source.assumed[AGAIN] += 1
            if (before.end or 0) > (span.end or 0):
                return False
        trace.spans[span.id] = span
        return True

    def _attributes(self, wire: WireSpan) -> Mapping[str, msgspec.Raw]:
        """Those that anything is asked of, and not yet decoded."""
        if self._asked and len(self.keys) < _KNOWN_KEYS:
            self.keys.update(each.key for each in wire.attributes or ())
        found = {}
        for each in wire.attributes or ():
            key = each.key.replace("lk.pii.", "lk.", 1) if each.key.startswith("lk.pii.") else each.key
            if key in self._wanted or key.startswith(conversation.PREFIX):
                found[key] = each.value
            if each.key in self._asked:
                found[each.key] = each.value
        return found

    def _mark(
        self, trace: Trace, whose: tuple[str, str, Mapping[str, str]], top: bool, raw: Mapping[str, msgspec.Raw]
    ) -> None:
        span, parent, ids = whose
        for key in self._asked & raw.keys():
            value = _value(key, raw[key])
            sure = next((_value(key + end, raw[key + end]) for end in CONFIDENCES if key + end in raw), None)
            marks = trace.marks.setdefault(key, {})
            mark = Mark(value, sure, span, top, parent, ids)
            if top:
                before = marks.get(span, mark)
                trace.source.assumed[AGAIN] += (before.value, before.confidence) != (value, sure)
                marks[span] = mark
            else:
                marks.setdefault(f"{parent} {ids} {value!r} {sure!r}", mark)  # the same below one span is kept once


def _framework(scope: str, name: str, raw: Mapping[str, msgspec.Raw]) -> Framework | None:
    """Whose span it is, where it is one that is read."""
    if any(key in conversation.LISTS or key.startswith(conversation.PREFIX) for key in raw):
        return "conversation"
    kinds = (_value(key, raw[key]) for key in conversation.KINDS if key in raw)
    if next((str(kind).lower() for kind in kinds), "") == "conversation":
        return "conversation"
    if livekit.belongs(scope, name, raw):
        return "livekit"
    operation = str(_value(_OPERATION, raw[_OPERATION])) if _OPERATION in raw else ""
    return "pipecat" if pipecat.belongs(scope, name, operation, raw) else None


def _span(
    source: SourceFile, wire: WireSpan, ids: tuple[str, str], framework: Framework, raw: Mapping[str, msgspec.Raw]
) -> Span:
    values = {
        key: _value(key, value)
        for key, value in raw.items()
        if key in _KEPT[framework] or (framework == "conversation" and key.startswith(conversation.PREFIX))
    }
    for key, value in values.items():
        if (key in _TEXTS or key.endswith(".message.content")) and not isinstance(value, str):
            raise ValueError(f"{key}: expected a text")
    start, end = nanoseconds(wire.start_time_unix_nano), nanoseconds(wire.end_time_unix_nano)
    if start is not None and end is not None and end < start:
        source.assumed[BACKWARDS] += 1
        end = None
    return Span(*ids, (wire.parent_span_id or "").lower(), framework, wire.name or "", start, end, values)


def _key(trace: str, span: str) -> bytes:
    return bytes.fromhex(trace + span)


def _parent(wire: WireSpan) -> str:
    """The id of the span above; empty where there is none, or no id."""
    try:
        return identifier("parentSpanId", wire.parent_span_id or "", _SPAN_DIGITS)
    except ValueError:
        return ""


def _ids(raw: Mapping[str, msgspec.Raw]) -> Mapping[str, str]:
    """A call's ids that a span has, by their key."""
    values = {key: _value(key, raw[key]) for key in IDS if key in raw}
    texts = {key: str(value).strip() for key, value in values.items() if isinstance(value, str | int)}
    return {key: text for key, text in texts.items() if text}


def _value(key: str, raw: msgspec.Raw) -> Any:
    try:
        return plain(raw)
    except RecursionError:
        raise
    except UNUSABLE as error:
        raise ValueError(f"{key}: {error}") from error
