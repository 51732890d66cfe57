"""A run opened up: every step of every interaction, looked at when a report asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import partial
from typing import Any

from fieval import data, engine
from fieval.data.shelves import Found, Given, Spread
from fieval.evals import detail, fields
from fieval.evals.base import Scorer
from fieval.model import Config, Dataset, Inside, Interaction, Look, Output, System


class Insight(Inside):
    """The inputs of a run with the scorers that scored them; other processes that can score can look, too."""

    def __init__(
        self,
        config: Config,
        dataset: Dataset,
        candidate: System,
        baseline: System | None,
        scorers: Mapping[str, Scorer],
        elsewhere: engine.Elsewhere | None = None,
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
        self._spread: Spread = map
        self._begun: dict[Callable[..., Any], Iterator[Any]] = {}
        self._scorers: Callable[[], Mapping[str, Scorer]] = lambda: scorers
        if elsewhere is not None and not elsewhere.hands.longer and len(elsewhere.scored(scorers)) == len(scorers):
            self._spread = elsewhere.hands.spread
            self._scorers = partial(engine.ordered, elsewhere.order(list(scorers)))

    def look(self, step: str, one: Interaction, before: Output | None, after: Output | None) -> Look:
        scorer = self._scorers()[step]
        return Look(
            baseline=None if self.baseline is None else detail.looked(scorer, one, before),
            candidate=detail.looked(scorer, one, after),
            traced=detail.origin(scorer, one, before, after).get("traced"),
        )

    def within(self, some: slice) -> Inside:
        part = copy(self)
        part.dataset = self.dataset.within(some)
        part.candidate = self.candidate[some]
        part.baseline = None if self.baseline is None else self.baseline[some]
        part._spread, part._begun = map, {}
        return part

    def begin(self, function: Callable[[Given], Found], given: Iterable[Given]) -> None:
        self._begun[function] = self._spread(function, given)

    def spread(self, function: Callable[[Given], Found], given: Iterable[Given]) -> Iterator[Found]:
        return self._begun.pop(function, None) or self._spread(function, given)


def _speakers(options: Mapping[str, object]) -> tuple[str, ...]:
    given = options.get("speakers")
    return tuple(map(str, given)) if isinstance(given, list | tuple) else ()


def _answer(scorer: Scorer) -> str:
    """The one label or score that a step makes, or nothing."""
    makes = scorer.makes or ()
    return makes[0] if len(makes) == 1 and makes[0].startswith(("labels.", "scores.")) else ""
