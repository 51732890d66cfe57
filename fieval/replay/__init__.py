"""Replay: steps run again on repaired inputs, which tells a cause from what merely happened at the same time.

It runs commands of the config, so never in a workflow that runs untrusted code with secrets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np

from fieval import engine
from fieval.errors import ExitCode, worst
from fieval.evals.base import Scorer
from fieval.evals.judged import JudgedScorer
from fieval.evals.scored import ScoredStep
from fieval.gate import Ruling, Scored, explained_again
from fieval.gate.replayed import Replay, Worsened, worsened
from fieval.model import Config, Dataset, Repair, Result, Step, System
from fieval.numbers import counted
from fieval.replay.command import CommandFailed
from fieval.replay.routes import Route, pipeline
from fieval.replay.stage import Outputs, Stage
from fieval.watching import Progress

NOTHING = "replay: nothing can be run again: of no step that failed have all steps from one before it on a `command:`"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: what it tells of each step, the commands that it ran, why it failed (or an empty string),
    and what is to be said besides.
    """

    replays: Mapping[Worsened, Sequence[Replay]] = field(default_factory=dict)
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failure: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """What the steps of a route made of repaired inputs, and what of the candidate's own; `unsteady` as in a Replay."""

    replayed: Outputs
    control: Outputs
    unsteady: float


@dataclass(frozen=True, slots=True)
class Case:
    """A failed run: its inputs, how they were scored, and the steps with the rules that it was judged by."""

    config: Config
    dataset: Dataset
    candidate: System
    baseline: System | None
    anchor: System | None
    scorers: Mapping[str, Scorer]
    scored: Scored
    steps: Sequence[Step]

    @property
    def earlier(self) -> dict[Repair, System]:
        """The systems whose outputs can be put in."""
        systems: dict[Repair, System | None] = {"baseline": self.baseline, "anchor": self.anchor}
        return {name: system for name, system in systems.items() if system is not None}


def look_again(ruling: Ruling, case: Case, progress: Progress) -> tuple[Ruling, Replayed]:
    """The ruling with what replay tells; where a command failed, what was asked for could not be measured."""
    found = replay(case, ruling.results, progress)
    if found.failure:
        told = f"Cannot be measured now: {found.failure}. Without replay: {ruling.headline}"
        return replace(ruling, code=worst([ruling.code, ExitCode.UNMEASURABLE]), headline=told), found
    known = replace(case.scored, replays=found.replays)
    return explained_again(ruling, known, case.dataset, case.steps, case.config.significance), found


def replay(case: Case, results: Sequence[Result], progress: Progress) -> Replayed:
    """Every replay that tells what a failed rule on a change came from."""
    scorers = {name: _unjudged(scorer) for name, scorer in case.scorers.items()}
    steps = pipeline(case.steps, {name: scorer.makes for name, scorer in scorers.items()})
    routes = steps.routes(worsened(results, case.steps))
    if not routes:
        return Replayed(notes=(NOTHING,))
    folder = Path(case.config.source.path).parent
    stage = Stage(steps, folder, case.dataset, case.candidate, case.earlier)
    repaired, dropped = {}, {}
    for route in routes:
        wanted = _wanted(route, case, scorers)
        if stage.can_repair(route.upstream, route.repair, wanted):
            repaired[route] = stage.repaired(route.upstream, route.repair, wanted)
            dropped[route] = np.array(stage.dropped(route.upstream, wanted), dtype=np.intp)
    running = [name for route, own in repaired.items() for name in _rerun(route, own, stage)]
    commands = {name: steps.steps[name].command for name in running}
    try:
        again = _run_again(stage, repaired, progress)
    except CommandFailed as error:
        for line in error.said:
            progress.announce(f"  {line}")
        return Replayed(commands=commands, failure=str(error))
    found: dict[Worsened, list[Replay]] = {}
    for route, both in again.items():
        for key, scored in _scored(route, both, case, scorers).items():
            own = Replay(route.upstream, route.repair, scored, len(both.replayed), both.unsteady, dropped[route])
            found.setdefault(key, []).append(own)
    return Replayed(found, commands)


def _unjudged(scorer: Scorer) -> Scorer:
    """What can be scored without a judge, who has not seen what is made anew."""
    return scorer.inner if isinstance(scorer, JudgedScorer) else scorer


def _wanted(route: Route, case: Case, scorers: Mapping[str, Scorer]) -> set[int]:
    """The interactions that count for a step of which the route tells."""
    told = [scorers[name] for _, name in route.tells]
    return {
        place
        for place, interaction in enumerate(case.dataset.interactions)
        if any(scorer.counts(interaction) for scorer in told)
    }


def _run_again(stage: Stage, repaired: Mapping[Route, Outputs], progress: Progress) -> Mapping[Route, Pair]:
    """Each route with all steps behind the repaired one made anew. Raises CommandFailed."""
    rerun = {route: tuple(_rerun(route, outputs, stage)) for route, outputs in repaired.items()}
    places: dict[str, set[int]] = {}
    for route, outputs in repaired.items():
        for name in rerun[route]:
            places.setdefault(name, set()).update(outputs)
    runs = len(places) + sum(map(len, rerun.values()))
    if runs:
        progress.announce(f"Replay: runs the {counted(len(places), 'command')} of {', '.join(places)}, {runs} times.")
    progress.stage("running steps again", runs)
    checked = {}
    for name, own in places.items():
        checked[name] = stage.checked(name, own)
        progress.advance()
    again = {}
    for route, outputs in repaired.items():
        control = stage.control(rerun[route], outputs, checked)
        for name in rerun[route]:
            outputs = stage.made_anew(name, outputs)
            progress.advance()
        again[route] = Pair(outputs, control, max((checked[name].unsteady for name in rerun[route]), default=0.0))
    return again


def _rerun(route: Route, outputs: Outputs, stage: Stage) -> list[str]:
    """The steps behind the repaired one that make anything of these outputs, in order."""
    return [name for name in route.rerun if stage.had(name, outputs)]


def _scored(route: Route, both: Pair, case: Case, scorers: Mapping[str, Scorer]) -> Mapping[Worsened, ScoredStep]:
    """The steps that a route tells of, the replayed outputs scored as the baseline, the control as the candidate."""
    replayed, control = (_with(outputs, case.candidate) for outputs in (both.replayed, both.control))
    found = {}
    for key in route.tells:
        only = {key[1]: scorers[key[1]]}
        (scored,) = engine.score_steps(only, case.dataset, control, replayed, lambda: None)
        whole = next(step for step in case.scored.steps if step.name == key[1])
        if np.isin(whole.table.interactions, scored.table.interactions).all():
            found[key] = scored
    return found


def _with(outputs: Outputs, candidate: System) -> System:
    """The candidate with some of its outputs replaced."""
    own = tuple(outputs.get(place, output) for place, output in enumerate(candidate.outputs))
    return msgspec.structs.replace(candidate, outputs=own)
