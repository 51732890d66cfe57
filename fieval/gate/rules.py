"""The verdict of one rule on one cell; pure, and the only place where a threshold meets a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fieval import numbers
from fieval.gate.cells import NO_BASELINE, Cell
from fieval.gate.gaps import Gap, gap_verdict
from fieval.gate.words import TOLERANCE, Verdict, amount
from fieval.model import Rule, RuleResult, Significance
from fieval.statistics.sums import Floats

NO_SHARE = "a share of a baseline that is not above 0 means nothing"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule on one cell. `measured` is what it is judged by: that cell, the anchor's, or a gap between cohorts."""

    rule: Rule
    cell: Cell
    measured: Cell | Gap


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One test of a check: its studentised worsening, what makes the same under no change `[halves]`, its plain p."""

    z: float
    null: Callable[[], Floats]
    p_value: float


def hypotheses(check: Check) -> list[Hypothesis]:
    """The tests of a check that are corrected for those of all others; none where it does not block or is untested."""
    rule, measured, metric = check.rule, check.measured, check.cell.metric
    if rule.severity != "block" or rule.kind in ("max", "min") or metric.unmeasured or metric.ungated:
        return []
    if isinstance(measured, Gap):
        return [Hypothesis(pair.z, pair.null, pair.p_value) for pair in measured.pairs]
    test = measured.comparison.test
    null = test.null
    if measured.few_pairs or measured.incomparable or measured.unchanged or test.z is None or null is None:
        return []
    return [Hypothesis(test.z, lambda: null, test.p_value or 0.0)]


def judge(check: Check, adjusted: Sequence[float], significance: Significance) -> RuleResult:
    """The verdict on one check. `adjusted` holds the corrected p-values of its hypotheses."""
    rule, verdict = check.rule, _verdict(check, adjusted, significance)
    return RuleResult(
        rule=rule.kind,
        limit=rule.limit,
        relative=rule.relative,
        by=tuple(crossing[0] if len(crossing) == 1 else crossing for crossing in rule.by),
        severity=rule.severity,
        critical=rule.critical,
        waived=None if rule.waived is None else str(rule.waived),
        verdict=verdict.verdict,
        proven=verdict.proven,
        reason=verdict.reason,
        where=None if rule.place is None else str(rule.place),
        margin=_margin(check),
        p_value=min(adjusted or _plain(check), default=None),
    )


def _margin(check: Check) -> float | None:
    """What is tolerated, where that is a worsening and can be told."""
    if isinstance(check.measured, Gap) or check.rule.kind in ("max", "min"):
        return None
    margin = margin_of(check.rule, check.measured)
    return None if shareless(check.rule, check.measured) or not math.isfinite(margin) else margin


def _plain(check: Check) -> list[float]:
    """The p-values of a check that is not corrected for others, since it does not block."""
    if isinstance(check.measured, Gap):
        return [pair.p_value for pair in check.measured.pairs]
    p_value = check.measured.comparison.test.p_value
    return [] if p_value is None or check.rule.kind in ("max", "min") else [p_value]


def _verdict(check: Check, adjusted: Sequence[float], significance: Significance) -> Verdict:
    rule, measured, metric = check.rule, check.measured, check.cell.metric
    if metric.unmeasured:
        return Verdict("unmeasured", metric.unmeasured)
    if metric.ungated:
        return Verdict("not_gated", metric.ungated)
    if isinstance(measured, Gap):
        return gap_verdict(rule, check.cell.metric.name, measured, adjusted, significance)
    if rule.kind in ("max", "min"):
        return _bound(rule, measured)
    verdict = _regression(rule, measured, adjusted[0] if adjusted else None, significance)
    drift = _drifted(measured) if rule.kind == "max_drift" else ""
    return replace(verdict, reason="; ".join(filter(None, (drift, verdict.reason))))


def leaves_open(rule: RuleResult, significance: Significance, *, whole: bool) -> bool:
    """Whether this alone would end a run inconclusive: unmeasured, or unproven where nothing short of proof passes."""
    unproven = rule.verdict == "undecided" and significance.require_proof and (whole or rule.critical)
    return rule.severity == "block" and (rule.verdict == "unmeasured" or unproven)


def _like_the_whole(rule: Rule, cell: Cell) -> bool:
    """Whether size is no excuse: the whole, and the slices of a critical rule."""
    return cell.slice.whole or rule.critical


def _bound(rule: Rule, cell: Cell) -> Verdict:
    value = cell.comparison.candidate
    if cell.small and not _like_the_whole(rule, cell):
        return Verdict("not_gated", cell.small)
    if math.isnan(value):
        return _undefined(cell, because_of_candidate=cell.metric.undefined_because == "system")
    if cell.metric.better == "zero" and rule.kind == "max":
        value = abs(value)
    beyond = value > rule.limit + TOLERANCE if rule.kind == "max" else value < rule.limit - TOLERANCE
    return Verdict("fail" if beyond else "pass")


def _regression(rule: Rule, cell: Cell, p_adjusted: float | None, significance: Significance) -> Verdict:
    small = cell.few_pairs if cell.incomparable != NO_BASELINE else cell.small
    if small and not _like_the_whole(rule, cell):
        return Verdict("not_gated", small)
    if cell.incomparable:
        return Verdict("unmeasured", cell.incomparable)
    if cell.unchanged:
        return Verdict("pass", "unchanged", proven=True)
    if cell.few_pairs and not cell.metric.counted:
        return Verdict("unmeasured", cell.few_pairs)
    if math.isnan(cell.comparison.worsening):
        return _undefined(cell, because_of_candidate=_candidate_lost_it(cell))
    if shareless(rule, cell):
        return Verdict("unmeasured", NO_SHARE)
    if cell.comparison.worsening <= margin_of(rule, cell) + TOLERANCE:
        return _within(rule, cell, significance)
    return _exceeding(rule, cell, p_adjusted, significance)


def shareless(rule: Rule, cell: Cell) -> bool:
    """Whether a share of the baseline's value means nothing: it is not above 0 (or is 0, of a signed metric)."""
    baseline = cell.comparison.baseline
    return rule.relative and (abs(baseline) if cell.metric.better == "zero" else baseline) <= 0


