"""What people and pipelines made of interactions. Times are seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Channel = Literal["voice", "chat", "email", "in_app"]
COHORTS_ALWAYS = ("channel", "language")  # cohorts of every dataset, unless its card declares one of that name


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What one speaker said before the next one spoke. Large runs hold millions, none of which can be in a cycle."""

    speaker: str = ""
    text: str = ""
    start: float | None = None
    end: float | None = None


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A stretch of time in which one speaker speaks."""

    speaker: str
    start: float
    end: float


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something a summary has to say; it is found when all its anchors are."""

    text: str
    anchors: tuple[str, ...]


class GoldLabel(msgspec.Struct, frozen=True):
    """A human label: the majority of the votes (ties: first in the label set), or what was decided in spite of them."""

    value: str
    votes: tuple[str, ...]
    settled: bool = False


class GoldScore(msgspec.Struct, frozen=True):
    """A human score: the median of the votes, or what was decided in spite of them."""

    value: float
    votes: tuple[float, ...]
    settled: bool = False


class Interaction(msgspec.Struct, frozen=True):
    """One call, chat, email or in-app session of the golden dataset, with what people said of it.

    `cohorts` holds the card's cohorts and, unless the card has one of that name, `channel` and `language`.
    `fingerprint` is a digest of the content without any id, so that nothing depends on how ids are spelled.
    """

    id: str
    channel: Channel
    language: str
    group: str
    cohorts: Mapping[str, str]
    turns: tuple[Turn, ...] = ()
    segments: tuple[Segment, ...] = ()
    duration: float | None = None
    summary: str = ""
    facts: tuple[Fact, ...] = ()
    labels: Mapping[str, GoldLabel] = {}
    scores: Mapping[str, GoldScore] = {}
    fingerprint: str = ""

    def value_of(self, name: str) -> str:
        """The gold label of that name, else the cohort; empty where there is neither."""
        return self.labels[name].value if name in self.labels else self.cohorts.get(name, "")

    def among(self, where: Mapping[str, str]) -> bool:
        """Whether it has all of these cohort values."""
        return all(self.cohorts.get(name) == value for name, value in where.items())


class Prediction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A label that a pipeline gave, with its confidence in 0..1 where it has one."""

    label: str = ""
    confidence: float | None = None


class Output(msgspec.Struct, frozen=True):
    """What one pipeline made of one interaction."""

    id: str
    turns: tuple[Turn, ...] = ()
    segments: tuple[Segment, ...] = ()
    summary: str = ""
    labels: Mapping[str, Prediction] = {}
    scores: Mapping[str, float] = {}


class LabelSet(msgspec.Struct, frozen=True):
    """The closed set of values of one label; `ordinal` sets are in order."""

    values: tuple[str, ...]
    ordinal: bool = False


class ScoreRange(msgspec.Struct, frozen=True):
    """The ends of the scale of one score."""

    min: float
    max: float


class Card(msgspec.Struct, frozen=True):
    """The card of a golden dataset: what its labels, scores, terms and cohorts are.

    `population` holds the production mix: the shares of the values of a cohort or gold label, adding up to 1.
    """

    name: str
    version: str
    language: str = "en"
    description: str = ""
    license: str = ""
    labels: Mapping[str, LabelSet] = {}
    scores: Mapping[str, ScoreRange] = {}
    terms: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    population: Mapping[str, Mapping[str, float]] = {}


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that took part in a run; `revision` is the commit that it was read from, where it was."""

    path: str
    sha256: str
    revision: str | None = None


class Dataset(msgspec.Struct, frozen=True):
    """A golden dataset as read: the card and its interactions in file order.

    Those of a large one are read again whenever one is asked for; `light` then holds all of them without texts, and
    `masked` the places of those with masked passages.
    """

    card: Card
    interactions: Sequence[Interaction]
    source: Source
    light: tuple[Interaction, ...] | None = None
    masked: tuple[int, ...] | None = None

    @property
    def roster(self) -> Sequence[Interaction]:
        """The interactions, perhaps without texts: for whatever asks only who they are."""
        return self.interactions if self.light is None else self.light

    def of(self, interactions: Sequence[Interaction]) -> Dataset:
        """The same dataset with these interactions."""
        return Dataset(self.card, interactions, self.source)

    def within(self, some: slice) -> Dataset:
        """The same dataset with some of its interactions, in its order."""
        light = None if self.light is None else self.light[some]
        return Dataset(self.card, self.interactions[some], self.source, light)


class Origin(msgspec.Struct, frozen=True):
    """The span of a trace that an output came from, in lower-case hex; `span_id` is empty where none is known."""

    trace_id: str
    span_id: str = ""


class System(msgspec.Struct, frozen=True):
    """The outputs of one pipeline, in the order of the dataset; None where its file has no line for an interaction.

    `origins` holds, by id, those that say which trace they came from; `astray` counts those whose word for it is none.
    Outputs of a large file are read again whenever one is asked for; `masked` then holds the places of those with
    masked passages.
    """

    outputs: Sequence[Output | None]
    source: Source
    origins: Mapping[str, Origin] = {}
    astray: int = 0
    masked: tuple[int, ...] | None = None
