"""The fields of an output that single steps make: taken from one output into another, left out, compared.

Texts and speakers of turns are fields of their own: one step may write down what was said and another who said it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar, cast

import msgspec
from rapidfuzz.distance import Levenshtein

from fieval.model import Interaction, Output, Prediction, Segment, Turn

TEXT, SPEAKER, SEGMENTS, SUMMARY = "turns.text", "turns.speaker", "segments", "summary"
FIELDS = (TEXT, SPEAKER, SEGMENTS, SUMMARY, "labels.<label>", "scores.<score>")
OF_VOICE = (TEXT, SPEAKER, SEGMENTS)  # elsewhere people's turns are what the pipeline is given

_Value = TypeVar("_Value")
_NEAR = 1e-6  # what the same model may differ by from run to run


def is_field(name: object) -> bool:
    """Whether a field has this name."""
    kind, _, rest = str(name).partition(".")
    return name in FIELDS[:4] or (kind in ("labels", "scores") and bool(rest))


def taken(output: Output, other: Output, fields: Collection[str]) -> Output:
    """The output with these fields as the other one has them; what is missing there is missing then."""
    return msgspec.structs.replace(
        output,
        turns=_turns(output.turns, other.turns, fields),
        segments=other.segments if SEGMENTS in fields else output.segments,
        summary=other.summary if SUMMARY in fields else output.summary,
        labels=_exchanged(output.labels, other.labels, list(_under("labels", fields))),
        scores=_exchanged(output.scores, other.scores, list(_under("scores", fields))),
    )


def without(output: Output, fields: Collection[str]) -> Output:
    """The output without these fields; of turns, only texts or only speakers may go."""
    left = taken(output, Output(output.id), [field for field in fields if field not in (TEXT, SPEAKER)])
    if {TEXT, SPEAKER} <= set(fields):
        return msgspec.structs.replace(left, turns=())
    gone = {name: "" for field, name in ((TEXT, "text"), (SPEAKER, "speaker")) if field in fields}
    return msgspec.structs.replace(left, turns=tuple(msgspec.structs.replace(turn, **gone) for turn in left.turns))


def of_people(interaction: Interaction) -> Output:
    """What people made of an interaction, as if it were an output."""
    return Output(
        id=interaction.id,
        turns=interaction.turns,
        segments=interaction.segments,
        summary=interaction.summary,
        labels={name: Prediction(label.value) for name, label in interaction.labels.items()},
        scores={name: score.value for name, score in interaction.scores.items()},
    )


def has(output: Output, field: str) -> bool:
    """Whether an output has anything in a field."""
    kind, _, name = field.partition(".")
    if kind in ("labels", "scores"):
        return name in (output.labels if kind == "labels" else output.scores)
    content = _content(output, field)
    return any(content) if isinstance(content, list) else bool(content)


def alike(one: Output, other: Output, fields: Collection[str]) -> bool:
    """Whether two outputs have the same in these fields; numbers as near as two runs of one model are."""
    return (
        all(_same_label(one.labels.get(name), other.labels.get(name)) for name in _under("labels", fields))
        and all(_near(one.scores.get(name), other.scores.get(name)) for name in _under("scores", fields))
        and all(_content(one, field) == _content(other, field) for field in FIELDS[:4] if field in fields)
    )


def _under(kind: str, fields: Collection[str]) -> Iterator[str]:
    """The labels, or the scores, among the fields."""
    return (rest for head, _, rest in (field.partition(".") for field in fields) if head == kind)


def _exchanged(own: Mapping[str, _Value], other: Mapping[str, _Value], names: Collection[str]) -> dict[str, _Value]:
    kept = {name: value for name, value in own.items() if name not in names}
    return kept | {name: other[name] for name in names if name in other}


def _turns(own: tuple[Turn, ...], other: tuple[Turn, ...], fields: Collection[str]) -> tuple[Turn, ...]:
    if TEXT in fields:
        return other if SPEAKER in fields else tuple(_voiced(other, own))
    return tuple(_voiced(own, other)) if SPEAKER in fields else own


def _voiced(said: Sequence[Turn], by: Sequence[Turn]) -> Iterator[Turn]:
    """Turns with the speakers that others have for the same words, aligned; a turn that two speak is taken apart, its
    parts without times. Words that only `said` has go with the word before them.
    """
    voices = iter(_voices(said, by))
    for turn in said:
        words = turn.text.split()
        parts = [(voice, list(part)) for voice, part in groupby(zip(words, voices, strict=False), _voice)]
        if len(parts) < 2:
            yield msgspec.structs.replace(turn, speaker=parts[0][0] if parts else turn.speaker)
        else:
            yield from (Turn(voice, " ".join(word for word, _ in part)) for voice, part in parts)


def _voice(pair: tuple[str, str]) -> str:
    return pair[1]


def _voices(said: Sequence[Turn], by: Sequence[Turn]) -> list[str]:
    """The speaker of each word that was said."""
    own = [word.casefold() for turn in said for word in turn.text.split()]
    theirs = [(word.casefold(), turn.speaker) for turn in by for word in turn.text.split()]
    voices: list[str | None] = [None] * len(own)
    blocks = Levenshtein.opcodes(own, [word for word, _ in theirs])
    for tag, start, end, first, _ in cast("list[tuple[str, int, int, int, int]]", blocks.as_list()):
        if tag in ("equal", "replace"):
            voices[start:end] = [theirs[first + place][1] for place in range(end - start)]
    found = next((voice for voice in voices if voice is not None), "")
    filled = []
    for voice in voices:
        found = found if voice is None else voice
        filled.append(found)
    return filled


def _content(output: Output, field: str) -> list[str] | tuple[Segment, ...] | str:
    match field:
        case "turns.text":
            return [word for turn in output.turns for word in turn.text.split()]
        case "turns.speaker":
            return [turn.speaker for turn in output.turns for _ in turn.text.split()]
        case "segments":
            return output.segments
        case _:
            return output.summary


def _same_label(one: Prediction | None, other: Prediction | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.label == other.label and _near(one.confidence, other.confidence)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_NEAR, abs_tol=_NEAR)
