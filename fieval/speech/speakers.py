"""Which of a pipeline's speakers is which real one, and how many words went to the wrong one.

A pipeline's names for speakers mean nothing, so speakers are paired one to one in the way that is best for the
pipeline. Of n words said, m heard, r real and h heard speakers: time O(n·m/64) in the worst case, which a looped
hypothesis comes near to, and O(r²·h) for the pairing (r ≤ h); memory O(n + m + r·h).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words in the order of the turns; `speaker_of` `[words]` are indices into `speakers`."""

    words: list[str]
    speakers: tuple[str, ...]
    speaker_of: Indices

    @property
    def streams(self) -> list[list[str]]:
        """The words of each speaker, in order."""
        found: list[list[str]] = [[] for _ in self.speakers]
        for word, speaker in zip(self.words, self.speaker_of.tolist(), strict=True):
            found[speaker].append(word)
        return found

    def within(self, places: Iterable[tuple[int, int]]) -> Spoken:
        """The words of some places only, each from its first word up to its last but one."""
        kept = (place for start, end in places for place in range(start, end))
        return spoken((self.speakers[self.speaker_of[place]], [self.words[place]]) for place in kept)


@dataclass(frozen=True, slots=True)
class WordErrors:
    """How many of some words are wrong under the best pairing, which is from real to heard speakers."""

    wrong: int
    words: int
    pairing: Mapping[str, str]


def spoken(turns: Iterable[tuple[str, Sequence[str]]]) -> Spoken:
    """The words of turns, each a speaker's name and words; who says nothing is no speaker."""
    numbers: dict[str, int] = {}
    words: list[str] = []
    speaker_of: list[int] = []
    for speaker, said in turns:
        if said:
            words.extend(said)
            speaker_of.extend([numbers.setdefault(speaker, len(numbers))] * len(said))
    return Spoken(words, tuple(numbers), np.array(speaker_of, dtype=np.intp))


def misattributed_words(reference: Spoken, hypothesis: Spoken) -> WordErrors:
    """Word diarization error (Shafey, Soltau and Shafran 2019): of the words that both sides have, right or
    substituted, how many have the wrong speaker: (S_IS + C_IS) / (S + C).

    Words lost and put in are no part of it. The alignment is rapidfuzz's; where several are equally short, another
    one may give a word to another speaker.
    """
    edits = cast("list[tuple[str, int, int]]", Levenshtein.editops(reference.words, hypothesis.words).as_list())
    lost = [position for tag, position, _ in edits if tag == "delete"]
    added = [position for tag, _, position in edits if tag == "insert"]
    # What is neither lost nor put in stands in pairs, in order.
    said_by = np.delete(reference.speaker_of, lost)
    heard_as = np.delete(hypothesis.speaker_of, added)
    shape = len(reference.speakers), len(hypothesis.speakers)
    together = np.bincount(said_by * shape[1] + heard_as, minlength=shape[0] * shape[1]).reshape(shape)
    pairs = best_pairs(-together.astype(np.float64))
    right = sum(int(together[pair]) for pair in pairs)
    met = [pair for pair in pairs if together[pair]]
    return WordErrors(len(said_by) - right, len(said_by), _named(met, reference, hypothesis))


def permuted_word_errors(reference: Spoken, hypothesis: Spoken) -> WordErrors:
    """cpWER (Watanabe et al. 2020, CHiME-6): word errors of each speaker's words joined, summed over the best pairing.

    A real speaker whom nobody is paired with is deleted, a heard one is put in.
    """
    left, right = reference.streams, hypothesis.streams
    lengths = np.array([len(words) for words in left]), np.array([len(words) for words in right])
    if not left or not right:
        return WordErrors(len(reference.words) + len(hypothesis.words), len(reference.words), {})
    distances = process.cdist(left, right, scorer=Levenshtein.distance, dtype=np.int64)
    # No pair costs more than both of its sides left alone, so the pairing is as large as it can be.
    saved = distances - lengths[0][:, None] - lengths[1]
    pairs = best_pairs(saved.astype(np.float64))
    wrong = len(reference.words) + len(hypothesis.words) + sum(int(saved[pair]) for pair in pairs)
    return WordErrors(wrong, len(reference.words), _named(pairs, reference, hypothesis))


def best_pairs(costs: Floats) -> list[tuple[int, int]]:
    """The cheapest one-to-one pairing of rows with columns `[r, h]` that leaves none of the fewer side alone.

    Shortest augmenting paths (Jonker and Volgenant 1987); exact where sums of costs are. Ties: the same costs give
    the same pairs.
    """
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in best_pairs(costs.T))
    cheapest = costs.argmin(axis=1).tolist() if costs.size else []
    if len(set(cheapest)) == len(costs):  # nobody stands in another's way
        return list(enumerate(cheapest))
    pairing = _Pairing(costs)
    for row in range(len(costs)):
        pairing.add(row)
    return list(enumerate(pairing.column_of.tolist()))


class _Pairing:
    """A cheapest pairing of the first rows of costs `[r, h]`, r ≤ h, which grows row by row."""

    def __init__(self, costs: Floats) -> None:
        self.costs = costs
        self.column_of = np.full(costs.shape[0], -1)
        self.row_of = np.full(costs.shape[1], -1)
        self._row_duals = np.zeros(costs.shape[0])
        self._column_duals = np.zeros(costs.shape[1])

    def add(self, row: int) -> None:
        """Finds the shortest path from a row to a free column, and changes the pairs along it."""
        length = np.full(len(self.row_of), np.inf)  # of the shortest path to each column
        came_from = np.full(len(self.row_of), -1)
        done = np.zeros(len(self.row_of), dtype=bool)
        at, so_far = row, 0.0
        while at >= 0:
            through = so_far + self.costs[at] - self._row_duals[at] - self._column_duals
            shorter = ~done & (through < length)
            length[shorter], came_from[shorter] = through[shorter], at
            column = int(np.where(done, np.inf, length).argmin())
            so_far = float(length[column])
            done[column] = True
            at = int(self.row_of[column])
        self._raise_duals(so_far - length, done)
        self._row_duals[row] += so_far
        while at != row:
            at = int(came_from[column])
            self.row_of[column] = at
            self.column_of[at], column = column, int(self.column_of[at])

    def _raise_duals(self, by: Floats, done: NDArray[np.bool_]) -> None:
        paired = done & (self.row_of >= 0)
        self._row_duals[self.row_of[paired]] += by[paired]
        self._column_duals[done] -= by[done]


def _named(pairs: Sequence[tuple[int, int]], reference: Spoken, hypothesis: Spoken) -> Mapping[str, str]:
    return {reference.speakers[row]: hypothesis.speakers[column] for row, column in pairs}
