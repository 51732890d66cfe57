"""A run opened up: every step of every interaction, looked at when a report asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from fieval import data
from fieval.evals import detail, fields
from fieval.evals.base import Scorer
from fieval.model import Config, Dataset, Inside, Look, System


class Insight(Inside):
    """The inputs of a run with the scorers that scored them."""

    def __init__(
        self,
        config: Config,
        dataset: Dataset,
        candidate: System,
        baseline: System | None,
        scorers: Mapping[str, Scorer],
    ) -> None:
        self.steps = config.steps
        self.large = data.is_large(dataset)
        self.dataset = dataset
        self.candidate = candidate.outputs
        self.baseline = None if baseline is None else baseline.outputs
        self.answers = {name: _answer(scorer) for name, scorer in scorers.items() if _answer(scorer)}
        self.summaries = frozenset(name for name, scorer in scorers.items() if fields.SUMMARY in (scorer.makes or ()))
        self.transcripts = {
            step.name: _speakers(step.options) for step in config.steps if scorers[step.name].transcribes
        }
        self.bars = {step.name: detail.bar(step.options) for step in config.steps}
        self._scorers = scorers

    def look(self, step: str, place: int) -> Look:
        scorer, interaction, after = self._scorers[step], self.dataset.interactions[place], self.candidate[place]
        before = None if self.baseline is None else self.baseline[place]
        return Look(
            baseline=None if self.baseline is None else detail.looked(scorer, interaction, before),
            candidate=detail.looked(scorer, interaction, after),
            traced=detail.origin(scorer, interaction, before, after).get("traced"),
        )


def _speakers(options: Mapping[str, object]) -> tuple[str, ...]:
    given = options.get("speakers")
    return tuple(map(str, given)) if isinstance(given, list | tuple) else ()


def _answer(scorer: Scorer) -> str:
    """The one label or score that a step makes, or nothing."""
    makes = scorer.makes or ()
    return makes[0] if len(makes) == 1 and makes[0].startswith(("labels.", "scores.")) else ""