def margin_of(rule: Rule, cell: Cell) -> float:
    """What a rule tolerates here, in the metric's own unit."""
    return rule.limit * abs(cell.comparison.baseline) if rule.relative else rule.limit


def _within(rule: Rule, cell: Cell, significance: Significance) -> Verdict:
    if cell.metric.counted or _is_proven(rule, cell, significance):
        return Verdict("pass", proven=True)
    if not significance.require_proof:
        return Verdict("pass")
    why = _not_proven(rule, cell, significance)
    if _like_the_whole(rule, cell):
        return Verdict("undecided", why)
    return Verdict("pass", f"underpowered: {why}")


def _is_proven(rule: Rule, cell: Cell, significance: Significance) -> bool:
    test = cell.comparison.test
    if rule.relative:
        beyond = test.upper_beyond(rule.limit, significance.alpha)
        return beyond is not None and beyond < 0
    return test.upper is not None and test.upper < rule.limit


def _exceeding(rule: Rule, cell: Cell, p_adjusted: float | None, significance: Significance) -> Verdict:
    if cell.metric.counted:
        return Verdict("fail", "the baseline answered where the candidate did not")
    p_value = cell.comparison.test.p_value if p_adjusted is None else p_adjusted
    if p_value is None:  # a guard took the test away; on the whole that must not let anything through
        return Verdict("unmeasured" if _like_the_whole(rule, cell) else "undecided", cell.comparison.test.lacking)
    if p_value < significance.alpha:
        return Verdict("fail")
    return Verdict("undecided", f"chance may explain it{_needed(rule, cell, significance)}")


def _drifted(cell: Cell) -> str:
    """How far the candidate is from the anchor, which the row itself does not show."""
    if math.isnan(cell.comparison.change):
        return ""
    name, before = cell.metric.name, cell.comparison.baseline
    return f"against the anchor: {numbers.points(name, cell.comparison.change)} from {numbers.value(name, before)}"


def _not_proven(rule: Rule, cell: Cell, significance: Significance) -> str:
    margin = amount(cell.metric.name, margin_of(rule, cell))
    lacking = cell.comparison.test.lacking
    if lacking:
        return f"not proven to stay within {margin}: {lacking}"
    interactions = cell.comparison.needed(margin_of(rule, cell), significance.alpha)
    enough = f"; about {interactions:,} interactions would be enough if nothing changed" if interactions else ""
    return f"not proven to stay within {margin}{enough}"


def _needed(rule: Rule, cell: Cell, significance: Significance) -> str:
    interactions = cell.comparison.needed(margin_of(rule, cell), significance.alpha)
    if interactions is None:
        return ""
    groups = math.ceil(interactions * cell.comparison.paired_groups / max(1, cell.comparison.pairs))
    grouped = f" in {groups:,} groups" if groups != interactions else ""
    margin = amount(cell.metric.name, margin_of(rule, cell))
    return f"; about {interactions:,} interactions{grouped} would show whether it stays within {margin}"


def _candidate_lost_it(cell: Cell) -> bool:
    """Whether a change is undefined because of the candidate rather than gold or the baseline."""
    candidate, baseline = cell.comparison.candidate, cell.comparison.baseline
    return math.isnan(candidate) and (cell.metric.undefined_because == "system" or not math.isnan(baseline))


def _undefined(cell: Cell, *, because_of_candidate: bool) -> Verdict:
    if cell.incomparable and cell.metric.name == "worse_rate":
        return Verdict("unmeasured", cell.incomparable)
    if because_of_candidate:
        return Verdict("fail", f"the candidate's outputs do not allow to compute {cell.metric.name}")
    whose = "gold labels" if math.isnan(cell.comparison.candidate) else "baseline"
    return Verdict("unmeasured", f"the {whose} here do not allow to compute {cell.metric.name}")
