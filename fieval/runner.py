"""The story of a run, in the order a reader expects; the only place that knows every room.

config → data → evals → table of sums → statistics → gate → report
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fieval import config, data, engine, evals, gate, revisions, starter
from fieval.court import Sitting, sit
from fieval.engine.hands import Hands, hands
from fieval.errors import ExitCode, InvalidInput, suggestion, worst
from fieval.evals import detail
from fieval.evals.base import Scorer
from fieval.evals.scored import STEP_METRICS, ScoredStep
from fieval.files import location, on_disk, shown
from fieval.gate.headline import NO_BASELINE_YET
from fieval.gate.waivers import settle_waivers
from fieval.insight import Insight
from fieval.model import (
    SCHEMA,
    Config,
    Dataset,
    Evidence,
    JudgeIdentity,
    JudgeMode,
    Redacted,
    Report,
    Result,
    Run,
    Step,
    System,
)
from fieval.provenance import Compared, Course, normalizers_of, provenance_of
from fieval.redacted import has_masked, remarks_on_redacted, with_redacted
from fieval.remote import is_url
from fieval.replay import Case, Replayed, look_again
from fieval.reports import html
from fieval.run_folder import as_written
from fieval.watching import Progress, Silence


@dataclass(frozen=True, slots=True)
class Request:
    """What to run; None takes the default or what the config says. `inside`: single interactions stay within reach;
    `page`: as do their texts, of which a page will be made.
    """

    config: str | os.PathLike[str] | None = None
    dataset: str | None = None
    candidate: str | None = None
    baseline: str | None = None
    ignore_unknown: bool = False
    allow_uncovered: bool = False
    judge: JudgeMode | None = None
    replay: bool | None = None
    redacted: Redacted | None = None
    inside: bool = False
    page: bool = False
    workers: int = 1
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a run reads, read and checked."""

    config: Config
    dataset: Dataset
    candidate: System
    baseline: System | None
    anchor: System | None
    scorers: Mapping[str, Scorer]
    notes: tuple[str, ...] = ()


def read_inputs(request: Request, others: Hands | None = None) -> Inputs:
    """Config, dataset and outputs, and a scorer for each step. Raises InvalidInput."""
    path = config.find(request.config)
    settings = config.load(
        path,
        evals.kinds(path),
        dataset=request.dataset,
        candidate=request.candidate,
        baseline=request.baseline,
        card=data.sound_card,
    )
    reading = data.Reading(mark=has_masked) if others is None else others.reading(has_masked)
    dataset = data.read_dataset(location(settings.dataset), allow_uncovered=request.allow_uncovered, reading=reading)
    settings = with_redacted(settings, request.redacted)
    scorers = _scorers(settings, dataset)
    read = partial(data.read_outputs, dataset=dataset, ignore_unknown=request.ignore_unknown, reading=reading)
    candidate = read(location(settings.candidate))
    awaited = awaits_baseline(settings, request)
    earlier = None if awaited else settings.baseline
    baseline, anchor = (None if path is None else read(location(path)) for path in (earlier, settings.anchor))
    systems = {"the candidate": candidate, "the baseline": baseline, "the anchor": anchor}
    masked = remarks_on_redacted(settings.steps, scorers, dataset, systems)
    notes = (*_notes(dataset, settings, awaited), *masked, *data.remarks_on_origins(candidate))
    inputs = Inputs(settings, dataset, candidate, baseline, anchor, scorers, notes)
    _check_exercised(inputs)
    gate.production_weights(dataset)
    return inputs


def awaits_baseline(settings: Config, request: Request) -> bool:
    """Whether the config names a baseline that was never blessed; one that the user names, or a URL, must be there."""
    named = settings.baseline
    if named is None or request.baseline is not None or is_url(named) or revisions.revised(named) is not None:
        return False
    return not on_disk(named).exists()


