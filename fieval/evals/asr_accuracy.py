"""How much of what was said the speech recogniser got right: word and character errors, and the words that matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, islice, starmap
from typing import Any, ClassVar

from fieval.errors import InvalidInput
from fieval.evals.base import SHARE, BarScorer, Evaluator, NotNegative, Scorer
from fieval.evals.evaluation import NOTHING_TO_COMPARE, Evaluation, evaluated
from fieval.evals.given import Spoken, one, turns_of, whole
from fieval.model import Card, Interaction, MetricName, Output, Redacted, Turn
from fieval.speech.align import (
    Chunk,
    ErrorCounts,
    Span,
    Terms,
    aligned,
    character_errors,
    count_errors,
    counted,
    found_terms,
    misheard,
)
from fieval.speech.masked import Pair, matched, total_errors
from fieval.speech.normalize import Normalizer, NormalizerName, normalizer
from fieval.speech.redaction import unmasked
from fieval.speech.replacements import Replacing
from fieval.statistics.sums import Metric, quotient

_ERRORS, _DELETIONS, _INSERTIONS, _WORDS, _CHARACTER_ERRORS, _CHARACTERS, _TERMS_FOUND, _TERMS = range(8)

MISHEARD_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class ASRAccuracy(Evaluator):
    """Word error rate and its kin on the gold turns of voice interactions, joined in the order given.

    `speakers` are those whose turns count, by their names in gold, which outputs must use, too (a voice agent hears the
    customer only); all if left out. `replacements` are phrases that are compared as others, in gold and outputs alike.
    `redacted`: whether masked passages (`[PII]`) are refused, or left out where gold has them, with whatever was
    recognised there; what only an output masks is lost. A call fails when its WER is above `fail_above`, and is worse
    when that grows by more than `worse_by`.
    """

    normalizer: NormalizerName = "auto"
    speakers: tuple[str, ...] = field(default_factory=tuple)
    replacements: Mapping[str, str] = field(default_factory=dict)
    redacted: Redacted = "refuse"
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
        try:
            return ASRScorer(card.terms, self)
        except InvalidInput as error:
            raise InvalidInput([f"steps.{step}.{problem}" for problem in error.problems]) from error

    def evaluate(
        self,
        input: Spoken,  # noqa: A002 - the word that users know
        output: Spoken | None,
        *,
        language: str = "en",
        terms: Sequence[str] = (),
    ) -> Evaluation:
        """What was recognised against what people heard, which is the input. Raises InvalidInput."""
        interaction = one(language, turns=whole(turns_of(input), self.redacted))
        made = None if output is None else Output("", turns=whole(turns_of(output, "output"), self.redacted, "output"))
        return evaluated(ASRScorer(tuple(terms), self), interaction, made, self._told)

    def _told(self, row: Sequence[float]) -> tuple[float | None, str]:
        if not row[_WORDS]:
            return (0.0, "words where nothing was said") if row[_ERRORS] else (None, NOTHING_TO_COMPARE)
        told = f"{row[_ERRORS]:.0f} word errors on {row[_WORDS]:.0f} words, the bar is {self.fail_above:.0%}"
        return 1.0 - row[_ERRORS] / row[_WORDS], told


class ASRScorer(BarScorer):
    """One row: word errors, deletions, insertions, words; character errors, characters; terms found, terms.

    A missing transcript is every reference word deleted; where nothing was said, nothing can be missing.
    """

    options: ASRAccuracy
    width = 8
    transcribes = True
    makes = ("turns.text",)

    def __init__(self, terms: Sequence[str], options: ASRAccuracy) -> None:
        self.terms, self.options = terms, options
        self.redacted = options.redacted
        self.metrics = _METRICS
        self._normalizers: dict[str, tuple[Normalizer, Terms]] = {}
        self._by_name = {name: self._replacing(name) for name in ("english", "basic", "none")}
        self._last: _Reference | None = None
        self._looked: tuple[Interaction, Output | None, _Compared] | None = None

    def identities(self, interactions: Iterable[Interaction]) -> tuple[str, ...]:
        languages = {interaction.language for interaction in interactions if self.counts(interaction)}
        identities = {self._language(language)[0].identity for language in languages}
        of = f" of {', '.join(sorted(self.options.speakers))}" if self.options.speakers else ""
        return tuple(sorted(f"{self.as_redacted(each)}{of}" for each in identities))

    def applies(self, interaction: Interaction) -> bool:
        return interaction.channel == "voice" and bool(self._counted(interaction.turns))

    def part(self, interaction: Interaction, output: Output | None) -> tuple[str, ...] | None:
        texts = () if output is None else tuple(turn.text for turn in self._counted(output.turns))
        spoken = any(character.isalnum() for text in texts for piece in self._pieces(text) for character in piece)
        return texts if spoken or not self._reference(interaction).words else None

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        reference = self._reference(interaction)
        counts, characters = _errors(reference, self._hypothesis(interaction, output))
        return [
            float(counts.errors),
            float(counts.deletions),
            float(counts.insertions),
            float(len(reference.words)),
            float(characters),
            float(sum(map(len, reference.texts))),
            float(found_terms(reference.spans, counts)),
            float(len(reference.spans)),
        ]

    def badness(self, row: Sequence[float]) -> float:
        return row[_ERRORS] / max(row[_WORDS], 1.0)

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        reference, compared = self._reference(interaction), self._compared(interaction, output)
        counts = counted(compared.chunks)
        missed = [(start, end) for start, end in reference.spans if not found_terms([(start, end)], counts)]
        return {
            "misheard": list(islice(misheard(compared.chunks), MISHEARD_SHOWN)),
            "wer": counts.errors / len(reference.words) if reference.words else None,
            "substitutions": counts.substitutions,
            "deletions": counts.deletions,
            "insertions": counts.insertions,
            "reference_words": len(reference.words),
            "missed_terms": [" ".join(reference.words[start:end]) for start, end in missed],
        }

    def alignment(self, interaction: Interaction, output: Output | None) -> Sequence[Chunk]:
        """Without what was recognised where gold is masked, which is not scored."""
        return self._compared(interaction, output).chunks

    def _compared(self, interaction: Interaction, output: Output | None) -> _Compared:
        """Kept until the next one, as evidence is followed by its alignment."""
        if self._looked is None or self._looked[0] is not interaction or self._looked[1] is not output:
            pieces = self._reference(interaction).pieces
            found = _Compared(matched(pieces, self._hypothesis(interaction, output)))
            self._looked = interaction, output, found
        return self._looked[2]

    def _hypothesis(self, interaction: Interaction, output: Output | None) -> list[str]:
        normalize = self._language(interaction.language)[0]
        return _all_words(list(map(normalize, self._pieces(self._joined(output.turns if output else ())))))

    def _reference(self, interaction: Interaction) -> _Reference:
        """The gold words of an interaction; kept until the next one, as both systems are scored in turn."""
        if self._last is None or self._last.interaction is not interaction:
            normalize, terms = self._language(interaction.language)
            pieces = list(map(normalize, self._pieces(self._joined(interaction.turns))))
            self._last = _Reference(interaction, pieces, terms)
        return self._last

    def _counted(self, turns: Sequence[Turn]) -> Sequence[Turn]:
        """The turns of those whose words count."""
        speakers = self.options.speakers
        return [turn for turn in turns if turn.speaker in speakers] if speakers else turns

    def _joined(self, turns: Sequence[Turn]) -> str:
        return "\n".join(turn.text for turn in self._counted(turns))

    def _pieces(self, text: str) -> list[str]:
        """The text, or what stands between its masks."""
        return unmasked(text) if self.redacted == "mask" else [text]

    def _language(self, language: str) -> tuple[Normalizer, Terms]:
        if language not in self._normalizers:
            normalize = self._by_name[normalizer(self.options.normalizer, language).name]
            self._normalizers[language] = normalize, Terms(map(normalize, self.terms))
        return self._normalizers[language]

    def _replacing(self, name: NormalizerName) -> Normalizer:
        """All of them are made at once, so that a problem shows before anything is scored."""
        base = normalizer(name, "")
        if not self.options.replacements or self.options.normalizer not in ("auto", name):
            return base
        try:
            return Replacing(base, self.options.replacements)
        except InvalidInput as error:
            raise InvalidInput([f"replacements: {problem}" for problem in error.problems]) from error


class _Reference:
    """The words of one interaction's gold turns, in pieces between its masks, and where the terms stand among them."""

    def __init__(self, interaction: Interaction, pieces: list[list[str]], terms: Terms) -> None:
        self.interaction, self.pieces = interaction, pieces
        self.words = _all_words(pieces)
        self._terms = terms

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(" ".join, self.pieces))

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        starts = accumulate(map(len, self.pieces), initial=0)
        return tuple(
            (before + start, before + end)
            for before, piece in zip(starts, self.pieces, strict=False)
            for start, end in self._terms.spans(piece)
        )


