"""What a run found. What cannot be computed is None, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from fieval.model.dataset import Origin, Source
from fieval.model.settings import Better, JudgeMode, RuleKind, Severity

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "fieval.report/1"

CARRIES = 0.5  # of a worsening, at least, to be blamed for it

Against = Literal["baseline", "anchor"]
Repair = Literal["baseline", "anchor", "gold"]
Evidenced = Literal["traced", "associated", "replayed", "none"]
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


class Share(msgspec.Struct, frozen=True):
    """How much of a worsening goes with the worsening of one step before; `failed`: that step has a failed rule too."""

    step: str
    share: float
    interval: tuple[float, float] | None
    failed: bool


class Control(msgspec.Struct, frozen=True):
    """The interactions for which no step before changed: how many there are, and by how much they got worse."""

    n: int
    worsening: float | None


class TracedItems(msgspec.Struct, frozen=True):
    """Specifics newly made up, or facts newly left out, that one step is the origin of, less those that it mended.

    `ids` names some of the interactions.
    """

    step: str
    items: int
    ids: tuple[str, ...]


class Replayed(msgspec.Struct, frozen=True):
    """What became of a worsening when the steps behind one `step` ran again on another output of that.

    `repair` says whose output was put in; `disappears` (with its interval) and `remains` add up to the worsening.
    `reran` interactions were changed by that and run again; `unsteady` is the share of those that were checked for
    which the commands, on the candidate's own inputs, do not give what the candidate has. What disappears is held
    against what they do give. Two parts of what remains tell nothing of the step: `unreproduced` goes away when the
    commands merely run again, `dropped` lies on interactions that the candidate has no output for.
    """

    step: str
    repair: Repair
    disappears: float
    interval: tuple[float, float] | None
    remains: float
    reran: int
    unsteady: float
    unreproduced: float = 0.0
    dropped: float = 0.0

    @property
    def untold(self) -> float:
        """How much of the worsening could be the step's though it did not disappear."""
        return max(0.0, self.unreproduced) + max(0.0, self.dropped)


class Explanation(msgspec.Struct, frozen=True):
    """Where the worsening of one failed row came from.

    `worsening` is `against` the baseline, or the anchor; `shares` and `own` add up to it. `kind` is the evidence that
    `blamed` rests on, or `none`. `controlled`: in some interactions no step before changed. `traced` is None where
    nothing can be looked up, `replayed` where nothing was run again. `upstream_failed` are all steps before it, near
    and far, that have a failed rule.
    """

    step: str
    metric: str
    slice: Mapping[str, str] | None
    against: Against
    worsening: float
    kind: Evidenced
    blamed: str | None
    shares: tuple[Share, ...]
    own: float
    own_interval: tuple[float, float] | None
    control: Control | None
    controlled: bool
    traced: tuple[TracedItems, ...] | None
    upstream_failed: tuple[str, ...]
    statement: str
    replayed: tuple[Replayed, ...] | None = None

    def less_than_half(self, bounds: tuple[float, float] | None) -> bool:
        """Whether what has these bounds is certainly too small a part of the worsening to be blamed for it."""
        return bounds is not None and bounds[1] < CARRIES * self.worsening

    def repaired(self, step: str) -> Replayed | None:
        """What became of it when the earlier output of a step before was put in; None where that was not tried."""
        return next((each for each in self.replayed or () if (each.step, each.repair) == (step, self.against)), None)

    def acquitted(self, step: str) -> bool:
        """Whether most of it certainly stays when the earlier output of a step before is put in, as far as all of it
        could be run again.
        """
        found = self.repaired(step)
        if found is None or found.interval is None:
            return False
        return self.less_than_half((found.interval[0], found.interval[1] + found.untold))


class RootCause(msgspec.Struct, frozen=True):
    """Which step to look at first, and why: the explanation that speaks for the run, and those of all failed rows.

    `blamed` is a step before the failed `step` that carries at least half of its worsening, or None.
    """

    look_at: str
    blamed: str | None
    kind: Evidenced
    step: str
    metric: str
    slice: Mapping[str, str] | None
    statement: str
    explanations: tuple[Explanation, ...]


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

    `commands` are those that were run again, by step.
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
    """

    report: Report
    scores: Iterable[Score]
    evidence: Sequence[Evidence]
    origins: Mapping[str, Origin] = {}
