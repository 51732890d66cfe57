"""Who spoke when, and who said which words: what diarization got wrong on calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, ClassVar

from fieval.errors import InvalidInput
from fieval.evals.base import SHARE, BarScorer, Evaluator, NotNegative, Scorer
from fieval.evals.evaluation import NOTHING_TO_COMPARE, Evaluation, evaluated
from fieval.evals.given import Spans, number_of, one, spans_of, whole
from fieval.model import Card, Interaction, MetricName, Output, Redacted, Segment, Turn
from fieval.speech.diarize import Diarization, Region, Stretch
from fieval.speech.masked import places
from fieval.speech.normalize import NormalizerName, normalizer
from fieval.speech.redaction import unmasked
from fieval.speech.speakers import Spoken, WordErrors, misattributed_words, permuted_word_errors, spoken
from fieval.statistics.sums import Metric, quotient

_WRONG, _TOTAL, _JACCARD, _SPEAKERS, _MISATTRIBUTED, _ALIGNED, _WORD_ERRORS, _WORDS = range(8)

Said = list[tuple[str, list[str]]]  # speakers, and their words

STRETCHES_SHOWN = 10
NAMES_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class DiarizationAccuracy(Evaluator):
    """Speaker errors on voice interactions: in seconds against gold segments, in words against gold turns.

    `der` is (missed + false alarm + confused) / gold seconds as in NIST md-eval, with `collar` seconds on each side of
    every gold boundary left out and, with `skip_overlap`, the time in which two gold speakers talk at once; it may be
    above 1. `jer` is the mean Jaccard error of the gold speakers (DIHARD II), without collar, overlap included. `wder`
    is the share of aligned words that have the wrong speaker (Shafey et al. 2019); words that got lost are no part of
    it, so that less heard can look better. `cpwer` is the word errors of each speaker's words joined (CHiME-6),
    recognition errors included. `fieval.speech.diarize` says where tools differ. `redacted`: whether masked passages
    (`[PII]`) are refused, or left out of both where gold has them, with whatever was recognised there.

    A call fails when its DER is above `fail_above`, and is worse when that grows by more than `worse_by`; where gold
    has no times, WDER stands for it.
    """

    collar: NotNegative = 0.25
    skip_overlap: bool = False
    normalizer: NormalizerName = "auto"
    redacted: Redacted = "refuse"
    fail_above: NotNegative = 0.25
    worse_by: NotNegative = 0.10

    metric_names: ClassVar = (
        MetricName("der", "lower", limits=SHARE),
        MetricName("jer", "lower", limits=SHARE),
        MetricName("wder", "lower", limits=SHARE),
        MetricName("cpwer", "lower", limits=SHARE),
    )

    def __post_init__(self) -> None:
        for name in ("collar", "fail_above", "worse_by"):
            given = getattr(self, name)
            if not given >= 0:  # as NaN is not, either
                raise InvalidInput(f"{name}: expected a number from 0 on, got {given}")

    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of speakers; nothing of the card matters to it."""
        return DiarizationScorer(self)

    def evaluate(
        self,
        input: Spans,  # noqa: A002 - the word that users know
        output: Spans | None,
        *,
        duration: float | None = None,
        language: str = "en",
    ) -> Evaluation:
        """Speakers as a pipeline has them against people's, which are the input; either are segments or turns.

        `duration` (seconds) is the region that is scored. Raises InvalidInput.
        """
        region = None if duration is None else number_of(duration, "duration")
        if region is not None and region <= 0:
            raise InvalidInput(f"duration: expected seconds above 0, got {region:.12g}")
        turns, segments = spans_of(input)
        heard, spans = ((), ()) if output is None else spans_of(output, "output")
        interaction = one(language, turns=whole(turns, self.redacted), segments=segments, duration=region)
        made = Output("", turns=whole(heard, self.redacted, "output"), segments=spans)
        return evaluated(DiarizationScorer(self), interaction, made, self._told)

    def _told(self, row: Sequence[float]) -> tuple[float | None, str]:
        if row[_WRONG] and not row[_TOTAL]:
            return 1.0 - row[_WRONG], f"{row[_WRONG]:.1f} s of speech where nobody speaks"  # in seconds, as badness is
        by_time = bool(row[_TOTAL])
        if not by_time and not row[_WORDS]:
            return None, NOTHING_TO_COMPARE
        wrong = row[_WRONG] / row[_TOTAL] if by_time else row[_MISATTRIBUTED] / max(row[_ALIGNED], 1.0)
        what = "of the time is wrong (DER)" if by_time else "of the words have the wrong speaker (WDER)"
        return 1.0 - wrong, f"{wrong:.1%} {what}, the bar is {self.fail_above:.0%}"