@dataclass(frozen=True)
class _Compared:
    """The pieces of a reference, each with what was heard for it."""

    pairs: Sequence[Pair]

    @cached_property
    def chunks(self) -> list[Chunk]:
        return list(chain.from_iterable(starmap(aligned, self.pairs)))


def _all_words(pieces: list[list[str]]) -> list[str]:
    """Of all pieces, which are seldom several."""
    return pieces[0] if len(pieces) == 1 else list(chain.from_iterable(pieces))


def _errors(reference: _Reference, hypothesis: list[str]) -> tuple[ErrorCounts, int]:
    """Word errors, and character errors."""
    pairs = matched(reference.pieces, hypothesis)
    counts = count_errors(*pairs[0]) if len(pairs) == 1 else total_errors(pairs)
    share = counts.errors / max(len(reference.words), 1)
    characters = (
        character_errors(said, " ".join(heard), int(share * len(said)))
        for said, (_, heard) in zip(reference.texts, pairs, strict=True)
    )
    return counts, sum(characters)


_METRICS = (
    Metric("wer", "lower", "ratio", (_ERRORS, _WORDS), quotient),
    Metric("cer", "lower", "ratio", (_CHARACTER_ERRORS, _CHARACTERS), quotient),
    Metric("insertion_rate", "lower", "ratio", (_INSERTIONS, _WORDS), quotient),
    Metric("deletion_rate", "lower", "ratio", (_DELETIONS, _WORDS), quotient),
    Metric("term_recall", "higher", "ratio", (_TERMS_FOUND, _TERMS), quotient),
)
