"""A run before its judge: opened as the config says, asked, and closed; what it costs is said before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieval import judging
from fieval.data import PersonVerdict, read_verdicts
from fieval.errors import InvalidInput, suggestion
from fieval.evals.base import Scorer
from fieval.evals.judged import JudgedScorer
from fieval.files import Location, location
from fieval.judge import Session, Settings, default_mode, open_judge
from fieval.judge.budget import Plan, price_list
from fieval.judge.identity import Identity
from fieval.judge.records import read_records
from fieval.model import Config, Dataset, JudgeMode, JudgeUse, Judging, System
from fieval.numbers import counted
from fieval.watching import Progress

VERDICTS, CALIBRATION = "verdicts.jsonl", "calibration.json"
_OURS = ("verdicts", "calibration", "floor", "place")


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a run has of its judge: why it could not be heard (or an empty string), who it is for each step, its use."""

    failure: str = ""
    judges: Mapping[str, Identity] = field(default_factory=dict)
    use: JudgeUse | None = None


def sit(
    config: Config,
    dataset: Dataset,
    systems: Sequence[System],
    scorers: Mapping[str, Scorer],
    mode: JudgeMode | None,
    watching: Progress,
) -> Sitting:
    """Let the scorers that need one hear a judge. Raises InvalidInput where the judge cannot be set up as it is."""
    judged = judged_scorers(scorers)
    if config.judge is None or not judged:
        return Sitting()
    settings = settings_of(config.judge, mode)
    session = opened(config.judge, settings)
    try:
        people = {} if session is None else judging.people_of(peoples_verdicts(config, dataset), judged)
        court = judging.Court(session, people, read_records(calibration_path(config)), config.judge.floor)
        outputs = [system.outputs for system in systems]
        outcome = judging.hear(judged, dataset.interactions, outputs, court, Told(watching, mode_of(settings)))
        judges = (
            {} if session is None else {step: session.identity(each.asking.prompt) for step, each in judged.items()}
        )
    except KeyboardInterrupt as stopped:
        if str(stopped):  # what goes on without us
            watching.announce(f"Interrupted: {stopped}.")
        raise
    finally:
        if session is not None:
            session.close()
    calls, usd = (0, 0.0) if outcome.spent is None else (outcome.spent.calls, outcome.spent.usd)
    return Sitting(outcome.failure, judges, JudgeUse(mode_of(settings), settings.model, calls, usd))


def remember(config: Config, dataset: Dataset, systems: Sequence[System], scorers: Mapping[str, Scorer]) -> None:
    """Let the scorers hear what the judge is remembered to have said, and nobody else; nothing is asked."""
    judged = judged_scorers(scorers)
    if config.judge is None or not judged:
        return
    try:
        session = open_judge(settings_of(config.judge, "replay"))
    except InvalidInput:  # nothing was recorded, and nothing needs it here
        session = None
    court = judging.Court(session, {}, (), config.judge.floor)
    try:
        outputs = [system.outputs for system in systems]
        judging.hear(judged, dataset.interactions, outputs, court, judging.Watching())
    finally:
        if session is not None:
            session.close()


def judged_scorers(scorers: Mapping[str, Scorer]) -> dict[str, JudgedScorer]:
    """Those that need a judge."""
    return {step: scorer for step, scorer in scorers.items() if isinstance(scorer, JudgedScorer)}


def settings_of(judge: Judging, mode: JudgeMode | None) -> Settings:
    """What the config says, and the judge's own defaults for the rest; `mode` overrides it."""
    every: dict[str, Any] = {name: getattr(judge, name) for name in judge.__struct_fields__ if name not in _OURS}
    given = {name: value for name, value in every.items() if value is not None}
    paths: dict[str, Any] = {name: Path(given[name]) for name in ("cache", "cassette") if name in given}
    try:
        return Settings(**(given | paths | ({} if mode is None else {"mode": mode})))
    except InvalidInput as error:
        raise _placed(judge, error) from error


def mode_of(settings: Settings) -> JudgeMode:
    """In which mode a judge with these settings is asked here."""
    return settings.mode or default_mode()


def opened(judge: Judging, settings: Settings) -> Session | None:
    """The judge; None where it is off."""
    try:
        return open_judge(settings)
    except InvalidInput as error:
        raise _placed(judge, error) from error


def peoples_verdicts(config: Config, dataset: Dataset) -> tuple[PersonVerdict, ...]:
    """People's verdicts: of the file that the config names, else of the one beside the dataset, if it is there."""
    assert config.judge is not None
    path = verdicts_path(config)
    return read_verdicts(path, dataset) if config.judge.verdicts is not None or path.exists() else ()


def remarks_on_people(config: Config, dataset: Dataset, scorers: Mapping[str, Scorer]) -> list[str]:
    """What is odd about people's verdicts. Raises InvalidInput for those that cannot be used."""
    judged = judged_scorers(scorers)
    if config.judge is None or not judged:
        return []
    said = peoples_verdicts(config, dataset)
    judging.people_of(said, judged)
    return [
        f"{counted(count, 'verdict')} of people on {step}, about which no judge is asked here{suggestion(step, judged)}"
        for step, count in judging.strangers(said, judged).items()
    ]


def verdicts_path(config: Config) -> Location:
    """Where people's verdicts are kept."""
    assert config.judge is not None
    return Path(config.judge.verdicts) if config.judge.verdicts else location(config.dataset) / VERDICTS


def calibration_path(config: Config) -> Location:
    """Where what calibration found is kept."""
    assert config.judge is not None
    return Path(config.judge.calibration) if config.judge.calibration else location(config.dataset) / CALIBRATION


def plan_sentence(plan: Plan, mode: JudgeMode) -> str:
    """What is going to be asked and what it may cost, before anything is sent."""
    asked = f"{counted(plan.cached, 'answer')} remembered, {counted(plan.to_call, 'question')} to ask"
    if mode == "replay":
        asked = f"{counted(plan.cached, 'answer')} remembered, {plan.to_call} missing"
    if not plan.to_call or mode == "replay":
        return f"Judge {plan.model} ({mode}): {asked}."
    low, high = plan.output_tokens
    tokens = f"about {plan.input_tokens[1]:,} tokens to send, {low:,} to {high:,} to receive"
    cost = f"${plan.usd[0]:.2f} to ${plan.usd[1]:.2f}, prices of {plan.prices_as_of}" if plan.usd else "price unknown"
    return f"Judge {plan.model} ({mode}): {asked}; {tokens}; {cost}.{_batch_sentence(plan)}"


def _batch_sentence(plan: Plan) -> str:
    """What goes in batches, and how long that may take."""
    if not plan.batched:
        return ""
    before = f" ({plan.handed_in:,} of them handed in before)" if plan.handed_in else ""
    price = f"at {price_list().batch.factor:.0%} of the price, which is counted above"
    return (
        f" {plan.batched:,} of these go in batches{before} {price}; a run that ends before they do is to be repeated."
    )


class Told(judging.Watching):
    """Says the plan, then how far it is."""

    def __init__(self, watching: Progress, mode: JudgeMode) -> None:
        self._watching, self._mode = watching, mode

    def planned(self, plan: Plan) -> None:
        self._watching.announce(plan_sentence(plan, self._mode))
        self._watching.stage("asking the judge")

    def progress(self, answered: int, total: int) -> None:
        if answered <= 1:
            self._watching.stage("asking the judge", total)
        self._watching.advance()


def _placed(judge: Judging, error: InvalidInput) -> InvalidInput:
    return InvalidInput([f"{judge.place}: {problem}" if judge.place else problem for problem in error.problems])
