"""Timed words → turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fieval.model import Turn

PAUSE = 1.0  # seconds of silence that end a turn


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its speaker and times in seconds, where they are known."""

    speaker: str
    text: str
    start: float | None = None
    end: float | None = None


def turns_of(words: Iterable[Word]) -> Iterator[Turn]:
    """Words in the order given, as turns: a new one begins with another speaker or after a pause."""
    held: list[Word] = []
    for word in words:
        if held and _ends(held[-1], word):
            yield _turn(held)
            held = []
        held.append(word)
    if held:
        yield _turn(held)


def _ends(before: Word, word: Word) -> bool:
    if word.speaker != before.speaker:
        return True
    return before.end is not None and word.start is not None and word.start - before.end > PAUSE


def _turn(words: list[Word]) -> Turn:
    times = [(word.start, word.end) for word in words if word.start is not None and word.end is not None]
    start = min((start for start, _ in times), default=None)
    end = max((end for _, end in times), default=None)
    return Turn(words[0].speaker, " ".join(word.text for word in words), start, end)
