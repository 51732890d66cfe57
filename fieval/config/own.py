"""Python code that a config names: evaluators and functions that are not ours, imported while the config is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fieval.errors import InvalidInput, suggestion
from fieval.model import IMPORTABLE, EvaluatorKind
from fieval.user_code import named, naming_code
from fieval.yaml_places import Document, Findings, Where


def with_own(document: Document, kinds: Mapping[str, EvaluatorKind], findings: Findings) -> Mapping[str, EvaluatorKind]:
    """The kinds, with those that the steps name as `module:Class` or that others offer; what cannot be imported is
    noted, and so is a name that nobody has.
    """
    own: dict[str, EvaluatorKind] = {}
    for where, reference in _references(document):
        if reference in {*kinds}:
            continue
        try:
            own[reference] = kinds[reference]
        except KeyError as error:
            names = {*kinds, *error.args[1:]}
            findings.at_value(where, f'unknown evaluator "{reference}"{suggestion(reference, names)}')
        except InvalidInput as error:
            for problem in error.problems:
                findings.at_value(where, problem)
    return {**kinds, **own}


def check_imports(step: str, options: object, folder: Path, findings: Findings) -> None:
    """Notes the options that name code which cannot be imported."""
    for name in naming_code(type(options)):
        if getattr(options, name) is not None:
            try:
                named(getattr(options, name), folder)
            except InvalidInput as error:
                findings.at_value(("steps", step, name), str(error))


def _references(document: Document) -> Iterator[tuple[Where, str]]:
    steps = document.data.get("steps")
    for name, step in steps.items() if isinstance(steps, dict) else ():
        given: Any = step.get("evaluator") if isinstance(step, dict) else None
        if isinstance(given, str) and (":" not in given or re.search(IMPORTABLE, given)):
            yield ("steps", name, "evaluator"), given
