"""What a gate config says, and what it may say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec

from fieval.model.dataset import Source

Better = Literal["lower", "higher", "zero"]
Severity = Literal["block", "warn"]
RuleKind = Literal["max", "min", "max_regression", "max_gap", "max_drift"]
JudgeMode = Literal["live", "record", "batch", "replay", "off"]
JudgeEffort = Literal["low", "medium", "high", "xhigh", "max"]
Redacted = Literal["refuse", "mask"]  # what is to be done with masked passages of transcripts
Crossing = tuple[str, ...]  # cohorts whose values are combined; of length 1 for a plain cohort

COMMAND_SECONDS = 600.0  # that a command may take, unless the config says otherwise
RULE_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)

IMPORTABLE = r"^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"
Importable = Annotated[str, msgspec.Meta(pattern=IMPORTABLE, description="Python code, as package.module:name.")]


class Place(msgspec.Struct, frozen=True):
    """Where something stands in a file that a user wrote; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Waiver(msgspec.Struct, frozen=True):
    """Somebody's word that a rule may fail until a day (ISO 8601, that day included)."""

    until: str
    by: str
    reason: str

    def __str__(self) -> str:
        return f"until {self.until} by {self.by}: {self.reason}"


class Rule(msgspec.Struct, frozen=True):
    """One threshold on one metric, as the config states it.

    `limit` is in the metric's own unit; of a `relative` rule it is a share of the baseline's value.
    """

    kind: RuleKind
    limit: float
    relative: bool = False
    by: tuple[Crossing, ...] = ()
    critical: bool = False
    severity: Severity = "block"
    waived: Waiver | None = None
    place: Place | None = None
    automatic: bool = False


class Step(msgspec.Struct, frozen=True):
    """One stage of the pipeline: how it is scored, what it feeds on and the rules on its metrics.

    `options` are the evaluator's own options; `gates` maps a metric's name to its rules; `where` holds the cohort
    values of the interactions that count. `command` (program and arguments) is the candidate's version of the step,
    which reads and writes outputs as JSON Lines within `timeout` seconds and sees the variables named in
    `environment`; empty where the step cannot be run again.
    """

    name: str
    evaluator: str
    options: Mapping[str, Any]
    after: tuple[str, ...]
    gates: Mapping[str, tuple[Rule, ...]]
    where: Mapping[str, str] = {}
    place: Place | None = None
    command: tuple[str, ...] = ()
    timeout: float = COMMAND_SECONDS
    environment: tuple[str, ...] = ()


class Significance(msgspec.Struct, frozen=True):
    """How verdicts weigh chance; see DESIGN of the statistics in the README."""

    alpha: float = 0.05
    resamples: int = 9999
    seed: int = 20261120
    require_proof: bool = False
    min_interactions: int = 20


class Floor(msgspec.Struct, frozen=True):
    """How well a judge has to agree with people before its verdicts may gate.

    `sensitivity` and `specificity` are shares of people's yes and no; `labels` is how many of people's verdicts are
    needed, in so many `groups`, with at least `of_each` yes and no.
    """

    sensitivity: float = 0.8
    specificity: float = 0.8
    labels: int = 50
    groups: int = 20
    of_each: int = 10


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """How a config wants outputs to be judged by a model; None leaves it to the judge's own defaults.

    Paths are resolved. `verdicts` are people's, `calibration` is what `fieval calibrate` found of the judge.
    """

    model: str | None = None
    effort: JudgeEffort | None = None
    max_tokens: int | None = None
    base_url: str | None = None
    mode: JudgeMode | None = None
    cache: str | None = None
    cassette: str | None = None
    max_usd: float | None = None
    max_calls: int | None = None
    threads: int | None = None
    seconds: float | None = None
    deadline: float | None = None
    verdicts: str | None = None
    calibration: str | None = None
    floor: Floor = Floor()
    place: Place | None = None


class Config(msgspec.Struct, frozen=True):
    """A gate config with its paths resolved; `judge` is None where no model judges.

    `replay`: whether the steps' commands may be run, to find out what a failure came from.
    """

    dataset: str
    candidate: str
    baseline: str | None
    anchor: str | None
    steps: tuple[Step, ...]
    significance: Significance
    source: Source
    judge: Judging | None = None
    replay: bool = False


class MetricName(msgspec.Struct, frozen=True):
    """A metric as a config may name it; `label_class` ones end in a class of the label set (`recall.<class>`).

    `limits` are the values that a bound can sensibly have: 30 for a rate is a slip for 0.30. A `judged` one needs a
    judge.
    """

    name: str
    better: Better
    label_class: bool = False
    gates: tuple[RuleKind, ...] = RULE_KINDS
    limits: tuple[float, float] = (-math.inf, math.inf)
    judged: bool = False


class EvaluatorKind(msgspec.Struct, frozen=True):
    """What a config has to know of an evaluator: its YAML name, its options (a dataclass) and its metrics.

    `judged_options` mean nothing without a judge; `files` are options that name files, relative to the config.
    """

    name: str
    options: type
    metrics: tuple[MetricName, ...]
    judged_options: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
