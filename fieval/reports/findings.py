"""Sorts what a report holds into what failed, what is open and what is only shown; all formats tell it so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fieval.model import Coverage, Evidence, Report, Result, RuleResult, Run

Fate = Literal["failed", "tolerated", "undecided", "unmeasured", "not_gated", "passed"]

WORST_SHOWN = 3
_CONCENTRATED = 1.5  # times the worsening of the whole
_FEWEST = 8  # interactions of a slice that is named


@dataclass(frozen=True, slots=True)
class Finding:
    """The rules of one row of the report that met the same fate.

    `mostly` is the slice in which the whole got worse most, where no rule on a slice says so.
    """

    result: Result
    rules: tuple[RuleResult, ...]
    mostly: Result | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step's rows: those shown at once (whole, gated or striking), and the slices folded away."""

    name: str
    coverage: Coverage | None
    shown: tuple[Result, ...]
    folded: tuple[Result, ...]


def fate(rule: RuleResult) -> Fate:
    """What a rule's verdict means for the run; a failed rule that only warns or is waived is tolerated."""
    if rule.verdict == "fail":
        return "failed" if rule.blocks else "tolerated"
    return "passed" if rule.verdict == "pass" else rule.verdict


def findings(report: Report, wanted: Fate) -> list[Finding]:
    """The rows that have rules of this fate, the whole before its slices, otherwise in the report's order."""
    rows = [(result, tuple(rule for rule in result.rules if fate(rule) == wanted)) for result in _ordered(report)]
    return [Finding(result, rules, _mostly(report, result, rules)) for result, rules in rows if rules]


def not_gated(report: Report) -> list[Finding]:
    """The rules that are not gated on all interactions; of slices, which are merely small, the count is enough."""
    return [row for row in findings(report, "not_gated") if row.result.slice is None]


def tally(report: Report) -> Counter[Fate]:
    """How many checks (one rule on one slice) met which fate."""
    return Counter(fate(rule) for result in report.results for rule in result.rules)


def by_step(rows: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """Findings under their steps, in order."""
    steps: dict[str, list[Finding]] = {}
    for row in rows:
        steps.setdefault(row.result.step, []).append(row)
    return steps


def step_views(run: Run) -> list[StepView]:
    """Each step's rows in the report's order of steps and metrics, the whole before its slices."""
    ordered = _ordered(run.report)
    names = list(dict.fromkeys([*(result.step for result in ordered), *run.report.coverage]))
    return [_view(name, [result for result in ordered if result.step == name], run) for name in names]


def worst(run: Run, step: str) -> list[Evidence]:
    """The interactions of a step to look at, those that show why a metric failed first."""
    own = [item for item in run.evidence if item.step == step and (item.metrics or item.candidate_failed)]
    return own[:WORST_SHOWN]


def failed_steps(report: Report) -> list[str]:
    """The steps with a failed rule that blocks, in order."""
    return list(by_step(findings(report, "failed")))


def _ordered(report: Report) -> list[Result]:
    places = {key: place for place, key in reversed(list(enumerate((row.step, row.metric) for row in report.results)))}
    steps = {step: place for place, step in reversed(list(enumerate(row.step for row in report.results)))}
    return sorted(
        report.results, key=lambda row: (steps[row.step], places[row.step, row.metric], row.slice is not None)
    )


def _mostly(report: Report, whole: Result, rules: Sequence[RuleResult]) -> Result | None:
    """The single cohort with the largest worsening, if that is much larger than the whole's and no slice failed."""
    regressed = any(rule.rule == "max_regression" and rule.verdict == "fail" for rule in rules)
    if not regressed or whole.slice is not None or whole.worsening is None:
        return None
    slices = [row for row in report.results if (row.step, row.metric) == (whole.step, whole.metric) and row.slice]
    if any(rule.verdict == "fail" for row in slices for rule in row.rules):
        return None
    single = [row for row in slices if len(row.slice or ()) == 1 and row.n >= _FEWEST and row.worsening is not None]
    largest = max(single, key=lambda row: row.worsening or 0.0, default=None)
    beyond = largest is not None and (largest.worsening or 0.0) >= _CONCENTRATED * whole.worsening
    return largest if beyond else None


def _view(name: str, results: Sequence[Result], run: Run) -> StepView:
    ungated = Counter(result.metric for result in results if result.slice and not result.rules)
    whole = {result.metric: result.n for result in results if result.slice is None}
    kept = {
        id(result)
        for result in results
        if _keeps(result, whole.get(result.metric), run.report.alpha / max(1, ungated[result.metric]))
    }
    return StepView(
        name,
        run.report.coverage.get(name),
        tuple(result for result in results if id(result) in kept),
        tuple(result for result in results if id(result) not in kept),
    )


def _keeps(result: Result, whole: int | None, alpha: float) -> bool:
    """Whether a row is shown at once: without a rule only if its worsening would survive a Bonferroni correction.

    A slice as large as the whole is the whole again.
    """
    if result.slice is None or result.rules:
        return True
    if result.n == whole:
        return False
    return result.p_value is not None and result.p_value < alpha and (result.worsening or 0) > 0
