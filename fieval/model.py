"""The nouns that every room shares; this module imports nothing of ours.

Times are seconds. Scores, rates and confidences are plain floats; what cannot be computed is None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    import pandas as pd

Channel = Literal["voice", "chat", "email", "in_app"]
Better = Literal["lower", "higher", "zero"]
Severity = Literal["block", "warn"]
RuleVerdict = Literal["pass", "fail", "undecided", "unmeasured", "not_gated"]
RunVerdict = Literal["pass", "fail", "invalid", "inconclusive", "unmeasurable", "bug", "interrupted"]
RuleKind = Literal["max", "min", "max_regression"]


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one speaker said before the next one spoke."""

    speaker: str = ""
    text: str = ""
    start: float | None = None
    end: float | None = None


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of time in which one speaker speaks."""

    speaker: str
    start: float
    end: float


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something a summary has to say; it is found when all its anchors are."""

    text: str
    anchors: tuple[str, ...]


class GoldLabel(msgspec.Struct, frozen=True):
    """A human label: the majority of the votes (ties: first in the label set)."""

    value: str
    votes: tuple[str, ...]


class GoldScore(msgspec.Struct, frozen=True):
    """A human score: the median of the votes."""

    value: float
    votes: tuple[float, ...]


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
    """The card of a golden dataset: what its labels, scores, terms and cohorts are."""

    name: str
    version: str
    language: str = "en"
    description: str = ""
    license: str = ""
    labels: Mapping[str, LabelSet] = {}
    scores: Mapping[str, ScoreRange] = {}
    terms: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True):
    """A file that took part in a run."""

    path: str
    sha256: str


class Dataset(msgspec.Struct, frozen=True):
    """A golden dataset as read: the card and its interactions in file order."""

    card: Card
    interactions: tuple[Interaction, ...]
    source: Source


class System(msgspec.Struct, frozen=True):
    """The outputs of one pipeline, in the order of the dataset; None where its file has no line for an interaction."""

    outputs: tuple[Output | None, ...]
    source: Source


class Place(msgspec.Struct, frozen=True):
    """Where something stands in a file that a user wrote; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Rule(msgspec.Struct, frozen=True):
    """One threshold on one metric, as the config states it. `limit` is in the metric's own unit."""

    kind: RuleKind
    limit: float
    by: tuple[str, ...] = ()
    critical: bool = False
    severity: Severity = "block"
    place: Place | None = None
    automatic: bool = False


class Step(msgspec.Struct, frozen=True):
    """One stage of the pipeline: how it is scored, what it feeds on and the rules on its metrics.

    `options` are the evaluator's own options; `gates` maps a metric's name to its rules.
    """

    name: str
    evaluator: str
    options: Mapping[str, Any]
    after: tuple[str, ...]
    gates: Mapping[str, tuple[Rule, ...]]
    place: Place | None = None


class Significance(msgspec.Struct, frozen=True):
    """How verdicts weigh chance; see DESIGN of the statistics in the README."""

    alpha: float = 0.05
    resamples: int = 9999
    seed: int = 20261120
    require_proof: bool = False
    min_interactions: int = 20


class Config(msgspec.Struct, frozen=True):
    """A gate config with its paths resolved."""

    dataset: str
    candidate: str
    baseline: str | None
    steps: tuple[Step, ...]
    significance: Significance
    source: Source


class MetricName(msgspec.Struct, frozen=True):
    """A metric as a config may name it; `label_class` ones end in a class of the label set (`recall.<class>`)."""

    name: str
    better: Better
    label_class: bool = False
    gates: tuple[RuleKind, ...] = ("max", "min", "max_regression")


class EvaluatorKind(msgspec.Struct, frozen=True):
    """What a config has to know of an evaluator: its YAML name, its options (a dataclass) and its metrics."""

    name: str
    options: type
    metrics: tuple[MetricName, ...]


class RuleResult(msgspec.Struct, frozen=True):
    """What became of one rule on one slice."""

    rule: RuleKind
    limit: float
    by: tuple[str, ...]
    severity: Severity
    critical: bool
    waived: str | None
    verdict: RuleVerdict
    proven: bool
    reason: str
    where: str | None


class Result(msgspec.Struct, frozen=True):
    """One metric on one slice (None: all interactions), candidate against baseline. One row of `report.json`."""

    step: str
    metric: str
    better: Better
    slice: Mapping[str, str] | None
    n: int
    groups: int
    baseline: float | None
    candidate: float | None
    change: float | None
    worsening: float | None
    interval: tuple[float, float] | None
    upper: float | None
    p_value: float | None
    p_adjusted: float | None
    detectable: float | None
    verdict: RuleVerdict | None
    reason: str
    rules: tuple[RuleResult, ...]


class Coverage(msgspec.Struct, frozen=True):
    """How much of a step was there to be scored."""

    applicable: int
    candidate_missing: int
    baseline_missing: int
    unknown_labels: int


class Provenance(msgspec.Struct, frozen=True):
    """Where a report comes from; the only part of it that may differ between two runs on the same inputs."""

    fieval: str
    python: str
    packages: Mapping[str, str]
    started: str
    seconds: float
    dataset: Source
    candidate: Source
    baseline: Source | None
    config: Source


class Score(msgspec.Struct, frozen=True):
    """One metric on one interaction alone. One row of `scores.csv`; `value` is None where it has none."""

    id: str
    system: str
    step: str
    metric: str
    value: float | None
    failed: bool


class Evidence(msgspec.Struct, frozen=True):
    """Why one interaction scored badly in one step. One line of `evidence.jsonl`; `details` holds transcript text."""

    step: str
    id: str
    baseline_failed: bool | None
    candidate_failed: bool
    worsening: float | None
    details: Mapping[str, Any]


class Report(msgspec.Struct, frozen=True):
    """The verdict of a run and everything that it rests on."""

    schema: str
    verdict: RunVerdict
    exit_code: int
    headline: str
    root_cause: None
    coverage: Mapping[str, Coverage]
    results: tuple[Result, ...]
    provenance: Provenance

    def to_frame(self) -> pd.DataFrame:
        """The results as a pandas DataFrame, one row per metric and slice, rules left out."""
        import pandas as pd

        rows = [msgspec.to_builtins(result) for result in self.results]
        return pd.DataFrame([{key: value for key, value in row.items() if key != "rules"} for row in rows])


class Run(msgspec.Struct, frozen=True):
    """All that a run found: the report, and what goes into the other files of its folder."""

    report: Report
    scores: Sequence[Score]
    evidence: Sequence[Evidence]
    dataset_name: str
    alpha: float
