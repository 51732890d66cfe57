"""From cells and rules to results, and from results to one verdict and one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from fieval.errors import ExitCode, worst
from fieval.gate.cells import Cell
from fieval.gate.headline import headline
from fieval.gate.rules import in_family, judge, must_be_proven
from fieval.model import Coverage, Result, Rule, RuleResult, RuleVerdict, Significance, Step
from fieval.statistics.family import step_down

WORST_FIRST: tuple[RuleVerdict, ...] = ("fail", "unmeasured", "undecided", "not_gated", "pass")
_Key = tuple[str, str, str | None, str]


def decide(
    cells: Sequence[Cell], steps: Sequence[Step], coverage: Mapping[str, Coverage], significance: Significance
) -> tuple[list[Result], ExitCode, str]:
    """All results, what the process returns, and the sentence that opens the report."""
    rules = {cell.key: _rules_of(cell, steps) for cell in cells}
    adjusted = _adjust(cells, rules)
    results, codes, gated = [], [ExitCode.PASS], False
    for cell in cells:
        judged = [(rule, judge(rule, cell, adjusted.get(cell.key), significance)) for rule in rules[cell.key]]
        results.append(_result(cell, [result for _, result in judged], adjusted.get(cell.key), significance))
        codes.extend(_consequence(rule, result, cell, significance) for rule, result in judged)
        gated |= any(result.verdict != "not_gated" and not rule.automatic for rule, result in judged)
    if not gated:
        codes.append(ExitCode.INCONCLUSIVE)
    code = worst(codes)
    return results, code, headline(results, steps, coverage, code)


def _rules_of(cell: Cell, steps: Sequence[Step]) -> list[Rule]:
    step = next(step for step in steps if step.name == cell.step)
    rules = step.gates.get(cell.metric.name, ())
    return [rule for rule in rules if cell.slice.whole or cell.slice.cohort in rule.by]


def _adjust(cells: Sequence[Cell], rules: Mapping[_Key, Sequence[Rule]]) -> dict[_Key, float]:
    """The p-values of the family, corrected; never below the plain ones."""
    family = [cell for cell in cells if any(in_family(rule, cell) for rule in rules[cell.key])]
    if not family:
        return {}
    observed = np.array([cell.comparison.test.z for cell in family], dtype=np.float64)
    null = np.stack([cell.comparison.test.null for cell in family if cell.comparison.test.null is not None])
    adjusted = step_down(observed, null)
    return {
        cell.key: max(float(p_value), cell.comparison.test.p_value or 0.0)
        for cell, p_value in zip(family, adjusted, strict=True)
    }


def _consequence(rule: Rule, result: RuleResult, cell: Cell, significance: Significance) -> ExitCode:
    """What one rule's verdict means for the run."""
    if rule.severity == "warn":
        return ExitCode.PASS
    if result.verdict == "fail":
        return ExitCode.FAIL
    unproven = result.verdict == "undecided" and must_be_proven(rule, cell, significance)
    return ExitCode.INCONCLUSIVE if result.verdict == "unmeasured" or unproven else ExitCode.PASS


def _result(cell: Cell, rules: Sequence[RuleResult], p_adjusted: float | None, significance: Significance) -> Result:
    compared, test = cell.comparison, cell.comparison.test
    return Result(
        step=cell.step,
        metric=cell.metric.name,
        better=cell.metric.better,
        slice=cell.slice.where,
        n=compared.n,
        groups=compared.groups,
        baseline=_finite(compared.baseline),
        candidate=_finite(compared.candidate),
        change=_finite(compared.change),
        worsening=_finite(compared.worsening),
        interval=_finite_interval(test.interval),
        upper=_finite(test.upper),
        p_value=test.p_value,
        p_adjusted=p_adjusted,
        detectable=compared.detectable(significance.alpha),
        verdict=min((rule.verdict for rule in rules), key=WORST_FIRST.index, default=None),
        reason=_reason(cell),
        rules=tuple(rules),
    )


def _reason(cell: Cell) -> str:
    """Why a number is missing from this row, or an empty string."""
    if math.isnan(cell.comparison.candidate):
        return "undefined for the candidate" if cell.comparison.n else "applies to no interaction"
    if cell.unchanged and not cell.incomparable:
        return "unchanged"
    if cell.metric.counted and not cell.incomparable:
        return "counted, not tested"
    if not cell.metric.tested and not cell.incomparable:
        return "reported, not tested"
    if math.isnan(cell.comparison.baseline) and not cell.incomparable:
        return "undefined for the baseline"
    return cell.incomparable or cell.few_pairs or cell.comparison.test.lacking


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _finite_interval(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return interval if interval is not None and all(math.isfinite(end) for end in interval) else None
