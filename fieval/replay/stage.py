"""Where steps run again: the candidate's outputs, of which some are repaired and others made anew by commands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieval import data
from fieval.errors import InvalidInput
from fieval.evals.fields import OF_VOICE, alike, has, of_people, taken, without
from fieval.model import Dataset, Interaction, Output, Repair, System
from fieval.numbers import counted
from fieval.replay.command import Command, CommandFailed, ran
from fieval.replay.routes import Fields, Pipeline
from fieval.reports.cleaning import short

LARGEST_SHARE_UNSTEADY = 0.01
IDS_SHOWN = 3
_PROBLEMS_SHOWN = 3

Outputs = Mapping[int, Output]  # by the place of the interaction in the dataset


@dataclass(frozen=True, slots=True)
class Checked:
    """What a step's command gives `again` on the candidate's own inputs, and where that is `other` than it was."""

    again: Outputs
    other: frozenset[int]

    @property
    def unsteady(self) -> float:
        """The share of interactions of which a command makes something else."""
        return len(self.other) / max(1, len(self.again))


@dataclass(frozen=True, slots=True)
class Stage:
    """The steps, and what the candidate and earlier systems made of the dataset; commands run in `folder`."""

    pipeline: Pipeline
    folder: Path
    dataset: Dataset
    candidate: System
    earlier: Mapping[Repair, System]

    def can_repair(self, upstream: str, repair: Repair, wanted: Collection[int]) -> bool:
        """Whether there is any output of that step to put in: of people there may be none."""
        return any(self._source(place, repair, self.pipeline.fields[upstream])[1] for place in wanted)

    def repaired(self, upstream: str, repair: Repair, wanted: Collection[int]) -> Outputs:
        """The candidate's outputs with another output of one step put in, as far as it is its work and changes them."""
        found: dict[int, Output] = {}
        for place in self.had(upstream, sorted(wanted)):
            output = self.candidate.outputs[place]
            source, fields = self._source(place, repair, self.pipeline.fields[upstream])
            if output is not None and source is not None:
                made = taken(output, source, fields)
                if made != output:
                    found[place] = made
        return found

    def own(self, places: Collection[int]) -> Outputs:
        """The candidate's outputs as they are."""
        found = ((place, self.candidate.outputs[place]) for place in sorted(places))
        return {place: output for place, output in found if output is not None}

    def dropped(self, upstream: str, wanted: Collection[int]) -> list[int]:
        """Where a step's output cannot be repaired as the candidate has none at all."""
        return [place for place in self.had(upstream, sorted(wanted)) if self.candidate.outputs[place] is None]

    def had(self, step: str, places: Iterable[int]) -> list[int]:
        """The places of which a step makes anything."""
        return [place for place in places if self.pipeline.has(step, self.dataset.interactions[place])]

    def made_anew(self, step: str, outputs: Outputs) -> Outputs:
        """The outputs with the step's own part as its command makes it from the rest. Raises CommandFailed."""
        places = self.had(step, outputs)
        if not places:
            return outputs
        given = tuple(self.dataset.interactions[place] for place in places)
        seen = [without(outputs[place], self.pipeline.hidden(step)) for place in places]
        lines = b"".join(map(_line, given, seen))
        command = self.command(step)
        with ran(command, lines) as written:
            replies = _replies(command, written, self.dataset.of(given))
        fields = self.pipeline.fields[step]
        made = {place: taken(outputs[place], reply, fields) for place, reply in zip(places, replies, strict=True)}
        return {**outputs, **made}

    def checked(self, step: str, places: Collection[int]) -> Checked:
        """What a command gives on the candidate's own inputs. Raises CommandFailed where that is too often not what the
        candidate has: then it is not the candidate's step.
        """
        own = self.own(self.had(step, places))
        again = self.made_anew(step, own)
        fields = self.pipeline.fields[step]
        other = frozenset(place for place, output in own.items() if not alike(output, again[place], fields))
        found = Checked(again, other)
        if found.unsteady > LARGEST_SHARE_UNSTEADY:
            named = _named(self.dataset.interactions[place] for place in sorted(other))
            raise CommandFailed(
                f"{self.command(step)}: not replayable: on the candidate's own inputs it gives other outputs than the "
                f"candidate has for {len(other)} of {counted(len(own), 'interaction')} ({named})"
            )
        return found

    def control(self, rerun: Sequence[str], places: Collection[int], checked: Mapping[str, Checked]) -> Outputs:
        """What the steps, one after the other, make of the candidate's own inputs: of what has been checked, unless a
        step before gave something else, of which they then run anew. Raises CommandFailed.

        What is replayed must be held against this, not against what the candidate has. If the repair does nothing, the
        two runs differ by chance alone, in either direction, and what a command does not reproduce cancels. The
        candidate's outputs were chosen for being worse: any other run would seem to mend them.
        """
        outputs, other = dict(self.own(places)), set[int]()
        for step in rerun:
            moved = self.made_anew(step, {place: outputs[place] for place in sorted(other)})
            fields = self.pipeline.fields[step]
            for place in self.had(step, outputs):
                if place not in other:
                    outputs[place] = taken(outputs[place], checked[step].again[place], fields)
            outputs.update(moved)
            other |= checked[step].other & outputs.keys()
        return outputs

    def command(self, step: str) -> Command:
        """How the candidate's version of a step is run."""
        found = self.pipeline.steps[step]
        place = f"{found.place}: " if found.place else ""
        subject = f"{place}steps.{step}.command"
        return Command(subject, found.command, self.folder, found.timeout, found.environment)

    def _source(self, place: int, repair: Repair, fields: Fields) -> tuple[Output | None, Fields]:
        """What to repair with, and which fields of it; on other channels than voice the turns are what people wrote."""
        interaction = self.dataset.interactions[place]
        if interaction.channel != "voice":
            fields = tuple(field for field in fields if field not in OF_VOICE)
        if repair != "gold":
            return self.earlier[repair].outputs[place], fields
        people = of_people(interaction)
        return people, tuple(field for field in fields if has(people, field))


def _line(interaction: Interaction, output: Output) -> bytes:
    """One line for a command: what is in the output, and what every pipeline knows of an interaction."""
    if interaction.channel != "voice" and not output.turns:
        output = msgspec.structs.replace(output, turns=interaction.turns)
    known = {"channel": interaction.channel, "language": interaction.language}
    content: dict[str, Any] = {**msgspec.to_builtins(output), "meta": known}
    return msgspec.json.encode({name: value for name, value in content.items() if value}) + b"\n"


def _replies(command: Command, written: Path, given: Dataset) -> tuple[Output, ...]:
    """One output for each interaction. Raises CommandFailed for bad lines, for unknown ids and for missing ones."""
    try:
        replies = data.read_replies(written, "its output", given)
    except InvalidInput as error:
        told = "; ".join(short(problem) for problem in error.problems[:_PROBLEMS_SHOWN])
        rest = len(error.problems) - _PROBLEMS_SHOWN
        raise CommandFailed(f"{command}: {told}{f'; and {rest} more' if rest > 0 else ''}") from error
    missing = [one for one, reply in zip(given.interactions, replies, strict=True) if reply is None]
    if missing:
        total = counted(len(replies), "interaction")
        raise CommandFailed(f"{command}: its output lacks {len(missing)} of {total} ({_named(missing)})")
    return tuple(reply for reply in replies if reply is not None)


def _named(interactions: Iterable[Interaction]) -> str:
    ids = [short(interaction.id, 60) for interaction in interactions]
    return ", ".join([*ids[:IDS_SHOWN], *(["…"] if len(ids) > IDS_SHOWN else [])])
