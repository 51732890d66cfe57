"""What `fieval calibrate` finds. What cannot be computed is None, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieval.judge.records import JudgeRecord
from fieval.statistics.human import Annotators, Estimate


@dataclass(frozen=True, slots=True)
class LabelSystem:
    """How one system's label agrees with gold; `with_people` is its agreement with single annotators, where several
    judged. `missing` gave no label, `outside` one that is not in the label set.
    """

    system: str
    n: int
    missing: int
    outside: int
    accuracy: Estimate
    kappa: Estimate
    with_people: Estimate


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of gold (rows) against predicted values (columns), which end in missing and outside the set."""

    system: str
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class CohortAgreement:
    """One system's agreement with gold within a cohort value."""

    system: str
    cohort: str
    value: str
    n: int
    accuracy: float | None
    kappa: float | None


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """The predictions whose confidence is from `low` to `high`: how sure they are, and how often they are right."""

    system: str
    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class LabelShare:
    """How often people gave a value, how often each system does, and its share in production where the card says."""

    value: str
    gold: float
    candidate: float
    baseline: float | None
    population: float | None


@dataclass(frozen=True, slots=True)
class LabelCalibration:
    """One label, as systems and people give it; `where` holds the cohort values that the steps look at alone."""

    label: str
    steps: tuple[str, ...]
    where: Mapping[str, str]
    n: int
    systems: tuple[LabelSystem, ...]
    people: Annotators | None
    confusions: tuple[Confusion, ...]
    cohorts: tuple[CohortAgreement, ...]
    bins: tuple[ConfidenceBin, ...]
    shares: tuple[LabelShare, ...]


@dataclass(frozen=True, slots=True)
class ScoreSystem:
    """How one system's score agrees with gold; `bias` and `mae` are in the score's own unit."""

    system: str
    n: int
    missing: int
    spearman: Estimate
    pearson: Estimate
    bias: Estimate
    mae: Estimate


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """One score, as systems and people give it; `where` holds the cohort values that the steps look at alone."""

    score: str
    steps: tuple[str, ...]
    where: Mapping[str, str]
    n: int
    systems: tuple[ScoreSystem, ...]
    people: Annotators | None


@dataclass(frozen=True, slots=True)
class JudgeCohort:
    """A judge's agreement with people on `n` of their verdicts, within a cohort value."""

    cohort: str
    value: str
    n: int
    sensitivity: float | None
    specificity: float | None


@dataclass(frozen=True, slots=True)
class JudgeCalibration:
    """A judge against people on one metric of one step; `lacking` says why its verdicts may not gate, or is empty."""

    record: JudgeRecord
    cohorts: tuple[JudgeCohort, ...]
    lacking: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """Every label and score that a step of the config uses, and every metric that a judge measures for one; `notes` say
    what the numbers cannot.
    """

    labels: tuple[LabelCalibration, ...]
    scores: tuple[ScoreCalibration, ...]
    notes: tuple[str, ...]
    alpha: float
    judges: tuple[JudgeCalibration, ...] = ()
