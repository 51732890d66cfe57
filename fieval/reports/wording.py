"""Puts findings into words that a release manager understands; numbers come from `numbers`, names are made harmless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieval import numbers
from fieval.model import Coverage, Report, Result, RuleResult, RunVerdict
from fieval.reports.cleaning import one_line, short
from fieval.reports.findings import Fate, Finding, fate, tally
from fieval.reports.titles import plain_subject, slice_title, subject

VERDICTS: Mapping[RunVerdict, str] = {
    "pass": "PASS",
    "fail": "FAIL",
    "inconclusive": "INCONCLUSIVE",
    "invalid": "INVALID",
    "unmeasurable": "UNMEASURABLE",
    "bug": "BUG",
    "interrupted": "INTERRUPTED",
}
CHECKS: Mapping[Fate, str] = {
    "failed": "failed",
    "tolerated": "failed without blocking",
    "undecided": "undecided",
    "unmeasured": "not measured",
    "not_gated": "not gated",
    "passed": "passed",
}
SHOWN_TOGETHER = 6
_FIRST: Sequence[Fate] = ("failed", "unmeasured", "undecided", "tolerated", "passed", "not_gated")  # of one row


@dataclass(frozen=True, slots=True)
class Sentence:
    """One finding in parts, so that a format can stress some: "WER for a=b | rose from … to … | (…) | allowed is …"."""

    subject: str
    movement: str
    evidence: str
    allowed: str
    note: str

    def __str__(self) -> str:
        return f"{self.subject} {self.movement}{self.rest}"

    @property
    def rest(self) -> str:
        """Everything behind subject and movement."""
        evidence = f" ({self.evidence})" if self.evidence else ""
        return f"{evidence}; allowed is {self.allowed}. {self.full_note}".rstrip()

    @property
    def full_note(self) -> str:
        """The note as a sentence of its own, or nothing."""
        return f"{self.note[:1].upper()}{self.note[1:].rstrip('.')}." if self.note else ""


def verdict_line(report: Report) -> str:
    """The verdict and the headline; all that `--quiet` leaves."""
    return f"{VERDICTS[report.verdict]}: {one_line(report.headline)}"


def sentence(finding: Finding, alpha: float) -> Sentence:
    """A finding as a sentence: what moved from where to where, how sure that is, and what is allowed."""
    result = finding.result
    regressions = [rule for rule in finding.rules if rule.rule == "max_regression"]
    moved = _movement(result, value_decimals(finding)) if regressions else _level(result, value_decimals(finding))
    return Sentence(
        subject=subject(result),
        movement=moved,
        evidence=_evidence(result, change_decimals(finding), alpha) if regressions else _before(result),
        allowed=" and ".join(allowed(result, rule) for rule in finding.rules),
        note="; ".join(
            dict.fromkeys(filter(None, (*(_note(result, rule) for rule in finding.rules), _mostly(finding))))
        ),
    )


def allowed(result: Result, rule: RuleResult) -> str:
    """What a rule allows: `+1.0 points`, `no rise`, `at most 20.0%`."""
    metric = result.metric
    if rule.rule in ("max", "min"):
        bound = numbers.value(metric, rule.limit, numbers.decimals(metric, rule.limit, result.candidate))
        signed = " from zero" if result.better == "zero" and rule.rule == "max" else ""
        return f"{'at most' if rule.rule == 'max' else 'at least'} {bound}{signed}"
    if rule.rule == "max_gap":
        return f"{numbers.points(metric, rule.limit).removeprefix('+')} between cohorts"
    if rule.relative:
        return _share_allowed(result, rule)
    return f"{_change_allowed(result, rule)}{' from the anchor' if rule.rule == 'max_drift' else ''}"


def value_decimals(finding: Finding) -> int:
    """How many decimals tell the candidate's value from the bounds that it is held against."""
    bounds = [rule.limit for rule in finding.rules if rule.rule in ("max", "min")]
    return numbers.decimals(finding.result.metric, finding.result.candidate, *bounds)


