"""What a run found. What cannot be computed is None, never 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from fieval.model.dataset import Source
from fieval.model.settings import Better, RuleKind, Severity

if TYPE_CHECKING:
    import pandas as pd

RuleVerdict = Literal["pass", "fail", "undecided", "unmeasured", "not_gated"]
RunVerdict = Literal["pass", "fail", "invalid", "inconclusive", "unmeasurable", "bug", "interrupted"]


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
