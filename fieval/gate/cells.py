"""Every metric on every slice, measured: what the rules are then held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fieval.evals.scored import ScoredStep
from fieval.gate.slices import Slice
from fieval.model import Significance
from fieval.statistics.compare import FEWEST_GROUPS, Comparison, compare
from fieval.statistics.halves import Halves
from fieval.statistics.sums import Indices, Metric, Table

LARGEST_SHARE_NEW = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric on one slice. `small` (for a bound), `few_pairs` (for a comparison) and `incomparable` say why, or are
    empty; `unchanged`: identical outputs.
    """

    step: str
    metric: Metric
    slice: Slice
    comparison: Comparison
    small: str
    few_pairs: str
    incomparable: str
    unchanged: bool

    @property
    def key(self) -> tuple[str, str, str | None, str]:
        """What tells cells apart."""
        return self.step, self.metric.name, self.slice.cohort, self.slice.value


def measure(
    steps: Sequence[ScoredStep], parts: Sequence[Slice], groups: Indices, halves: Halves, significance: Significance
) -> list[Cell]:
    """All cells of a run, by step, then slice, then metric. `groups` `[interactions]` numbers their groups."""
    return [cell for step in steps for part in parts for cell in _step_cells(step, part, groups, halves, significance)]


def _step_cells(
    step: ScoredStep, part: Slice, groups: Indices, halves: Halves, significance: Significance
) -> Iterator[Cell]:
    table = step.table.within(part.rows[step.table.interactions])
    if not len(table.candidate):
        return
    incomparable = _incomparable(step, step.table) or _incomparable(step, table)
    own_groups = groups[table.interactions]
    paired = own_groups[table.compared]
    testable = not incomparable and not _small(len(paired), len(np.unique(paired)), significance)
    unchanged = _unchanged(table)
    compared = compare(
        step.metrics, table, own_groups, halves if testable and not unchanged else None, significance.alpha
    )
    for metric in step.metrics:
        comparison = compared[metric.name]
        yield Cell(
            step=step.name,
            metric=metric,
            slice=part,
            comparison=comparison,
            small=_small(comparison.n, comparison.groups, significance),
            few_pairs=_small(comparison.pairs, comparison.paired_groups, significance),
            incomparable=incomparable,
            unchanged=unchanged,
        )


def _incomparable(step: ScoredStep, table: Table) -> str:
    """Why no change of this step can be measured on the rows of `table`, or an empty string."""
    if table.baseline is None:
        return "no baseline yet: bless one"
    new = int((~table.compared).sum())
    if new > LARGEST_SHARE_NEW * len(table.compared) + 1e-9:
        return f"baseline older than the dataset: it lacks {new} of these {len(table.compared)} interactions"
    if not step.baseline_answered:
        return f"the baseline has no {step.name} outputs"
    return ""


def _small(n: int, groups: int, significance: Significance) -> str:
    if n < significance.min_interactions:
        return f"{n} interactions, fewer than min_interactions: {significance.min_interactions}"
    if groups < FEWEST_GROUPS:
        return f"{groups} groups, fewer than {FEWEST_GROUPS}"
    return ""


def _unchanged(table: Table) -> bool:
    return bool(table.compared.any()) and bool(table.unchanged[table.compared].all())