class DiarizationScorer(BarScorer):
    """One row: seconds wrong, gold seconds; Jaccard errors, gold speakers; words with the wrong speaker, words
    aligned; word errors by speaker, gold words.

    Without times in the output all gold seconds are missed; without words all gold words are lost, and have the wrong
    speaker. Names are strings without meaning: a pipeline that names no speaker has one.
    """

    options: DiarizationAccuracy
    width = 8
    makes = ("turns.speaker", "segments")

    def __init__(self, options: DiarizationAccuracy) -> None:
        self.options = options
        self.redacted = options.redacted
        self.metrics = _METRICS
        self._last: _Gold | None = None

    def applies(self, interaction: Interaction) -> bool:
        return interaction.channel == "voice" and (_has_times(interaction) or _has_words(interaction))

    def identities(self, interactions: Iterable[Interaction]) -> tuple[str, ...]:
        languages = {each.language for each in interactions if self.counts(each) and _has_words(each)}
        identities = {normalizer(self.options.normalizer, language).identity for language in languages}
        return tuple(sorted(map(self.as_redacted, identities)))

    def part(self, interaction: Interaction, output: Output | None) -> object | None:
        """Segments and turns as far as there is gold for them; nothing is missing where nothing was said."""
        gold = self._gold(interaction)
        segments = output.segments if output is not None and gold.has_times else ()
        turns = output.turns if output is not None and gold.has_words else ()
        said = tuple((turn.speaker, turn.text) for turn in turns)
        pieces = [piece for _, text in said for piece in self._pieces(text)]
        spoken = any(map(gold.holds, segments)) or any(any(map(str.isalnum, piece)) for piece in pieces)
        return (segments, said) if spoken or not gold.is_spoken else None

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        gold = self._gold(interaction)
        row = [0.0] * self.width
        if gold.has_times:
            errors = self._times(gold, output).errors()
            row[:_MISATTRIBUTED] = errors.wrong, errors.total, errors.jaccard, float(errors.speakers)
        if gold.has_words:
            attributed, permuted = self._words(gold, output)
            row[_MISATTRIBUTED:] = map(float, (attributed.wrong, attributed.words, permuted.wrong, permuted.words))
        return row

    def badness(self, row: Sequence[float]) -> float:
        """DER, else WDER; where there is no gold second, the seconds made up."""
        if row[_TOTAL] or row[_WRONG]:
            return row[_WRONG] / (row[_TOTAL] or 1.0)
        return row[_MISATTRIBUTED] / max(row[_ALIGNED], 1.0)

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        gold = self._gold(interaction)
        times = self._time_evidence(gold, output) if gold.has_times else {}
        return {**times, **(self._word_evidence(gold, output) if gold.has_words else {})}

    def _time_evidence(self, gold: _Gold, output: Output | None) -> Mapping[str, Any]:
        times = self._times(gold, output)
        errors = times.errors()
        return {
            "der": errors.wrong / errors.total if errors.total else None,
            "jer": errors.jaccard / errors.speakers if errors.speakers else None,
            "missed_seconds": round(errors.missed, 3),
            "false_alarm_seconds": round(errors.false_alarm, 3),
            "confused_seconds": round(errors.confused, 3),
            "gold_seconds": round(errors.total, 3),
            "speakers": dict(errors.pairing),
            "stretches": [_told(stretch) for stretch in times.longest(STRETCHES_SHOWN)],
        }

    def _word_evidence(self, gold: _Gold, output: Output | None) -> Mapping[str, Any]:
        attributed, permuted = self._words(gold, output)
        return {
            "wder": attributed.wrong / attributed.words if attributed.words else None,
            "cpwer": permuted.wrong / permuted.words if permuted.words else None,
            "words_with_wrong_speaker": attributed.wrong,
            "aligned_words": attributed.words,
            "word_errors_by_speaker": permuted.wrong,
            "gold_words": permuted.words,
            "speakers_by_words": dict(permuted.pairing),
        }

    def _times(self, gold: _Gold, output: Output | None) -> Diarization:
        region = Region(gold.interaction.duration, self.options.collar, self.options.skip_overlap)
        return Diarization(gold.interaction.segments, output.segments if output else (), region)

    def _words(self, gold: _Gold, output: Output | None) -> tuple[WordErrors, WordErrors]:
        """Errors of attribution, and of each speaker's words; gold words that nobody heard went to nobody."""
        heard = gold.beside(self._spoken(output.turns if output else (), gold.interaction.language))
        permuted = permuted_word_errors(gold.words, heard)
        if not heard.words:
            return WordErrors(permuted.words, permuted.words, {}), permuted
        return misattributed_words(gold.words, heard), permuted

    def _gold(self, interaction: Interaction) -> _Gold:
        """The gold of an interaction; kept until the next one, as both systems are scored in turn."""
        if self._last is None or self._last.interaction is not interaction:
            self._last = _Gold(interaction, self)
        return self._last

    def _spoken(self, turns: Sequence[Turn], language: str) -> Spoken:
        """The words of turns, without masked passages where those are left out."""
        return spoken(chain.from_iterable(self._said(turns, language)))

    def _said(self, turns: Sequence[Turn], language: str) -> list[Said]:
        """Who said what between one masked passage and the next.

        Turns of one speaker in a row are one text, so that no cut is in `twenty | five`.
        """
        normalize = normalizer(self.options.normalizer, language)
        said = groupby((turn for turn in turns if turn.text.strip()), key=attrgetter("speaker"))
        found: list[Said] = [[]]
        for speaker, those in said:
            first, *others = self._pieces("\n".join(turn.text for turn in those))
            found[-1].append((speaker, normalize(first)))
            found += ([(speaker, normalize(piece))] for piece in others)
        return found

    def _pieces(self, text: str) -> list[str]:
        """The text, or what stands between its masks."""
        return unmasked(text) if self.redacted == "mask" else [text]


