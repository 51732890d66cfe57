"""What is wrong with the rules of a config beyond their shape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from fieval.model import EvaluatorKind
from fieval.yaml_places import Findings, Where

_ANYTHING = (-math.inf, math.inf)


def check_rules(
    steps: Mapping[str, Any], kinds: Mapping[str, EvaluatorKind], findings: Findings, *, has_anchor: bool
) -> None:
    """Notes bounds that no value can hold, limits out of reach, drift without an anchor and days that are none."""
    for where, rule in rule_maps(steps):
        _check_bounds(where, rule, findings)
        _check_limits(where, rule, _limits(steps, where, kinds), findings)
        _check_waiver(where, rule, findings)
        if "max_drift" in rule and not has_anchor:
            findings.at_key((*where, "max_drift"), "max_drift needs an `anchor:`, an older baseline to compare with")


def rule_maps(steps: Mapping[str, Any]) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    """Every rule map, whether it stands alone or in a list, and where."""
    for name, step in steps.items():
        gates = step.get("gates") if isinstance(step, dict) else None
        for metric, entry in gates.items() if isinstance(gates, dict) else ():
            where = ("steps", name, "gates", metric)
            if isinstance(entry, dict):
                yield where, entry
            for index, rule in enumerate(entry if isinstance(entry, list) else ()):
                if isinstance(rule, dict):
                    yield (*where, index), rule


def share(text: object) -> float | None:
    """`"5%"` → 0.05; None for anything else."""
    if not isinstance(text, str) or not text.strip().endswith("%"):
        return None
    try:
        return float(text.strip()[:-1]) / 100
    except ValueError:
        return None


def _limits(steps: Mapping[str, Any], where: Where, kinds: Mapping[str, EvaluatorKind]) -> tuple[float, float]:
    """The values that the metric at `where` can have."""
    evaluator, metric = steps[str(where[1])].get("evaluator"), str(where[3])
    known = kinds[evaluator].metrics if isinstance(evaluator, str) and evaluator in kinds else ()
    return next((each.limits for each in known if metric.partition(".")[0] == each.name), _ANYTHING)


def _check_bounds(where: Where, rule: Mapping[str, Any], findings: Findings) -> None:
    low, high = _number(rule.get("min"), -math.inf), _number(rule.get("max"), math.inf)
    if low > high:
        findings.at_value(where, f"no value can hold min {low} and max {high}")


def _check_limits(where: Where, rule: Mapping[str, Any], limits: tuple[float, float], findings: Findings) -> None:
    """A bound that no value can reach is a slip, most often a percentage written for a share."""
    change = (0.0, limits[1] - limits[0])
    within = {"max": limits, "min": limits, "max_regression": change, "max_drift": change, "max_gap": change}
    for kind, (low, high) in within.items():
        if kind in rule and not low <= _number(rule[kind], low) <= high:
            hint = f"; {rule[kind] / 100:.12g} is {rule[kind]:.12g} %" if 1 < rule[kind] <= 100 else ""
            findings.at_value((*where, kind), f"expected a number from {low:g} to {high:g}, got {rule[kind]}{hint}")


def _check_waiver(where: Where, rule: Mapping[str, Any], findings: Findings) -> None:
    waiver = rule.get("waived")
    until = waiver.get("until") if isinstance(waiver, dict) else None
    if not isinstance(until, str):
        return
    try:
        date.fromisoformat(until)
    except ValueError:
        findings.at_value((*where, "waived", "until"), f'expected a day such as 2026-12-31, got "{until}"')


def _number(value: object, otherwise: float) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
