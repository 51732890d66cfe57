"""Reference and hypothesis, word by word: how many words were substituted, deleted and inserted, and which were hit.

Totals are Levenshtein distances and unique. How a total splits into substitutions, deletions and insertions is not:
the split is that of rapidfuzz's alignment, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from rapidfuzz.distance import Levenshtein

Span = tuple[int, int]

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


def aligned(reference: list[str], hypothesis: list[str]) -> tuple[list[str], str]:
    """What was misheard (`said → recognised`), and the whole alignment as jiwer prints it, for people to read."""
    import jiwer

    output = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    misheard = [
        f"{_words(reference, part.ref_start_idx, part.ref_end_idx)} → "
        f"{_words(hypothesis, part.hyp_start_idx, part.hyp_end_idx)}"
        for part in output.alignments[0]
        if part.type != "equal"
    ]
    return misheard, jiwer.visualize_alignment(output, show_measures=False)


def _words(words: list[str], start: int, end: int) -> str:
    return " ".join(words[start:end]) or "(nothing)"
