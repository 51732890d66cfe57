"""What a run found. What cannot be computed is None, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from fieval.model.causes import RootCause
from fieval.model.dataset import Origin, Source
from fieval.model.inside import Inside
from fieval.model.settings import Better, JudgeMode, RuleKind, Severity

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "fieval.report/1"


RuleVerdict = Literal["pass", "fail", "undecided", "unmeasured", "not_gated"]
RunVerdict = Literal["pass", "fail", "invalid", "inconclusive", "unmeasurable", "bug", "interrupted"]


class RuleResult(msgspec.Struct, frozen=True):
    """What became of one rule on one slice.

    `limit` is in the metric's own unit, or a share of the baseline's value (the anchor's, of a drift rule); `margin` is
    what a regression or drift rule tolerates in the metric's own unit. `p_value` is the one that it was judged by:
    corrected where the rule can block, the smallest of a gap's pairs, None where nothing was tested.
    """

    rule: RuleKind
    limit: float
    by: tuple[str | tuple[str, ...], ...]
    severity: Severity
    critical: bool
    waived: str | None
    relative: bool
    verdict: RuleVerdict
    proven: bool
    reason: str
    where: str | None
    margin: float | None = None
    p_value: float | None = None

    @property
    def blocks(self) -> bool:
        """Whether it stops the release: it failed, not merely to warn, and nobody waived it."""
        return self.verdict == "fail" and self.severity == "block" and self.waived is None


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


class JudgeUse(msgspec.Struct, frozen=True):
    """How a judge was used in a run and what that cost, in US dollars where its price is known."""

    mode: JudgeMode
    model: str
    calls: int
    usd: float | None


class JudgeIdentity(msgspec.Struct, frozen=True):
    """Who judged a step: numbers of judges with different fingerprints must not be compared."""

    model: str
    prompt: str
    fingerprint: str


class Provenance(msgspec.Struct, frozen=True):
    """Where a report comes from; the only part of it that may differ between two runs on the same inputs.

    `commands` are those that were run again, by step; `dataset_version` is what the card says, None in reports of
    before that was kept.
    """

    fieval: str
    python: str
    packages: Mapping[str, str]
    started: str
    seconds: float
    dataset: Source
    candidate: Source
    baseline: Source | None
    anchor: Source | None
    config: Source
    judge: JudgeUse | None = None
    commands: Mapping[str, tuple[str, ...]] = {}
    dataset_version: str | None = None


class Score(msgspec.Struct, frozen=True):
    """One metric on one interaction alone. One row of `scores.csv`; `value` is None where it has none."""

    id: str
    system: str
    step: str
    metric: str
    value: float | None
    failed: bool


class Evidence(msgspec.Struct, frozen=True):
    """Why one interaction scored badly in one step. One line of `evidence.jsonl`; `details` holds transcript text.

    `worsening` is by the step's own bar; `metrics` are those with a failed rule that the interaction shows why.
    """

    step: str
    id: str
    baseline_failed: bool | None
    candidate_failed: bool
    worsening: float | None
    details: Mapping[str, Any]
    metrics: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a run and everything that it rests on.

    `dataset` is the name on its card, `alpha` the level that verdicts were reached at, `notes` what is to be said
    besides. `effective_size` is how many equally weighted interactions the dataset is worth where it is weighted to
    production. `normalizers` names, by step, what made texts comparable, with its version: numbers of two versions, or
    with other replacements, must not be compared. `judges` names who judged each step, where a model did.
    """

    schema: str
    verdict: RunVerdict
    exit_code: int
    headline: str
    dataset: str
    alpha: float
    notes: tuple[str, ...]
    root_cause: RootCause | None
    coverage: Mapping[str, Coverage]
    effective_size: float | None
    results: tuple[Result, ...]
    normalizers: Mapping[str, tuple[str, ...]] = {}
    judges: Mapping[str, JudgeIdentity] = {}
    provenance: Provenance

    def to_frame(self) -> pd.DataFrame:
        """The results as a pandas DataFrame, one row per metric and slice, rules left out."""
        import pandas as pd

        rows = [msgspec.to_builtins(result) for result in self.results]
        return pd.DataFrame([{key: value for key, value in row.items() if key != "rules"} for row in rows])


class Run(msgspec.Struct, frozen=True):
    """All that a run found: the report, and what goes into the other files of its folder.

    `scores` are in the order of the dataset; `origins` holds, by id, the spans that the candidate's outputs came from.
    `inside` leads to single interactions, where a run was asked to keep them within reach.
    """

    report: Report
    scores: Iterable[Score]
    evidence: Sequence[Evidence]
    origins: Mapping[str, Origin] = {}
    inside: Inside | None = None
