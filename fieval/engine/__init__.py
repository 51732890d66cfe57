"""Where scoring runs: in this process, in a pool of processes, or on a Dask cluster.

All three are executors of `concurrent.futures`. Workers read their own ranges of the files and send back rows of sums,
never texts but in the page, which a pool makes, too; what a row is does not depend on who made it.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from fieval import evals
from fieval.data import Shelf
from fieval.engine.hands import Hands
from fieval.evals.base import Scorer
from fieval.evals.judged import JudgedScorer
from fieval.evals.scored import Rows, ScoredStep, gathered, score_rows, scored_step
from fieval.model import Card, Dataset, Interaction, Output, Step, System

INTERACTIONS_AT_ONCE = 256
BYTES_AT_ONCE = 1 << 19  # of long calls a tenth of a second's work, so that none waits long for the last
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other processes that score, and what they need to know: the steps, the card, and where a user's code lies.

    Those that live longer than a run may have that code as it was before, so they are not asked to run it.
    """

    hands: Hands
    steps: Sequence[Step]
    card: Card
    folder: Path

    def scored(self, scorers: Mapping[str, Scorer]) -> list[str]:
        """The steps that are scored elsewhere: not those that have heard a judge, since only this process has."""
        return [
            step.name
            for step in self.steps
            if step.name in scorers
            and not isinstance(scorers[step.name], JudgedScorer)
            and not (self.hands.longer and evals.has_foreign_code(step))
        ]

    def order(self, names: Sequence[str]) -> bytes:
        """The steps of these names, as a worker is told of them."""
        return pickle.dumps(([step for step in self.steps if step.name in names], self.card, self.folder))


@dataclass(frozen=True, slots=True)
class Share:
    """Some interactions, from the place `first` of the dataset on, and what the systems made of them."""

    first: int
    interactions: Sequence[Interaction]
    candidate: Sequence[Output | None]
    baseline: Sequence[Output | None] | None


def ordered(order: bytes) -> Mapping[str, Scorer]:
    """The scorers that an order is of, made once in each thread: they remember what they looked at last."""
    return _ordered(order, threading.get_ident())


def score_steps(
    scorers: Mapping[str, Scorer],
    dataset: Dataset,
    candidate: System,
    baseline: System | None,
    advance: Callable[[], None],
    elsewhere: Elsewhere | None = None,
) -> list[ScoredStep]:
    """Every step's table, in the order of the config; `advance` is called once per step and interaction."""
    away = [] if elsewhere is None else elsewhere.scored(scorers)
    here = {name: scorer for name, scorer in scorers.items() if name not in away}
    shares = list(_shares(dataset, candidate, baseline))
    parts = {name: _Gathering() for name in scorers}

    def gather(names: Sequence[str], results: Iterator[list[Rows]]) -> None:
        for share, rows in zip(shares, results, strict=True):
            for name, own in zip(names, rows, strict=True):
                parts[name].add(own)
            for _ in range(len(names) * len(share.interactions)):
                advance()

    if elsewhere is not None and away:
        gather(away, elsewhere.hands.spread(partial(_score_away, elsewhere.order(away)), shares))
    if here:
        gather(list(here), map(partial(_score, here), shares))
    made = ((name, scorer, parts.pop(name).all()) for name, scorer in scorers.items())
    return [scored_step(*each, with_baseline=baseline is not None) for each in made]


class _Gathering:
    """The rows of shares as they come, packed whenever there are many: loose they take ten times the memory."""

    def __init__(self) -> None:
        self._packed: list[Rows] = []
        self._loose: list[Rows] = []

    def add(self, rows: Rows) -> None:
        self._loose.append(rows)
        if sum(len(each.interactions) for each in self._loose) >= _ROWS_AT_ONCE:
            self._packed.append(gathered(self._loose))
            self._loose.clear()

    def all(self) -> Sequence[Rows]:
        return self._packed + self._loose


def _score_away(order: bytes, share: Share) -> list[Rows]:
    return _score(ordered(order), share)


def _score(scorers: Mapping[str, Scorer], share: Share) -> list[Rows]:
    """The rows of each step; every record is read once."""
    baseline = None if share.baseline is None else tuple(share.baseline)
    read = tuple(share.interactions), tuple(share.candidate), baseline
    return [score_rows(scorer, share.first, *read) for scorer in scorers.values()]


@lru_cache(maxsize=64)
def _ordered(order: bytes, _thread: int) -> Mapping[str, Scorer]:
    steps, card, folder = pickle.loads(order)
    return {step.name: evals.scorer_elsewhere(step, card, folder) for step in steps}


def _shares(dataset: Dataset, candidate: System, baseline: System | None) -> Iterator[Share]:
    interactions, size = dataset.interactions, INTERACTIONS_AT_ONCE
    if isinstance(interactions, Shelf) and len(interactions):
        size = max(1, min(size, int(BYTES_AT_ONCE / interactions.lengths.mean())))
    for first in range(0, len(interactions), size):
        some = slice(first, first + size)
        before = None if baseline is None else baseline.outputs[some]
        yield Share(first, interactions[some], candidate.outputs[some], before)