def _with_a_baseline_owed(ruling: gate.Ruling, inputs: Inputs) -> gate.Ruling:
    """Bounds alone do not pass a run whose config names a baseline that is not there: it may be a slip of the pen."""
    if inputs.baseline is not None or inputs.config.baseline is None or ruling.code is not ExitCode.PASS:
        return ruling
    return replace(ruling, code=ExitCode.INCONCLUSIVE, headline=NO_BASELINE_YET)


def _with_what_the_judge_owes(ruling: gate.Ruling, sitting: Sitting) -> gate.Ruling:
    """A judge that could not be heard leaves the run without a verdict, whatever else was found."""
    if not sitting.failure:
        return ruling
    reason = sitting.failure.partition("\n")[0]
    return replace(
        ruling, code=worst([ruling.code, ExitCode.UNMEASURABLE]), headline=f"Cannot be measured now: {reason}"
    )


def _notes(dataset: Dataset, settings: Config, awaited: bool) -> tuple[str, ...]:
    """What is no error, but should be known of the inputs."""
    absent = f"{shown(settings.baseline or '')} is not there yet: `fieval bless` makes it, of a run's candidate"
    return (*starter.notes_on(dataset), *([absent] if awaited else []))


def run_gate(request: Request, progress: Progress | None = None, others: Hands | None = None) -> Run:
    """The whole run, nothing written; `others` do what others can, also of the page, as long as they are there.

    Raises InvalidInput or Unmeasurable.
    """
    progress = progress or Silence()
    started, clock = datetime.now(UTC), time.perf_counter()
    with hands(request.workers, request.cluster) if others is None else nullcontext(others) as scoring:
        inputs, scored, sitting = read_and_score(request, progress, scoring)
    systems = inputs.candidate, inputs.baseline
    inside = Insight(inputs.config, inputs.dataset, *systems, inputs.scorers, _elsewhere(inputs, others))
    if request.page:
        html.begin(inside)
    progress.stage("comparing")
    settled, expired = settle_waivers(inputs.config.steps, started.date())
    ruling = gate.rule_on(scored, inputs.dataset, settled, inputs.config.significance)
    ruling = _with_what_the_judge_owes(_with_a_baseline_owed(ruling, inputs), sitting)
    again = Replayed()
    if ruling.code is ExitCode.FAIL and (inputs.config.replay if request.replay is None else request.replay):
        whole = Case(inputs.config, inputs.dataset, *systems, inputs.anchor, inputs.scorers, scored, settled)
        ruling, again = look_again(ruling, whole, progress)
    progress.stage("collecting evidence")
    scores = detail.Scores(scored.steps, inputs.dataset.roster)
    report = Report(
        schema=SCHEMA,
        verdict=ruling.code.word,
        exit_code=int(ruling.code),
        headline=ruling.headline,
        dataset=inputs.dataset.card.name,
        alpha=inputs.config.significance.alpha,
        notes=(*inputs.notes, *expired, *sitting.failure.splitlines(), *again.notes),
        root_cause=ruling.root_cause,
        coverage={step.name: step.coverage for step in scored.steps},
        effective_size=ruling.effective_size,
        results=tuple(ruling.results),
        provenance=provenance_of(
            inputs.config,
            inputs.dataset,
            Compared(inputs.candidate, inputs.baseline, inputs.anchor),
            Course(started, time.perf_counter() - clock, sitting.use, again.commands),
        ),
        normalizers=normalizers_of(inputs.scorers, inputs.dataset),
        judges={
            step: JudgeIdentity(each.model, f"{each.prompt} {each.prompt_version}", each.fingerprint)
            for step, each in sitting.judges.items()
        },
    )
    return as_written(
        Run(
            report=report,
            scores=scores if inside.large else tuple(scores),
            evidence=_evidence(scored.steps, inputs, ruling.results),
            origins=inputs.candidate.origins,
            inside=inside if request.inside else None,
        )
    )


