"""The `judge:` of a config: what it may say, what does not go together, and its typed form."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from fieval.model import EvaluatorKind, Floor, JudgeEffort, JudgeMode, Judging
from fieval.yaml_places import Document, Findings, Where

PROVIDERS = ("none", "anthropic")
_FILES: tuple[Literal["cache", "cassette", "verdicts", "calibration"], ...] = (
    "cache",
    "cassette",
    "verdicts",
    "calibration",
)
_NEEDS = "set `judge: {provider: anthropic}`"


def judge_schema() -> dict[str, Any]:
    """JSON Schema of `judge:`."""
    return {
        "title": "judge",
        "description": "A language model that judges what no other metric can measure.",
        "type": "object",
        "required": ["provider"],
        "additionalProperties": False,
        "properties": {
            "provider": {"description": "Who judges; none works offline.", "enum": list(PROVIDERS)},
            "model": _text("The pinned name of a model.", "claude-sonnet-5-5"),
            "effort": {"description": "How long it may think.", "enum": list(get_args(JudgeEffort)), "default": "low"},
            "max_tokens": _number("The longest reply, thinking included.", "integer", 8192, least=8192),
            "base_url": _text("The address of the API, if it is not the provider's own."),
            "mode": {
                "description": "live asks anew, record asks what is not remembered, batch the same at half the price "
                "within a day, replay asks nothing, off is none. "
                "Default: replay in CI or without credentials, else record. `--judge` overrides it.",
                "enum": list(get_args(JudgeMode)),
            },
            "cache": _text("Where verdicts are remembered, relative to this file.", ".fieval/judge.sqlite of the run"),
            "cassette": _text("Recorded verdicts, relative to this file; see `fieval judge export`."),
            "max_usd": _number("What one run may cost at most, in US dollars.", "number", least=0),
            "max_calls": _number("How many calls one run may make at most.", "integer", least=0),
            "threads": _number("Calls under way at once.", "integer", 16, least=1) | {"maximum": 16},
            "seconds": _number("The longest that one call may take.", "number", 120) | {"exclusiveMinimum": 0},
            "deadline": _number(
                "The longest that all calls may take, in seconds; in mode batch, 90000 by default.", "number", 3600
            )
            | {"exclusiveMinimum": 0},
            "verdicts": _text("People's verdicts, relative to this file.", "verdicts.jsonl of the dataset"),
            "calibration": _text(
                "What `fieval calibrate` found of the judge, relative to this file.", "calibration.json of the dataset"
            ),
            "floor": _floor(),
        },
    }


def read_judge(config: Path, document: Document, findings: Findings) -> Judging | None:
    """The typed form of a checked `judge:`; None where nobody judges."""
    given = document.data.get("judge")
    if not _judges(document.data) or findings.touch(("judge",)) or not isinstance(given, dict):
        return None
    paths = {name: os.path.normpath(config.parent / given[name]) for name in _FILES if name in given}
    floor = msgspec.convert(given.get("floor", {}), Floor, strict=False)
    rest = {name: value for name, value in given.items() if name != "provider"}
    return Judging(**{**rest, **paths, "floor": floor, "place": document.key(("judge",))})


def check_judge(data: Mapping[str, Any], kinds: Mapping[str, EvaluatorKind], findings: Findings) -> None:
    """Notes metrics and options that need a judge where there is none."""
    judges = _judges(data)
    steps = data.get("steps")
    for name, step in steps.items() if isinstance(steps, dict) else ():
        given = step.get("evaluator") if isinstance(step, dict) else None
        kind = kinds.get(given) if isinstance(given, str) else None
        if kind is None:
            continue
        way_out = _NEEDS if not judges else "" if step.get("judge", True) is not False else "leave out `judge: false`"
        if way_out:
            for where, what in _judged(name, step, kind):
                findings.at_key(where, f"{what} needs a judge: {way_out}")


def _judged(name: str, step: Mapping[str, Any], kind: EvaluatorKind) -> Iterator[tuple[Where, str]]:
    gates = step.get("gates")
    for metric in kind.metrics:
        if metric.judged and isinstance(gates, dict) and metric.name in gates:
            yield ("steps", name, "gates", metric.name), metric.name
    for option in kind.judged_options:
        if option in step:
            yield ("steps", name, option), option


def _judges(data: Mapping[str, Any]) -> bool:
    judge = data.get("judge")
    return isinstance(judge, dict) and judge.get("provider") not in (None, "none")


def _floor() -> dict[str, Any]:
    share = {"minimum": 0.5, "maximum": 1}
    return {
        "title": "floor",
        "description": "How well the judge has to agree with people before its verdicts may gate.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "sensitivity": _number("The share of people's yes that it finds.", "number", Floor().sensitivity) | share,
            "specificity": _number("The share of people's no that it finds.", "number", Floor().specificity) | share,
            "labels": _number("People's verdicts that it is held against.", "integer", Floor().labels, least=20),
            "groups": _number("Groups that these come from.", "integer", Floor().groups, least=8),
            "of_each": _number("How many yes, and how many no, at least.", "integer", Floor().of_each, least=5),
        },
    }


def _text(description: str, default: str | None = None) -> dict[str, Any]:
    told = description if default is None else f"{description} Default: {default}."
    return {"description": told, "type": "string", "minLength": 1}


def _number(description: str, kind: str, default: float | None = None, *, least: float | None = None) -> dict[str, Any]:
    limits = {} if least is None else {"minimum": least}
    return {"description": description, "type": kind, **limits, **({} if default is None else {"default": default})}
