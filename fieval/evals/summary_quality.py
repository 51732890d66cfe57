"""Whether a summary keeps to what was said: no made-up specifics, and the facts that people marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec

from fieval.errors import InvalidInput
from fieval.evals.asked import Choice, chosen, heard, judged
from fieval.evals.asking.summary import AskingSummary
from fieval.evals.base import SHARE, BarScorer, Evaluator, NotNegative, Scorer, Traced
from fieval.evals.evaluation import Evaluation, evaluated
from fieval.evals.given import Facts, Spoken, facts_of, one, turns_of
from fieval.evals.judged import JudgedScorer
from fieval.model import Card, Fact, Interaction, MetricName, Output
from fieval.speech.grounds import Grounds
from fieval.speech.normalize import normalizer
from fieval.speech.specifics import Specific, SpecificsCheck, anchors_found, check
from fieval.statistics.sums import Metric, quotient

RubricId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,40}$")]
RubricText = Annotated[str, msgspec.Meta(min_length=1)]

_Found = TypeVar("_Found", Specific, Fact)
_KNOWN = 2_000  # interactions of which it stays known what was looked up in them
_ANY_FABRICATED, _HAS_TURNS, _FABRICATED, _CHECKED, _FACTS_FOUND, _FACTS, _MISSING = range(7)


@dataclass(frozen=True, kw_only=True)
class SummaryQuality(Evaluator):
    """Specifics of the summary that the gold turns do not have, and gold facts that the summary does not have.

    A summary fails when it is missing or has more than `fail_above` fabricated specifics; it is worse when it went
    missing or their number grew by more than `worse_by`. A judge, where the config has one and `judge` is not false,
    is asked about each claim, each gold fact and each item of `rubric`: yes-or-no texts by id.
    """

    fail_above: NotNegative = 0.0
    worse_by: NotNegative = 0.0
    rubric: Mapping[RubricId, RubricText] = field(default_factory=dict)
    judge: bool = True

    judged_options: ClassVar = ("rubric",)
    metric_names: ClassVar = (
        MetricName("fabrication_rate", "lower", limits=SHARE),
        MetricName("fabricated_per_specific", "lower", limits=SHARE),
        MetricName("fact_recall", "higher", limits=SHARE),
        MetricName("faithfulness", "higher", limits=SHARE, judged=True),
        MetricName("fact_coverage", "higher", limits=SHARE, judged=True),
        MetricName("rubric", "higher", limits=SHARE, judged=True),
    )

    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of summaries against gold turns and facts."""
        return SummaryScorer(self)

    def judged(self, step: str, card: Card) -> Scorer | None:
        """With a judge's verdicts on each summary."""
        return JudgedScorer(SummaryScorer(self), AskingSummary(self.rubric)) if self.judge else None

    def evaluate(
        self,
        input: Spoken,  # noqa: A002 - the word that users know
        output: str | None,
        *,
        facts: Facts = (),
        expected: str = "",
        language: str = "en",
        judge: Choice = None,
    ) -> Evaluation:
        """One summary against its transcript: the score is the share of its specifics that the transcript has.

        A summary without specifics gives nothing to check and has no score. `facts` are what it has to tell,
        `expected` is people's summary, shown beside it.

        With a judge the score is `faithfulness`: the share of its claims that the transcript supports. By default one
        is asked where there are credentials and this is not CI; False asks none, True must, as do `Settings`.
        Raises InvalidInput, and Unmeasurable where the judge cannot be heard.
        """
        if not isinstance(output, str | None):
            raise InvalidInput(f"output: expected a summary, got {type(output).__name__}")
        interaction = one(language, turns=turns_of(input), facts=facts_of(facts), summary=expected)
        made, scorer = Output("", summary=output or ""), SummaryScorer(self)
        settings = chosen(judge, wanted=self.judge)
        if settings is None:
            return evaluated(scorer, interaction, made, self._told)
        asking = JudgedScorer(scorer, AskingSummary(self.rubric))
        return judged(heard(asking, interaction, made, settings), interaction, made, self._told)

    def _told(self, row: Sequence[float]) -> tuple[float | None, str]:
        checked, fabricated = row[_CHECKED], row[_FABRICATED]
        if not checked:
            return None, "nothing to check: the summary has no number, date, name or the like"
        return 1.0 - fabricated / checked, f"{fabricated:.0f} of {checked:.0f} specifics are not in the transcript"


