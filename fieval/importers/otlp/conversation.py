"""The span of a voice call as FutureAGI shows it: the whole conversation in its attributes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fieval.importers.otlp.spans import AGENT, CUSTOMER, SAME, SILENT, Said, Span, parsed, spoken

PREFIX = "conversation.transcript."
LISTS = (
    "conversation.transcript",
    "fi.conversation.transcript",
    "gen_ai.voice.transcript",
    "voice_transcript",
    "call.transcript",
    "provider_transcript",
)
SUMMARIES = ("conversation.summary", "gen_ai.voice.summary", "call.summary", "call_summary")
DURATIONS = ("call.duration", "gen_ai.voice.call_duration_secs")
TEXTS = frozenset(SUMMARIES)
KEYS = frozenset({*LISTS, *SUMMARIES, *DURATIONS})
KINDS = ("fi.span.kind", "gen_ai.span.kind", "openinference.span.kind")

_SPEAKERS = {
    "user": CUSTOMER,
    "customer": CUSTOMER,
    "human": CUSTOMER,
    "assistant": AGENT,
    "agent": AGENT,
    "bot": AGENT,
    "ai": AGENT,
}
_NOBODY = frozenset({"system", "tool", "tool_calls", "tool_call_result", "tool_call", "function"})
_TEXTS = ("content", "message", "text", "parts")
_SPOKEN = frozenset({"text", "input_text", "output_text", "audio", "input_audio", "output_audio"})
_NANO = 1_000_000_000
_LONGEST = 10_000_000  # seconds, some four months; beyond, a time counts from 1970


def transcript(spans: Sequence[Span], complain: Callable[[str], None], assumed: Counter[str]) -> list[Said]:
    """The turns of each trace's transcript, in its order: that of the span nearest to the root.

    Several spans may have the same one; those of a trace that differ are a complaint.
    """
    found: dict[str, tuple[Span, list[Said]]] = {}
    for span in sorted(spans, key=lambda each: each.rank):
        skipped: Counter[str] = Counter()
        if not (said := list(_said(span, skipped))):
            assumed.update(skipped)
            continue
        same = [first for first in found.values() if _words(first[1]) == _words(said)]
        if same:
            assumed[SAME] += 1
        elif span.trace in found:
            complain(f"spans {found[span.trace][0].id} and {span.id} of one trace have transcripts that differ")
        else:
            assumed.update(skipped)
            found[span.trace] = span, said
    return [each for _, said in found.values() for each in said]


def summary(spans: Sequence[Span]) -> str:
    """The call's summary under one of its names."""
    return next((found for span in spans if (found := span.text(*SUMMARIES))), "")


def duration(span: Span) -> float | None:
    """The call's length in seconds, as its span says."""
    return next((length for key in DURATIONS if (length := _seconds(span.values.get(key))) is not None), None)


def _said(span: Span, assumed: Counter[str]) -> Iterator[Said]:
    """The turns of a span's transcript."""
    for message in _messages(span.values):
        text = next((said for key in _TEXTS if (said := _text(message.get(key)))), "")
        role = spoken(message.get("role")).lower()
        if role in _NOBODY or not text:
            assumed[SILENT] += 1
        else:
            yield Said(_SPEAKERS.get(role, role), text, *_times(span, message))


def _words(said: Sequence[Said]) -> list[tuple[str, str]]:
    return [(each.speaker, each.text) for each in said]


def _text(value: object) -> str:
    """A text, or that of its parts, of which one may be a picture, a call of a tool or a thought."""
    parts = value if isinstance(value, list) else [value]
    return " ".join(text for part in parts if (text := _text_of_part(part)))


def _text_of_part(part: object) -> str:
    if not isinstance(part, dict):
        return spoken(part)
    if spoken(part.get("type", "text")) not in _SPOKEN:
        return ""
    return next((text for key in ("text", "content", "transcript") if (text := spoken(part.get(key)))), "")


def _messages(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the span has as one attribute a field, else the first of the lists that holds anything."""
    numbered: dict[int, dict[str, Any]] = {}
    for key, value in values.items():
        place, _, field = key.removeprefix(PREFIX).partition(".")
        if key.startswith(PREFIX) and place.isascii() and place.isdigit() and len(place) < 10:
            numbered.setdefault(int(place), {})[field.removeprefix("message.")] = value
    if numbered:
        return [numbered[place] for place in sorted(numbered)]
    for key in LISTS:
        found = parsed(values.get(key))
        if isinstance(found, list) and found:
            return [_flat(message) for message in found]
    return []


def _flat(written: object) -> Mapping[str, Any]:
    """A message as an object; what is just a text is that of nobody known."""
    message = parsed(written)
    if not isinstance(message, dict):
        return {"content": written}
    inner = message.get("message")
    return {**message, **inner} if isinstance(inner, dict) else message


def _times(span: Span, message: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Start and end in nanoseconds since 1970, as far as the message has them."""
    start, length = _seconds(message.get("start_time")), _seconds(message.get("duration"))
    if start is None or span.start is None:
        return None, None
    begun = round(start * _NANO) if start > _LONGEST else span.start + round(start * _NANO)
    return begun, None if length is None else begun + round(length * _NANO)


def _seconds(value: object) -> float | None:
    """A number of seconds from 0 on; None for what is none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LONGEST * 1_000:
        return None
    return float(value) if math.isfinite(value) else None
