"""Scoring by a judge's verdicts, beside what a step measures without one.

Nothing is asked here. A scorer says what it would ask; once it has heard the answers, it scores by them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fieval.data.verdicts import digest
from fieval.evals.asking.base import Asking, Scores, Verdicts, Yes
from fieval.evals.base import Scorer, Traced
from fieval.judge import Answer
from fieval.model import Interaction, Output
from fieval.speech.align import Chunk
from fieval.statistics.ppi import WIDTH, judged_metrics, ppi_row
from fieval.statistics.sums import Metric

Key = tuple[str, str]  # an interaction's id, and the digest of what was judged of its output
_FAIL_BELOW = 0.5
_BY_THE_JUDGE = "not corrected: by the judge's own scores"
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a judge and people said of the outputs of one step.

    `labelled` holds for each metric the interactions of which people judged the outputs of all systems that are
    compared. `unmeasured` says why there are no answers, `ungated` for each metric why no rule on it may gate; empty
    where all is well. `alone` says that there are rows of which only the judge can tell whether they fail.
    """

    answers: Mapping[Key, Answer] = field(default_factory=dict)
    people: Mapping[Key, Verdicts] = field(default_factory=dict)
    labelled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unmeasured: str = ""
    ungated: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False


AWAITED = Hearing()


