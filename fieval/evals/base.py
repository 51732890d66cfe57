"""What an evaluator is: options that a user sets, and a scorer that turns interactions into rows of sums.

A new evaluator is a new file in this folder: a frozen dataclass derived from `Evaluator`, whose fields are its YAML
options, and a `Scorer`. The file's name is the evaluator's name in a config; nothing else has to be registered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import msgspec

from fieval.model import Card, Interaction, MetricName, Output
from fieval.statistics.sums import Metric

NotNegative = Annotated[float, msgspec.Meta(ge=0)]
SHARE = (0.0, 1.0)
CORRELATION = (-1.0, 1.0)


class Scorer(ABC):
    """Scores one step on one dataset. Pure: same interaction and output, same row.

    `width` is the number of columns of a row; `metrics` read them.
    """

    width: int
    metrics: tuple[Metric, ...]

    @abstractmethod
    def applies(self, interaction: Interaction) -> bool:
        """Whether there is anything to score: the channel has this step and people gave gold for it."""

    @abstractmethod
    def part(self, interaction: Interaction, output: Output | None) -> object | None:
        """The step's own part of an output, to be compared with ==; None where it is missing."""

    @abstractmethod
    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        """The sums of one interaction. A missing part gives the worst row there is."""

    @abstractmethod
    def badness(self, row: Sequence[float]) -> float:
        """How bad a row is in the unit of the step's own bar (WER, wrong label, …); more is worse."""

    @abstractmethod
    def failed(self, row: Sequence[float]) -> bool:
        """Whether a row misses the step's own bar."""

    @abstractmethod
    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        """Whether the second row is worse than the first by as much as the step's `worse_by`."""

    @abstractmethod
    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        """What a person needs to see why it scored so: plain strings, numbers, lists and mappings."""

    def unknown(self, output: Output | None) -> bool:
        """Whether the output names a label outside its set."""
        return False


@dataclass(frozen=True, kw_only=True)
class Evaluator(ABC):
    """Options of one evaluator, as written beside it in the config."""

    metric_names: ClassVar[tuple[MetricName, ...]]

    @abstractmethod
    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of one step. Raises InvalidInput where the card lacks what the options name."""
