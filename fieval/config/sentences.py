"""The schema's complaints as sentences for people: what was expected, the nearest name, the place of the very key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieval.errors import suggestion
from fieval.model import IMPORTABLE, RULE_KINDS
from fieval.yaml_places import Findings, Where, kind_of

if TYPE_CHECKING:
    from jsonschema import ValidationError


def note(error: ValidationError, findings: Findings) -> None:
    """Puts what a violation of the schema means into the findings."""
    violation = _violation(error)
    match violation.rule:
        case "dependentRequired":
            findings.at_value(violation.where, _lacking(violation))
        case "additionalProperties":
            _unknown_keys(violation, findings)
        case "required":
            _absent_keys(violation, findings)
        case "minProperties":
            findings.at_key(violation.where, f'"{violation.where[-1]}" must not be empty')
        case "anyOf" if "required" in violation.wanted[0]:
            _useless_rule(violation, findings)
        case "enum" if violation.where[-1] == "evaluator" and findings.touch(violation.where):
            pass  # others may offer it, so that it was looked for already
        case _:
            findings.at_value(violation.where, _wrong_value(violation))


def listed(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@dataclass(frozen=True, slots=True)
class _Violation:
    """One broken keyword of the schema: what it wanted of which value, and the errors of the alternatives tried."""

    rule: str
    wanted: Any
    schema: Mapping[str, Any]
    value: Any
    where: Where
    alternatives: Sequence[_Violation]
    message: str


def _violation(error: ValidationError) -> _Violation:
    return _Violation(
        rule=str(error.validator),
        wanted=error.validator_value,
        schema=error.schema if isinstance(error.schema, dict) else {},
        value=error.instance,
        where=tuple(error.absolute_path),
        alternatives=[_violation(inner) for inner in error.context or ()],
        message=error.message,
    )


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def _unknown_keys(violation: _Violation, findings: Findings) -> None:
    where, known = violation.where, list(violation.schema["properties"])
    patterns: Mapping[str, Any] = violation.schema.get("patternProperties", {})
    gates = _is_gates(where)
    names = [*known, *(entry["title"] for entry in patterns.values())]
    for name in violation.value:
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        what = f'unknown {"metric" if gates else "key"} "{name}"{suggestion(name, names)}'
        if (_is_gates(where[:-1]) or _is_gates(where[:-2])) and name in RULE_KINDS:
            what = f"{where[3]} takes only {listed([kind for kind in RULE_KINDS if kind in known])}, not {name}"
        findings.at_key((*where, name), what)


def _lacking(violation: _Violation) -> str:
    """Of a key that means nothing without another one."""
    if "max_gap" in violation.value:
        return "max_gap needs `by:`, the cohorts whose values it compares"
    lonely = [name for name in violation.wanted if name in violation.value]
    return f"{listed(lonely)} needs `command:`, what runs the step again"


def _is_gates(where: Where) -> bool:
    return len(where) == 3 and where[0] == "steps" and where[2] == "gates"


def _absent_keys(violation: _Violation, findings: Findings) -> None:
    known = violation.schema["properties"]
    strangers = [name for name in violation.value if name not in known]
    for name in violation.wanted:
        if name not in violation.value:
            near = difflib.get_close_matches(name, strangers, n=1)
            meant = f'; is it meant by "{near[0]}"?' if near else ""
            findings.absent((*violation.where, name), f"required, but absent{meant}")


def _useless_rule(violation: _Violation, findings: Findings) -> None:
    """A rule that has no threshold, or only one that no bad candidate can miss."""
    if not set(violation.value) <= set(violation.schema["properties"]):
        return  # its unknown key is noted already, and was perhaps meant as the threshold
    useful = listed([option["required"][0] for option in violation.wanted])
    given = [kind for kind in RULE_KINDS if kind in violation.value]
    what = f"a rule needs {useful}"
    if given:
        better = "higher" if given == ["max"] else "lower"
        what = f"{given[0]} alone lets every bad candidate through, since {better} is better; add {useful}"
    findings.at_value(violation.where, what)


def _wrong_value(violation: _Violation) -> str:
    sentence = _SENTENCES.get(violation.rule)
    return sentence(violation) if sentence else violation.message


def _wrong_type(violation: _Violation) -> str:
    hint = f"; write [{violation.value}]" if violation.wanted == "array" and isinstance(violation.value, str) else ""
    return f"expected {_type_words(violation.wanted)}, got {_described(violation.value)}{hint}"


def _type_words(types: str | Sequence[str]) -> str:
    return listed([_TYPES[name] for name in ([types] if isinstance(types, str) else types)])


def _described(value: object) -> str:
    if isinstance(value, str):
        return f'the string "{value}"'
    return f"the number {value}" if type(value) in (int, float) else kind_of(value)


def _wrong_choice(violation: _Violation) -> str:
    choices = [str(choice) for choice in violation.wanted]
    if violation.where[-1] == "evaluator":
        return f'unknown evaluator "{violation.value}"{suggestion(str(violation.value), choices)}'
    near = difflib.get_close_matches(str(violation.value), choices, n=1)
    return f"expected {listed(choices)}, got {_described(violation.value)}" + (
        f'; did you mean "{near[0]}"?' if near else ""
    )


def _pattern_words(violation: _Violation) -> str:
    if violation.wanted == IMPORTABLE:
        return "Python code as package.module:name"
    if violation.where[-1] == "until":
        return "a day such as 2026-12-31"
    return "a number, or a share such as 5%" if "gates" in violation.where else f"text like {violation.wanted}"


def _repeated(violation: _Violation) -> str:
    items = violation.value
    return f'"{next(item for index, item in enumerate(items) if item in items[:index])}" is given twice'


def _no_alternative(violation: _Violation) -> str:
    """Of several shapes none fits: what is wrong with the one whose type does, else all types that would do."""
    fitting = [inner for inner in violation.alternatives if inner.rule not in ("type", "enum", "const")]
    if fitting:
        return _wrong_value(fitting[0])
    types = [name for option in violation.wanted for name in _types_of(option) if name != "null"]
    if not types:
        return violation.message
    return f"expected {_type_words(types)}, got {_described(violation.value)}"


def _types_of(option: Mapping[str, Any]) -> Sequence[str]:
    found = option.get("type", ())
    return [found] if isinstance(found, str) else list(found)


def _bound(words: str) -> Callable[[_Violation], str]:
    return lambda violation: f"expected {words} {violation.wanted}, got {violation.value}"


_SENTENCES: Mapping[str, Callable[[_Violation], str]] = {
    "type": _wrong_type,
    "enum": _wrong_choice,
    "const": lambda violation: f"expected {violation.wanted}, got {_described(violation.value)}",
    "anyOf": _no_alternative,
    "uniqueItems": _repeated,
    "pattern": lambda violation: f'expected {_pattern_words(violation)}, got "{violation.value}"',
    "minLength": lambda violation: "must not be empty",
    "minItems": lambda violation: (
        f"expected at least {violation.wanted} entries, got {len(violation.value)}"
        if violation.value
        else "must not be empty"
    ),
    "minimum": _bound("a number of at least"),
    "maximum": _bound("a number of at most"),
    "exclusiveMinimum": _bound("a number above"),
    "exclusiveMaximum": _bound("a number below"),
}