def change_decimals(finding: Finding) -> int:
    """How many decimals tell the worsening from the margins that it is held against."""
    return max(_change_decimals(finding.result, rule) for rule in finding.rules)


def grouped(rows: Sequence[Finding]) -> Mapping[str, list[str]]:
    """Reasons, each with what it holds for: `{"no baseline yet": ["asr WER", …]}`."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        for rule in row.rules:
            reason = one_line(rule.reason or row.result.reason) or "no reason given"
            reasons.setdefault(reason, []).append(f"{short(row.result.step)} {plain_subject(row.result)}")
    return {reason: list(dict.fromkeys(subjects)) for reason, subjects in reasons.items()}


def together(subjects: Sequence[str]) -> str:
    """Some of the subjects, and how many more there are."""
    rest = len(subjects) - SHOWN_TOGETHER
    return ", ".join([*subjects[:SHOWN_TOGETHER], *([f"and {rest} more"] if rest > 0 else [])])


def counts(report: Report) -> str:
    """One line: how many checks met which fate."""
    found = tally(report)
    if not found:
        return "No checks were made."
    parts = [f"{found[each]} {words}" for each, words in CHECKS.items() if found[each]]
    return f"{numbers.counted(found.total(), 'check')}: {', '.join(parts)}."


def weighting(report: Report) -> str:
    """What weighting to production leaves; nothing where results are not weighted."""
    if report.effective_size is None:
        return ""
    worth = f"{report.effective_size:,.0f} equally weighted interactions"
    return f"Results are weighted to the production mix, which leaves the worth of {worth}."


def coverage(cover: Coverage | None) -> str:
    """What is missing from a step or unknown in it; nothing where all is there."""
    if cover is None or not (cover.candidate_missing or cover.baseline_missing or cover.unknown_labels):
        return ""
    parts = [
        f"{cover.candidate_missing} missing from the candidate" if cover.candidate_missing else "",
        f"{cover.baseline_missing} missing from the baseline" if cover.baseline_missing else "",
        f"{numbers.counted(cover.unknown_labels, 'label')} outside the set" if cover.unknown_labels else "",
    ]
    return f"Of {numbers.counted(cover.applicable, 'interaction')}: {', '.join(filter(None, parts))}."


def verdict(result: Result) -> str:
    """The verdict of a row in one or two words; nothing where it has no rule."""
    own = next((fate(rule) for rule in decisive(result)), None)
    words: Mapping[Fate, str] = {"failed": "FAIL", "passed": "pass", "not_gated": "not gated"}
    return "" if own is None else _tolerated(result) if own == "tolerated" else words.get(own, own)


def decisive(result: Result) -> list[RuleResult]:
    """The rules that the verdict of a row comes from; none where it has no rule."""
    fates = [fate(rule) for rule in result.rules]
    first = next((each for each in _FIRST if each in fates), None)
    return [rule for rule, own in zip(result.rules, fates, strict=True) if own == first]


def how_to_read(alpha: float) -> str:
    """What the columns mean."""
    return (
        "Change is candidate minus baseline, in percentage points where values are percentages, with its "
        f"{numbers.confidence(alpha)} interval, which is not corrected for the number of checks. p is the chance of a "
        "change for the worse at least as large as this one if nothing had become worse; where a rule can block, it is "
        f"corrected (alpha {alpha:g}). A dash means that it was not tested; report.json says why. "
        "A row without a verdict has no rule."
    )


def _share_allowed(result: Result, rule: RuleResult) -> str:
    """`5% of the baseline worse (0.8 points)`."""
    share = f"{100 * rule.limit:g}% of the {'anchor' if rule.rule == 'max_drift' else 'baseline'} worse"
    return share if rule.margin is None else f"{share} ({_amount(result, rule, rule.margin)})"


def _change_allowed(result: Result, rule: RuleResult) -> str:
    if result.better == "zero":
        return f"{_amount(result, rule, rule.limit)} further from zero"
    if rule.limit == 0:
        return "no rise" if result.better == "lower" else "no fall"
    signed = rule.limit if result.better == "lower" else -rule.limit
    return numbers.points(result.metric, signed, _change_decimals(result, rule))


def _amount(result: Result, rule: RuleResult, size: float) -> str:
    return numbers.points(result.metric, size, _change_decimals(result, rule)).removeprefix("+")


def _movement(result: Result, decimals: int) -> str:
    before, after, moved = result.baseline, result.candidate, result.change
    if after is None:
        return "cannot be computed"
    if before is None or moved is None:
        return f"is {numbers.value(result.metric, after, decimals)}, with nothing to compare it to"
    verb = "rose" if moved > 0 else "fell"
    decimals = max(decimals, numbers.decimals(result.metric, before, after))
    low, high = numbers.value(result.metric, before, decimals), numbers.value(result.metric, after, decimals)
    return f"stayed at {high}" if moved == 0 else f"{verb} from {low} to {high}"


def _level(result: Result, decimals: int) -> str:
    if result.candidate is None:
        return "cannot be computed"
    return f"is {numbers.value(result.metric, result.candidate, decimals)}"


def _before(result: Result) -> str:
    return "" if result.baseline is None else f"baseline {numbers.value(result.metric, result.baseline)}"


def _evidence(result: Result, decimals: int, alpha: float) -> str:
    if result.change is None:
        return ""
    bounds = numbers.interval(result.metric, result.interval, decimals)
    p = result.p_value if result.p_adjusted is None else result.p_adjusted
    parts = [
        numbers.points(result.metric, result.change, decimals),
        _worsening(result, decimals),
        f"{numbers.confidence(alpha)} interval {bounds}" if result.interval else "",
        "" if p is None else numbers.p_phrase(p),
    ]
    return ", ".join(filter(None, parts))


def _worsening(result: Result, decimals: int) -> str:
    """Said only where the worsening is not simply the change or its opposite (signed and counted metrics)."""
    if result.worsening is None or result.change is None or abs(abs(result.worsening) - abs(result.change)) < 1e-9:
        return ""
    size = numbers.points(result.metric, abs(result.worsening), decimals).removeprefix("+")
    directions = ("further from zero", "nearer to zero") if result.better == "zero" else ("worse", "better")
    return f"{size} {directions[result.worsening < 0]}"


def _change_decimals(result: Result, rule: RuleResult) -> int:
    if rule.rule not in ("max_regression", "max_drift"):
        return numbers.decimals(result.metric, 0.0)
    worsening = None if result.worsening is None else abs(result.worsening)
    return numbers.decimals(result.metric, worsening, rule.limit if rule.margin is None else rule.margin)


def _mostly(finding: Finding) -> str:
    """Where most of a worsening is, though nobody asked for a test there."""
    whole, part = finding.result, finding.mostly
    if part is None or part.change is None or part.worsening is None or whole.worsening is None:
        return ""
    words = "most of it" if part.n * part.worsening >= whole.n * whole.worsening / 2 else "largest"
    decimals = numbers.decimals(part.metric, 0.0)
    moved = ", ".join(filter(None, [numbers.points(part.metric, part.change), _worsening(part, decimals)]))
    tested = verdict(part) or ("not tested" if part.p_value is None else "no rule on it")
    return f"{words} for {slice_title(part.slice)}: {moved}, n = {part.n}, {tested}"


def _note(result: Result, rule: RuleResult) -> str:
    told = [one_line(rule.reason or (result.reason if result.candidate is None else ""))]
    if rule.rule == "max_drift" and rule.p_value is not None:
        told.append(numbers.p_phrase(rule.p_value))  # the row's own p is of the change against the baseline
    if rule.verdict == "fail" and rule.waived is not None:
        told.append(f"waived: {one_line(rule.waived)}")
    if rule.verdict == "fail" and rule.severity == "warn":
        told.append("this rule only warns")
    return "; ".join(filter(None, told))


def _tolerated(result: Result) -> str:
    return "waived" if any(rule.verdict == "fail" and rule.waived is not None for rule in result.rules) else "warn"
