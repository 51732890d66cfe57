"""Spans of livekit-agents: `user_turn` is what speech recognition heard, `agent_turn` what the agent said.

Since 1.7 keys with people's words are `lk.pii.…`; they are read as `lk.…`, their name before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from fieval.importers.otlp.spans import AGENT, CUSTOMER, GENERATED, Said, Span, parsed, unquoted
from fieval.importers.parts.roles import by_time

SCOPE = "livekit-agents"
HEADS = ("agent_session", "job_entrypoint")
TEXTS = frozenset({"lk.user_transcript", "lk.response.text", "lk.input_text", "input.value", "output.value"})
KEYS = TEXTS | {"lk.interrupted", "metadata"}

_RESPONSE = "lk.response.text"
_RESPONSES = frozenset({_RESPONSE, "output.value"})
_TURNS = frozenset({"user_turn", "agent_turn", *HEADS})
_SPOKEN = frozenset({"tts_node", "tts_request", "tts_stream_adapter", "tts_fallback_adapter"})
_NAMES = _TURNS | _SPOKEN | {"llm_node", "user_speaking", "agent_speaking", "realtime_inference"}

_DEEPEST = 100  # spans between a request and its turn, of which there are three or four


def belongs(scope: str, name: str, keys: Container[str]) -> bool:
    """Whether a span is one of those that are read."""
    return name in _NAMES and (
        scope == SCOPE or name in _TURNS or "lk.response.text" in keys or "lk.input_text" in keys
    )


def interrupted(spans: Sequence[Span]) -> int:
    """How many of the agent's turns the customer cut off."""
    return sum(span.name == "agent_turn" and span.values.get("lk.interrupted") is True for span in spans)


def said(spans: Sequence[Span], assumed: Counter[str]) -> Iterator[Said]:
    """The turns of both sides, in the order of their spans."""
    speaking = sorted(_times(spans, "user_speaking"))
    turns = {span.id: said for span, said in _agent(spans, assumed)}
    for span in spans:
        if span.name == "user_turn" and (text := _heard(span)):
            yield Said(CUSTOMER, text, *_within(span, speaking))
        if span.id in turns:
            yield turns.pop(span.id)


def _heard(span: Span) -> str:
    """What was recognised; an exporter of traceAI has it in a JSON object besides."""
    if text := span.text("lk.user_transcript"):
        return text
    metadata = parsed(span.values.get("metadata"))
    if not isinstance(metadata, dict):
        return ""
    return unquoted(metadata.get("lk.user_transcript")) or unquoted(metadata.get("lk.pii.user_transcript"))


def _within(span: Span, speaking: Sequence[tuple[int, int]]) -> tuple[int | None, int | None]:
    """When the customer spoke: a turn itself ends only once it was certain that nothing more comes."""
    if span.start is None or span.end is None:
        return span.start, span.end
    last = bisect_left(speaking, (span.end, 0)) - 1
    if last < 0 or speaking[last][0] < span.start:
        return span.start, span.end
    return span.start, min(speaking[last][1], span.end)


def _agent(spans: Sequence[Span], assumed: Counter[str]) -> Iterator[tuple[Span, Said]]:
    """What the agent said by its turns, with their spans; where none says it, what was spoken, else written, for them.

    Where some say it, a turn that does not was cut off before it was heard.
    """
    by_id = {span.id: span for span in spans}
    told = any(span.name == "agent_turn" and not _RESPONSES.isdisjoint(span.values) for span in spans)
    turns: dict[str, list[Span]] = {}
    for span in spans:
        turns.setdefault(_owner(span, by_id), []).append(span)
    for owner, own in turns.items():
        turn = by_id.get(owner, own[0])
        text = _response(turn) if turn.name == "agent_turn" else ""
        if not text and not (told and turn.name == "agent_turn"):
            text = _voiced(own, by_id) or ("" if told else _generated(own, assumed))
        if text:
            yield turn, Said(AGENT, text, *_spoken_at(turn, own))


def _response(turn: Span) -> str:
    """What was heard of a turn, perhaps nothing."""
    if _RESPONSE in turn.values:
        return turn.text(_RESPONSE)
    return unquoted(turn.values.get("output.value"))


def _owner(span: Span, by_id: Mapping[str, Span]) -> str:
    """The turn of the agent that a span is below, though it be lost; else the topmost span above it that is known."""
    seen = {span.id}
    while (above := by_id.get(span.parent)) is not None and above.id not in seen and len(seen) < _DEEPEST:
        if span.name == "agent_turn" or above.name in HEADS:
            return span.id
        seen.add(above.id)
        span = above
    return span.id if span.name == "agent_turn" or not span.parent or span.parent in by_id else span.parent


def _voiced(spans: Sequence[Span], by_id: Mapping[str, Span]) -> str:
    """What was given to speech synthesis."""
    return _joined((span, _uttered(span, by_id)) for span in spans if span.name in _SPOKEN)


def _generated(spans: Sequence[Span], assumed: Counter[str]) -> str:
    """What the language model wrote."""
    text = _joined((span, _written(span)) for span in spans if span.name == "llm_node")
    if text:
        assumed[GENERATED] += 1
    return text


def _joined(texts: Iterable[tuple[Span, str]]) -> str:
    return " ".join(text for _, text in by_time(texts, lambda each: each[0].start) if text)


def _uttered(span: Span, by_id: Mapping[str, Span]) -> str:
    """A text to speak, of the request that came first: adapters hand it on to requests below them."""
    above = by_id.get(span.parent)
    if above is not None and above.name in _SPOKEN and _input(above):
        return ""
    return _input(span)


def _written(span: Span) -> str:
    return span.text("lk.response.text") or unquoted(span.values.get("output.value"))


def _input(span: Span) -> str:
    return span.text("lk.input_text") or unquoted(span.values.get("input.value"))


def _spoken_at(span: Span, below: Sequence[Span]) -> tuple[int | None, int | None]:
    """When the agent was heard; a turn itself begins when its answer is thought of."""
    heard = list(_times(below, "agent_speaking"))
    if not heard:
        return span.start, span.end
    return min(start for start, _ in heard), max(end for _, end in heard)


def _times(spans: Sequence[Span], name: str) -> Iterator[tuple[int, int]]:
    for span in spans:
        if span.name == name and span.start is not None and span.end is not None:
            yield span.start, span.end
