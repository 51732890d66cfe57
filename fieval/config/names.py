"""Names in a config that only the dataset's card can confirm: cohorts, labels, scores and classes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from typing import Any

from fieval.config.rules import rule_maps
from fieval.errors import suggestion
from fieval.model import COHORTS_ALWAYS, Card, EvaluatorKind
from fieval.yaml_places import Findings, Where


def check_names(steps: Mapping[str, Any], kinds: Mapping[str, EvaluatorKind], card: Card, findings: Findings) -> None:
    """Notes each cohort, label, score and class that the card does not declare, wherever they have the right shape."""
    for name, step in steps.items():
        kind = kinds.get(str(step.get("evaluator"))) if isinstance(step, dict) else None
        if kind is not None:
            label = _given(name, step, kind, "label")
            _check_option(("steps", name, "label"), label, card.labels, findings, written="label" in step)
            score = _given(name, step, kind, "score")
            _check_option(("steps", name, "score"), score, card.scores, findings, written="score" in step)
            _check_classes(name, step, kind, label, card, findings)
    known = {*card.cohorts, *COHORTS_ALWAYS}
    for where, cohort in _cohorts(steps):
        if cohort not in known:
            note = findings.at_key if where[2] == "where" else findings.at_value
            note(where, f'the dataset has no cohort "{cohort}"{suggestion(cohort, known)}')


def _given(step: str, entry: Mapping[str, Any], kind: EvaluatorKind, option: str) -> str | None:
    """What an option names; where it is empty, the step's own name. None where there is no such option."""
    defaults = {field.name: field.default for field in fields(kind.options)}
    given = entry.get(option, defaults.get(option))
    return (given or step) if isinstance(given, str) else None


def _check_option(
    where: Where, given: str | None, known: Collection[str], findings: Findings, *, written: bool
) -> None:
    if given is not None and given not in known:
        what = f'the dataset has no {where[-1]} "{given}"{suggestion(given, known)}'
        (findings.at_value if written else findings.absent)(where, what)


def _check_classes(
    step: str, entry: Mapping[str, Any], kind: EvaluatorKind, label: str | None, card: Card, findings: Findings
) -> None:
    by_class = {metric.name for metric in kind.metrics if metric.label_class}
    gates = entry.get("gates")
    if label is None or label not in card.labels or not isinstance(gates, dict):
        return
    values = card.labels[label].values
    for metric in gates:
        family, _, value = metric.partition(".")
        if family in by_class and value and value not in values:
            what = f'the label {label} has no class "{value}"{suggestion(value, values)}'
            findings.at_key(("steps", step, "gates", metric), what)


def _cohorts(steps: Mapping[str, Any]) -> Iterator[tuple[Where, str]]:
    """Every cohort that a step or a rule names, and where."""
    for name, step in steps.items():
        where = step.get("where") if isinstance(step, dict) else None
        for cohort in where if isinstance(where, dict) else ():
            yield ("steps", name, "where", cohort), cohort
    for place, rule in rule_maps(steps):
        yield from _mentions((*place, "by"), rule.get("by"))


def _mentions(where: Where, value: object) -> Iterator[tuple[Where, str]]:
    if isinstance(value, str):
        yield where, value
    for index, each in enumerate(value if isinstance(value, list) else ()):
        yield from _mentions((*where, index), each)
