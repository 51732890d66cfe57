"""One sentence for a release manager."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fieval import numbers
from fieval.errors import ExitCode
from fieval.model import Coverage, Result, RuleResult, Step

_OTHERWISE = {
    "fail": "failed without blocking",
    "undecided": "undecided",
    "unmeasured": "not measured",
    "not_gated": "too small to gate",
}


def headline(results: Sequence[Result], steps: Sequence[Step], coverage: Mapping[str, Coverage], code: ExitCode) -> str:
    """What happened, and where to look first."""
    if code is ExitCode.FAIL:
        return _failed(results, steps, coverage)
    if code is ExitCode.INCONCLUSIVE:
        return _inconclusive(results)
    return _passed(results)


def in_order(steps: Sequence[Step]) -> list[str]:
    """Step names so that each comes after those that it feeds on, else in the order of the config."""
    ordered: list[str] = []
    waiting = list(steps)
    while waiting:
        step = next(step for step in waiting if set(step.after) <= set(ordered))
        ordered.append(step.name)
        waiting.remove(step)
    return ordered


def _failed(results: Sequence[Result], steps: Sequence[Step], coverage: Mapping[str, Coverage]) -> str:
    failing = [(result, rule) for result in results for rule in result.rules if _blocks(rule)]
    names = [name for name in in_order(steps) if any(result.step == name for result, _ in failing)]
    first = [(result, rule) for result, rule in failing if result.step == names[0]]
    result, rule = min(first, key=lambda pair: _prominence(*pair))
    others = f" Also failing: {', '.join(names[1:])}." if names[1:] else ""
    told = f"{_what(result, rule)}.{_strange(coverage.get(names[0]))}{_where_most(result, first)}"
    return f"{names[0]} broke: {told}{others} Look at {names[0]} first."


def _strange(cover: Coverage | None) -> str:
    """A label set that was renamed looks like a model that fails; so say it."""
    if cover is None or not cover.unknown_labels:
        return ""
    return f" {cover.unknown_labels} of its {cover.applicable} labels are not in the dataset's set."


def _blocks(rule: RuleResult) -> bool:
    return rule.verdict == "fail" and rule.severity == "block" and rule.waived is None


def _prominence(result: Result, rule: RuleResult) -> tuple[bool, bool, bool, float]:
    """Lost answers explain all else; then changes before bounds, the whole before slices, the surest first."""
    p_value = result.p_adjusted if result.p_adjusted is not None else 1.0
    return result.metric != "missing", rule.rule != "max_regression", result.slice is not None, p_value


def _what(result: Result, rule: RuleResult) -> str:
    name, subject = result.metric, f"{result.metric} for {_slice(result)}" if result.slice else result.metric
    if name == "missing" and rule.rule == "max_regression" and result.worsening is not None:
        lost = round(result.worsening * result.n)
        return f"it gave no answer on {lost} of {result.n} interactions that the baseline answered"
    if rule.rule != "max_regression" or result.change is None or rule.reason:
        return f"{subject} is {numbers.value(name, result.candidate)}, {_allowed(result, rule)}"
    moved = "rose" if result.change > 0 else "fell"
    p_value = result.p_adjusted if result.p_adjusted is not None else result.p_value
    sure = f", {numbers.p_phrase(p_value)}" if p_value is not None else ""
    before, after = numbers.value(name, result.baseline), numbers.value(name, result.candidate)
    return f"{subject} {moved} by {_amount(name, result.change)} from {before} to {after}{sure}"


def _allowed(result: Result, rule: RuleResult) -> str:
    if rule.rule != "max_regression":
        return f"{rule.rule} is {numbers.value(result.metric, rule.limit)}"
    return rule.reason or f"allowed is {_amount(result.metric, rule.limit)} worse"


def _amount(metric: str, change: float) -> str:
    return numbers.points(metric, abs(change)).removeprefix("+")


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
    return f" It is worst for {_slice(most)}, by {_amount(most.metric, most.worsening or 0.0)}."


def _inconclusive(results: Sequence[Result]) -> str:
    for verdict in ("unmeasured", "undecided"):
        for result in results:
            for rule in result.rules:
                if rule.verdict == verdict and rule.severity == "block":
                    where = f" for {_slice(result)}" if result.slice else ""
                    return f"Not decided: {result.step} {result.metric}{where}: {rule.reason}."
    return "Not decided: no rule could be gated; every slice is too small."


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


def _slice(result: Result) -> str:
    return ", ".join(f"{cohort}={value}" for cohort, value in (result.slice or {}).items())
