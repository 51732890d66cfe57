"""Reference and hypothesis, word by word: how many words were substituted, deleted and inserted, and which were hit.

Totals are Levenshtein distances and unique. How a total splits into substitutions, deletions and insertions is not:
the split is that of rapidfuzz's alignment, the same on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal, NamedTuple, cast

from rapidfuzz.distance import Levenshtein

Span = tuple[int, int]
Kind = Literal["equal", "replace", "delete", "insert"]

# Where to look for the errors first: one word in six. It takes time with few words, and with very many rapidfuzz would
# come to another split of the same total.
_LIKELY_ERRORS = 6
_LONG, _LARGE = 600, 1 << 22

_REMEMBERED_WORDS = 200_000


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Word errors of one alignment; `missed` are the positions of the reference that were not hit."""

    substitutions: int
    deletions: int
    insertions: int
    hits: int
    missed: frozenset[int]

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions


class Chunk(NamedTuple):
    """Words that stand together in an alignment: those of the reference, and those of the hypothesis."""

    kind: Kind
    said: tuple[str, ...]
    heard: tuple[str, ...]


def count_errors(reference: list[str], hypothesis: list[str]) -> ErrorCounts:
    """Counts the errors of the hypothesis in a minimal alignment with the reference."""
    found = Levenshtein.editops(reference, hypothesis, score_hint=_likely_errors(len(reference), len(hypothesis)))
    edits = cast("list[tuple[str, int, int]]", found.as_list())
    missed = [position for tag, position, _ in edits if tag != "insert"]
    substitutions = sum(tag == "replace" for tag, _, _ in edits)
    hits = len(reference) - len(missed)
    return ErrorCounts(
        substitutions=substitutions,
        deletions=len(missed) - substitutions,
        insertions=len(hypothesis) - substitutions - hits,
        hits=hits,
        missed=frozenset(missed),
    )


def character_errors(reference: str, hypothesis: str, likely: int) -> int:
    """The edit distance of two texts in characters, blanks included; found fastest if it is just below `likely`."""
    return Levenshtein.distance(reference, hypothesis, score_hint=likely)


class Terms:
    """Words that must survive, to be found in a reference: each occurrence of a term, each word with a digit."""

    def __init__(self, terms: Iterable[Sequence[str]]) -> None:
        self._by_first_word: dict[str, list[list[str]]] = {}
        for term in terms:
            if term:
                self._by_first_word.setdefault(term[0], []).append(list(term))
        self._begins = _Begins(self._by_first_word)

    def spans(self, reference: Sequence[str]) -> tuple[Span, ...]:
        """Where they stand, in order."""
        spans: set[Span] = set()
        for start in compress(range(len(reference)), map(self._begins.__getitem__, reference)):
            word = reference[start]
            if _has_digit(word):
                spans.add((start, start + 1))
            terms = self._by_first_word.get(word, self._by_first_word.get(_base(word), []))
            spans.update((start, start + len(term)) for term in terms if _stands_at(reference, start, term))
        return tuple(sorted(spans))


class _Begins(dict[str, bool]):
    """Whether a span may begin with a word, remembered; bounded, as numbers have no end."""

    def __init__(self, first_words: Container[str]) -> None:
        super().__init__()
        self._first_words = first_words

    def __missing__(self, word: str) -> bool:
        if len(self) >= _REMEMBERED_WORDS:
            self.clear()
        self[word] = found = _has_digit(word) or word in self._first_words or _base(word) in self._first_words
        return found


def _likely_errors(words: int, heard: int) -> int | None:
    return words // _LIKELY_ERRORS if words >= _LONG and words * heard < _LARGE else None


def _base(word: str) -> str:
    return word.removesuffix("'s")


def _has_digit(word: str) -> bool:
    return not word.isalpha() and any(map(str.isdigit, word))


def _stands_at(reference: Sequence[str], start: int, term: list[str]) -> bool:
    """Whether a term stands at a place; its last word may have the possessive `'s`."""
    end = start + len(term)
    last = reference[end - 1 : end]
    return last in ([term[-1]], [f"{term[-1]}'s"]) and list(reference[start : end - 1]) == term[:-1]


def found_terms(spans: Iterable[Span], counts: ErrorCounts) -> int:
    """How many spans of the reference were hit in every word."""
    return sum(counts.missed.isdisjoint(range(start, end)) for start, end in spans)


def aligned(reference: list[str], hypothesis: list[str]) -> list[Chunk]:
    """Both texts from their first to their last word, in runs of what was hit, substituted, deleted or inserted."""
    said, heard, likely = tuple(reference), tuple(hypothesis), _likely_errors(len(reference), len(hypothesis))
    found = Levenshtein.opcodes(reference, hypothesis, score_hint=likely)
    places = cast("list[tuple[Kind, int, int, int, int]]", found.as_list())
    return [Chunk(tag, said[start:end], heard[begin:stop]) for tag, start, end, begin, stop in places]


def printed(chunks: Sequence[Chunk]) -> str:
    """An alignment for people to read, as jiwer prints it."""
    import jiwer

    said, heard, parts = list[str](), list[str](), []
    for chunk in chunks:
        start, begin = len(said), len(heard)
        said.extend(chunk.said)
        heard.extend(chunk.heard)
        parts.append(jiwer.AlignmentChunk(_JIWERS[chunk.kind], start, len(said), begin, len(heard)))
    rates, counts = (0.0,) * 4, (0,) * 4  # not printed
    return jiwer.visualize_alignment(jiwer.WordOutput([said], [heard], [parts], *rates, *counts), show_measures=False)


def counted(chunks: Iterable[Chunk]) -> ErrorCounts:
    """The errors of an alignment, as `count_errors` has them."""
    words = Counter[Kind]()
    missed: list[int] = []
    place = 0
    for kind, said, heard in chunks:
        words[kind] += len(said) or len(heard)
        if kind != "equal":
            missed += range(place, place + len(said))
        place += len(said)
    return ErrorCounts(words["replace"], words["delete"], words["insert"], words["equal"], frozenset(missed))


def runs(chunks: Iterable[Chunk]) -> list[tuple[str, str]]:
    """By turns what was hit, the same on both sides, and what was said and heard instead."""
    found: list[tuple[str, str]] = []
    was_hit: bool | None = None
    for kind, *words in chunks:
        hit = kind == "equal"
        said = " ".join(words[0])
        heard = said if hit else " ".join(words[1])
        if hit is was_hit:
            before = found.pop()
            said, heard = f"{before[0]} {said}".strip(), f"{before[1]} {heard}".strip()
        found.append((said, heard))
        was_hit = hit
    return found


def misheard(chunks: Iterable[Chunk]) -> Iterator[str]:
    """What was said and what it was taken for (`said → recognised`)."""
    return (f"{_words(each.said)} → {_words(each.heard)}" for each in chunks if each.kind != "equal")


_JIWERS = {"equal": "equal", "replace": "substitute", "delete": "delete", "insert": "insert"}


def _words(words: Sequence[str]) -> str:
    return " ".join(words) or "(nothing)"
