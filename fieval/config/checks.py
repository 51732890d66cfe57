"""What is wrong with a config: the schema's rules first, then those that no schema can state."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from typing import Any

from fieval.config.judging import check_judge
from fieval.config.rules import check_rules
from fieval.config.schema import schema
from fieval.config.sentences import note
from fieval.errors import suggestion
from fieval.model import EvaluatorKind
from fieval.yaml_places import Document, Findings, Where


def check(document: Document, kinds: Mapping[str, EvaluatorKind], findings: Findings) -> None:
    """Notes every problem of a config. Each check looks only at what has the right shape; the schema has the rest."""
    data = document.data
    steps = meant_steps(data, kinds)
    _check_schema(data, kinds, findings)
    if steps != data.get("steps", {}):
        _check_schema({**data, "steps": steps}, kinds, findings)
    for where in _not_finite(data, ()):
        findings.at_value(where, f"expected a finite number, got {document.written[where]}")
    if steps:
        _check_names(steps, findings)
        _check_after(steps, findings)
        check_rules(steps, kinds, findings, has_anchor="anchor" in data)
        check_judge({**data, "steps": steps}, kinds, findings)
        _check_any_rule(steps, findings)
        _check_replay(data, steps, findings)


def meant_steps(data: Mapping[str, Any], kinds: Mapping[str, EvaluatorKind]) -> Mapping[str, Any]:
    """The steps, each with the evaluator that was meant, so that one slip does not hide what else is wrong."""
    steps = data.get("steps")
    return {name: _meant(step, kinds) for name, step in steps.items()} if isinstance(steps, dict) else {}


def _meant(step: object, kinds: Mapping[str, EvaluatorKind]) -> object:
    given = step.get("evaluator") if isinstance(step, dict) else None
    if not isinstance(step, dict) or not isinstance(given, str) or given in kinds or ":" in given:
        return step
    near = difflib.get_close_matches(given, sorted(kinds), n=1)
    return {**step, "evaluator": near[0]} if near else step


def _check_schema(data: Mapping[str, Any], kinds: Mapping[str, EvaluatorKind], findings: Findings) -> None:
    import jsonschema

    draft = jsonschema.Draft202012Validator
    # 2020-12 takes 9999.0 for an integer; what reads the values afterwards does not
    integers = draft.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    strict = jsonschema.validators.extend(draft, type_checker=integers)  # type: ignore[no-untyped-call]  # not typed
    for error in strict(schema(kinds)).iter_errors(data):
        note(error, findings)


def _not_finite(value: object, where: Where) -> Iterator[Where]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _not_finite(entry, (*where, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _not_finite(entry, (*where, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield where


def _check_names(steps: Mapping[str, Any], findings: Findings) -> None:
    for name in steps:
        if not name.strip():
            findings.at_key(("steps", name), "the name of a step must not be empty")


def _check_after(steps: Mapping[str, Any], findings: Findings) -> None:
    for name in steps:
        for index, before in _before(steps, name):
            where = ("steps", name, "after", index)
            if before == name:
                findings.at_value(where, "a step cannot come after itself")
            elif before not in steps:
                findings.at_value(where, f'unknown step "{before}"{suggestion(before, set(steps) - {name})}')
    for name, cycle in _cycles(steps):
        findings.at_key(("steps", name, "after"), f"the steps wait for each other: {' → '.join(cycle)}")


def _before(steps: Mapping[str, Any], name: str) -> list[tuple[int, str]]:
    """The steps that a step names in `after`, with their positions."""
    step = steps[name]
    after = step.get("after") if isinstance(step, dict) else None
    return [(index, before) for index, before in enumerate(_items(after)) if isinstance(before, str)]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _cycles(steps: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Each circle of `after` once, from the step of it that is first in the file."""
    feeds = {name: [before for _, before in _before(steps, name) if before in steps] for name in steps}
    seen: set[str] = set()
    for name in steps:
        circle = _way(feeds, name, name)
        if name not in seen and len(circle) > 1:
            seen.update(circle)
            yield name, [*circle, name]


def _way(feeds: Mapping[str, list[str]], start: str, goal: str) -> list[str]:
    """The shortest way from `start` back to `goal` over at least one other step; empty where there is none."""
    ways = [[start]]
    reached = {start}
    for way in ways:
        for before in feeds[way[-1]]:
            if before == goal and len(way) > 1:
                return way
            if before not in reached:
                reached.add(before)
                ways.append([*way, before])
    return []


def _check_any_rule(steps: Mapping[str, Any], findings: Findings) -> None:
    """A gate without a rule would let everything through."""
    if all(isinstance(step, dict) and step.get("gates", {}) == {} for step in steps.values()):
        findings.at_key(("steps",), "no step has a rule; give at least one metric a threshold under `gates`")


def _check_replay(data: Mapping[str, Any], steps: Mapping[str, Any], findings: Findings) -> None:
    if data.get("replay") is True and not any(isinstance(step, dict) and "command" in step for step in steps.values()):
        findings.at_value(("replay",), "no step has a `command:`, so nothing can be run again")
