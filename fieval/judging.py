"""What the steps want to know of a judge, asked and handed to them; people's verdicts and the judge's record with it.

A judge that cannot be heard costs the metrics that need it, and no other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fieval.data import PersonVerdict, unknown_verdict
from fieval.data.verdicts import digest
from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals.asked import fly
from fieval.evals.judged import Hearing, JudgedScorer, Key
from fieval.judge import Answer, Failure, Question, Reply, Session
from fieval.judge.budget import Plan, Spent
from fieval.judge.canaries import require_trust, shipped
from fieval.judge.records import JudgeRecord, why_not
from fieval.model import Floor, Interaction, Output
from fieval.numbers import counted

OFF = "the judge is off"
People = Mapping[
    str, Mapping[Key, Mapping[str, str]]
]  # verdicts by step, by what was judged, by the id of the question
Kind = Literal["changed", "same", "settled"]  # of an interaction: its outputs, or that no judge has to see any
Systems = Sequence[Sequence[Output | None]]  # the outputs of each system that is compared, in the dataset's order


@dataclass(frozen=True, slots=True)
class Posed:
    """One question of one step."""

    step: str
    key: Key
    question: Question


@dataclass(frozen=True, slots=True)
class Court:
    """Whom to ask, and what is known: the judge (None: off), people's verdicts, what calibration found, the floor."""

    session: Session | None
    people: People
    records: Sequence[JudgeRecord]
    floor: Floor


class Watching:
    """Whoever wants to know what is going to be asked, and how far it is."""

    def planned(self, plan: Plan) -> None:
        """Before the first call."""

    def progress(self, answered: int, total: int) -> None:
        """After each."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: why the judge could not be heard, or an empty string; what was paid."""

    failure: str
    spent: Spent | None


def hear(
    scorers: Mapping[str, JudgedScorer],
    interactions: Sequence[Interaction],
    systems: Systems,
    court: Court,
    watching: Watching,
) -> Outcome:
    """Ask the judge about every output of all systems, and let the scorers hear what it and people said."""
    if court.session is None:
        _tell(scorers, interactions, systems, court, {}, OFF)
        return Outcome("", None)
    posed = list(pose(scorers, interactions, systems))
    try:
        answers = ask(court.session, scorers, posed, watching)
        failure = ""
    except Unmeasurable as error:
        answers, failure = {}, str(error)
    _tell(scorers, interactions, systems, court, answers, failure.partition("\n")[0])
    return Outcome(failure, court.session.spent)


def pose(scorers: Mapping[str, JudgedScorer], interactions: Sequence[Interaction], systems: Systems) -> Iterator[Posed]:
    """Every question there is, once; outputs that are the same have the same."""
    for step, scorer in scorers.items():
        for index, interaction in enumerate(interactions):
            seen: set[Key] = set()
            for output in (outputs[index] for outputs in systems):
                key = scorer.key(interaction, output)
                if key not in seen and scorer.asks(interaction, output):
                    seen.add(key)
                    yield Posed(step, key, scorer.asking.question(interaction, output, interaction.id))


def ask(
    session: Session,
    scorers: Mapping[str, JudgedScorer],
    posed: Sequence[Posed],
    watching: Watching,
    later: Sequence[Question] = (),
) -> Mapping[str, Mapping[Key, Answer]]:
    """The answers by step. The plan for all of it is told first, then the canaries fly, then all is asked.

    The plan also counts what the caller is going to ask `later`. Raises Unmeasurable where anything stays unanswered.
    """
    canaries = canary_questions(scorers)
    questions = [each.question for each in posed]
    plan = session.plan([*canaries, *questions, *later])
    watching.planned(plan)
    if session.mode == "replay" and plan.to_call:  # all that is missing is told at once
        session.ask_all([*canaries, *questions])
    require_trust(fly(session, (scorer.asking for scorer in scorers.values())))
    replies = session.ask_all(questions, progress=watching.progress)
    _require_answers(posed, replies)
    answers: dict[str, dict[Key, Answer]] = defaultdict(dict)
    for each, reply in zip(posed, replies, strict=True):
        if isinstance(reply, Answer):
            answers[each.step][each.key] = reply
    return answers


def canary_questions(scorers: Mapping[str, JudgedScorer]) -> list[Question]:
    """The canaries, as questions of each step's kind."""
    return [scorer.asking.canary(canary)[0] for scorer in scorers.values() for canary in shipped()]


def _require_answers(posed: Sequence[Posed], replies: Sequence[Reply]) -> None:
    """A question without an answer is no score, and leaving it out would be a way to hide an output."""
    failed = [(each, reply) for each, reply in zip(posed, replies, strict=True) if isinstance(reply, Failure)]
    if not failed:
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(reply.kind for _, reply in failed).items()))
    ids = list(dict.fromkeys(f"{each.step} of {each.key[0]}" for each, _ in failed))
    shown = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
    raise Unmeasurable(
        f"the judge gave no verdict on {len(failed)} of {counted(len(posed), 'question')} ({kinds}): {shown}; "
        "the others are kept: run again"
    )


