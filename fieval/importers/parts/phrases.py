"""Phrases of Genesys' transcripts → turns: their times count from the conversation's begin, or from 1970."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fieval.importers.base import Clock
from fieval.importers.parts.node import EPOCH_MILLIS, Node
from fieval.importers.parts.roles import in_order, speaker
from fieval.model import Turn

MILLIS = 1000.0
_LENGTHS = ("millis", "milliseconds", "ms")
_UNKNOWN_LENGTH = "a phrase whose duration is in no known shape ends with its last word"


def turns_of_phrases(transcripts: Sequence[Node], clock: Clock) -> tuple[Turn, ...]:
    """The turns of all transcripts of one conversation, in the order of time."""
    phrases = [phrase for document in transcripts for phrase in _phrases(document)]
    if not phrases:
        return ()
    if clock == "auto":
        clock = "epoch" if any(_is_epoch(phrase) for phrase in phrases) else "offset"
    begin = _begin(transcripts, phrases) if clock == "epoch" else 0.0
    if clock == "offset" and len(transcripts) > 1:
        transcripts[0].assume("times of all communications count from the begin of the conversation")
    return in_order(turn for phrase in phrases if (turn := _turn(phrase, begin)) is not None)


def milliseconds(node: Node) -> Node:
    """The number of a length, which may stand in an object; absent where that has none that is known."""
    return node.get(*_LENGTHS) if isinstance(node.value, dict) else node


def _phrases(document: Node) -> Iterator[Node]:
    for transcript in document.get("transcripts").objects():
        yield from transcript.get("phrases").objects()


def _start(phrase: Node) -> Node:
    return phrase.get("startTimeMs") or milliseconds(phrase.get("offset"))


def _is_epoch(phrase: Node) -> bool:
    return _start(phrase).rough() >= EPOCH_MILLIS


def _begin(transcripts: Sequence[Node], phrases: Sequence[Node]) -> float:
    """When the conversation began, in milliseconds since 1970."""
    known = [each for document in transcripts if (each := document.get("conversationStartTime").moment()) is not None]
    if known:
        return min(known) * MILLIS
    transcripts[0].assume("a conversation without conversationStartTime began with its first phrase")
    starts = [number for phrase in phrases if (number := _start(phrase).rough()) >= 0]
    return min(starts, default=0.0)


def _turn(phrase: Node, begin: float) -> Turn | None:
    text = phrase.get("decoratedText").text() or phrase.get("text").text()
    start = _start(phrase).seconds(MILLIS, begin)
    length = _length(phrase)
    end = None if start is None or length is None else round(start + length, 6)
    who = speaker(phrase.get("participantPurpose").text())
    return Turn(who, text, start, end) if text else None


def _length(phrase: Node) -> float | None:
    """Seconds from a phrase's start to its end."""
    duration = phrase.get("duration")
    known = milliseconds(duration)
    if known or not duration:
        return known.seconds(MILLIS)
    phrase.assume(_UNKNOWN_LENGTH)
    words = list(phrase.get("words").objects())
    if not words:
        return None
    return milliseconds(words[-1].get("duration")).seconds(MILLIS, _start(phrase).rough() - _start(words[-1]).rough())
