"""From cells and checks to results and one verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fieval.errors import ExitCode, worst
from fieval.gate.cells import Cell, Key
from fieval.gate.rules import Check, hypotheses, judge, leaves_open
from fieval.model import Result, RuleResult, RuleVerdict, Significance
from fieval.statistics.family import step_down

WORST_FIRST: tuple[RuleVerdict, ...] = ("fail", "unmeasured", "undecided", "not_gated", "pass")


@dataclass(frozen=True, slots=True)
class Decision:
    """All results, what the process returns, and how far from alpha the nearest p-value is that a verdict hangs on."""

    results: list[Result]
    code: ExitCode
    margin: float


def decide(cells: Sequence[Cell], checks: Mapping[Key, Sequence[Check]], significance: Significance) -> Decision:
    """Correct the tests of all checks for one another, judge each check, and put the results together."""
    adjusted = _adjust([check for each in checks.values() for check in each])
    results, codes, gated, margin = [], [ExitCode.PASS], False, 1.0
    for cell in cells:
        own = checks.get(cell.key, ())
        judged = [judge(check, adjusted[id(check)], significance) for check in own]
        regressions = [p for check in own if check.rule.kind == "max_regression" for p in adjusted[id(check)]]
        results.append(_result(cell, judged, max(regressions, default=None), significance))
        for check, result in zip(own, judged, strict=True):
            codes.append(_consequence(check, result, significance))
            gated |= result.verdict != "not_gated" and not check.rule.automatic
            if result.verdict in ("fail", "undecided"):
                margin = min([margin, *(abs(p - significance.alpha) for p in adjusted[id(check)])])
    if not gated:
        codes.append(ExitCode.INCONCLUSIVE)
    return Decision(results, worst(codes), margin)


def _adjust(checks: Sequence[Check]) -> dict[int, list[float]]:
    """The p-values of each check (by identity) corrected over the whole family; never below the plain ones."""
    tests = [(id(check), hypothesis) for check in checks for hypothesis in hypotheses(check)]
    found: dict[int, list[float]] = {id(check): [] for check in checks}
    if tests:
        observed = np.array([test.z for _, test in tests], dtype=np.float64)
        adjusted = step_down(observed, [test.null for _, test in tests])
        for (check, test), p_value in zip(tests, adjusted, strict=True):
            found[check].append(max(float(p_value), test.p_value))
    return found


def _consequence(check: Check, result: RuleResult, significance: Significance) -> ExitCode:
    """What one check means for the run."""
    if check.rule.severity == "warn":
        return ExitCode.PASS
    if result.verdict == "fail":
        return ExitCode.PASS if check.rule.waived else ExitCode.FAIL
    left_open = leaves_open(result, significance, whole=check.cell.slice.whole)
    return ExitCode.INCONCLUSIVE if left_open else ExitCode.PASS


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
    if cell.metric.unmeasured:
        return cell.metric.unmeasured
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
