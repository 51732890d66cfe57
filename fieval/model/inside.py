"""What a run knows of its single interactions, for a report that goes down to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from fieval.model.dataset import Dataset, Interaction, Output
from fieval.model.settings import Step

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


class Looked(msgspec.Struct, frozen=True):
    """One system's evidence of one step. `aligned` are its words where it makes some: by turns those that are right,
    the same twice, and (said, heard)."""

    evidence: Mapping[str, Any]
    aligned: Sequence[tuple[str, str]] | None = None


class Look(msgspec.Struct, frozen=True):
    """What a person needs to see of one step in one interaction: of each system, None without a baseline, and where
    what is newly wrong came from."""

    baseline: Looked | None
    candidate: Looked | None
    traced: Mapping[str, Any] | None


class Inside(ABC):
    """The inputs of a run and a way to look at any step of any interaction; a look may take as long as scoring did.
    What is `large` has too many interactions for a page.

    `answers` names, by step, the field of an output that the step makes, where that is one label or score;
    `summaries` the steps that make summaries, `transcripts` those that make words, each with the speakers whose words
    count (none: all). `bars` says when an interaction fails a step, where it has such an option. Outputs are in the
    order of the dataset.
    """

    steps: Sequence[Step]
    large: bool
    dataset: Dataset
    baseline: Sequence[Output | None] | None
    candidate: Sequence[Output | None]
    answers: Mapping[str, str]
    summaries: frozenset[str]
    transcripts: Mapping[str, Sequence[str]]
    bars: Mapping[str, str]

    @abstractmethod
    def look(self, step: str, one: Interaction, before: Output | None, after: Output | None) -> Look:
        """One step of an interaction, of which the baseline and the candidate made these."""

    @abstractmethod
    def within(self, some: slice) -> Inside:
        """The same of some interactions."""

    def begin(self, function: Callable[[_Given], _Found], given: Iterable[_Given]) -> None:
        """Have other processes, where there are some, begin with what will be `spread` later."""
        return

    def spread(self, function: Callable[[_Given], _Found], given: Iterable[_Given]) -> Iterator[_Found]:
        """As `map` does, perhaps in other processes, which can have what is `within` this."""
        return map(function, given)
