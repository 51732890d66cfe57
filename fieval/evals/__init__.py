"""Evaluators: one file each, found by walking this folder; the file's name is the evaluator's name in a config.

An evaluator that cannot be imported stops the run: a gate must not lose a step in silence.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache

from fieval.evals.base import Evaluator
from fieval.evals.scored import STEP_METRICS
from fieval.model import EvaluatorKind

_NOT_EVALUATORS = {"base", "detail", "scored"}


@cache
def evaluators() -> Mapping[str, type[Evaluator]]:
    """Every evaluator by its YAML name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: _in_module(name) for name in names if name not in _NOT_EVALUATORS}


def kinds() -> Mapping[str, EvaluatorKind]:
    """What a config has to know of the evaluators."""
    return {
        name: EvaluatorKind(name=name, options=evaluator, metrics=(*evaluator.metric_names, *STEP_METRICS))
        for name, evaluator in evaluators().items()
    }


def __getattr__(name: str) -> type[Evaluator]:
    """`from fieval.evals import LabelAgreement` without knowing the file."""
    for evaluator in evaluators().values():
        if evaluator.__name__ == name:
            return evaluator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _in_module(name: str) -> type[Evaluator]:
    module = importlib.import_module(f"{__name__}.{name}")
    own = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Evaluator) and value.__module__ == module.__name__
    ]
    if len(own) != 1:
        raise ImportError(f"{module.__name__} must define one Evaluator, it defines {len(own)}")
    return own[0]
