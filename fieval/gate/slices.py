"""The parts of a dataset that every metric is reported for: the whole, each value of each cohort, and crossings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fieval.gate.words import slice_title
from fieval.model import COHORTS_ALWAYS, Card, Crossing, Interaction
from fieval.statistics.sums import Bools


@dataclass(frozen=True, slots=True)
class Slice:
    """All interactions (no values), or those of one value of each of some cohorts; `rows` is a mask over them."""

    values: tuple[tuple[str, str], ...]
    rows: Bools

    @property
    def whole(self) -> bool:
        """Whether this is all interactions."""
        return not self.values

    @property
    def crossing(self) -> Crossing:
        """The cohorts that it is a value of."""
        return tuple(cohort for cohort, _ in self.values)

    @property
    def where(self) -> dict[str, str] | None:
        """The slice as `report.json` writes it."""
        return dict(self.values) or None

    @property
    def title(self) -> str:
        """`language=es, channel=voice`."""
        return slice_title(self.where)


def slices(card: Card, interactions: Sequence[Interaction], crossings: Iterable[Crossing] = ()) -> list[Slice]:
    """The whole first, then channel, language and the card's cohorts, then crossings, values in alphabetical order."""
    cohorts = [*(name for name in COHORTS_ALWAYS if name not in card.cohorts), *card.cohorts]
    crossed = [crossing for crossing in dict.fromkeys(crossings) if len(crossing) > 1]
    whole = Slice((), np.ones(len(interactions), dtype=bool))
    each: list[Crossing] = [*((cohort,) for cohort in cohorts), *crossed]
    return [whole, *(part for crossing in each for part in _values(crossing, interactions))]


def _values(crossing: Crossing, interactions: Sequence[Interaction]) -> list[Slice]:
    found = [tuple(interaction.cohorts.get(cohort, "") for cohort in crossing) for interaction in interactions]
    present = sorted(values for values in set(found) if all(values))
    return [
        Slice(tuple(zip(crossing, values, strict=True)), np.array([each == values for each in found], dtype=bool))
        for values in present
    ]
