"""The interactions of a run as the page has them: an index of all, and which of them are looked into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, takewhile
from typing import Any

from fieval.model import Inside, Interaction
from fieval.reports.html.singles import Singles, mark
from fieval.reports.html.standings import Standing, Standings, worst_first

# To look into an interaction is to score it again: a fifth of a run at most, as measured, or all where there are few.
LOOKED_INTO, WORDS_LOOKED_INTO = 1_000, 400_000  # interactions, and words of their gold turns; the worst first
TOGETHER = 16  # interactions of one block


@dataclass(frozen=True)
class Cases:
    """The interactions of a run, how each fared, and whether what people said may be shown."""

    inside: Inside
    found: Standings
    texts: bool

    @property
    def skipped(self) -> int:
        """How many interactions are not looked into."""
        return len(self.found) - len(self._looked_into)

    def index(self) -> dict[str, Any]:
        """What the list is made of: ids, cohorts, and by step how each fared."""
        interactions = self.inside.dataset.roster
        names = list(dict.fromkeys(name for one in interactions for name in one.cohorts))
        values = {name: sorted({one.cohorts[name] for one in interactions if name in one.cohorts}) for name in names}
        places = {one.id: place for place, one in enumerate(interactions)}
        return {
            "cohorts": [[name, values[name]] for name in names],
            "rows": [self._row(one, values) for one in interactions],
            "worst": [places[name] for name in self._ranked if name in places],
            "together": TOGETHER,
        }

    def blocks(self) -> Iterator[Singles]:
        """All interactions in the order of the dataset, some at a time."""
        for part in parts(self.inside):
            ids = {one.id for one in part.dataset.roster}
            found = {name: self.found[name] for name in ids & self.found.keys()}
            yield Singles(part, found, self._looked_into & ids, self.texts)

    def places(self, step: str) -> list[int]:
        """Where the dataset has the interactions that a step is scored in."""
        return [place for place, one in enumerate(self.inside.dataset.roster) if step in self.of(one)]

    def of(self, one: Interaction) -> Mapping[str, Standing]:
        """How an interaction fared, by step."""
        return self.found.get(one.id, {})

    @cached_property
    def _ranked(self) -> list[str]:
        return worst_first(self.found)

    @cached_property
    def _looked_into(self) -> frozenset[str]:
        """The worst, as long as neither they nor their words are too many; at least one."""
        interactions = self.inside.dataset.interactions
        places = {one.id: place for place, one in enumerate(self.inside.dataset.roster)}
        ranked = self._ranked[:LOOKED_INTO]
        words = (_words(interactions[places[name]]) if name in places else 0 for name in ranked)
        worst = zip(ranked, accumulate(words, initial=0), strict=False)
        return frozenset(name for name, _ in takewhile(lambda each: each[1] < WORDS_LOOKED_INTO, worst))

    def _row(self, one: Interaction, values: Mapping[str, Sequence[str]]) -> list[Any]:
        own = self.of(one)
        cohorts = [known.index(one.cohorts[name]) if name in one.cohorts else -1 for name, known in values.items()]
        marks = "".join(mark(own.get(step.name)) for step in self.inside.steps)
        worse = [float(f"{own[step.name].worsening:.3g}") if step.name in own else 0 for step in self.inside.steps]
        return [one.id, cohorts, marks, worse]


def parts(inside: Inside) -> Iterator[Inside]:
    """All interactions in the order of the dataset, those of one block at a time."""
    for start in range(0, len(inside.dataset.roster), TOGETHER):
        yield inside.within(slice(start, start + TOGETHER))


def _words(one: Interaction) -> int:
    return sum(turn.text.count(" ") + 1 for turn in one.turns)
