"""The parts of a dataset that every metric is reported for: the whole, and each value of each cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieval.model import Card, Interaction
from fieval.statistics.sums import Bools

BUILT_IN_COHORTS = ("channel", "language")


@dataclass(frozen=True, slots=True)
class Slice:
    """All interactions, or those of one cohort value; `rows` is a mask over the dataset."""

    cohort: str | None
    value: str
    rows: Bools

    @property
    def whole(self) -> bool:
        """Whether this is all interactions."""
        return self.cohort is None

    @property
    def where(self) -> dict[str, str] | None:
        """The slice as `report.json` writes it."""
        return None if self.cohort is None else {self.cohort: self.value}


def slices(card: Card, interactions: Sequence[Interaction]) -> list[Slice]:
    """The whole first, then channel, language and the card's cohorts, values in alphabetical order."""
    cohorts = [*(name for name in BUILT_IN_COHORTS if name not in card.cohorts), *card.cohorts]
    whole = Slice(None, "", np.ones(len(interactions), dtype=bool))
    return [whole, *(part for cohort in cohorts for part in _values(cohort, interactions))]


def _values(cohort: str, interactions: Sequence[Interaction]) -> list[Slice]:
    values = np.array([interaction.cohorts.get(cohort, "") for interaction in interactions], dtype=object)
    return [Slice(cohort, value, np.asarray(values == value)) for value in sorted(set(values.tolist()) - {""})]