class SummaryScorer(BarScorer):
    """One row: 1 if anything is fabricated, 1; specifics fabricated, checked; facts found, facts; 1 if missing.

    A missing summary is one specific, fabricated, and no fact found. Without gold turns the first four are 0.
    """

    options: SummaryQuality
    width = 7
    makes = ("summary",)
    traceable: ClassVar = {
        "fabrication_rate": "fabricated",
        "fabricated_per_specific": "fabricated",
        "fail_rate": "fabricated",
        "worse_rate": "fabricated",
        "fact_recall": "lost",
    }

    def __init__(self, options: SummaryQuality) -> None:
        self.options = options
        self.metrics = _METRICS
        self._last: _Looked | None = None
        self._known: dict[str, _Looked] = {}

    def applies(self, interaction: Interaction) -> bool:
        return bool(interaction.turns or _checkable(interaction))

    def part(self, interaction: Interaction, output: Output | None) -> str | None:
        return output.summary if output is not None and any(map(str.isalnum, output.summary)) else None

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        summary = self.part(interaction, output)
        has_turns, facts = float(bool(interaction.turns)), float(len(_checkable(interaction)))
        if summary is None:
            return [has_turns, has_turns, has_turns, has_turns, 0.0, facts, 1.0]
        checked = self._check(interaction, summary)
        fabricated = len(checked.fabricated)
        lost = len(self._lost(interaction, summary))
        return [
            float(fabricated > 0),
            has_turns,
            float(fabricated),
            float(len(checked.checked)),
            facts - lost,
            facts,
            0.0,
        ]

    def badness(self, row: Sequence[float]) -> float:
        """Fabricated specifics; a missing summary just misses the bar."""
        return row[_FABRICATED] if not row[_MISSING] else self.options.fail_above + 1.0

    def faults(self, row: Sequence[float]) -> float:
        """Specifics made up and facts left out alike: what feeds on a summary suffers from both."""
        return self.badness(row) + row[_FACTS] - row[_FACTS_FOUND]

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        if before[_MISSING] or after[_MISSING]:
            return after[_MISSING] > before[_MISSING]
        return after[_FABRICATED] - before[_FABRICATED] > self.options.worse_by + 1e-9

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        summary = self.part(interaction, output) or ""
        return {
            "fabricated": [f"{found.kind}: {found.text}" for found in self._check(interaction, summary).fabricated],
            "missing_facts": [fact.text for fact in self._lost(interaction, summary)],
            "gold": interaction.summary,
            "summary": summary,
        }

    def trace(self, interaction: Interaction, before: Output, after: Output) -> Traced:
        """Looks up what is newly wrong in either transcript: it was heard so only if it was not heard so before."""
        old, new = self.part(interaction, before), self.part(interaction, after)
        if old is None or new is None:
            return Traced()
        made_up = _newly(self._check(interaction, old).fabricated, self._check(interaction, new).fabricated)
        lost = _newly(self._lost(interaction, old), self._lost(interaction, new))
        if not made_up and not lost:
            return Traced()
        transcripts = _Transcripts(interaction, before, after)
        misheard = transcripts.newly_have(made_up, new)
        unheard = [fact for fact in lost if transcripts.newly_lack(fact, new)]
        return Traced(
            fabricated_heard=tuple(f"{specific.kind}: {specific.text}" for specific in misheard),
            fabricated_own=tuple(f"{found.kind}: {found.text}" for found in made_up if found not in misheard),
            lost_heard=tuple(fact.text for fact in unheard),
            lost_own=tuple(fact.text for fact in lost if fact not in unheard),
        )

    def _check(self, interaction: Interaction, summary: str) -> SpecificsCheck:
        """Looks the summary up in the gold turns."""
        if not interaction.turns:
            return SpecificsCheck(checked=(), fabricated=())
        return self._looked(interaction).up(summary)

    def _lost(self, interaction: Interaction, summary: str) -> Sequence[Fact]:
        """The facts that a summary leaves out."""
        return self._looked(interaction).lost(summary)

    def _looked(self, interaction: Interaction) -> _Looked:
        if self._last is None or self._last.interaction is not interaction:
            if self._last is not None:
                self._last.settle()
            known = self._known.get(interaction.id)
            self._last = known if known is not None and known.interaction is interaction else _Looked(interaction)
            if len(self._known) < _KNOWN:
                self._known[interaction.id] = self._last
        return self._last


