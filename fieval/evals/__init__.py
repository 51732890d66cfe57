"""Evaluators: one file each, found by walking this folder; the file's name is the evaluator's name in a config.

An evaluator that cannot be imported stops the run: a gate must not lose a step in silence. A user's own is named
`module:Class`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fieval.evals.base import Evaluator, Scorer
from fieval.evals.judged import JudgedScorer
from fieval.evals.own import own_kind, own_scorer
from fieval.evals.scored import STEP_METRICS
from fieval.model import Card, EvaluatorKind, Step
from fieval.plugins import declared

if TYPE_CHECKING:  # for editors and type checkers; at run time each is found by its name
    from fieval.evals.asr_accuracy import ASRAccuracy
    from fieval.evals.conversation_coherence import ConversationCoherence
    from fieval.evals.conversation_resolution import ConversationResolution
    from fieval.evals.custom_evaluation import CustomEvaluation
    from fieval.evals.diarization_accuracy import DiarizationAccuracy
    from fieval.evals.evaluation import Evaluation
    from fieval.evals.label_agreement import LabelAgreement
    from fieval.evals.score_agreement import ScoreAgreement
    from fieval.evals.summary_quality import SummaryQuality

__all__ = [
    "ASRAccuracy",
    "ConversationCoherence",
    "ConversationResolution",
    "CustomEvaluation",
    "DiarizationAccuracy",
    "Evaluation",
    "LabelAgreement",
    "ScoreAgreement",
    "SummaryQuality",
]

_NOT_EVALUATORS = {"asked", "asking", "base", "detail", "evaluation", "fields", "given", "judged", "own", "scored"}


@cache
def evaluators() -> Mapping[str, type[Evaluator]]:
    """Every evaluator by its YAML name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: _in_module(name) for name in names if name not in _NOT_EVALUATORS}


class Kinds(Mapping[str, EvaluatorKind]):
    """What a config has to know of the evaluators: of ours, and under `module:Class` of a user's, found when asked for.

    `folder` is the config's, where a user's code may lie.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._ours = {
            name: EvaluatorKind(
                name=name,
                options=evaluator,
                metrics=(*evaluator.metric_names, *STEP_METRICS),
                judged_options=evaluator.judged_options,
                files=evaluator.files,
            )
            for name, evaluator in evaluators().items()
        }

    def __getitem__(self, name: str) -> EvaluatorKind:
        return own_kind(name, self._folder) if ":" in name else self._ours[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ours)

    def __len__(self) -> int:
        return len(self._ours)


def kinds(config: Path | None = None) -> Kinds:
    """The evaluators that a config may name; beside those that ship, a user's own that its folder or Python has."""
    return Kinds(None if config is None else config.parent)


def scorer_of(step: Step, card: Card, *, judge: bool = False) -> Scorer:
    """The scorer of one step of a config that was loaded; with a `judge` it asks that, too, if it knows what.

    Raises InvalidInput where the card lacks what the step names.
    """
    if ":" in step.evaluator:
        scorer = own_scorer(step.evaluator, step.options, step.name, card)
    else:
        evaluator = evaluators()[step.evaluator](**step.options)
        scorer = (evaluator.judged(step.name, card) if judge else None) or evaluator.scorer(step.name, card)
    scorer.where = step.where
    if isinstance(scorer, JudgedScorer):
        scorer.inner.where = step.where
    return scorer


def __getattr__(name: str) -> object:
    """`from fieval.evals import LabelAgreement` without knowing the file; modules have small letters."""
    if name == "Evaluation":
        return importlib.import_module(f"{__name__}.evaluation").Evaluation
    for evaluator in evaluators().values() if name[:1].isupper() else ():
        if evaluator.__name__ == name:
            return evaluator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _in_module(name: str) -> type[Evaluator]:
    module = importlib.import_module(f"{__name__}.{name}")
    own = declared(module, Evaluator)  # type: ignore[type-abstract]  # its subclasses are wanted
    if len(own) != 1:
        raise ImportError(f"{module.__name__} must define one Evaluator, it defines {len(own)}")
    return own[0]
