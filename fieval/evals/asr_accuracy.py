"""How much of what was said the speech recogniser got right: word and character errors, and the words that matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from fieval.evals.base import SHARE, Evaluator, NotNegative, Scorer
from fieval.model import Card, Interaction, MetricName, Output, Turn
from fieval.speech.align import Span, aligned, character_errors, count_errors, found_terms, term_spans
from fieval.speech.normalize import Normalizer, NormalizerName, normalizer
from fieval.statistics.sums import Metric, quotient

_ERRORS, _DELETIONS, _INSERTIONS, _WORDS, _CHARACTER_ERRORS, _CHARACTERS, _TERMS_FOUND, _TERMS = range(8)

MISHEARD_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class ASRAccuracy(Evaluator):
    """Word error rate and its kin on the gold turns of voice interactions, joined in the order given.

    A call fails when its WER is above `fail_above`, and is worse when that grows by more than `worse_by`.
    """

    normalizer: NormalizerName = "auto"
    fail_above: NotNegative = 0.25
    worse_by: NotNegative = 0.10

    metric_names: ClassVar = (
        MetricName("wer", "lower", limits=SHARE),
        MetricName("cer", "lower", limits=SHARE),
        MetricName("insertion_rate", "lower", limits=SHARE),
        MetricName("deletion_rate", "lower", limits=SHARE),
        MetricName("term_recall", "higher", limits=SHARE),
    )

    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of what was recognised; the card's terms, and every word with a digit, count for recall."""
        return ASRScorer(card.terms, self)


class ASRScorer(Scorer):
    """One row: word errors, deletions, insertions, words; character errors, characters; terms found, terms.

    A missing transcript is every reference word deleted; where nothing was said, nothing can be missing.
    """

    width = 8
    transcribes = True

    def __init__(self, terms: Sequence[str], options: ASRAccuracy) -> None:
        self.terms, self.options = terms, options
        self.metrics = _METRICS
        self._normalizers: dict[str, tuple[Normalizer, list[list[str]]]] = {}
        self._last: _Reference | None = None

    def applies(self, interaction: Interaction) -> bool:
        return interaction.channel == "voice" and bool(interaction.turns)

    def part(self, interaction: Interaction, output: Output | None) -> tuple[str, ...] | None:
        texts = () if output is None else tuple(turn.text for turn in output.turns)
        if any(character.isalnum() for text in texts for character in text):
            return texts
        return None if self._reference(interaction).words else ()

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        reference = self._reference(interaction)
        hypothesis = self._hypothesis(interaction, output)
        counts = count_errors(reference.words, hypothesis)
        return [
            float(counts.errors),
            float(counts.deletions),
            float(counts.insertions),
            float(len(reference.words)),
            float(character_errors(reference.text, " ".join(hypothesis))),
            float(len(reference.text)),
            float(found_terms(reference.spans, counts)),
            float(len(reference.spans)),
        ]

    def badness(self, row: Sequence[float]) -> float:
        return row[_ERRORS] / max(row[_WORDS], 1.0)

    def failed(self, row: Sequence[float]) -> bool:
        return self.badness(row) > self.options.fail_above + 1e-9

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        return self.badness(after) - self.badness(before) > self.options.worse_by + 1e-9

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        reference = self._reference(interaction)
        hypothesis = self._hypothesis(interaction, output)
        counts = count_errors(reference.words, hypothesis)
        missed = [(start, end) for start, end in reference.spans if not found_terms([(start, end)], counts)]
        misheard, alignment = aligned(reference.words, hypothesis)
        return {
            "misheard": misheard[:MISHEARD_SHOWN],
            "wer": counts.errors / len(reference.words) if reference.words else None,
            "substitutions": counts.substitutions,
            "deletions": counts.deletions,
            "insertions": counts.insertions,
            "reference_words": len(reference.words),
            "missed_terms": [" ".join(reference.words[start:end]) for start, end in missed],
            "alignment": alignment,
        }

    def _hypothesis(self, interaction: Interaction, output: Output | None) -> list[str]:
        return self._language(interaction.language)[0](_joined(output.turns if output else ()))

    def _reference(self, interaction: Interaction) -> _Reference:
        """The gold words of an interaction; kept until the next one, as both systems are scored in turn."""
        if self._last is None or self._last.interaction is not interaction:
            normalize, terms = self._language(interaction.language)
            self._last = _Reference(interaction, normalize(_joined(interaction.turns)), terms)
        return self._last

    def _language(self, language: str) -> tuple[Normalizer, list[list[str]]]:
        if language not in self._normalizers:
            normalize = normalizer(self.options.normalizer, language)
            self._normalizers[language] = normalize, [normalize(term) for term in self.terms]
        return self._normalizers[language]


class _Reference:
    """The words of one interaction's gold turns, and where the terms stand among them."""

    def __init__(self, interaction: Interaction, words: list[str], terms: Sequence[Sequence[str]]) -> None:
        self.interaction, self.words = interaction, words
        self._terms = terms

    @cached_property
    def text(self) -> str:
        return " ".join(self.words)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        return term_spans(self.words, self._terms)


def _joined(turns: Sequence[Turn]) -> str:
    return "\n".join(turn.text for turn in turns)


_METRICS = (
    Metric("wer", "lower", "ratio", (_ERRORS, _WORDS), quotient),
    Metric("cer", "lower", "ratio", (_CHARACTER_ERRORS, _CHARACTERS), quotient),
    Metric("insertion_rate", "lower", "ratio", (_INSERTIONS, _WORDS), quotient),
    Metric("deletion_rate", "lower", "ratio", (_DELETIONS, _WORDS), quotient),
    Metric("term_recall", "higher", "ratio", (_TERMS_FOUND, _TERMS), quotient),
)
