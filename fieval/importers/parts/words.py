"""Timed words → turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fieval.model import Turn

PAUSE = 1.0  # seconds of silence that end a turn


def unmarked(word: str) -> str:
    """A word without NIST's mark of a hesitation: `uh` of `%uh`, but `5%` as it is."""
    return word[1:] if word.startswith("%") and len(word) > 1 else word


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
    """Times only where there is a start and an end; a word with one of them reaches at least so far."""
    starts = [word.start for word in words if word.start is not None]
    ends = [word.end for word in words if word.end is not None]
    span = (min(starts + ends), max(starts + ends)) if starts and ends else (None, None)
    return Turn(words[0].speaker, " ".join(word.text for word in words), *span)
