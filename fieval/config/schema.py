"""The JSON Schema of a config, built from the evaluators there are; editors and fieval itself check against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from fieval.config.judging import judge_schema
from fieval.model import COMMAND_SECONDS, IMPORTABLE, RULE_KINDS, EvaluatorKind, MetricName, RuleKind, Severity

Schema = dict[str, Any]

COMMON = ("evaluator", "after", "where", "command", "timeout", "environment", "gates")  # keys of every step


def schema(kinds: Mapping[str, EvaluatorKind]) -> Schema:
    """JSON Schema (draft 2020-12) of a config. Each evaluator's part is a definition under its name."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fieval gate config",
        "description": "Which steps of a pipeline are scored, by what, and the thresholds that its metrics must hold.",
        "type": "object",
        "required": ["version", "steps"],
        "additionalProperties": False,
        "properties": _top(),
        "$defs": _definitions(kinds),
    }


def useful_kinds(metric: MetricName) -> tuple[RuleKind, ...]:
    """The rule kinds of which one is needed, lest a rule let every bad candidate through."""
    useless: Mapping[str, RuleKind] = {"lower": "min", "higher": "max"}
    return tuple(kind for kind in RULE_KINDS if kind in metric.gates and kind != useless.get(metric.better))


_RULE_TEXTS: Mapping[RuleKind, str] = {
    "max": "The candidate's value must not be above this (if it is better toward zero: nor below its negative).",
    "min": "The candidate's value must not be below this.",
    "max_regression": "Tolerated worsening against the baseline, in the metric's own unit or as a share (5%).",
    "max_gap": "Largest difference between the cohorts named in `by`.",
    "max_drift": "Tolerated worsening against the anchor, as max_regression.",
}
_BETTER_TEXTS = {"lower": "Lower is better.", "higher": "Higher is better.", "zero": "Better toward zero."}


def _top() -> Schema:
    return {
        "version": {"description": "The version of this format.", "const": 1},
        "dataset": _text(
            "The folder of the golden dataset, relative to this file, or a URL. `--dataset` overrides it."
        ),
        "candidate": _text("The candidate's outputs, relative to this file, or a URL. `--candidate` overrides it."),
        "baseline": _text("The baseline's outputs, relative to this file, or a URL. `--baseline` overrides it."),
        "anchor": _text("An older baseline's outputs, relative to this file, or a URL, that max_drift compares with."),
        "steps": {
            "description": "The steps of the pipeline by name.",
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"$ref": "#/$defs/step"},
        },
        "significance": {"$ref": "#/$defs/significance"},
        "judge": {"$ref": "#/$defs/judge"},
        "replay": {
            "description": "Run the steps' commands again where the gate fails, to find what it came from; "
            "--replay and --no-replay override it.",
            "type": "boolean",
            "default": False,
        },
    }


def _definitions(kinds: Mapping[str, EvaluatorKind]) -> Schema:
    names = sorted(kinds)
    references, components = msgspec.json.schema_components(
        [kinds[name].options for name in names], ref_template="#/$defs/{name}"
    )
    own = [reference["$ref"].rpartition("/")[2] for reference in references]
    metrics = [metric for name in names for metric in kinds[name].metrics]
    return {
        "step": _step(kinds),
        **{name: _evaluator(kinds[name], components[component]) for name, component in zip(names, own, strict=True)},
        **{_rule_name(metric): _rule(metric) for metric in metrics},
        "significance": _significance(),
        "judge": judge_schema(),
        **{name: component for name, component in components.items() if name not in own},
    }


