"""Why a question is not among the remembered ones: the one thing that differs, as far as it can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fieval.judge.cache import Record
from fieval.judge.identity import Identity, differences
from fieval.judge.protocol import Question

_FIRST = ("model", "prompt_version")  # what explains most, before what follows from it
_DIGESTS = {"text": "the prompt's text differs", "schema": "the reply's schema differs", "rubric": "the rubric differs"}
_SCORING = "aggregation"  # never a reason: it is not in the key


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question with what it is looked up by."""

    question: Question
    identity: Identity
    key: str
    text: str

    def __str__(self) -> str:
        question = self.question
        repeat = f", sample {question.sample}" if question.sample else ""
        return f"{question.subject or self.key[:8]}, {question.prompt.name}{repeat}"


def cause(asked: Asked, near: Sequence[Record], judges: Mapping[str, Identity]) -> str:
    """What differs from the nearest remembered question; `near` is of the same text or subject, the newest first."""
    of_prompt = [record for record in near if record.prompt == asked.question.prompt.name and record.judge in judges]
    told = [_told(asked, record, judges[record.judge]) for record in of_prompt]
    return min(told, key=len)[0] if told else "never asked"


def _told(asked: Asked, record: Record, judge: Identity) -> list[str]:
    """Everything that differs, what explains most first."""
    parts = {name: pair for name, pair in differences(asked.identity, judge).items() if name != _SCORING}
    ordered = sorted(parts, key=lambda name: (name not in _FIRST, name))
    reasons = [_reason(name, *parts[name]) for name in ordered]
    if record.text != asked.text:
        reasons.append("text changed")
    if record.sample != asked.question.sample:
        reasons.append(f"sample {asked.question.sample} was never asked")
    return reasons or ["the remembered verdicts do not fit the question"]


def _reason(name: str, mine: str | int, other: str | int) -> str:
    match name:
        case "prompt_version":
            return f"prompt version {mine}, cache has {other}"
        case "text" | "schema" | "rubric":
            return _DIGESTS[name]
        case _:
            return f"{name.replace('_', ' ')} differs ({other} in cache)"
