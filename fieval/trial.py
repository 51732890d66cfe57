"""A judge on trial: asked what people have judged, held against them, and what is found kept in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from fieval import judging
from fieval.calibration import Judged
from fieval.calibration.judges import Repeats, Witness, calibrate_judge
from fieval.calibration.nouns import JudgeCalibration
from fieval.court import Told, calibration_path, judged_scorers, mode_of, opened, peoples_verdicts, settings_of
from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals.base import Scorer
from fieval.evals.judged import Hearing, JudgedScorer, Key
from fieval.files import place_to_write, unwritable, write_whole
from fieval.judge import Answer, Question, Session
from fieval.judge.records import encoded, joined
from fieval.model import Config, JudgeMode
from fieval.watching import Progress


def try_judge(
    config: Config,
    judged: Judged,
    scorers: Mapping[str, Scorer],
    mode: JudgeMode | None,
    repeats: int,
    watching: Progress,
) -> tuple[JudgeCalibration, ...]:
    """The judge against people, on what people have judged; nothing else is asked, that `repeats` times more.

    Nothing where the config has no judge, or people said nothing. Raises Unmeasurable where it does not answer.
    """
    asking = judged_scorers(scorers)
    if config.judge is None or not asking:
        return ()
    settings, kept = settings_of(config.judge, mode), _kept(config)
    people = judging.people_of(peoples_verdicts(config, judged.dataset), asking)
    session = opened(config.judge, settings)
    if session is None:
        return ()
    with session:
        posed = _seen_by_people(asking, judged, people)
        if not posed:
            return ()
        later = [[_repeated(each, sample) for each in posed] for sample in range(1, repeats + 1)]
        told = Told(watching, mode_of(settings))
        answers = judging.ask(session, asking, posed, told, [question for each in later for question in each])
        again = _asked_again(session, posed, later)
        found: list[JudgeCalibration] = []
        for step, scorer in asking.items():
            scorer.hear(Hearing(answers=answers.get(step, {}), people=people.get(step, {})))
            witness = Witness(step, scorer, session.identity(scorer.asking.prompt), again.get(step, {}))
            found += calibrate_judge(witness, judged, config.judge.floor, config.significance)
    _keep(kept, found)
    return tuple(found)


def _seen_by_people(asking: Mapping[str, JudgedScorer], judged: Judged, people: judging.People) -> list[judging.Posed]:
    """The questions about what people have judged."""
    interactions = {each.id: each for each in judged.dataset.interactions}
    systems = list(judged.systems.values())
    return [
        posed
        for posed in judging.pose(asking, judged.dataset.interactions, systems)
        if posed.key in people.get(posed.step, {}) or asking[posed.step].asking.gold(interactions[posed.key[0]])
    ]


def _repeated(posed: judging.Posed, sample: int) -> Question:
    """The same question as one of its own, so that the first answer is not taken for it."""
    return msgspec.structs.replace(posed.question, sample=sample)


def _asked_again(
    session: Session, posed: Sequence[judging.Posed], later: Sequence[Sequence[Question]]
) -> Mapping[str, Repeats]:
    """What the judge says when it is asked the same again."""
    found: dict[str, dict[Key, list[Answer]]] = {}
    for questions in later:
        for each, reply in zip(posed, session.ask_all(questions), strict=True):
            if not isinstance(reply, Answer):
                raise Unmeasurable(f"the judge gave no verdict when it was asked again: {reply.message}")
            found.setdefault(each.step, {}).setdefault(each.key, []).append(reply)
    return found


def _kept(config: Config) -> Path:
    """Where to keep what is found. Raises InvalidInput for a dataset at a URL, before anybody is asked."""
    path = calibration_path(config)
    if isinstance(path, Path):
        return path
    raise InvalidInput(f"{path}: cannot be written; name a file as `calibration:` of `judge:` in the config")


def _keep(path: Path, found: Sequence[JudgeCalibration]) -> None:
    """Written aside and renamed, so that a run never sees half of it."""
    place = place_to_write(path)
    content = encoded(joined([each.record for each in found], place))
    try:
        write_whole(place, content)
    except OSError as error:
        raise unwritable(path, error) from error
