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
Crossing = tuple[str, ...]  # cohorts whose values are combined; of length 1 for a plain cohort

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
    values of the interactions that count.
    """

    name: str
    evaluator: str
    options: Mapping[str, Any]
    after: tuple[str, ...]
    gates: Mapping[str, tuple[Rule, ...]]
    where: Mapping[str, str] = {}
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
    anchor: str | None
    steps: tuple[Step, ...]
    significance: Significance
    source: Source


class MetricName(msgspec.Struct, frozen=True):
    """A metric as a config may name it; `label_class` ones end in a class of the label set (`recall.<class>`).

    `limits` are the values that a bound can sensibly have: 30 for a rate is a slip for 0.30.
    """

    name: str
    better: Better
    label_class: bool = False
    gates: tuple[RuleKind, ...] = RULE_KINDS
    limits: tuple[float, float] = (-math.inf, math.inf)


class EvaluatorKind(msgspec.Struct, frozen=True):
    """What a config has to know of an evaluator: its YAML name, its options (a dataclass) and its metrics."""

    name: str
    options: type
    metrics: tuple[MetricName, ...]
