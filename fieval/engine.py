"""Where scoring runs: here, in this process, one step after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fieval.evals.base import Scorer
from fieval.evals.scored import ScoredStep, score_step
from fieval.model import Dataset, System


def score_steps(
    scorers: Mapping[str, Scorer],
    dataset: Dataset,
    candidate: System,
    baseline: System | None,
    advance: Callable[[], None],
) -> list[ScoredStep]:
    """Every step's table, in the order of the config; `advance` is called once per step and interaction."""
    before = None if baseline is None else baseline.outputs
    return [
        score_step(name, scorer, dataset.interactions, candidate.outputs, before, advance)
        for name, scorer in scorers.items()
    ]
