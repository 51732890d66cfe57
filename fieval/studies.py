"""The commands beside `run`: what a dataset can show, how often a gate errs, how far labels agree with people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fieval import calibration, data, gate
from fieval.calibration import Calibration, Judged
from fieval.data.training import Examples
from fieval.errors import InvalidInput
from fieval.gate.plan import Plan, plan
from fieval.gate.selfcheck import Selfcheck, selfcheck
from fieval.runner import Inputs, Request, read_and_score, read_inputs, settle_waivers
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


def calibrate_for(request: Request, progress: Progress) -> Calibration:
    """How far labels and scores agree with people. Raises InvalidInput, also where no step has any."""
    progress.stage("reading")
    inputs = read_inputs(request)
    progress.stage("counting")
    judged = Judged(inputs.dataset, inputs.candidate, inputs.baseline)
    found = calibration.calibrate(judged, inputs.scorers, inputs.config.steps, inputs.config.significance)
    if not (found.labels or found.scores):
        raise InvalidInput(f"{inputs.config.source.path}: no step scores a label or a score; nothing to calibrate")
    return found


def refuse_training(inputs: Inputs, path: str) -> Examples:
    """The training examples that were compared. Raises InvalidInput naming the interactions that are among them."""
    return data.refuse_seen(inputs.dataset, Path(path))
