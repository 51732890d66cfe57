"""Every metric on every slice, measured: what the rules are then held against."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from fieval.evals.scored import ScoredStep
from fieval.gate.slices import Slice
from fieval.model import Significance
from fieval.statistics.compare import FEWEST_GROUPS, Comparison, compare
from fieval.statistics.halves import Halves, count_groups
from fieval.statistics.sums import Indices, Metric, Table

LARGEST_SHARE_NEW = 0.05
NO_BASELINE = "no baseline yet: bless one"

Key = tuple[str, str, tuple[tuple[str, str], ...]]
Asked = Callable[[str, str, Slice], bool]  # step, metric, slice


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
    def key(self) -> Key:
        """What tells cells apart."""
        return self.step, self.metric.name, self.slice.values


@dataclass(frozen=True, slots=True)
class Measuring:
    """What all cells of a run share: `groups` `[interactions]` numbers their groups; halves are kept of `gated` metrics
    (step, metric) only; `against` is what a change is measured against; only cells that are `asked` for are measured
    (None: all).
    """

    groups: Indices
    halves: Halves
    significance: Significance
    gated: Collection[tuple[str, str]]
    against: str = "baseline"
    asked: Asked | None = None


def measure(steps: Sequence[ScoredStep], parts: Sequence[Slice], measuring: Measuring) -> list[Cell]:
    """All cells of a run, by step, then slice, then metric."""
    return [cell for step in steps for cell in _step_cells(step, parts, measuring)]


def _step_cells(step: ScoredStep, parts: Sequence[Slice], measuring: Measuring) -> Iterator[Cell]:
    """Slices of the same interactions, as those of a cohort with one value, are measured once."""
    asked = measuring.asked
    known: dict[tuple[bytes, tuple[str, ...]], list[Cell]] = {}
    for part in parts:
        metrics = [each for each in step.metrics if asked is None or asked(step.name, each.name, part)]
        rows = part.rows[step.table.interactions]
        if not metrics or not rows.any():
            continue
        key = rows.tobytes(), tuple(metric.name for metric in metrics)
        if key not in known:
            known[key] = list(_slice_cells(step, part, step.table.within(rows), metrics, measuring))
        yield from (replace(cell, slice=part) for cell in known[key])


def _slice_cells(
    step: ScoredStep, part: Slice, table: Table, metrics: Sequence[Metric], measuring: Measuring
) -> Iterator[Cell]:
    significance = measuring.significance
    incomparable = _incomparable(step, step.table, measuring.against) or _incomparable(step, table, measuring.against)
    groups = measuring.groups[table.interactions]
    paired = groups[table.compared]
    testable = not incomparable and not _small(len(paired), count_groups(paired), significance)
    unchanged = _unchanged(table)
    keep = {metric for name, metric in measuring.gated if name == step.name}
    halves = measuring.halves if testable and not unchanged else None
    compared = compare(metrics, table, groups, halves, significance.alpha, keep)
    for metric in metrics:
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


def _incomparable(step: ScoredStep, table: Table, against: str) -> str:
    """Why no change of this step can be measured on the rows of `table`, or an empty string."""
    if table.baseline is None:
        return NO_BASELINE
    new = int((~table.compared).sum())
    if new > LARGEST_SHARE_NEW * len(table.compared) + 1e-9:
        return f"{against} older than the dataset: it lacks {new} of these {len(table.compared)} interactions"
    if not step.baseline_answered:
        return f"the {against} has no {step.name} outputs"
    return ""


def _small(n: int, groups: int, significance: Significance) -> str:
    if n < significance.min_interactions:
        return f"{n} interactions, fewer than min_interactions: {significance.min_interactions}"
    if groups < FEWEST_GROUPS:
        return f"{groups} groups, fewer than {FEWEST_GROUPS}"
    return ""


def _unchanged(table: Table) -> bool:
    return bool(table.compared.any()) and bool(table.unchanged[table.compared].all())