def _step(kinds: Mapping[str, EvaluatorKind]) -> Schema:
    """What all steps have in common; the rest hangs on the evaluator."""
    return {
        "title": "step",
        "type": "object",
        "required": ["evaluator"],
        "properties": {
            "evaluator": {
                "description": "What scores this step; package.module:Class names an evaluator of your own.",
                "type": "string",
                "if": {"pattern": ":"},
                "then": {"pattern": IMPORTABLE},
                "else": {"enum": sorted(kind for kind in kinds if ":" not in kind)},
            },
            "after": _list_of_names("The steps that this one feeds on."),
            "where": {
                "description": "Only interactions with these cohort values count.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "gates": {"description": "The rules on this step's metrics.", "type": "object"},
            **_command(),
        },
        "dependentRequired": {"timeout": ["command"], "environment": ["command"]},
        "allOf": [
            {
                "if": {"properties": {"evaluator": {"const": name}}, "required": ["evaluator"]},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in sorted(kinds)
        ],
    }


def _command() -> Schema:
    """How the candidate's version of a step is run again, for replay."""
    program = _list_of_names("Program and arguments, run in this file's folder: outputs as JSON Lines in and out.")
    return {
        "command": {key: value for key, value in program.items() if key != "uniqueItems"} | {"minItems": 1},
        "timeout": _number("The longest that one run of the command may take, in seconds.", COMMAND_SECONDS)
        | {"exclusiveMinimum": 0, "maximum": 86_400},
        "environment": _list_of_names("Environment variables that the command sees beside PATH, HOME and the like."),
    }


def _evaluator(kind: EvaluatorKind, options: Schema) -> Schema:
    """The keys of a step with this evaluator: the common ones, its options and its metrics."""
    plain = [metric for metric in kind.metrics if not metric.label_class]
    by_class = [metric for metric in kind.metrics if metric.label_class]
    gates: Schema = {"properties": {metric.name: _metric(metric) for metric in plain}, "additionalProperties": False}
    if by_class:
        gates["patternProperties"] = {
            rf"^{metric.name}\..+": {"title": f"{metric.name}.<class>", **_metric(metric)} for metric in by_class
        }
    return {
        "title": kind.name,
        "description": " ".join(options.get("description", "").partition("\n\n")[0].split()),
        "properties": {**dict.fromkeys(COMMON, True), "gates": gates, **options["properties"]},
        "required": ["evaluator", *options.get("required", [])],
        "additionalProperties": False,
    }


def _metric(metric: MetricName) -> Schema:
    rule = {"$ref": f"#/$defs/{_rule_name(metric)}"}
    return {
        "description": f"{_BETTER_TEXTS[metric.better]} One rule map, or a list of them.",
        "if": {"type": "array"},
        "then": {"minItems": 1, "items": rule},
        "else": rule,
    }


def _rule_name(metric: MetricName) -> str:
    narrowed = "" if metric.gates == RULE_KINDS else "_" + "_".join(metric.gates)
    return f"rule_{metric.better}{narrowed}"


def _rule(metric: MetricName) -> Schema:
    limits: dict[RuleKind, Schema] = {kind: _limit(kind) for kind in metric.gates}
    return {
        "title": "rule",
        "type": "object",
        "properties": {
            **limits,
            "by": _list_of_cohorts(),
            "critical": {"description": "Its slices count like the whole.", "type": "boolean", "default": False},
            "severity": {
                "description": "Whether a failure blocks or only warns.",
                "enum": list(get_args(Severity)),
                "default": "block",
            },
            "waived": _waiver(),
        },
        "dependentRequired": {"max_gap": ["by"]},
        "anyOf": [{"required": [kind]} for kind in useful_kinds(metric)],
        "additionalProperties": False,
    }


def _limit(kind: RuleKind) -> Schema:
    described = {"description": _RULE_TEXTS[kind]}
    if kind in ("max", "min"):
        return {**described, "type": "number"}
    if kind == "max_gap":
        return {**described, "type": "number", "minimum": 0}
    share = {"pattern": "^[0-9]{1,6}([.][0-9]{1,6})?%$"}
    return {**described, "if": {"type": "string"}, "then": share, "else": {"type": "number", "minimum": 0}}


def _waiver() -> Schema:
    return {
        "description": "The rule may fail for a while; it is shown as failed and waived.",
        "type": "object",
        "required": ["until", "by", "reason"],
        "additionalProperties": False,
        "properties": {
            "until": {
                "description": "The last day, as 2026-12-31.",
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            },
            "by": {"description": "Who answers for it.", "type": "string", "minLength": 1},
            "reason": {"description": "Why it is so.", "type": "string", "minLength": 1},
        },
    }


def _list_of_cohorts() -> Schema:
    one = {"type": "string", "minLength": 1}
    crossed = {"minItems": 2, "items": one, "uniqueItems": True}
    return {
        "description": "Cohorts: the rule holds for the whole and each of their values; [a, b] inside crosses two.",
        "type": "array",
        "minItems": 1,
        "items": {"if": {"type": "array"}, "then": crossed, "else": one},
        "uniqueItems": True,
    }


def _significance() -> Schema:
    return {
        "title": "significance",
        "description": "How verdicts weigh chance.",
        "type": "object",
        "properties": {
            "alpha": _number("The chance of a false alarm over all rules of a run.", 0.05)
            | {"minimum": 0.0001, "maximum": 0.25},
            "resamples": _whole("How many random halves are drawn.", 9999, 999) | {"maximum": 100_000},
            "seed": _whole("What the draws start from.", 20261120, 0) | {"maximum": 2**63 - 1},
            "require_proof": {
                "description": "True: regressions must be proven to stay inside their margin.",
                "type": "boolean",
                "default": False,
            },
            "min_interactions": _whole("A slice smaller than this is reported, not gated.", 20, 0),
        },
        "additionalProperties": False,
    }


def _text(description: str) -> Schema:
    return {"description": description, "type": "string", "minLength": 1}


def _number(description: str, default: float) -> Schema:
    return {"description": description, "type": "number", "default": default}


def _whole(description: str, default: int, least: int) -> Schema:
    return {"description": description, "type": "integer", "minimum": least, "default": default}


def _list_of_names(description: str) -> Schema:
    return {
        "description": description,
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "uniqueItems": True,
    }
