"""Reads a gate config: file → checked document → typed config with paths that can be opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import msgspec

from fieval import revisions
from fieval.config.checks import check, meant_steps
from fieval.config.judging import read_judge
from fieval.config.names import check_names
from fieval.config.own import check_imports, with_own
from fieval.config.rules import share
from fieval.config.schema import COMMON
from fieval.errors import InvalidInput
from fieval.model import (
    COMMAND_SECONDS,
    RULE_KINDS,
    Card,
    Config,
    Crossing,
    EvaluatorKind,
    Rule,
    Significance,
    Source,
    Step,
    Waiver,
)
from fieval.remote import is_url
from fieval.yaml_places import Document, Findings, Where, read_yaml


def load(
    path: Path,
    kinds: Mapping[str, EvaluatorKind],
    *,
    dataset: str | None = None,
    candidate: str | None = None,
    baseline: str | None = None,
    card: Callable[[str], Card | None] = lambda dataset: None,
) -> Config:
    """The config at `path`, whose steps are scored by `kinds`. Raises InvalidInput with everything that is wrong.

    Paths in the file are relative to it; those given here win and are relative to the current folder. `card` gives the
    card of a dataset; where there is one, names that it does not declare are wrong, too.
    """
    document = read_yaml(path)
    findings = Findings(document)
    kinds = with_own(document, kinds, findings)
    check(document, kinds, findings)
    given = {"dataset": dataset, "candidate": candidate, "baseline": baseline, "anchor": None}
    in_file = {name: _path(path, document, name, findings) for name in given}
    paths = {name: in_file[name] if value is None else value for name, value in given.items()}
    for name in ("dataset", "candidate"):
        if paths[name] is None:
            findings.absent((name,), f"required here, or as --{name}")
    known = card(paths["dataset"]) if paths["dataset"] else None
    if known is not None:
        check_names(meant_steps(document.data, kinds), kinds, known, findings)
    reading = _Reading(document, kinds, findings, path.parent, paths["baseline"] is not None)
    steps = reading.steps()
    judge = read_judge(path, document, findings)
    findings.stop()
    return Config(
        dataset=paths["dataset"] or "",
        candidate=paths["candidate"] or "",
        baseline=paths["baseline"],
        anchor=paths["anchor"],
        steps=steps,
        significance=msgspec.convert(document.data.get("significance", {}), Significance),
        source=Source(document.path, document.sha256),
        judge=judge,
        replay=document.data.get("replay", False),
    )


def _path(config: Path, document: Document, name: str, findings: Findings) -> str | None:
    """A path of the file as seen from the current folder, without `a/../` where that leads to the same place; a URL."""
    value = document.data.get(name)
    if not isinstance(value, str):
        return None if name not in document.data else ""
    if is_url(value):
        return value
    joined = config.parent / value
    if os.sep == "/" and "\\" in value and not joined.exists():
        findings.at_value((name,), f'"{value}" is a path of Windows; write it with "/", which works there, too')
        return ""
    try:
        if revisions.revised(value) is not None:
            return str(joined)
    except InvalidInput:
        findings.at_value((name,), f'expected {revisions.FORM}, got "{value}"')
        return ""
    tidy = Path(os.path.normpath(joined))
    return str(tidy if os.path.realpath(tidy) == os.path.realpath(joined) else joined)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Turns the steps of a checked document into values; what has problems is left out."""

    document: Document
    kinds: Mapping[str, EvaluatorKind]
    findings: Findings
    folder: Path
    has_baseline: bool

    def steps(self) -> tuple[Step, ...]:
        steps = self.document.data.get("steps")
        if not isinstance(steps, dict):
            return ()
        sound = [name for name in steps if not self.findings.touch(("steps", name))]
        return tuple(self.step(name, steps[name]) for name in sound)

    def step(self, name: str, entry: Mapping[str, Any]) -> Step:
        return Step(
            name=name,
            evaluator=entry["evaluator"],
            options=self.options(name, entry),
            after=tuple(entry.get("after", ())),
            gates=self.gates(name, entry.get("gates", {})),
            where=entry.get("where", {}),
            place=self.document.key(("steps", name)),
            command=tuple(entry.get("command", ())),
            timeout=float(entry.get("timeout", COMMAND_SECONDS)),
            environment=tuple(entry.get("environment", ())),
        )

    def options(self, name: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """All options of the step's evaluator, those not given with their defaults."""
        kind: Any = self.kinds[entry["evaluator"]].options
        given = {key: value for key, value in entry.items() if key not in COMMON}
        try:
            options = msgspec.convert(given, kind)
        except msgspec.ValidationError as error:
            what, _, inner = str(error).partition(" - at `$.")
            where: Where = ("steps", name, *inner.rstrip("`").split(".")[:1]) if inner else ("steps", name)
            self.findings.at_value(where, what)
            return {}
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a user's own options may raise anything
            self.findings.at_value(("steps", name), f"its options cannot be made: {type(error).__name__}: {error}")
            return {}
        check_imports(name, options, self.folder, self.findings)
        found = {field.name: getattr(options, field.name) for field in fields(kind) if field.init}
        named = {file: self.folder / found[file] for file in self.kinds[entry["evaluator"]].files if found.get(file)}
        return found | {file: str(path) for file, path in named.items()}

    def gates(self, step: str, entry: Mapping[str, Any]) -> Mapping[str, tuple[Rule, ...]]:
        gates = {metric: self.listed(("steps", step, "gates", metric), rule) for metric, rule in entry.items()}
        own = gates.get("missing", ())
        if self.has_baseline and all(rule.kind != "max_regression" for rule in own):
            place = self.document.key(("steps", step))
            gates["missing"] = (*own, Rule("max_regression", 0.0, place=place, automatic=True))
        return gates

    def listed(self, where: Where, entry: Any) -> tuple[Rule, ...]:
        """The rules of one rule map, or of a list of them."""
        if not isinstance(entry, list):
            return self.rules(where, entry)
        return tuple(rule for index, each in enumerate(entry) for rule in self.rules((*where, index), each))

    def rules(self, where: Where, entry: Mapping[str, Any]) -> tuple[Rule, ...]:
        """One rule for each threshold of a rule map, in the order of the file."""
        return tuple(
            Rule(
                kind=kind,
                limit=_limit(entry[kind]),
                relative=share(entry[kind]) is not None,
                by=tuple(map(_crossing, entry.get("by", ()))),
                critical=entry.get("critical", False),
                severity=entry.get("severity", "block"),
                waived=msgspec.convert(entry["waived"], Waiver) if "waived" in entry else None,
                place=self.document.key((*where, kind)),
            )
            for kind in sorted((kind for kind in RULE_KINDS if kind in entry), key=list(entry).index)
        )


def _limit(entry: Any) -> float:
    relative = share(entry)
    return float(entry) if relative is None else relative


def _crossing(entry: str | list[str]) -> Crossing:
    return (entry,) if isinstance(entry, str) else tuple(entry)