class _Looked:
    """The gold of one interaction and what was looked up in it, since scores are followed by evidence of the same."""

    def __init__(self, interaction: Interaction) -> None:
        self.interaction = interaction
        self._found: dict[str, SpecificsCheck] = {}
        self._lost: dict[str, Sequence[Fact]] = {}

    @cached_property
    def _grounds(self) -> Grounds:
        return Grounds(_transcript(self.interaction), self.interaction.language)

    def settle(self) -> None:
        """Let go of what takes much memory; what was found stays."""
        vars(self).pop("_grounds", None)

    def up(self, summary: str) -> SpecificsCheck:
        """A summary's specifics."""
        if summary not in self._found:
            self._found[summary] = check(summary, self._grounds)
        return self._found[summary]

    def lost(self, summary: str) -> Sequence[Fact]:
        """The facts that are not in a summary."""
        if summary not in self._lost:
            self._lost[summary] = _lost_facts(self.interaction, summary)
        return self._lost[summary]


class _Transcripts:
    """What both systems' speech recognition made of one interaction; text channels have none."""

    def __init__(self, interaction: Interaction, before: Output, after: Output) -> None:
        self.language = interaction.language
        turns = (before.turns, after.turns)
        same = turns[0] == turns[1] or interaction.channel != "voice" or not turns[0]
        self.texts = () if same else tuple("\n".join(turn.text for turn in own) for own in turns)

    def newly_have(self, specifics: Sequence[Specific], summary: str) -> list[Specific]:
        """Those of a summary's specifics that stand in the second transcript and not in the first."""
        if not self.texts or not specifics:
            return []
        before, after = (check(summary, Grounds(text, self.language)) for text in self.texts)
        new = set(before.fabricated) & (set(after.checked) - set(after.fabricated))
        return [specific for specific in specifics if specific in new]

    def newly_lack(self, fact: Fact, summary: str) -> bool:
        """Whether words of a fact that the summary lacks stand in the first transcript and not in the second."""
        if not self.texts:
            return False
        normalize = normalizer("auto", self.language)
        missing = [anchor for anchor in fact.anchors if not anchors_found((anchor,), summary, normalize)]
        before, after = ([anchors_found((anchor,), text, normalize) for anchor in missing] for text in self.texts)
        return any(had and not has for had, has in zip(before, after, strict=True))


def _newly(before: Sequence[_Found], after: Sequence[_Found]) -> list[_Found]:
    return [found for found in after if found not in before]


def _transcript(interaction: Interaction) -> str:
    """The gold turns, and the names of the speakers as far as they are words."""
    speakers = {turn.speaker for turn in interaction.turns if not any(map(str.isdigit, turn.speaker))}
    return "\n".join([*sorted(speakers), *(turn.text for turn in interaction.turns)])


def _checkable(interaction: Interaction) -> list[Fact]:
    """The facts with anchors that hold words; of any other nobody could say that it is missing."""
    normalize = normalizer("auto", interaction.language)
    return [fact for fact in interaction.facts if any(map(normalize, fact.anchors))]


def _lost_facts(interaction: Interaction, summary: str) -> list[Fact]:
    normalize = normalizer("auto", interaction.language)
    return [fact for fact in _checkable(interaction) if not anchors_found(fact.anchors, summary, normalize)]


_METRICS = (
    Metric("fabrication_rate", "lower", "rate", (_ANY_FABRICATED, _HAS_TURNS), quotient),
    Metric("fabricated_per_specific", "lower", "ratio", (_FABRICATED, _CHECKED), quotient, undefined_because="system"),
    Metric("fact_recall", "higher", "ratio", (_FACTS_FOUND, _FACTS), quotient),
)
