"""The verdict of one rule on one cell; pure, and the only place where a threshold meets a number."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fieval import numbers
from fieval.gate.cells import Cell
from fieval.model import Rule, RuleResult, RuleVerdict, Significance

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one rule; `proven`: the worsening stays inside the margin beyond noise."""

    verdict: RuleVerdict
    reason: str = ""
    proven: bool = False


def judge(rule: Rule, cell: Cell, p_adjusted: float | None, significance: Significance) -> RuleResult:
    """Hold one cell against one rule. `p_adjusted` is None outside the family of tests."""
    regression = rule.kind == "max_regression"
    verdict = _regression(rule, cell, p_adjusted, significance) if regression else _bound(rule, cell)
    return RuleResult(
        rule=rule.kind,
        limit=rule.limit,
        by=rule.by,
        severity=rule.severity,
        critical=rule.critical,
        waived=None,
        verdict=verdict.verdict,
        proven=verdict.proven,
        reason=verdict.reason,
        where=None if rule.place is None else str(rule.place),
    )


def in_family(rule: Rule, cell: Cell) -> bool:
    """Whether a rule is one of the tests that are corrected for one another."""
    return (
        rule.kind == "max_regression"
        and rule.severity == "block"
        and not (cell.few_pairs or cell.incomparable or cell.unchanged)
        and cell.comparison.test.z is not None
    )


def must_be_proven(rule: Rule, cell: Cell, significance: Significance) -> bool:
    """Whether under `require_proof` nothing short of proof passes here."""
    return significance.require_proof and _like_the_whole(rule, cell)


def _like_the_whole(rule: Rule, cell: Cell) -> bool:
    """Whether size is no excuse: the whole, and the slices of a critical rule."""
    return cell.slice.whole or rule.critical


def _bound(rule: Rule, cell: Cell) -> Verdict:
    value = cell.comparison.candidate
    if cell.small and not _like_the_whole(rule, cell):
        return Verdict("not_gated", cell.small)
    if math.isnan(value):
        return _undefined(cell, because_of_candidate=cell.metric.undefined_because == "system")
    if cell.metric.better == "zero" and rule.kind == "max":
        value = abs(value)
    beyond = value > rule.limit + TOLERANCE if rule.kind == "max" else value < rule.limit - TOLERANCE
    return Verdict("fail" if beyond else "pass")


def _regression(rule: Rule, cell: Cell, p_adjusted: float | None, significance: Significance) -> Verdict:
    if cell.few_pairs and not _like_the_whole(rule, cell):
        return Verdict("not_gated", cell.few_pairs)
    if cell.incomparable:
        return Verdict("unmeasured", cell.incomparable)
    if cell.unchanged:
        return Verdict("pass", "unchanged", proven=True)
    if cell.few_pairs and not cell.metric.counted:
        return Verdict("unmeasured", cell.few_pairs)
    if math.isnan(cell.comparison.worsening):
        return _undefined(cell, because_of_candidate=_candidate_lost_it(cell))
    if cell.comparison.worsening <= rule.limit + TOLERANCE:
        return _within(rule, cell, significance)
    return _exceeding(rule, cell, p_adjusted, significance)


def _within(rule: Rule, cell: Cell, significance: Significance) -> Verdict:
    upper = cell.comparison.test.upper
    if cell.metric.counted or (upper is not None and upper < rule.limit):
        return Verdict("pass", proven=True)
    if not significance.require_proof:
        return Verdict("pass")
    why = _not_proven(rule, cell, significance)
    if must_be_proven(rule, cell, significance):
        return Verdict("undecided", why)
    return Verdict("pass", f"underpowered: {why}")


def _exceeding(rule: Rule, cell: Cell, p_adjusted: float | None, significance: Significance) -> Verdict:
    if cell.metric.counted:
        return Verdict("fail", "the baseline answered where the candidate did not")
    p_value = cell.comparison.test.p_value if p_adjusted is None else p_adjusted
    if p_value is None:
        return Verdict("undecided", cell.comparison.test.lacking)
    if p_value < significance.alpha:
        return Verdict("fail")
    return Verdict("undecided", f"chance may explain it{_needed(rule, cell, significance)}")


def _not_proven(rule: Rule, cell: Cell, significance: Significance) -> str:
    margin = _amount(cell.metric.name, rule.limit)
    lacking = cell.comparison.test.lacking
    if lacking:
        return f"not proven to stay within {margin}: {lacking}"
    interactions = cell.comparison.needed(rule.limit, significance.alpha)
    enough = f"; about {interactions:,} interactions would be enough if nothing changed" if interactions else ""
    return f"not proven to stay within {margin}{enough}"


def _needed(rule: Rule, cell: Cell, significance: Significance) -> str:
    interactions = cell.comparison.needed(rule.limit, significance.alpha)
    if interactions is None:
        return ""
    groups = math.ceil(interactions * cell.comparison.paired_groups / max(1, cell.comparison.pairs))
    grouped = f" in {groups:,} groups" if groups != interactions else ""
    margin = _amount(cell.metric.name, rule.limit)
    return f"; about {interactions:,} interactions{grouped} would show whether it stays within {margin}"


def _amount(metric: str, margin: float) -> str:
    return numbers.points(metric, margin).removeprefix("+")


def _candidate_lost_it(cell: Cell) -> bool:
    """Whether a change is undefined because of the candidate rather than gold or the baseline."""
    candidate, baseline = cell.comparison.candidate, cell.comparison.baseline
    return math.isnan(candidate) and (cell.metric.undefined_because == "system" or not math.isnan(baseline))


def _undefined(cell: Cell, *, because_of_candidate: bool) -> Verdict:
    if because_of_candidate:
        return Verdict("fail", f"the candidate's outputs do not allow to compute {cell.metric.name}")
    whose = "gold labels" if math.isnan(cell.comparison.candidate) else "baseline"
    return Verdict("unmeasured", f"the {whose} here do not allow to compute {cell.metric.name}")
