"""A judge asked about one output in Python; of this room only this file opens a judge and sends anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals.asking.base import Asking
from fieval.evals.evaluation import NEEDS_A_JUDGE, Evaluation, Told, evaluated
from fieval.evals.judged import Hearing, JudgedScorer
from fieval.judge import Answer, Question, Session, Settings, default_mode, open_judge
from fieval.judge.canaries import Flight, require_trust, run_canaries, shipped
from fieval.model import Interaction, Output

Choice = Settings | bool | None
NOTHING_TO_SCORE = "the judge finds nothing to score"
_TOLERANCE = 1e-9


def chosen(judge: Choice, *, wanted: bool = True) -> Settings | None:
    """How a judge is to be asked; None: not at all.

    False is not at all, True with the default settings, else with those given. None leaves it open: then a judge is
    asked if it is `wanted`, there are credentials, and this is not CI. Raises InvalidInput for anything else.
    """
    match judge:
        case None:
            return Settings() if wanted and default_mode() == "record" else None
        case bool():
            return Settings() if judge else None
        case Settings():
            return None if judge.mode == "off" else judge
        case _:
            raise InvalidInput(f"judge: expected Settings, True, False or None, got {type(judge).__name__}")


def heard(
    scorer: JudgedScorer, interaction: Interaction, output: Output | None, settings: Settings | None
) -> JudgedScorer:
    """The scorer, which heard the judge on one output if there is anything to ask, and anyone to be asked.

    Raises Unmeasurable where the judge cannot be heard, or is not to be trusted, and InvalidInput for the settings.
    """
    if settings is not None and scorer.asks(interaction, output):
        answer = _answer(scorer.asking, scorer.asking.question(interaction, output), settings)
        scorer.hear(Hearing(answers={scorer.key(interaction, output): answer}))
    return scorer


def judged(
    scorer: JudgedScorer, interaction: Interaction, output: Output | None, besides: Told | None = None
) -> Evaluation:
    """The output by the first of the judge's scores; `besides` tells what is known without a judge.

    It passes if it meets the step's own bar, and that score is not below the scorer's `fail_below`.
    """
    scores = scorer.judged(interaction, output)
    values = [f"{name} {value:.3g}" for name, value in zip(scorer.names, scores, strict=True) if value is not None]
    silence = NOTHING_TO_SCORE if scorer.hearing.answers else NEEDS_A_JUDGE

    def told(row: list[float]) -> tuple[float | None, str]:
        said = f"{', '.join(values)} by the judge" if values else silence
        return scores[0], said if besides is None else f"{said}; {besides(row)[1]}"

    found = evaluated(scorer, interaction, output, told)
    if found.score is None:
        return found
    return replace(found, passed=bool(found.passed) and found.score >= scorer.fail_below - _TOLERANCE)


def fly(session: Session, askings: Iterable[Asking]) -> Flight:
    """The canaries, as questions of every kind that is going to be asked; each name is told once."""
    flights = [_flight(session, asking) for asking in askings]
    return Flight(
        asked=sum(flight.asked for flight in flights),
        passed=tuple(dict.fromkeys(name for flight in flights for name in flight.passed)),
        unanswered=tuple(name for flight in flights for name in flight.unanswered),
    )


def _flight(session: Session, asking: Asking) -> Flight:
    _, passing = asking.canary(shipped()[0])
    return run_canaries(session, lambda canary: asking.canary(canary)[0], (passing,))


def _answer(asking: Asking, question: Question, settings: Settings) -> Answer:
    session = open_judge(settings)
    assert session is not None  # it is not off
    with session:
        require_trust(fly(session, [asking]))
        reply = session.ask(question)
    if not isinstance(reply, Answer):
        raise Unmeasurable(f"the judge gave no verdict ({reply.kind}): {reply.message}")
    return reply
