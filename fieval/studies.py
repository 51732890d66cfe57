"""The commands beside `run`: what a dataset can show, how often a gate errs, how far labels agree with people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fieval import calibration, data, gate
from fieval.calibration import Calibration, Judged
from fieval.calibration.nouns import JudgeCalibration
from fieval.court import calibration_path
from fieval.data.training import Examples
from fieval.errors import InvalidInput
from fieval.files import shown
from fieval.gate.plan import Plan, plan
from fieval.gate.selfcheck import Selfcheck, selfcheck
from fieval.gate.waivers import settle_waivers
from fieval.runner import Inputs, Request, read_and_score, read_inputs
from fieval.trial import try_judge
from fieval.watching import Progress

FEWEST_WORLDS = 20

__all__ = ["Request", "calibrate_for", "plan_for", "refuse_training", "selfcheck_for"]


def plan_for(request: Request, progress: Progress) -> Plan:
    """What every regression rule of the config needs. Raises InvalidInput."""
    inputs, scored, _ = read_and_score(_unpaid(request), progress)
    progress.stage("comparing")
    steps, significance = inputs.config.steps, inputs.config.significance
    return plan(gate.every_check(scored, inputs.dataset, steps, significance), significance)


def selfcheck_for(request: Request, worlds: int, progress: Progress) -> Selfcheck:
    """How often the gate of the config blocks what did not change. Raises InvalidInput."""
    if worlds < FEWEST_WORLDS:
        raise InvalidInput(f"--worlds: expected at least {FEWEST_WORLDS}, got {worlds}")
    inputs, scored, _ = read_and_score(_unpaid(request), progress)
    if inputs.baseline is None:
        raise InvalidInput("no baseline: there is nothing to exchange the candidate's outputs with")
    settled, _ = settle_waivers(inputs.config.steps, datetime.now(UTC).date())
    progress.stage("judging worlds", worlds)
    return selfcheck(scored, inputs.dataset, settled, inputs.config.significance, worlds, progress.advance)


def _unpaid(request: Request) -> Request:
    """A look at a gate costs nothing: of a judge it takes what is remembered."""
    return replace(request, judge=request.judge or "replay")


def calibrate_for(request: Request, repeats: int, progress: Progress) -> Calibration:
    """How far labels, scores and a judge agree with people. Raises InvalidInput, also where there is nothing of these.

    The judge is asked about what people have judged, and `repeats` times more to see how steady it is.
    """
    progress.stage("reading")
    inputs = read_inputs(request)
    progress.stage("counting")
    judged = Judged(inputs.dataset, inputs.candidate, inputs.baseline)
    found = calibration.calibrate(judged, inputs.scorers, inputs.config.steps, inputs.config.significance)
    judges = try_judge(inputs.config, judged, inputs.scorers, request.judge, repeats, progress)
    if not (found.labels or found.scores or judges):
        raise InvalidInput(f"{inputs.config.source.path}: nothing to calibrate: {_nothing(inputs)}")
    return replace(found, judges=judges, notes=(*found.notes, *_on_judge(inputs, judges)))


def _nothing(inputs: Inputs) -> str:
    if inputs.config.judge is None:
        return "no step scores a label or a score"
    return "no step scores a label or a score, and people judged none of these outputs"


def _on_judge(inputs: Inputs, judges: tuple[JudgeCalibration, ...]) -> Iterator[str]:
    if judges:
        yield f"what was found of the judge is kept in {shown(calibration_path(inputs.config))}, for `fieval run`"
    elif inputs.config.judge is not None:
        yield "people judged none of these outputs, so nothing is known of the judge; `fieval judge sheet` asks them"


def refuse_training(inputs: Inputs, path: str) -> Examples:
    """The training examples that were compared. Raises InvalidInput naming the interactions that are among them."""
    return data.refuse_seen(inputs.dataset, Path(path))
