"""The gate: every metric on every slice, held against the rules, made into one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieval.errors import ExitCode
from fieval.evals.scored import ScoredStep
from fieval.gate.cells import measure
from fieval.gate.slices import slices
from fieval.gate.verdict import decide
from fieval.model import Dataset, Result, Significance, Step
from fieval.statistics.halves import draw_halves, number_groups


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate found: all results, what the process returns, and the sentence that opens the report."""

    results: Sequence[Result]
    code: ExitCode
    headline: str


def rule_on(
    scored: Sequence[ScoredStep], dataset: Dataset, steps: Sequence[Step], significance: Significance
) -> Ruling:
    """Compare, correct for the number of tests, and hold the results against the rules of `steps`."""
    interactions = dataset.interactions
    groups = number_groups(
        [interaction.group for interaction in interactions],
        [interaction.fingerprint for interaction in interactions],
    )
    halves = draw_halves(int(groups.max()) + 1, significance.resamples, significance.seed)
    cells = measure(scored, slices(dataset.card, interactions), groups, halves, significance)
    coverage = {step.name: step.coverage for step in scored}
    return Ruling(*decide(cells, steps, coverage, significance))
