"""Which rule is held against what: the row's own cell, the anchor's, or the gap between the values of a cohort."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fieval.evals.scored import ScoredStep
from fieval.gate.cells import Asked, Cell, Key, Measuring
from fieval.gate.gaps import Gap, measure_gap
from fieval.gate.rules import Check
from fieval.gate.slices import Slice
from fieval.model import Crossing, Rule, RuleKind, Step


def crossings(steps: Sequence[Step]) -> list[Crossing]:
    """The crossings that any rule names."""
    return [crossing for rule in _rules(steps) for crossing in rule.by]


def gated(steps: Sequence[Step], kinds: Collection[RuleKind]) -> set[tuple[str, str]]:
    """The steps and metrics with a rule of one of these kinds."""
    return {
        (step.name, metric)
        for step in steps
        for metric, rules in step.gates.items()
        if any(rule.kind in kinds for rule in rules)
    }


def ruled(steps: Sequence[Step]) -> Asked:
    """Whether any rule stands in a cell: no other changes a verdict."""
    gates = {step.name: step.gates for step in steps}

    def asked(step: str, metric: str, part: Slice) -> bool:
        return any(_stands_in(rule, part) for rule in gates[step].get(metric, ()))

    return asked


def checks(
    cells: Sequence[Cell],
    drifts: Mapping[Key, Cell],
    scored: Sequence[ScoredStep],
    parts: Sequence[Slice],
    steps: Sequence[Step],
    measuring: Measuring,
) -> dict[Key, list[Check]]:
    """Every check, by the row that it stands in. `drifts` are the cells measured against the anchor."""
    gates = {step.name: step.gates for step in steps}
    tables = {step.name: step for step in scored}
    found: dict[Key, list[Check]] = {}
    for cell in cells:
        rules = [rule for rule in gates[cell.step].get(cell.metric.name, ()) if _stands_in(rule, cell.slice)]
        measured = [_measured(rule, cell, drifts, tables[cell.step], parts, measuring) for rule in rules]
        found[cell.key] = [
            Check(rule, cell, each) for rule, group in zip(rules, measured, strict=True) for each in group
        ]
    return found


def _rules(steps: Sequence[Step]) -> list[Rule]:
    return [rule for step in steps for rules in step.gates.values() for rule in rules]


def _stands_in(rule: Rule, part: Slice) -> bool:
    if rule.kind == "max_gap":
        return part.whole
    return part.whole or part.crossing in rule.by


def _measured(
    rule: Rule,
    cell: Cell,
    drifts: Mapping[Key, Cell],
    step: ScoredStep,
    parts: Sequence[Slice],
    measuring: Measuring,
) -> list[Cell | Gap]:
    """What a rule is judged by; one gap for each of its cohorts."""
    if rule.kind == "max_gap":
        each = [[part for part in parts if part.crossing == crossing] for crossing in rule.by]
        return [measure_gap(step, cell.metric, values, rule.limit, measuring) for values in each]
    return [drifts[cell.key] if rule.kind == "max_drift" else cell]
