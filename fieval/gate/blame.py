"""Which explanation speaks for a run, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from fieval import numbers
from fieval.gate.order import in_order
from fieval.gate.words import amount, slice_title
from fieval.model import CARRIES, Explanation, Replayed, Result, RootCause, RuleResult, Share, Step, TracedItems


def by_prominence(results: Sequence[Result], steps: Sequence[Step]) -> list[tuple[Result, RuleResult]]:
    """What stops the release, the earliest step first, and of each step what says most about it."""
    failing = [(result, rule) for result in results for rule in result.rules if rule.blocks]
    place = {name: index for index, name in enumerate(in_order(steps))}
    return sorted(failing, key=lambda pair: (place[pair[0].step], *_prominence(*pair)))


def speaking(explanations: Sequence[Explanation], first: str) -> RootCause:
    """The root cause as the most prominent explanation of the first failed step tells it, else one that blames it."""
    own = [explanation for explanation in explanations if explanation.step == first]
    blaming = [explanation for explanation in explanations if explanation.blamed == first]
    chosen = next(iter([*own, *blaming, *explanations]))
    return RootCause(
        look_at=chosen.blamed or first if own else first,
        blamed=chosen.blamed,
        kind=chosen.kind,
        step=chosen.step,
        metric=chosen.metric,
        slice=chosen.slice,
        statement=chosen.statement,
        explanations=tuple(explanations),
    )


def statement(explanation: Explanation, result: Result) -> str:
    """What happened to one metric and which step before it carries that, as a sentence."""
    where = f" for {slice_title(result.slice)}" if result.slice else ""
    moved = _moved(result)
    if explanation.against == "anchor":
        moved = f"is {amount(result.metric, explanation.worsening)} worse than the anchor's"
    return f"{result.step} {result.metric}{where} {moved}; {carried(explanation)}."


def carried(explanation: Explanation) -> str:
    """What of a worsening comes from or goes with which step before, as the second half of a sentence."""
    if explanation.kind == "replayed" and explanation.blamed is not None:
        return _disappears(explanation, explanation.repaired(explanation.blamed), explanation.blamed)
    if explanation.kind == "traced" and explanation.traced:
        return _looked_up(explanation.traced, explanation.blamed, explanation.metric)
    if not_upstream(explanation):
        return f"no step before it explains this: {_stays(explanation)}"
    return _associated(explanation)


def not_upstream(explanation: Explanation) -> bool:
    """Whether replay has shown of every step before that it is not where most of a worsening came from."""
    return bool(explanation.shares) and all(explanation.acquitted(share.step) for share in explanation.shares)


def _stays(explanation: Explanation) -> str:
    """The largest part that disappears with any step's earlier output, which is certainly less than half."""
    tried = [each for each in explanation.replayed or () if each.repair == explanation.against]
    most = max(tried, key=attrgetter("disappears"))
    bound = "" if len(tried) == 1 else "at most "
    return f"{bound}{_disappears(explanation, most, ' or '.join(each.step for each in tried))}"


def _disappears(explanation: Explanation, found: Replayed | None, steps: str) -> str:
    """`4.9 (2.1 to 6.0) of them disappear when the baseline's asr output is put in`."""
    assert found is not None
    metric = explanation.metric
    amount = numbers.change(metric, found.disappears).removeprefix("+")
    between = f" ({numbers.interval(metric, found.interval)})" if found.interval else ""
    whole = "of them disappear" if numbers.is_share(metric) else "of it disappears"
    return f"{amount}{between} {whole} when the {found.repair}'s {steps} output is put in"


def _associated(explanation: Explanation) -> str:
    unsure = " (an association, as every interaction's input changed; use replay)"
    caution = "" if explanation.controlled or explanation.replayed else unsure
    whole = "of them go" if numbers.is_share(explanation.metric) else "of it goes"
    if explanation.blamed is not None:
        share = next(share for share in explanation.shares if share.step == explanation.blamed)
        return f"{with_interval(explanation.metric, share)} {whole} with worse {share.step}{caution}"
    if jointly := _jointly(explanation):
        together = numbers.change(explanation.metric, explanation.worsening - explanation.own).removeprefix("+")
        return f"{together} {whole} with worse {' and '.join(jointly)} together, with neither for most of it{caution}"
    if not explanation.controlled:
        advice = "nor does replay tell" if explanation.replayed else "use replay"
        return f"whether a step before explains this cannot be told, as every interaction's input changed ({advice})"
    return "no step before it explains this"


def _jointly(explanation: Explanation) -> list[str]:
    """The steps before that carry a worsening together though none does alone."""
    steps = [share.step for share in explanation.shares if share.interval is not None and share.interval[0] > 0]
    enough = len(steps) > 1 and explanation.less_than_half(explanation.own_interval)
    return steps if enough and 0 <= explanation.own <= explanation.worsening else []


def by_itself(explanation: Explanation) -> bool:
    """Whether a step got worse for reasons of its own: what goes with each step before is certainly less than half, and
    interactions whose input did not change got worse as well. A fault that hits every input alike has no slope. Or
    replay has shown it.
    """
    if explanation.blamed is None and not_upstream(explanation):
        return True
    control = explanation.control.worsening if explanation.control else None
    if explanation.blamed is not None or control is None or control < CARRIES * explanation.worsening:
        return False
    return all(explanation.less_than_half(each.interval) for each in explanation.shares)


def with_interval(metric: str, share: Share) -> str:
    """`4.9 (2.1 to 6.0)`, in the unit of the metric's changes."""
    amount = numbers.change(metric, share.share).removeprefix("+")
    return f"{amount} ({numbers.interval(metric, share.interval)})" if share.interval else amount


def _looked_up(traced: Sequence[TracedItems], writer: str | None, metric: str) -> str:
    heard = next(each.items for each in traced if each.step == writer)
    total = sum(each.items for each in traced)
    things = "facts newly left out are missing from" if metric == "fact_recall" else "specifics newly made up stand in"
    return f"{heard} of {total} {things} the transcript of {writer}"


def _moved(result: Result) -> str:
    if result.better == "zero" or result.change is None or result.metric == "missing":
        return f"got worse by {amount(result.metric, result.worsening or 0.0)}"
    return f"{'rose' if result.change > 0 else 'fell'} by {amount(result.metric, result.change)}"


def _prominence(result: Result, rule: RuleResult) -> tuple[bool, bool, bool, float]:
    """Lost answers explain all else; then changes before bounds, the whole before slices, the surest first."""
    p_value = result.p_adjusted if result.p_adjusted is not None else 1.0
    return result.metric != "missing", rule.rule != "max_regression", result.slice is not None, p_value
