"""What can be replayed: which step's output is repaired, which steps then run again, and of which steps that tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fieval.evals.fields import SEGMENTS, SPEAKER, TEXT
from fieval.gate.order import divided, in_order, upstream_of
from fieval.gate.replayed import Worsened
from fieval.model import Interaction, Repair, Step

Fields = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """The output of `upstream` is repaired; the steps `rerun` run again, in order, and `tells` of those that failed."""

    upstream: str
    repair: Repair
    rerun: tuple[str, ...]
    tells: tuple[Worsened, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps of a config and the fields of an output that each makes; a step of which that is not known has none
    and is `obscure`. Steps that are `divided` make their fields only where their `where:` holds; elsewhere others do.
    """

    steps: Mapping[str, Step]
    fields: Mapping[str, Fields]
    obscure: frozenset[str] = frozenset()
    divided: frozenset[str] = frozenset()

    def has(self, step: str, interaction: Interaction) -> bool:
        """Whether a step, and none in its stead, makes its fields of an interaction."""
        return step not in self.divided or interaction.among(self.steps[step].where)

    def routes(self, worsened: Sequence[Worsened]) -> list[Route]:
        """Every replay that tells of a step that got worse: each repair once, with all that runs again behind it."""
        found: dict[tuple[str, Repair], Route] = {}
        for against, failed in worsened:
            for upstream in upstream_of(failed, self.steps):
                way = self._way(upstream, failed)
                if way is None or not self.fields[upstream]:
                    continue
                repairs: tuple[Repair, ...] = (against, "gold")
                for repair in repairs:
                    before = found.get((upstream, repair), Route(upstream, repair, (), ()))
                    rerun = [name for name in in_order(list(self.steps.values())) if name in {*before.rerun, *way}]
                    tells = (*before.tells, (against, failed))
                    found[upstream, repair] = replace(before, rerun=tuple(rerun), tells=tells)
        return list(found.values())

    def hidden(self, step: str) -> Fields:
        """The fields that a command must not see: its own, and what no step before it has made."""
        before = upstream_of(step, self.steps)
        seen = {field for name in before for field in self.fields[name]} - set(self.fields[step])
        hidden = {field for fields in self.fields.values() for field in fields} - seen
        torn = {TEXT, SPEAKER} & hidden
        if len(torn) == 1 and not torn & set(self.fields[step]):
            hidden -= torn  # turns are handed on whole
        return tuple(sorted(hidden))

    def _way(self, upstream: str, failed: str) -> list[str] | None:
        """The steps that have to run again; None where one of them cannot. Mere checks make nothing, and need not."""
        behind = [failed, *upstream_of(failed, self.steps)]
        between = [name for name in behind if upstream in upstream_of(name, self.steps)]
        making = [name for name in between if self.fields[name]]
        runs = all(self.steps[name].command for name in making)
        return making if runs and self.obscure.isdisjoint(between) else None


def pipeline(steps: Sequence[Step], makes: Mapping[str, Fields | None]) -> Pipeline:
    """The pipeline of a config. Who writes down the turns also says who spoke and when, if no other step does."""
    known = {name: own or () for name, own in makes.items()}
    others = {SPEAKER, SEGMENTS} - {field for fields in known.values() for field in fields}
    fields = {name: (*own, *sorted(others)) if TEXT in own else own for name, own in known.items()}
    obscure = frozenset(name for name, own in makes.items() if own is None)
    return Pipeline({step.name: step for step in steps}, fields, obscure, divided(steps, fields))