class JudgedScorer(Scorer):
    """A scorer with a judge's metrics behind its own: `statistics.ppi.WIDTH` columns for each.

    What the inner scorer has nothing to hold against may still be judged. Such a row fails when the first of the
    judge's scores is below `fail_below`, and is worse when that fell by more than `worse_by`.
    """

    def __init__(self, inner: Scorer, asking: Asking, fail_below: float = _FAIL_BELOW, worse_by: float = 0.0) -> None:
        self.inner, self.asking = inner, asking
        self.fail_below, self.worse_by = fail_below, worse_by
        vars(self).update(transcribes=inner.transcribes, traceable=inner.traceable)  # of the class elsewhere
        self.makes = inner.makes
        self.width = inner.width + WIDTH * len(asking.measures)
        self.names = tuple(measure.metric for measure in asking.measures)
        self.hear(AWAITED)

    def hear(self, hearing: Hearing) -> None:
        """Score by these answers from now on."""
        self.hearing = hearing
        judged = {key: _verdicts(answer) for key, answer in hearing.answers.items()}
        self._judged_of, self._said_of = self._applicable(judged), self._applicable(hearing.people)
        self.metrics = (*self.inner.metrics, *self._judged_metrics())
        self.bar_unmeasured = hearing.unmeasured if not self.inner.width else ""
        self.bar_ungated = hearing.ungated.get(self.names[0], "") if hearing.alone else ""
        self.bar_unprovable = _BY_THE_JUDGE if hearing.alone else ""

    def asks(self, interaction: Interaction, output: Output | None) -> bool:
        """Whether a judge has to see an output."""
        wanted = self.wanted(interaction) and self.asking.applies(interaction)
        return wanted and self.asking.settled(interaction, output) is None

    def alone(self, interaction: Interaction) -> bool:
        """Whether only the judge can tell if an output of it fails."""
        judged = self.wanted(interaction) and self.asking.applies(interaction)
        return judged and not (self.inner.width and self.inner.applies(interaction))

    def key(self, interaction: Interaction, output: Output | None) -> Key:
        """What an answer is kept by."""
        return interaction.id, digest(self.asking.material(interaction, output) or "")

    def applies(self, interaction: Interaction) -> bool:
        return self.inner.applies(interaction) or (not self.hearing.unmeasured and self.asking.applies(interaction))

    def declines(self, interaction: Interaction, output: Output) -> bool:
        return self.inner.declines(interaction, output)

    def identities(self, interactions: Iterable[Interaction]) -> tuple[str, ...]:
        return self.inner.identities(interactions)

    def part(self, interaction: Interaction, output: Output | None) -> object | None:
        """The inner scorer's; where only a judge has something to say, what that goes by."""
        scorer = self.inner if self.inner.applies(interaction) else self.asking
        return scorer.part(interaction, output)

    def unchanged(self, interaction: Interaction, before: Output | None, after: Output | None) -> bool:
        """Also to the judge, who may look at more of an output than the inner scorer does."""
        judged = {self.asking.part(interaction, output) for output in (before, after)}
        return super().unchanged(interaction, before, after) and len(judged) == 1

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        judged, people = self.judged(interaction, output), self._counted_people(interaction, output)
        own = (ppi_row(*pair) for pair in zip(judged, people, strict=True))
        applies = self.inner.applies(interaction)
        inner = self.inner.row(interaction, output) if applies else (0.0,) * self.inner.width
        return [*inner, *(number for numbers in own for number in numbers)]

    def judged(self, interaction: Interaction, output: Output | None) -> Scores:
        """The judge's scores of one output; None each where it said nothing."""
        answer = self.hearing.answers.get(self.key(interaction, output))
        said = None if answer is None else _verdicts(answer)
        return self._not_evaded(self._scores(interaction, output, said), interaction, said, self._judged_of)

    def of_people(self, interaction: Interaction, output: Output | None) -> Scores:
        """People's scores of one output; None each where they did not say enough."""
        said = self.hearing.people.get(self.key(interaction, output))
        scores = self._scores(interaction, output, said or self.asking.gold(interaction))
        return self._not_evaded(scores, interaction, said, self._said_of)

    def badness(self, row: Sequence[float]) -> float:
        inner = self._inner(row)
        return self.inner.badness(inner) if inner is not None else 1.0 - self._first(row)

    def faults(self, row: Sequence[float]) -> float:
        inner = self._inner(row)
        return self.inner.faults(inner) if inner is not None else 1.0 - self._first(row)

    def failed(self, row: Sequence[float]) -> bool:
        inner = self._inner(row)
        return self.inner.failed(inner) if inner is not None else self._first(row) < self.fail_below - _TOLERANCE

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        inner = self._inner(before), self._inner(after)
        if inner[0] is not None and inner[1] is not None:
            return self.inner.got_worse(inner[0], inner[1])
        return self._first(before) - self._first(after) > self.worse_by + _TOLERANCE

    def unknown(self, output: Output | None) -> bool:
        return self.inner.unknown(output)

    def trace(self, interaction: Interaction, before: Output, after: Output) -> Traced:
        return self.inner.trace(interaction, before, after)

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        answer = self.hearing.answers.get(self.key(interaction, output))
        said = [] if answer is None else [_told(each.id, each.verdict, each.evidence_turns) for each in answer.verdicts]
        return {**self._own_evidence(interaction, output), **({"judge": said} if said else {})}

    def alignment(self, interaction: Interaction, output: Output | None) -> Sequence[Chunk] | None:
        return self.inner.alignment(interaction, output) if self.inner.applies(interaction) else None

    def _own_evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        """The inner scorer's; where it has nothing to hold against, what was judged."""
        if self.inner.applies(interaction):
            return self.inner.evidence(interaction, output)
        return {"output": self.asking.part(interaction, output)}

    def _scores(self, interaction: Interaction, output: Output | None, verdicts: Verdicts | None) -> Scores:
        settled = self.asking.settled(interaction, output)
        if self.hearing.unmeasured or (settled is None and verdicts is None):
            return (None,) * len(self.asking.measures)
        return self.asking.scores(interaction, output, verdicts or {}) if settled is None else settled

    def _applicable(self, verdicts: Mapping[Key, Verdicts]) -> frozenset[tuple[str, str]]:
        """The metrics, with the ids of interactions, of which a verdict on any output says something."""
        return frozenset(
            (measure.metric, name)
            for measure in self._silenced
            for (name, _), said in verdicts.items()
            if any(said.get(each, measure.silent[0]) not in measure.silent for each in self._fixed(measure))
        )

    def _not_evaded(
        self, scores: Scores, interaction: Interaction, said: Verdicts | None, applicable: Collection[tuple[str, str]]
    ) -> Scores:
        """What cannot be asked of a conversation cannot be asked of any output: said of one alone it is a no.

        Else an output so bad that nothing applies to it would leave the metric, and the rest would look better.
        """
        evaded = {
            measure.metric
            for measure in self._silenced
            if said and (measure.metric, interaction.id) in applicable and said.keys() >= set(self._fixed(measure))
        }
        return tuple(
            0.0 if score is None and name in evaded else score for name, score in zip(self.names, scores, strict=True)
        )

    @property
    def _silenced(self) -> list[Yes]:
        """What is asked of every output, and may be answered by saying nothing."""
        every = self.asking.measures if self.asking.about_outputs else ()
        return [measure for measure in every if measure.silent and self._fixed(measure)]

    def _fixed(self, measure: Yes) -> tuple[str, ...]:
        return self.asking.fixed_ids.get(measure.part.name, ())

    def _counted_people(self, interaction: Interaction, output: Output | None) -> Scores:
        """People's scores where all systems' outputs have one; else the systems would be measured differently."""
        labelled = [interaction.id in self.hearing.labelled.get(name, ()) for name in self.names]
        said = self.of_people(interaction, output) if any(labelled) else (None,) * len(labelled)
        return tuple(score if counts else None for score, counts in zip(said, labelled, strict=True))

    def _inner(self, row: Sequence[float]) -> Sequence[float] | None:
        """The inner scorer's part of a row; None where it has nothing to hold against."""
        inner = row[: self.inner.width]
        return inner if any(inner) else None

    def _first(self, row: Sequence[float]) -> float:
        """The first of the judge's scores; what was not judged does not fail by it."""
        judged, score = row[self.inner.width : self.inner.width + 2]
        return score / judged if judged else 1.0

    def _judged_metrics(self) -> Iterator[Metric]:
        for index, measure in enumerate(self.asking.measures):
            start = self.inner.width + WIDTH * index
            found = judged_metrics(measure.metric, "higher", start, bool(self.hearing.labelled.get(measure.metric)))
            ungated = self.hearing.ungated.get(measure.metric, "")
            yield from (replace(metric, unmeasured=self.hearing.unmeasured, ungated=ungated) for metric in found)


def _verdicts(answer: Answer) -> Verdicts:
    return {each.id: each.verdict for each in answer.verdicts}


def _told(name: str, verdict: str, turns: Sequence[int]) -> str:
    cited = f" (turns {', '.join(map(str, turns))})" if turns else ""
    return f"{name}: {verdict}{cited}"
