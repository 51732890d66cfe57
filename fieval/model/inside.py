"""What a run knows of its single interactions, for a report that goes down to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from fieval.model.dataset import Dataset, Output
from fieval.model.settings import Step


class Look(msgspec.Struct, frozen=True):
    """What a person needs to see of one step in one interaction: evidence on each system, None without a baseline, and
    where what is newly wrong came from."""

    baseline: Mapping[str, Any] | None
    candidate: Mapping[str, Any] | None
    traced: Mapping[str, Any] | None


class Inside(ABC):
    """The inputs of a run and a way to look at any step of any interaction; a look may take as long as scoring did.

    `answers` names, by step, the field of an output that the step makes, where that is one label or score;
    `summaries` the steps that make summaries. `bars` says
    when an interaction fails a step, where it has such an option. Outputs are in the order of the dataset.
    """

    steps: Sequence[Step]
    dataset: Dataset
    baseline: Sequence[Output | None] | None
    candidate: Sequence[Output | None]
    answers: Mapping[str, str]
    summaries: frozenset[str]
    bars: Mapping[str, str]

    @abstractmethod
    def look(self, step: str, place: int) -> Look:
        """One step of the interaction at a place of the dataset."""
