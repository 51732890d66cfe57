"""Word alignment with a reference that is masked in places: behind each but the last of its pieces, up to
`MASKED_WORDS` words of any kind may have been said, at no cost.

The pieces are laid on the hypothesis so that the word errors of all of them together are as few as can be; words
between two places are what the masked passage stands for, and further ones are insertions: a recogniser that goes round
in circles where a name was, or writes down several guesses, must not hide them there. Only a reference has such places:
what a hypothesis masks is left out of it before, and thereby lost, so that nobody gains by masking what is hard to
recognise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fieval.speech.align import ErrorCounts, Span, count_errors

MASKED_WORDS = 8  # a name, an address, a number read out (which is one word to the normaliser)

Whole = NDArray[np.int64]
Pair = tuple[list[str], list[str]]

# A cell holds the errors so far in its upper half, and where the present piece begins in the lower.
_ERROR = np.int64(1 << 32)
_BEGIN = np.int64((1 << 32) - 1)


def matched(pieces: Sequence[list[str]], hypothesis: list[str]) -> list[Pair]:
    """Each piece of the reference with the words of the hypothesis that stand for it, as `places` has them."""
    found = places(pieces, hypothesis)
    return [(piece, hypothesis[start:end]) for piece, (start, end) in zip(pieces, found, strict=True)]


def places(pieces: Sequence[list[str]], hypothesis: list[str]) -> list[Span]:
    """Where each piece of the reference stands in the hypothesis: Levenshtein's recurrence, in which `MASKED_WORDS`
    between two pieces are free. More of them belong to the piece behind.

    Of n words in the reference and m in the hypothesis it takes time O(n·m), and memory O(m) for each piece. Ties: the
    same pieces and words give the same places.
    """
    if len(pieces) == 1:
        return [(0, len(hypothesis))]
    columns = np.arange(len(hypothesis) + 1, dtype=np.int64)
    heard = _positions(hypothesis)
    row = columns * _ERROR
    begins, ends = [], []
    for number, piece in enumerate(pieces):
        if number:
            best = _between((row & ~_BEGIN) | columns, columns * _ERROR)  # where the piece before has ended
            ends.append((best & _BEGIN).astype(np.int32))
            row = (best & ~_BEGIN) | columns
        row = _behind(piece, row, heard, columns * _ERROR)
        begins.append((row & _BEGIN).astype(np.int32))
    return _traced(begins, ends, len(hypothesis))


def total_errors(pairs: Iterable[Pair]) -> ErrorCounts:
    """The errors of all pairs together; positions count through all references."""
    substitutions = deletions = insertions = hits = before = 0
    missed: list[int] = []
    for reference, hypothesis in pairs:
        found = count_errors(reference, hypothesis)
        substitutions += found.substitutions
        deletions += found.deletions
        insertions += found.insertions
        hits += found.hits
        missed += (before + place for place in found.missed)
        before += len(reference)
    return ErrorCounts(substitutions, deletions, insertions, hits, frozenset(missed))


def _behind(piece: Sequence[str], row: Whole, heard: Mapping[str, Whole], insertions: Whole) -> Whole:
    """The cells behind a piece, from those before it; in between they are kept less all `insertions` up to them."""
    row = np.minimum.accumulate(row - insertions)
    for word in piece:
        below = row + _ERROR
        beside = row[:-1].copy()
        if word in heard:
            beside[heard[word]] -= _ERROR
        np.minimum(below[1:], beside, out=below[1:])
        row = np.minimum.accumulate(below)
    return row + insertions


def _between(ended: Whole, insertions: Whole) -> Whole:
    """The best of the cells in which a piece may have ended, for each in which the next may begin."""
    best = ended.copy()
    for passed in range(1, min(MASKED_WORDS, len(ended) - 1) + 1):
        np.minimum(best[passed:], ended[:-passed], out=best[passed:])
    if len(ended) > MASKED_WORDS:
        further = np.minimum.accumulate(ended - insertions) + insertions
        np.minimum(best[MASKED_WORDS:], further[:-MASKED_WORDS], out=best[MASKED_WORDS:])
    return best


def _positions(words: Iterable[str]) -> dict[str, Whole]:
    found: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        found.setdefault(word, []).append(place)
    return {word: np.array(places, dtype=np.int64) for word, places in found.items()}


def _traced(begins: Sequence[NDArray[np.int32]], ends: Sequence[NDArray[np.int32]], end: int) -> list[Span]:
    """The way back from the last cell; what is more than a mask stands for goes to the piece behind it."""
    spans: list[Span] = []
    for number in range(len(begins) - 1, -1, -1):
        start = int(begins[number][end])
        before = int(ends[number - 1][start]) if number else 0
        spans.append((min(start, before + MASKED_WORDS) if number else start, end))
        end = before
    return spans[::-1]
