"""What a user gives to `evaluate()`, made into nouns: transcripts, segments, labels, facts. Raises InvalidInput."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from fieval.data.times import segments_of, spoken
from fieval.errors import InvalidInput
from fieval.model import Channel, Fact, GoldLabel, Interaction, Prediction, Redacted, Segment, Turn
from fieval.speech.redaction import is_masked

Spoken = str | Sequence[Turn | Mapping[str, Any]]
Spans = str | Sequence[Segment | Turn | Mapping[str, Any]]
Facts = Sequence[Fact | Mapping[str, Any]]
Answer = str | Prediction | Mapping[str, Any] | None

_Noun = TypeVar("_Noun", Turn, Segment, Fact, Prediction)
_NAMED = re.compile(r"\s*(?P<speaker>[^\W\d_][\w '.-]{0,30}?)\s*:(?:\s+|$)(?P<text>.*)")
_ROLE = re.compile(
    r"agent|agente|assistant|bot|caller|client|cliente|customer|operator|user|(?:speaker|spk)[ _-]?\w{1,4}",
    re.IGNORECASE,
)
_ALSO = {"role": "speaker", "content": "text"}  # as in chat messages


def turns_of(given: Spoken, what: str = "input") -> tuple[Turn, ...]:
    """A transcript: a list of turns, or a text whose lines may begin with a speaker (`agent: …`)."""
    if isinstance(given, str):
        return spoken(list(_turns_of_text(given)))
    return spoken([_turn(each, place) for place, each in _items(given, what)])


def whole(turns: tuple[Turn, ...], redacted: Redacted, what: str = "input") -> tuple[Turn, ...]:
    """The turns, refused where some of what was said is masked and `redacted` does not leave that out."""
    masked = [place for place, turn in enumerate(turns) if redacted == "refuse" and is_masked(turn.text)]
    if masked:
        way_out = 'give it as it was said, or leave such passages out with redacted="mask"'
        raise InvalidInput(f"{what}: turn {masked[0]} has a masked passage, of which nobody knows the words; {way_out}")
    return turns


def spans_of(given: Spans, what: str = "input") -> tuple[tuple[Turn, ...], tuple[Segment, ...]]:
    """Who speaks when: turns, and segments; timed turns give both, segments alone give no turns."""
    if isinstance(given, str):
        return turns_of(given), ()
    turns: list[Turn] = []
    segments: list[Segment] = []
    for place, each in _items(given, what):
        if isinstance(each, Segment) or (isinstance(each, Mapping) and not {"text", "content"} & set(each)):
            segments.append(_segment(each, place))
        else:
            turns.append(_turn(each, place))
    return spoken(turns), segments_of(turns, segments)


def facts_of(given: Facts) -> tuple[Fact, ...]:
    """Facts that a summary has to tell, each with the words by which it is found."""
    return tuple(_noun(each, Fact, place) for place, each in _items(given, "facts"))


def prediction_of(given: Answer) -> Prediction | None:
    """A pipeline's label; None where it is missing."""
    if given is None:
        return None
    made = Prediction(given) if isinstance(given, str) else _noun(given, Prediction, "output")
    if made.confidence is not None and not 0 <= made.confidence <= 1:
        raise InvalidInput(f"output.confidence: expected a number from 0 to 1, got {made.confidence:.12g}")
    return made if made.label.strip() else None


def number_of(given: object, what: str) -> float:
    """A finite number."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise InvalidInput(f"{what}: expected a finite number, got {_described(given)}")
    return float(given)


def label_of(given: object, what: str) -> str:
    """A label; always a string, yes and no too."""
    if not isinstance(given, str) or not given.strip():
        raise InvalidInput(f"{what}: expected a label, which is a string, got {_described(given)}")
    return given


def one(language: str = "en", channel: Channel = "voice", **gold: Any) -> Interaction:
    """An interaction that stands alone."""
    return Interaction("", channel, language, "", {}, **gold)


def gold_label(value: str) -> GoldLabel:
    """A label as one person gave it."""
    return GoldLabel(value, (value,))


def _turns_of_text(text: str) -> Iterator[Turn]:
    lines = [line for line in text.splitlines() if line.strip()]
    named = [_NAMED.fullmatch(line) for line in lines]
    everyone = len(lines) > 1 and all(named)
    pending: list[str] = []
    speaker = ""
    for line, match in zip(lines, named, strict=True):
        if match and (everyone or _ROLE.fullmatch(match["speaker"])):
            yield Turn(speaker, "\n".join(pending))
            speaker, line = match["speaker"], match["text"]
            pending = []
        pending.append(line.strip())
    yield Turn(speaker, "\n".join(pending))


def _items(given: object, what: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise InvalidInput(f"{what}: expected a list, got {_described(given)}")
    for index, each in enumerate(given):
        yield f"{what}[{index}]", each


def _turn(given: object, place: str) -> Turn:
    if isinstance(given, Mapping):
        given = {_ALSO.get(key, key): value for key, value in given.items()}
    turn = _noun(given, Turn, place)
    _check_span(turn.start, turn.end, place)
    return turn


def _segment(given: object, place: str) -> Segment:
    segment = _noun(given, Segment, place)
    _check_span(segment.start, segment.end, place)
    return segment


def _noun(given: object, noun: type[_Noun], place: str) -> _Noun:
    try:
        return given if isinstance(given, noun) else msgspec.convert(given, noun)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{place}: {error}") from error


def _check_span(start: float | None, end: float | None, place: str) -> None:
    times = [time for time in (start, end) if time is not None]
    if not all(math.isfinite(time) and time >= 0 for time in times) or times != sorted(times):
        raise InvalidInput(f"{place}: expected seconds from 0 on, the start before the end, got {start} to {end}")


def _described(given: object) -> str:
    return f"{given!r}" if isinstance(given, int | float) else "nothing" if given is None else type(given).__name__
