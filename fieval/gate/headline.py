"""One sentence for a release manager."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fieval import numbers
from fieval.errors import ExitCode
from fieval.gate.blame import by_itself, by_prominence, carried
from fieval.gate.cells import NO_BASELINE
from fieval.gate.words import amount, slice_title
from fieval.model import Coverage, Explanation, Result, RootCause, RuleResult, Step

NO_BASELINE_YET = f"Not decided: {NO_BASELINE}. If this candidate is right, fieval bless RUN makes it the baseline."

_OTHERWISE = {
    "fail": "failed without blocking",
    "undecided": "undecided",
    "unmeasured": "not measured",
    "not_gated": "not gated",
}


def headline(
    results: Sequence[Result],
    steps: Sequence[Step],
    coverage: Mapping[str, Coverage],
    code: ExitCode,
    cause: RootCause | None = None,
) -> str:
    """What happened, and where to look first."""
    if code is ExitCode.FAIL:
        return _failed(results, steps, coverage, cause)
    if code is ExitCode.INCONCLUSIVE:
        return _inconclusive(results)
    return _passed(results)


def _failed(
    results: Sequence[Result], steps: Sequence[Step], coverage: Mapping[str, Coverage], cause: RootCause | None
) -> str:
    failing = by_prominence(results, steps)
    result, rule = failing[0]
    names = list(dict.fromkeys(each.step for each, _ in failing))
    first = [(each, rule) for each, rule in failing if each.step == names[0]]
    look_at = cause.look_at if cause else names[0]
    others = f" Also failing: {', '.join(_besides_it(cause, name) for name in names[1:])}." if names[1:] else ""
    what = _what(result, rule)
    subject = f"{names[0]} broke: {what}" if look_at == names[0] else f"{names[0]} {what.removeprefix('it ')}"
    told = f"{subject}{_because(cause, result, rule)}.{_strange(coverage.get(names[0]))}"
    return f"{told}{_where_most(result, first)}{others}{_besides(cause, result)} Look at {look_at} first."


def _because(cause: RootCause | None, result: Result, rule: RuleResult) -> str:
    """Which step before carries what the headline tells, where there are steps before."""
    against = "anchor" if rule.rule == "max_drift" else "baseline"
    own = [each for each in cause.explanations if _same(each, result) and each.against == against] if cause else []
    return f"; {carried(own[0])}" if own else ""


def _besides_it(cause: RootCause | None, step: str) -> str:
    """A step that fails, too, and whether for reasons of its own."""
    own = [each for each in cause.explanations if each.step == step] if cause else []
    alone = any(map(by_itself, own)) and not any(each.blamed for each in own)
    return f"{step} (no step before it explains that)" if alone else step


def _besides(cause: RootCause | None, result: Result) -> str:
    """What else goes with the step to look at, where the headline tells something else."""
    return "" if cause is None or cause.blamed is None or _same(cause, result) else f" {cause.statement}"


def _same(cause: RootCause | Explanation, result: Result) -> bool:
    return (cause.step, cause.metric, cause.slice) == (result.step, result.metric, result.slice)


def _strange(cover: Coverage | None) -> str:
    """A label set that was renamed looks like a model that fails; so say it."""
    if cover is None or not cover.unknown_labels:
        return ""
    return f" {cover.unknown_labels} of its {cover.applicable} labels are not in the dataset's set."


def _what(result: Result, rule: RuleResult) -> str:
    name, subject = result.metric, f"{result.metric} for {slice_title(result.slice)}" if result.slice else result.metric
    if name == "missing" and rule.rule == "max_regression" and result.worsening is not None:
        lost = round(result.worsening * result.n)
        return f"it gave no answer on {lost} of {result.n} interactions that the baseline answered"
    if rule.rule != "max_regression" or result.change is None or rule.reason:
        return f"{subject} is {numbers.value(name, result.candidate)}, {_allowed(result, rule)}"
    moved = "rose" if result.change > 0 else "fell"
    p_value = result.p_adjusted if result.p_adjusted is not None else result.p_value
    sure = f", {numbers.p_phrase(p_value)}" if p_value is not None else ""
    before, after = numbers.value(name, result.baseline), numbers.value(name, result.candidate)
    return f"{subject} {moved} by {amount(name, result.change)} from {before} to {after}{sure}"


def _allowed(result: Result, rule: RuleResult) -> str:
    if rule.rule in ("max", "min"):
        return f"{rule.rule} is {numbers.value(result.metric, rule.limit)}"
    return rule.reason or f"allowed is {amount(result.metric, rule.limit)} worse"


def _where_most(shown: Result, failing: Iterable[tuple[Result, RuleResult]]) -> str:
    """The failing slice of the same metric that worsened most, where the whole is shown."""
    slices = [
        result
        for result, rule in failing
        if result.slice and result.metric == shown.metric and rule.rule == "max_regression" and result.worsening
    ]
    if shown.slice or not slices:
        return ""
    most = max(slices, key=lambda result: result.worsening or 0.0)
    return f" It is worst for {slice_title(most.slice)}, by {amount(most.metric, most.worsening or 0.0)}."


def _inconclusive(results: Sequence[Result]) -> str:
    for verdict in ("unmeasured", "undecided"):
        for result in results:
            for rule in result.rules:
                if rule.verdict == verdict and rule.severity == "block" and rule.reason == NO_BASELINE:
                    return NO_BASELINE_YET
                if rule.verdict == verdict and rule.severity == "block":
                    where = f" for {slice_title(result.slice)}" if result.slice else ""
                    return f"Not decided: {result.step} {result.metric}{where}: {rule.reason}."
    reasons = [rule.reason for result in results for rule in result.rules if rule.verdict == "not_gated"]
    return f"Not decided: no rule could be gated; {reasons[0] if reasons else 'there is none'}."


def _passed(results: Sequence[Result]) -> str:
    verdicts = [rule.verdict for result in results for rule in result.rules]
    counts = [f"{verdicts.count(verdict)} {words}" for verdict, words in _OTHERWISE.items() if verdict in verdicts]
    same = "The candidate's outputs are the baseline's. " if _all_unchanged(results) else ""
    passed = f"{verdicts.count('pass')} of {len(verdicts)} checks pass"
    return f"{same}{', '.join([passed, *counts])}; nothing blocks this release."


def _all_unchanged(results: Sequence[Result]) -> bool:
    return all(
        result.reason == "unchanged" for result in results if result.slice is None and result.candidate is not None
    )