def _tell(
    scorers: Mapping[str, JudgedScorer],
    interactions: Sequence[Interaction],
    systems: Systems,
    court: Court,
    answers: Mapping[str, Mapping[Key, Answer]],
    unmeasured: str,
) -> None:
    for step, scorer in scorers.items():
        people = court.people.get(step, {})
        scorer.hear(Hearing(answers=answers.get(step, {}), people=people))
        scorer.hear(
            Hearing(
                answers=answers.get(step, {}),
                people=people,
                labelled={} if unmeasured else labelled(scorer, interactions, systems),
                unmeasured=unmeasured,
                ungated=_ungated(step, scorer, court),
                alone=not unmeasured and any(map(scorer.alone, interactions)),
            )
        )


def labelled(
    scorer: JudgedScorer, interactions: Sequence[Interaction], systems: Systems
) -> Mapping[str, frozenset[str]]:
    """For each metric the interactions that people judged, all systems' outputs of them, and the judge as well.

    Verdicts are found by what was judged, so outputs that changed lose theirs. What counts has to stand for the whole:
    verdicts mostly on what did not change would make a correction of nothing, and those on outputs that are there would
    hide the missing ones. So of each kind only as many count as there are of it in the whole.
    """
    applicable = [
        (interaction, outputs)
        for interaction, *outputs in zip(interactions, *systems, strict=True)
        if scorer.wanted(interaction) and scorer.asking.applies(interaction)
    ]
    by_content = sorted(applicable, key=lambda pair: (pair[0].fingerprint, pair[0].id))
    kinds = {interaction.id: _kind(scorer, interaction, outputs) for interaction, outputs in by_content}
    population, said = _scored(scorer, by_content)
    return {
        name: _in_proportion(said[index], {each: kinds[each] for each in population[index]})
        for index, name in enumerate(scorer.names)
    }


def _kind(scorer: JudgedScorer, interaction: Interaction, outputs: Sequence[Output | None]) -> Kind:
    if not any(scorer.asks(interaction, output) for output in outputs):
        return "settled"
    parts = {scorer.asking.part(interaction, output) for output in outputs}
    return "changed" if len(parts) > 1 else "same"


def _scored(
    scorer: JudgedScorer, interactions: Sequence[tuple[Interaction, Sequence[Output | None]]]
) -> tuple[list[list[str]], list[list[str]]]:
    """For each metric the ids of which any output has a score, and those of which people and the judge score all."""
    population: list[list[str]] = [[] for _ in scorer.names]
    said: list[list[str]] = [[] for _ in scorer.names]
    for interaction, outputs in interactions:
        judged = [scorer.judged(interaction, output) for output in outputs]
        every = [*judged, *(scorer.of_people(interaction, output) for output in outputs)]
        for index in range(len(scorer.names)):
            if any(scores[index] is not None for scores in judged):
                population[index].append(interaction.id)
            if all(scores[index] is not None for scores in every):
                said[index].append(interaction.id)
    return population, said


def _in_proportion(ids: Sequence[str], kinds: Mapping[str, Kind]) -> frozenset[str]:
    """The first of the ids of each kind, in the proportion that the kinds have in the whole."""
    own = {kind: [each for each in ids if kinds[each] == kind] for kind in sorted(set(kinds.values()))}
    share = {kind: count / len(kinds) for kind, count in Counter(kinds.values()).items()}
    size = min((len(own[kind]) / part for kind, part in share.items()), default=0.0)
    return frozenset(each for kind, some in own.items() for each in some[: round(size * share[kind])])


def _ungated(step: str, scorer: JudgedScorer, court: Court) -> Mapping[str, str]:
    if court.session is None:
        return {}
    identity = court.session.identity(scorer.asking.prompt)
    reasons = {name: why_not(step, name, identity, court.records, court.floor) for name in scorer.names}
    return {name: reason for name, reason in reasons.items() if reason}


def people_of(verdicts: Sequence[PersonVerdict], scorers: Mapping[str, JudgedScorer]) -> People:
    """People's verdicts by step; the majority where several judged the same, and none where they are even.

    Raises InvalidInput for verdicts that their question does not offer. Those on other steps are not looked at.
    """
    votes: dict[str, dict[Key, dict[str, list[str]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    problems = []
    for verdict in verdicts:
        step = _step_of(verdict.question, scorers)
        if step is None:
            continue
        known = scorers[step].asking.offered(verdict.question[len(step) + 1 :])
        if verdict.verdict not in known:
            problems.append(unknown_verdict(verdict, known))
        key = (verdict.id, verdict.output or digest(""))
        votes[step][key][verdict.question[len(step) + 1 :]].append(verdict.verdict)
    if problems:
        raise InvalidInput(problems)
    return {
        step: {
            key: {name: each for name, given in asked.items() if (each := _majority(given))}
            for key, asked in of_step.items()
        }
        for step, of_step in votes.items()
    }


def strangers(verdicts: Sequence[PersonVerdict], scorers: Mapping[str, JudgedScorer]) -> Mapping[str, int]:
    """How many of people's verdicts are on steps about which no judge is asked here, by what stands for the step."""
    unknown = [each.question for each in verdicts if _step_of(each.question, scorers) is None]
    return Counter(question.rpartition(".")[0] for question in unknown)


def _step_of(question: str, scorers: Mapping[str, JudgedScorer]) -> str | None:
    """The longest step whose name begins the question, since names may have dots."""
    named = [step for step in scorers if question.startswith(f"{step}.")]
    return max(named, key=len, default=None)


def _majority(votes: Sequence[str]) -> str:
    (first, most), *rest = Counter(votes).most_common()
    return "" if any(count == most for _, count in rest) else first
