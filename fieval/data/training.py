"""What a model was trained on: JSON Lines of ids and texts, to be kept apart from what it is judged by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fieval.data.decoding import Records
from fieval.data.lines import Problems
from fieval.errors import InvalidInput
from fieval.files import shown
from fieval.model import Dataset, Interaction, Turn

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Examples:
    """How many training examples there are, and how many of them have an id and a text to be compared by."""

    total: int
    ids: int
    texts: int


class TrainingTurn(msgspec.Struct, frozen=True):
    """A turn as training data has it; only what was said counts."""

    text: str = ""


class TrainingLine(msgspec.Struct, frozen=True):
    """One example; whatever else it holds is the trainer's own."""

    id: str = ""
    text: str = ""
    turns: tuple[TrainingTurn, ...] = ()


def refuse_seen(dataset: Dataset, path: Path) -> Examples:
    """What the training data has. Raises InvalidInput naming every interaction that is among them,
    by its id or by its whole text (case, punctuation and spacing aside).
    """
    problems = Problems(path)
    ids: dict[str, int] = {}
    texts: dict[str, int] = {}
    total = with_id = with_text = 0
    for line, wire in Records(path, TrainingLine, problems):
        text = _plain(wire.text, wire.turns)
        if not (wire.id or text):
            line.complain("", "expected an id or a text (or turns)")
        if wire.id:
            ids.setdefault(wire.id, line.number)
        if text:
            texts.setdefault(text, line.number)
        total, with_id, with_text = total + 1, with_id + bool(wire.id), with_text + bool(text)
    problems.stop()
    seen = [_complaint(path, found, *where) for found in dataset.interactions for where in _where(found, ids, texts)]
    if seen:
        raise InvalidInput([f"{len(seen)} of {len(dataset.interactions)} interactions were seen in training", *seen])
    return Examples(total, with_id, with_text)


def _where(interaction: Interaction, ids: dict[str, int], texts: dict[str, int]) -> Iterator[tuple[int, str]]:
    """The line of the training data that has this interaction, and by what."""
    text = _plain("", interaction.turns)
    if interaction.id in ids:
        yield ids[interaction.id], "its id"
    elif text in texts:
        yield texts[text], "its text"


def _complaint(path: Path, interaction: Interaction, line: int, what: str) -> str:
    return f'{shown(path)}:{line}: interaction "{interaction.id}" of the dataset is in the training data by {what}'


def _plain(text: str, turns: Sequence[Turn | TrainingTurn]) -> str:
    """The words of a text or of all turns, in lower case and without punctuation."""
    whole = " ".join([text, *(turn.text for turn in turns)])
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", whole).casefold()))
