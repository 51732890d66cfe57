"""What this dataset can show: per regression rule and slice, the worsening it finds, and what a proof takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieval.gate.cells import Cell
from fieval.gate.rules import NO_SHARE, Check, margin_of, shareless
from fieval.model import RuleKind, Significance
from fieval.statistics.power import POWER

COUNTED = "counted, not estimated: any excess over the margin fails, at any size"
NO_MARGIN = "a margin of 0 can be proven by no number of interactions"
NEVER = "no number of interactions worth telling would be enough"
UNCHANGED = "unchanged: the candidate's outputs are the baseline's here, which is proof"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One regression or drift rule on one slice (None: all interactions).

    `margin` is in the metric's own unit; `n` and `groups` are what both systems have. `detectable` is the smallest
    worsening that is found with 80 % power. `needed` interactions (never fewer than there are) in `needed_groups`
    groups prove the margin with 80 % power if nothing changed; `enough` says that there are as many. `reason` says
    what stands in the way.
    """

    step: str
    metric: str
    slice: Mapping[str, str] | None
    rule: RuleKind
    limit: float
    relative: bool
    margin: float | None
    n: int
    groups: int
    detectable: float | None
    needed: int | None
    needed_groups: int | None
    enough: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What every regression and drift rule of a config needs; `same`: the candidate's outputs are the baseline's."""

    rows: tuple[PlanRow, ...]
    alpha: float
    power: float
    same: bool


def plan(checks: Iterable[Check], significance: Significance) -> Plan:
    """The rows of all regression and drift rules; the slices of a metric stand under it."""
    planned = [
        (check, check.measured)
        for check in checks
        if check.rule.kind in ("max_regression", "max_drift") and isinstance(check.measured, Cell)
    ]
    rows = [_row(check, cell, significance) for check, cell in planned]
    places = {key: place for place, key in enumerate(dict.fromkeys((row.step, row.metric) for row in rows))}
    rows.sort(key=lambda row: places[row.step, row.metric])
    whole = [cell.unchanged for check, cell in planned if check.rule.kind == "max_regression" and not cell.slice.where]
    return Plan(tuple(rows), significance.alpha, POWER, same=bool(whole) and all(whole))


def _row(check: Check, cell: Cell, significance: Significance) -> PlanRow:
    rule, compared = check.rule, cell.comparison
    tolerated = margin_of(rule, cell)
    margin = tolerated if math.isfinite(tolerated) else None
    obstacle = NO_SHARE if shareless(rule, cell) else _obstacle(cell, margin)
    needed = None if obstacle or margin is None else compared.needed(margin, significance.alpha)
    groups = None if needed is None else math.ceil(needed * compared.paired_groups / max(1, compared.pairs))
    provable = needed is not None and compared.test.upper is not None
    return PlanRow(
        step=cell.step,
        metric=cell.metric.name,
        slice=cell.slice.where,
        rule=rule.kind,
        limit=rule.limit,
        relative=rule.relative,
        margin=margin,
        n=compared.pairs,
        groups=compared.paired_groups,
        detectable=None if _untested(cell) else compared.detectable(significance.alpha),
        needed=needed,
        needed_groups=groups,
        enough=provable and needed is not None and needed <= compared.pairs,
        reason=obstacle or compared.test.lacking or ("" if needed is not None else NEVER),
    )


def _untested(cell: Cell) -> bool:
    return bool(cell.incomparable or cell.few_pairs or cell.unchanged)


def _obstacle(cell: Cell, margin: float | None) -> str:
    """Why there is nothing to plan, or an empty string."""
    if cell.incomparable:
        return cell.incomparable
    if cell.metric.counted:
        return COUNTED
    if cell.unchanged:
        return UNCHANGED
    if cell.few_pairs:
        return cell.few_pairs
    if margin is None or math.isnan(cell.comparison.worsening):
        return "the change cannot be computed here"
    if cell.comparison.test.standard_error is None:
        return cell.comparison.test.lacking
    return NO_MARGIN if margin <= 0 else ""
