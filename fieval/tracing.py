"""`fieval show`: one interaction through every step of a run, gold, baseline and candidate side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from fieval import engine
from fieval.court import remember
from fieval.earlier import Whereabouts, inputs_again, moved
from fieval.errors import InvalidInput, suggestion
from fieval.evals import detail
from fieval.model import Interaction, Provenance, RunVerdict, Score, System
from fieval.run_folder import read_run
from fieval.runner import Inputs

Shown = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StepTrace:
    """One step of one interaction. `metrics` are (name, baseline, candidate), None where there is no value; `failed`
    and the evidence are of (baseline, candidate), None without a baseline. A step that does not apply has neither.
    `bar` is the option that says when an interaction fails, where the step has one.
    """

    step: str
    applies: bool
    metrics: tuple[tuple[str, float | None, float | None], ...] = ()
    failed: tuple[bool | None, bool | None] = (None, None)
    evidence: tuple[Shown | None, Shown | None] = (None, None)
    traced: Shown | None = None
    bar: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """One interaction and what became of it in every step, in the order of the config."""

    interaction: Interaction
    has_baseline: bool
    steps: tuple[StepTrace, ...]


@dataclass(frozen=True, slots=True)
class RunTraces:
    """Some interactions of a run; `provenance` says where its inputs were read."""

    run: str
    verdict: RunVerdict
    provenance: Provenance
    traces: tuple[Trace, ...]


def trace(folder: str | os.PathLike[str], identifiers: Sequence[str], now: Whereabouts | None = None) -> RunTraces:
    """Interactions of a run, scored again from its inputs, which may have moved since.

    Raises InvalidInput where the dataset has no such interaction, or an input has changed.
    """
    report = read_run(folder).report
    provenance = moved(report.provenance, now or Whereabouts())
    inputs = inputs_again(provenance)
    places = _places(inputs, identifiers)
    return RunTraces(os.fspath(folder), report.verdict, provenance, tuple(_trace(inputs, each) for each in places))


def _places(inputs: Inputs, identifiers: Sequence[str]) -> list[int]:
    """Where the dataset has the interactions, each once."""
    ids = {interaction.id: place for place, interaction in enumerate(inputs.dataset.interactions)}
    asked = dict.fromkeys(identifiers)
    unknown = [f'no interaction "{each}"{suggestion(each, ids)}' for each in asked if each not in ids]
    if unknown:
        raise InvalidInput([f"{inputs.dataset.source.path}: {problem}" for problem in unknown])
    return [ids[each] for each in asked]


def _trace(inputs: Inputs, place: int) -> Trace:
    alone = _alone(inputs, place)
    compared = [system for system in (alone.candidate, alone.baseline) if system is not None]
    remember(alone.config, alone.dataset, compared, alone.scorers)
    return Trace(alone.dataset.interactions[0], alone.baseline is not None, tuple(_steps(alone)))


def _alone(inputs: Inputs, index: int) -> Inputs:
    """The same inputs with one interaction only."""

    def only(system: System) -> System:
        return msgspec.structs.replace(system, outputs=(system.outputs[index],))

    dataset = inputs.dataset.of((inputs.dataset.interactions[index],))
    baseline = None if inputs.baseline is None else only(inputs.baseline)
    return Inputs(inputs.config, dataset, only(inputs.candidate), baseline, None, inputs.scorers)


def _steps(inputs: Inputs) -> Sequence[StepTrace]:
    scored = engine.score_steps(inputs.scorers, inputs.dataset, inputs.candidate, inputs.baseline, lambda: None)
    scores = tuple(detail.Scores(scored, inputs.dataset.interactions))
    return [_step(step.name, inputs, [score for score in scores if score.step == step.name]) for step in scored]


def _step(name: str, inputs: Inputs, scores: Sequence[Score]) -> StepTrace:
    scorer, interaction = inputs.scorers[name], inputs.dataset.interactions[0]
    if not scorer.counts(interaction):
        return StepTrace(name, applies=False)
    after = inputs.candidate.outputs[0]
    before = inputs.baseline.outputs[0] if inputs.baseline is not None else None
    by_system = {each: {score.metric: score for score in scores if score.system == each} for each in _SYSTEMS}
    return StepTrace(
        step=name,
        applies=True,
        metrics=tuple((metric, _value(by_system["baseline"], metric), score.value)
                      for metric, score in by_system["candidate"].items() if not detail.said_by_the_answer(metric)),
        failed=(_failed(by_system["baseline"]), _failed(by_system["candidate"])),
        evidence=(None if inputs.baseline is None else detail.shown(scorer, interaction, before),
                  detail.shown(scorer, interaction, after)),
        traced=_traced(detail.origin(scorer, interaction, before, after)),
        bar=detail.bar(next(step.options for step in inputs.config.steps if step.name == name)),
    )  # fmt: skip


_SYSTEMS = ("baseline", "candidate")


def _value(scores: Mapping[str, Score], metric: str) -> float | None:
    return scores[metric].value if metric in scores else None


def _failed(scores: Mapping[str, Score]) -> bool | None:
    return next((score.failed for score in scores.values()), None)


def _traced(found: Mapping[str, Shown]) -> Shown | None:
    return found.get("traced")
