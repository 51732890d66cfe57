"""What an evaluator is: options that a user sets, and a scorer that turns interactions into rows of sums.

A new evaluator is a new file in this folder: a frozen dataclass derived from `Evaluator`, whose fields are its YAML
options, and a `Scorer`. The file's name is the evaluator's name in a config; nothing else has to be registered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Protocol

import msgspec

from fieval.model import Card, Interaction, MetricName, Output, Redacted
from fieval.speech.align import Chunk
from fieval.statistics.sums import Metric

NotNegative = Annotated[float, msgspec.Meta(ge=0)]
SHARE = (0.0, 1.0)
CORRELATION = (-1.0, 1.0)
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Traced:
    """What of a worsening stands already in the pipeline's own transcript (`heard`), and what the step did (`own`).

    `fabricated` is newly made up, `lost` newly left out; each is told in a few words of the texts themselves.
    """

    fabricated_heard: tuple[str, ...] = ()
    fabricated_own: tuple[str, ...] = ()
    lost_heard: tuple[str, ...] = ()
    lost_own: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many there are of each, in the order of the fields."""
        return len(self.fabricated_heard), len(self.fabricated_own), len(self.lost_heard), len(self.lost_own)


class Scorer(ABC):
    """Scores one step on one dataset. Pure: same interaction and output, same row.

    `width` is the number of columns of a row; `metrics` read them. `where` holds the cohort values to which the config
    restricts the step. `transcribes` says that the step makes the turns,
    `traceable` names the metrics whose changes `trace` explains: by what was made up, or by what was left out.
    `bar_unmeasured` says why it cannot be told whether a row misses the step's own bar, where that is so; `bar_ungated`
    why no rule on that may gate, and `bar_unprovable` why it can prove nothing.
    `makes` names the fields of an output that the step makes, as in `fields.FIELDS`; none for a mere check of what
    other steps made. Where it is None, nobody knows, and what goes into the step cannot be exchanged.
    `redacted` says whether it counts words of turns and, if so, what it does where they are masked.
    `goes_by_part`: outputs that are the same to the step have the same row, which need not be made twice; nobody knows
    of a user's code.
    """

    width: int
    metrics: tuple[Metric, ...]
    where: Mapping[str, str] = {}
    transcribes: ClassVar[bool] = False
    traceable: ClassVar[Mapping[str, Literal["fabricated", "lost"]]] = {}
    bar_unmeasured: str = ""
    bar_ungated: str = ""
    bar_unprovable: str = ""
    makes: tuple[str, ...] | None = None
    redacted: Redacted | None = None
    goes_by_part: ClassVar[bool] = True

    def counts(self, interaction: Interaction) -> bool:
        """Whether an interaction is scored: the step applies and the config does not leave it out."""
        return self.wanted(interaction) and self.applies(interaction)

    def wanted(self, interaction: Interaction) -> bool:
        """Whether the config does not leave an interaction out."""
        return interaction.among(self.where)

    def identities(self, interactions: Iterable[Interaction]) -> tuple[str, ...]:
        """What else its numbers depend on, named and versioned, in order: the normalisers of words."""
        return ()

    def as_redacted(self, identity: str) -> str:
        """What made texts comparable, and whether masked passages were left out; without those, errors are others."""
        return f"{identity}+masked" if self.redacted == "mask" else identity

    @abstractmethod
    def applies(self, interaction: Interaction) -> bool:
        """Whether there is anything to score: the channel has this step and people gave gold for it."""

    def declines(self, interaction: Interaction, output: Output) -> bool:
        """Whether an output is needed to see that there is nothing to score. Every output must give the same answer."""
        return False

    @abstractmethod
    def part(self, interaction: Interaction, output: Output | None) -> object | None:
        """The step's own part of an output, to be compared with ==; None where it is missing."""

    def unchanged(self, interaction: Interaction, before: Output | None, after: Output | None) -> bool:
        """Whether two outputs are the same to this step."""
        return self.part(interaction, before) == self.part(interaction, after)

    @abstractmethod
    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        """The sums of one interaction. A missing part gives the worst row there is."""

    @abstractmethod
    def badness(self, row: Sequence[float]) -> float:
        """How bad a row is in the unit of the step's own bar (WER, wrong label, …); more is worse."""

    def faults(self, row: Sequence[float]) -> float:
        """How much is wrong with a row, for the steps that feed on it; more than the step's own bar may ask for."""
        return self.badness(row)

    @abstractmethod
    def failed(self, row: Sequence[float]) -> bool:
        """Whether a row misses the step's own bar."""

    @abstractmethod
    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        """Whether the second row is worse than the first by as much as the step's `worse_by`."""

    @abstractmethod
    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        """What a person needs to see why it scored so: plain strings, numbers, lists and mappings."""

    def alignment(self, interaction: Interaction, output: Output | None) -> Sequence[Chunk] | None:
        """What was said beside what was heard, for a step that makes words; evidence goes without it."""
        return None

    def trace(self, interaction: Interaction, before: Output, after: Output) -> Traced:
        """Where what is newly wrong in the second output came from; nothing for a step that cannot tell."""
        return Traced()

    def unknown(self, output: Output | None) -> bool:
        """Whether the output names a label outside its set."""
        return False


class Bar(Protocol):
    """Options that say when a step fails, and when it is worse, by its badness."""

    @property
    def fail_above(self) -> float:
        """The badness above which an interaction fails."""

    @property
    def worse_by(self) -> float:
        """By how much more of it an interaction is worse."""


class BarScorer(Scorer):
    """A scorer whose rows fail and get worse by their badness alone."""

    options: Bar

    def failed(self, row: Sequence[float]) -> bool:
        return self.badness(row) > self.options.fail_above + _TOLERANCE

    def got_worse(self, before: Sequence[float], after: Sequence[float]) -> bool:
        return self.badness(after) - self.badness(before) > self.options.worse_by + _TOLERANCE


@dataclass(frozen=True, kw_only=True)
class Evaluator(ABC):
    """Options of one evaluator, as written beside it in the config."""

    metric_names: ClassVar[tuple[MetricName, ...]]
    judged_options: ClassVar[tuple[str, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of one step. Raises InvalidInput where the card lacks what the options name."""

    def judged(self, step: str, card: Card) -> Scorer | None:
        """The scorer that also asks a judge; None for an evaluator that never asks one, or shall not here."""
        return None