class _Gold:
    """What people said of the speakers of one interaction."""

    def __init__(self, interaction: Interaction, scorer: DiarizationScorer) -> None:
        self.interaction = interaction
        self.has_times = _has_times(interaction)
        self.has_words = _has_words(interaction)
        self._scorer = scorer

    @cached_property
    def words(self) -> Spoken:
        return spoken(chain.from_iterable(self._said))

    @cached_property
    def _said(self) -> list[Said]:
        return self._scorer._said(self.interaction.turns, self.interaction.language)

    def beside(self, heard: Spoken) -> Spoken:
        """What was heard, without what stands where gold is masked."""
        pieces = [list(chain.from_iterable(words for _, words in piece)) for piece in self._said]
        return heard if len(pieces) == 1 else heard.within(places(pieces, heard.words))

    @property
    def is_spoken(self) -> bool:
        """Whether there is anything to be found."""
        return (self.has_words and bool(self.words.words)) or (
            self.has_times and any(map(self.holds, self.interaction.segments))
        )

    def holds(self, segment: Segment) -> bool:
        """Whether any of a segment is within the call."""
        duration = self.interaction.duration
        return segment.start < (segment.end if duration is None else min(segment.end, duration))


def _has_times(interaction: Interaction) -> bool:
    return any(segment.speaker for segment in interaction.segments)


def _has_words(interaction: Interaction) -> bool:
    return any(turn.speaker and turn.text.strip() for turn in interaction.turns)


def _told(stretch: Stretch) -> str:
    """A stretch as people read it: `confused 12.3 to 15.8 s: agent → spk_1`."""
    span = f"{stretch.start:.2f} to {stretch.end:.2f} s"
    return f"{stretch.kind} {span}: {_listed(stretch.speakers)} → {_listed(stretch.heard)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more or "(nobody)"


_METRICS = (
    Metric("der", "lower", "ratio", (_WRONG, _TOTAL), quotient),
    Metric("jer", "lower", "ratio", (_JACCARD, _SPEAKERS), quotient),
    Metric("wder", "lower", "ratio", (_MISATTRIBUTED, _ALIGNED), quotient),
    Metric("cpwer", "lower", "ratio", (_WORD_ERRORS, _WORDS), quotient),
)