def read_and_score(
    request: Request, progress: Progress, others: Hands | None = None
) -> tuple[Inputs, gate.Scored, Sitting]:
    """The inputs, every step's tables, and what came of asking a judge. Raises InvalidInput."""
    progress.stage("reading")
    inputs = read_inputs(request, others)
    compared = [system for system in (inputs.candidate, inputs.baseline, inputs.anchor) if system is not None]
    sitting = sit(inputs.config, inputs.dataset, compared, inputs.scorers, request.judge, progress)
    systems = 1 if inputs.anchor is None else 2
    progress.stage("scoring", systems * len(inputs.scorers) * len(inputs.dataset.interactions))
    return inputs, score(inputs, progress, others), sitting


def score(inputs: Inputs, progress: Progress, others: Hands | None = None) -> gate.Scored:
    """Every step's tables, against the baseline and, where there is one, the anchor."""
    elsewhere = _elsewhere(inputs, others)

    def scored(against: System | None) -> list[ScoredStep]:
        return engine.score_steps(
            inputs.scorers, inputs.dataset, inputs.candidate, against, progress.advance, elsewhere
        )

    steps = scored(inputs.baseline)
    idle = [step.name for step in steps if not len(step.table.candidate)]
    if idle:
        raise InvalidInput([f"steps.{name}: its code finds nothing to score in any interaction" for name in idle])
    return gate.Scored(steps, scored(inputs.anchor) if inputs.anchor is not None else ())


def _elsewhere(inputs: Inputs, others: Hands | None) -> engine.Elsewhere | None:
    if others is None:
        return None
    return engine.Elsewhere(others, inputs.config.steps, inputs.dataset.card, Path(inputs.config.source.path).parent)


def _scorers(settings: Config, dataset: Dataset) -> dict[str, Scorer]:
    """A scorer for each step; all steps that cannot have one are reported at once."""
    scorers, problems = {}, []
    for step in settings.steps:
        try:
            scorers[step.name] = scorer = evals.scorer_of(step, dataset.card, judge=settings.judge is not None)
        except InvalidInput as error:
            problems += [f"{step.place}: {problem}" if step.place else problem for problem in error.problems]
            continue
        if step.command and not scorer.makes:
            problems.append(f"{step.place}: steps.{step.name}.command: {_makes_nothing(step, scorer)}")
        known = {metric.name for metric in scorer.metrics} | {metric.name for metric in STEP_METRICS}
        for metric in sorted(set(step.gates) - known):
            place = next((f"{rule.place}: " for rule in step.gates[metric] if rule.place), "")
            problems.append(f"{place}steps.{step.name}.gates: no {metric} here{suggestion(metric, known)}")
    if problems:
        raise InvalidInput(problems)
    return scorers


def _makes_nothing(step: Step, scorer: Scorer) -> str:
    why = "only looks at what other steps make" if scorer.makes == () else "does not say what this step makes"
    return f"{step.evaluator} {why}, so nothing could be taken of what a command writes"


def _check_exercised(inputs: Inputs) -> None:
    """A step that no interaction exercises would pass for want of anything to fail."""
    idle = [
        f"{step.place}: steps.{step.name}: no interaction of {shown(inputs.config.dataset)} exercises this step"
        for step in inputs.config.steps
        if not any(map(inputs.scorers[step.name].counts, inputs.dataset.interactions))
    ]
    idle += [
        f"{rule.place}: steps.{step.name}.gates.{metric}.by: no interaction has the cohort {' and '.join(crossing)}"
        for step in inputs.config.steps
        for metric, rules in step.gates.items()
        for rule in rules
        for crossing in rule.by
        if not any(set(crossing) <= set(interaction.cohorts) for interaction in inputs.dataset.roster)
    ]
    if idle:
        raise InvalidInput(idle)


def _evidence(steps: Sequence[ScoredStep], inputs: Inputs, results: Sequence[Result]) -> list[Evidence]:
    after, before = inputs.candidate.outputs, None if inputs.baseline is None else inputs.baseline.outputs
    return [
        found
        for step in steps
        for found in detail.evidence(step, inputs.scorers[step.name], inputs.dataset, after, before, results)
    ]
