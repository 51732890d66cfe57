"""What `fieval check` counts: how much of each step is there, and how the labels and cohorts are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fieval.errors import suggestion
from fieval.evals.base import Scorer
from fieval.model import COHORTS_ALWAYS, Card, Interaction, Output, Step, System
from fieval.numbers import counted
from fieval.runner import Inputs

UNKNOWN_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """A small table of counts: the first column is text, the others are numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def warnings(inputs: Inputs) -> list[str]:
    """What is no error, but seldom meant: steps without any answer, labels and scores that the card does not know."""
    card, found = inputs.dataset.card, list(inputs.notes)
    systems = {"candidate": inputs.candidate, "baseline": inputs.baseline}
    for name, system in systems.items():
        found += [] if system is None else [*_unanswered(name, system, inputs), *_off_scale(name, system, card)]
    found += _cut_off(inputs.dataset.interactions)
    for name, labels in card.labels.items():
        given = [o.labels[name].label for o in inputs.candidate.outputs if o is not None and name in o.labels]
        for value, count in Counter(value for value in given if value not in labels.values).most_common(UNKNOWN_SHOWN):
            found.append(f'label {name}: the candidate says "{value}" {count} times{suggestion(value, labels.values)}')
    return found


def _cut_off(interactions: Sequence[Interaction]) -> Iterator[str]:
    """Durations that end before people stop speaking: minutes instead of seconds, perhaps."""
    short = [
        interaction.id
        for interaction in interactions
        if interaction.duration is not None
        and any(segment.start >= interaction.duration for segment in interaction.segments)
    ]
    if short:
        named = ", ".join(short[:UNKNOWN_SHOWN]) + (", …" if len(short) > UNKNOWN_SHOWN else "")
        yield (
            f"{counted(len(short), 'interaction')} with gold speech after `duration` (seconds), which is not scored: "
            f"{named}"
        )


def _unanswered(name: str, system: System, inputs: Inputs) -> Iterator[str]:
    """Steps for which a system has nothing anywhere, most often for want of the right name."""
    for step in inputs.config.steps:
        scorer = inputs.scorers[step.name]
        pairs = zip(inputs.dataset.interactions, system.outputs, strict=True)
        if all(scorer.part(interaction, output) is None for interaction, output in pairs if scorer.counts(interaction)):
            yield f"{step.name}: the {name} has no {_answer(step)} in any interaction"


def _answer(step: Step) -> str:
    """What a step looks for in an output."""
    for kind in ("label", "score"):
        if step.options.get(kind) is not None:
            return f"{kind} `{step.options[kind] or step.name}`"
    return "answer"


def _off_scale(name: str, system: System, card: Card) -> Iterator[str]:
    """Scores that the card's scale does not have: another scale, perhaps."""
    for score, scale in card.scores.items():
        given = [output.scores[score] for output in system.outputs if output is not None and score in output.scores]
        beyond = sum(not scale.min <= value <= scale.max for value in given)
        if beyond:
            yield (
                f"score {score}: {beyond} of the {name}'s {len(given)} are outside {scale.min:g} to {scale.max:g}, "
                "the scale of the card"
            )


def take_inventory(inputs: Inputs) -> list[Counts]:
    """Coverage of the steps first, then one table per label, and the cohorts."""
    interactions = inputs.dataset.interactions
    labels = [_spread(name, label.values, interactions) for name, label in inputs.dataset.card.labels.items()]
    return [_coverage(inputs), *labels, _cohorts(inputs)]


def _coverage(inputs: Inputs) -> Counts:
    rows = []
    for step in inputs.config.steps:
        scorer = inputs.scorers[step.name]
        mine = [index for index, i in enumerate(inputs.dataset.interactions) if scorer.counts(i)]
        unknown = sum(scorer.unknown(inputs.candidate.outputs[index]) for index in mine)
        rows.append((
            step.name,
            str(len(mine)),
            _missing(scorer, inputs.dataset.interactions, inputs.candidate, mine),
            "no baseline" if inputs.baseline is None
            else _missing(scorer, inputs.dataset.interactions, inputs.baseline, mine),
            str(unknown),
        ))  # fmt: skip
    header = ("step", "applies to", "candidate missing", "baseline missing", "unknown labels")
    return Counts(f"{len(inputs.dataset.interactions)} interactions", header, tuple(rows))


def _missing(scorer: Scorer, interactions: Sequence[Interaction], system: System, mine: Iterable[int]) -> str:
    outputs: Sequence[Output | None] = system.outputs
    return str(sum(scorer.part(interactions[index], outputs[index]) is None for index in mine))


def _spread(name: str, values: Sequence[str], interactions: Sequence[Interaction]) -> Counts:
    gold = [interaction.labels[name] for interaction in interactions if name in interaction.labels]
    counts, total = Counter(label.value for label in gold), max(1, len(gold))
    several = [label.votes for label in gold if len(label.votes) > 1]
    split = sum(len(set(votes)) > 1 for votes in several)
    settled = sum(label.settled for label in gold)
    decided = f", {settled} decided" if settled else ""
    people = f" ({len(several)} with several annotators, {split} not unanimous{decided})" if several else ""
    rows = tuple((value, str(counts[value]), f"{counts[value] / total:.0%}") for value in values)
    return Counts(f"label {name}{people}", ("value", "interactions", "share"), rows)


def _cohorts(inputs: Inputs) -> Counts:
    names = dict.fromkeys((*COHORTS_ALWAYS, *inputs.dataset.card.cohorts))
    rows = []
    for name in names:
        counts = Counter(i.cohorts[name] for i in inputs.dataset.interactions if name in i.cohorts)
        rows += [(f"{name}={value}", str(count)) for value, count in sorted(counts.items())]
    groups = len({interaction.group for interaction in inputs.dataset.interactions})
    return Counts(f"cohorts ({groups} groups)", ("cohort", "interactions"), tuple(rows))
