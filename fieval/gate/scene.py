"""What there is to explain a failed run with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fieval.evals.scored import ScoredStep
from fieval.gate.order import divided
from fieval.gate.replayed import Replay, Worsened
from fieval.gate.slices import Slice
from fieval.model import Against, Interaction, Step
from fieval.statistics.halves import Halves
from fieval.statistics.sums import Bools, Indices


@dataclass(frozen=True, slots=True)
class Scene:
    """What explanations draw on: steps in the order of the config, scored against the baseline and against the anchor,
    slices, groups and halves of the run, the ids of the interactions, and what was run again of each step. `parts_of`
    holds, of steps that divide the interactions among them, which ones `[interactions]` each has.
    """

    steps: Mapping[str, Step]
    scored: Mapping[Against, Mapping[str, ScoredStep]]
    parts: Sequence[Slice]
    groups: Indices
    halves: Halves
    alpha: float
    ids: Sequence[str]
    parts_of: Mapping[str, Bools]
    replays: Mapping[Worsened, Sequence[Replay]] = field(default_factory=dict)

    def has(self, step: str, interactions: Indices) -> Bools:
        """Which of the interactions a step makes something of."""
        own = self.parts_of.get(step)
        return np.ones(len(interactions), dtype=bool) if own is None else own[interactions]

    def rows_of(self, step: str, interactions: Indices, wanted: Indices) -> Indices:
        """A step's row of each wanted interaction; -1 where there is none, which picks what is appended for that."""
        rows = np.full(int(max(wanted.max(initial=0), interactions.max(initial=0))) + 1, -1, dtype=np.intp)
        rows[interactions] = np.arange(len(interactions))
        return np.where(self.has(step, wanted), rows[wanted], -1)


def parts_of(steps: Sequence[Step], scored: Sequence[ScoredStep], dataset: Sequence[Interaction]) -> dict[str, Bools]:
    """Which interactions each step has that divides them with others."""
    makes = {step.name: (step.tracks and step.tracks.makes) or () for step in scored}
    among = divided([step for step in steps if step.name in makes], makes)
    return {step.name: np.array([each.among(step.where) for each in dataset]) for step in steps if step.name in among}
