"""Reference and hypothesis, word by word: how many words were substituted, deleted and inserted, and which were hit.

Totals are Levenshtein distances and unique. How a total splits into substitutions, deletions and insertions is not:
the split is that of rapidfuzz's alignment, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Literal, NamedTuple, cast

from rapidfuzz.distance import Levenshtein

Span = tuple[int, int]
Kind = Literal["equal", "replace", "delete", "insert"]

# Where to look for the distance first; a wrong guess costs time, never the result.
_SHORTEST_BAND = 31
_LIKELY_ERRORS = 10


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
    missed: list[int] = []
    substitutions = 0
    edits = cast("list[tuple[str, int, int]]", Levenshtein.editops(reference, hypothesis).as_list())
    for tag, position, _ in edits:
        if tag != "insert":
            missed.append(position)
            substitutions += tag == "replace"
    hits = len(reference) - len(missed)
    return ErrorCounts(
        substitutions=substitutions,
        deletions=len(missed) - substitutions,
        insertions=len(hypothesis) - substitutions - hits,
        hits=hits,
        missed=frozenset(missed),
    )


def character_errors(reference: str, hypothesis: str) -> int:
    """The edit distance of two texts in characters, blanks included."""
    likely = max(_SHORTEST_BAND, len(reference) // _LIKELY_ERRORS)
    return Levenshtein.distance(reference, hypothesis, score_hint=likely)


def term_spans(reference: Sequence[str], terms: Iterable[Sequence[str]]) -> tuple[Span, ...]:
    """Where words that must survive stand in the reference: each occurrence of a term, each word with a digit."""
    by_first_word: dict[str, list[list[str]]] = {}
    for term in terms:
        if term:
            by_first_word.setdefault(term[0], []).append(list(term))
    spans: set[Span] = set()
    for start, word in enumerate(reference):
        if not word.isalpha() and any(map(str.isdigit, word)):
            spans.add((start, start + 1))
        for term in by_first_word.get(word, by_first_word.get(word.removesuffix("'s"), ())):
            if _stands_at(reference, start, term):
                spans.add((start, start + len(term)))
    return tuple(sorted(spans))


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
    found = cast("list[tuple[Kind, int, int, int, int]]", Levenshtein.opcodes(reference, hypothesis).as_list())
    return [Chunk(tag, tuple(reference[start:end]), tuple(hypothesis[begin:stop]))
            for tag, start, end, begin, stop in found]  # fmt: skip


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


def runs(chunks: Iterable[Chunk]) -> list[tuple[str, str]]:
    """By turns what was hit, the same on both sides, and what was said and heard instead."""
    found = [list(own) for _, own in groupby(chunks, key=lambda chunk: chunk.kind == "equal")]
    return [(_joined(each.said for each in own), _joined(each.heard for each in own)) for own in found]


def misheard(chunks: Iterable[Chunk]) -> list[str]:
    """What was said and what it was taken for (`said → recognised`)."""
    return [f"{_words(each.said)} → {_words(each.heard)}" for each in chunks if each.kind != "equal"]


_JIWERS = {"equal": "equal", "replace": "substitute", "delete": "delete", "insert": "insert"}


def _joined(parts: Iterable[Sequence[str]]) -> str:
    return " ".join(chain.from_iterable(parts))


def _words(words: Sequence[str]) -> str:
    return " ".join(words) or "(nothing)"
