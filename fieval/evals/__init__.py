"""Evaluators: one file each, found by walking this folder; the file's name is the evaluator's name in a config.

An evaluator that cannot be imported stops the run: a gate must not lose a step in silence. A user's own is named
`module:Class`; one that another distribution offers (entry point group `fieval.evaluators`) has a plain name, too.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieval.errors import InvalidInput
from fieval.evals.base import Evaluator, Scorer
from fieval.evals.judged import JudgedScorer
from fieval.evals.own import own_evaluator, own_kind, own_scorer
from fieval.evals.scored import STEP_METRICS
from fieval.model import Card, EvaluatorKind, Step
from fieval.plugins import declared
from fieval.third_party import Offered, offered
from fieval.user_code import named, naming_code

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
    """What a config has to know of the evaluators: of ours; found when asked for, of a user's under `module:Class`,
    and of what other distributions offer under its name, whose names come with the KeyError of one that nobody has.

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
        if name in self._ours:
            return self._ours[name]
        if ":" in name:
            return own_kind(name, self._folder)
        more = others()
        if name not in more:
            raise KeyError(name, *more)
        return _offered_kind(more[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._ours)

    def __len__(self) -> int:
        return len(self._ours)


def kinds(config: Path | None = None) -> Kinds:
    """The evaluators that a config may name; beside those that ship, a user's own that its folder or Python has."""
    return Kinds(None if config is None else config.parent)


def others() -> Mapping[str, Offered]:
    """The evaluators that other distributions offer. Raises InvalidInput where their names are taken."""
    return offered("evaluators", evaluators())


def every_kind() -> Mapping[str, EvaluatorKind]:
    """What a config may name: ours, and all that others offer. Raises InvalidInput where one cannot be imported."""
    ours = kinds()
    return {**ours, **{name: ours[name] for name in others()}}


def packages_of(steps: Iterable[Step]) -> Mapping[str, str]:
    """The distributions, with their versions, that evaluators of steps come from, beside fieval itself."""
    named = {step.evaluator for step in steps if ":" not in step.evaluator} - set(evaluators())
    found = [others()[name] for name in sorted(named)]
    return {each.distribution: each.version for each in found}


def scorer_of(step: Step, card: Card, *, judge: bool = False) -> Scorer:
    """The scorer of one step of a config that was loaded; with a `judge` it asks that, too, if it knows what.

    Raises InvalidInput where the card lacks what the step names.
    """
    if step.evaluator not in evaluators():
        scorer = own_scorer(_reference(step), step.options, step.name, card)
    else:
        evaluator = evaluators()[step.evaluator](**step.options)
        scorer = (evaluator.judged(step.name, card) if judge else None) or evaluator.scorer(step.name, card)
    scorer.where = step.where
    if isinstance(scorer, JudgedScorer):
        scorer.inner.where = step.where
    return scorer


def scorer_elsewhere(step: Step, card: Card, folder: Path) -> Scorer:
    """The same scorer, without a judge, in a process that did not load the config, which lies in `folder`."""
    ours = evaluators().get(step.evaluator)
    for reference in _code(step, own_evaluator(_reference(step), folder) if ours is None else ours):
        named(reference, folder)
    return scorer_of(step, card)


def has_foreign_code(step: Step) -> bool:
    """Whether scoring a step runs code that is not ours."""
    ours = evaluators().get(step.evaluator)
    return ours is None or bool(_code(step, ours))


def __getattr__(name: str) -> object:
    """`from fieval.evals import LabelAgreement` without knowing the file; modules have small letters."""
    if name == "Evaluation":
        return importlib.import_module(f"{__name__}.evaluation").Evaluation
    for evaluator in evaluators().values() if name[:1].isupper() else ():
        if evaluator.__name__ == name:
            return evaluator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _reference(step: Step) -> str:
    """Where the evaluator of a step is that is not ours, as `package.module:Class`."""
    return step.evaluator if ":" in step.evaluator else others()[step.evaluator].reference


def _code(step: Step, evaluator: type[Evaluator]) -> list[str]:
    """The code that the options of a step name."""
    return [step.options[name] for name in naming_code(evaluator) if step.options.get(name) is not None]


_TAKEN = re.compile(r"step|significance|judge|rule_\w*")  # what the schema of a config calls its other parts


def _offered_kind(each: Offered) -> EvaluatorKind:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", each.name) or _TAKEN.fullmatch(each.name):
        raise each.wrong(InvalidInput("the name is taken, or not of small letters, digits and _; have it renamed"))
    try:
        return msgspec.structs.replace(own_kind(each.reference), name=each.name)
    except InvalidInput as error:
        raise each.wrong(error) from error


def _in_module(name: str) -> type[Evaluator]:
    module = importlib.import_module(f"{__name__}.{name}")
    own = declared(module, Evaluator)  # type: ignore[type-abstract]  # its subclasses are wanted
    if len(own) != 1:
        raise ImportError(f"{module.__name__} must define one Evaluator, it defines {len(own)}")
    return own[0]
