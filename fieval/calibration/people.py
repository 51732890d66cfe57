"""What a calibration looks at: interactions with gold, what both systems made of them, and who belongs together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from fieval.evals.base import Scorer
from fieval.model import Dataset, Interaction, Output, Significance, System
from fieval.statistics.halves import Halves, draw_halves, number_groups
from fieval.statistics.human import Annotators, Level, annotators
from fieval.statistics.sums import Floats, Indices, exact

_Scorer = TypeVar("_Scorer", bound=Scorer)


@dataclass(frozen=True, slots=True)
class Subject(Generic[_Scorer]):
    """A label or score, the steps that use it, and the cohort values that they look at alone."""

    scorer: _Scorer
    steps: tuple[str, ...]
    where: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """A dataset and the systems that are held against it."""

    dataset: Dataset
    candidate: System
    baseline: System | None
    halved: dict[tuple[int, int], Halves] = field(default_factory=dict, repr=False)

    @property
    def systems(self) -> Mapping[str, Sequence[Output | None]]:
        """The outputs of each system by its name, the candidate first."""
        found = {"candidate": self.candidate.outputs}
        return found if self.baseline is None else {**found, "baseline": self.baseline.outputs}

    @cached_property
    def groups(self) -> Indices:
        """The number of each interaction's group."""
        interactions = self.dataset.interactions
        return number_groups([each.group for each in interactions], [each.fingerprint for each in interactions])

    def halves(self, significance: Significance) -> Halves:
        """The halves that a run would draw; drawn once."""
        key = significance.resamples, significance.seed
        if key not in self.halved:
            self.halved[key] = draw_halves(int(self.groups.max()) + 1, *key)
        return self.halved[key]

    def having_gold(self, subject: Subject[_Scorer]) -> Indices:
        """The interactions that a subject's scorer applies to and its steps look at."""
        interactions = self.dataset.interactions
        return np.array([i for i, each in enumerate(interactions) if subject.scorer.counts(each)], dtype=np.intp)

    def interactions(self, rows: Indices) -> list[Interaction]:
        """The interactions of those numbers."""
        return [self.dataset.interactions[row] for row in rows]


def table(scorer: Scorer, judged: Judged, rows: Indices, outputs: Sequence[Output | None]) -> Floats:
    """The scorer's rows `[n, k]` of one system."""
    interactions = judged.dataset.interactions
    made = [list(scorer.row(interactions[row], outputs[row])) for row in rows]
    return exact(np.array(made, dtype=np.float64).reshape(len(rows), scorer.width))


def people(
    votes: Sequence[Sequence[float]], level: Level, groups: Indices, halves: Halves, alpha: float
) -> Annotators | None:
    """Annotators among themselves where several judged; `votes` are numbers, per interaction; None where nobody did."""
    several = np.array([len(each) > 1 for each in votes], dtype=bool)
    if not several.any():
        return None
    domain = sorted({vote for each in votes for vote in each})
    counts = [[float(list(each).count(value)) for value in domain] for each in votes if len(each) > 1]
    return annotators(np.array(counts), domain, level, groups[several], halves, alpha)
