"""Spans of pipecat: `stt`, `llm` and `tts` below a `turn` of a `conversation`.

Who speaks is said by a span's name: exporters of traceAI write the customer's words as those of an assistant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import groupby

from fieval.importers.otlp.spans import AGENT, CUSTOMER, GENERATED, Said, Span, unquoted
from fieval.importers.parts.roles import by_time

HEADS = ("conversation",)
_MESSAGE = "gen_ai.output.messages.0.message.content"
TEXTS = frozenset({"transcript", "text", "output", "text_output", "input.value", "output.value", _MESSAGE})
KEYS = TEXTS | {"transcript.is_input", "tts.interrupted", "language"}

_STEPS = {"stt": "stt", "llm": "chat", "tts": "tts"}
_REALTIME = frozenset({"llm_setup", "llm_request", "llm_response"})


def belongs(scope: str, name: str, operation: str, keys: Container[str]) -> bool:
    """Whether a span is one of those that are read."""
    ours = scope.partition(".")[0] == "pipecat"
    if name in ("conversation", "turn"):
        return ours or "conversation.id" in keys
    return (name in _STEPS and (ours or operation == _STEPS[name])) or (name in _REALTIME and ours)


def interrupted(spans: Sequence[Span]) -> int:
    """How many of the agent's utterances the customer cut off."""
    return sum(span.values.get("tts.interrupted") is True for span in spans)


def said(spans: Sequence[Span], assumed: Counter[str]) -> Iterator[Said]:
    """The turns of both sides: what one side said within a `turn` without the other is one."""
    voiced = any(span.name == "tts" and _uttered(span) for span in spans)
    pieces = [(span, side, text) for span in spans for side, text in [_piece(span, voiced)] if text]
    if written := sum(span.name == "llm" for span, *_ in pieces):
        assumed[GENERATED] += written
    pieces = by_time(pieces, lambda piece: piece[0].start)
    for who, group in groupby(enumerate(pieces), key=lambda each: (each[1][1], _turn(each[1][0], each[0]))):
        found = [piece for _, piece in group]
        yield Said(who[0], " ".join(text for *_, text in found), found[0][0].start, _last(found))


def _turn(span: Span, place: int) -> str | int:
    """The turn that a span belongs to; one without a parent is one by itself."""
    return span.parent or place


def _last(pieces: Sequence[tuple[Span, str, str]]) -> int | None:
    return max((span.end for span, *_ in pieces if span.end), default=None)


def _piece(span: Span, voiced: bool) -> tuple[str, str]:
    """Who says what in a span; an answer of a language model counts only where none was spoken."""
    match span.name:
        case "stt":
            return CUSTOMER, span.text("transcript", "output.value", _MESSAGE)
        case "tts":
            return AGENT, _uttered(span)
        case "llm" if not voiced:
            return AGENT, span.text("output") or unquoted(span.values.get("output.value"))
        case "llm_response" if span.values.get("transcript.is_input") is True:
            return CUSTOMER, span.text("transcript")
        case "llm_response" if not voiced:
            return AGENT, span.text("output", "text_output", "transcript", "output.value")
        case _:
            return "", ""


def _uttered(span: Span) -> str:
    return span.text("text") or unquoted(span.values.get("input.value"))
