"""Every verdict that one rule can give, on hand-made cells."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from fieval.gate.cells import NO_BASELINE, Cell
from fieval.gate.rules import Check, hypotheses
from fieval.gate.rules import judge as judge_check
from fieval.gate.slices import Slice
from fieval.model import Rule, RuleResult, Significance
from fieval.statistics.compare import Comparison
from fieval.statistics.inference import Inference
from fieval.statistics.sums import Metric

from tables import WER

SIGNIFICANCE = Significance()
PROOF = Significance(require_proof=True)
TEST = Inference(interval=(0.01, 0.03), upper=0.03, p_value=0.001, standard_error=0.01, z=3.0, null=np.zeros(9))
WHOLE = Slice((), np.ones(1, dtype=bool))
SPANISH = Slice((("language", "es"),), np.ones(1, dtype=bool))
KNOWN_TO_SYSTEM = replace(WER, undefined_because="system")
COUNTED = replace(WER, counted=True)


def cell(
    candidate: float = 0.12,
    baseline: float = 0.10,
    part: Slice = WHOLE,
    metric: Metric = WER,
    test: Inference = TEST,
    **more: str,
) -> Cell:
    change = candidate - baseline
    compared = Comparison(100, 80, 100, 80, baseline, candidate, change, metric.worse_sign * change, test)
    made = Cell("asr", metric, part, compared, small="", few_pairs="", incomparable="", unchanged=False)
    return replace(made, **more)  # type: ignore[arg-type]


def judge(rule: Rule, made: Cell, p_adjusted: float | None, significance: Significance) -> RuleResult:
    return judge_check(Check(rule, made, made), [] if p_adjusted is None else [p_adjusted], significance)


def in_family(rule: Rule, made: Cell) -> bool:
    return bool(hypotheses(Check(rule, made, made)))


def regression(limit: float, **more: bool) -> Rule:
    return Rule("max_regression", limit, **more)  # type: ignore[arg-type]


BOUNDS = [
    ("pass", Rule("max", 0.12), cell()),
    ("fail", Rule("max", 0.11), cell()),
    ("pass", Rule("max", 0.12 - 5e-10), cell()),
    ("fail", Rule("min", 0.13), cell()),
    ("pass", Rule("min", 0.12), cell()),
    ("unmeasured", Rule("max", 0.11), cell(candidate=nan)),
    ("fail", Rule("max", 0.11), cell(candidate=nan, metric=KNOWN_TO_SYSTEM)),
    ("not_gated", Rule("max", 0.11), cell(part=SPANISH, small="5 interactions")),
    ("fail", Rule("max", 0.11), cell(small="5 interactions")),
    ("fail", Rule("max", 0.11), cell(unchanged=True)),  # type: ignore[arg-type]
    ("fail", Rule("max", 0.11), cell(incomparable="no baseline yet")),
]
LOST = Inference(lacking="only 4 groups differ")
REGRESSIONS = [
    ("pass", 0.02, cell(), 0.001),
    ("fail", 0.01, cell(), 0.001),
    ("fail", 0.01, cell(), 0.049),
    ("undecided", 0.01, cell(), 0.05),
    ("unmeasured", 0.01, cell(test=LOST), None),
    ("undecided", 0.01, cell(part=SPANISH, test=LOST), None),
    ("pass", 0.02, cell(test=LOST), None),
    ("pass", 0.0, cell(unchanged=True), None),  # type: ignore[arg-type]
    ("unmeasured", 0.01, cell(incomparable="no baseline yet", unchanged=True), None),  # type: ignore[arg-type]
    ("unmeasured", 0.01, cell(few_pairs="5 interactions"), None),
    ("not_gated", 0.01, cell(part=SPANISH, few_pairs="5 interactions"), None),
    ("not_gated", 0.01, cell(part=SPANISH, few_pairs="5 interactions", incomparable="no baseline yet"), None),
    ("unmeasured", 0.01, cell(part=SPANISH, few_pairs="0 interactions", incomparable=NO_BASELINE), None),
    ("not_gated", 0.01, cell(part=SPANISH, small="5 interactions", incomparable=NO_BASELINE), None),
    ("fail", 0.01, cell(candidate=nan), None),
    ("unmeasured", 0.01, cell(baseline=nan), None),
    ("unmeasured", 0.01, cell(candidate=nan, baseline=nan), None),
    ("fail", 0.01, cell(candidate=nan, baseline=nan, metric=KNOWN_TO_SYSTEM), None),
    ("fail", 0.01, cell(metric=COUNTED, test=Inference()), None),
    ("fail", 0.01, cell(metric=COUNTED, test=Inference(), few_pairs="5 interactions"), None),
    ("pass", 0.02, cell(metric=COUNTED, test=Inference()), None),
]


@pytest.mark.parametrize(("verdict", "rule", "made"), BOUNDS)
def test_bounds_are_checked_on_the_point(verdict: str, rule: Rule, made: Cell) -> None:
    assert judge(rule, made, None, SIGNIFICANCE).verdict == verdict


@pytest.mark.parametrize(("verdict", "limit", "made", "p_adjusted"), REGRESSIONS)
def test_regressions_need_size_and_evidence(verdict: str, limit: float, made: Cell, p_adjusted: float | None) -> None:
    assert judge(regression(limit), made, p_adjusted, SIGNIFICANCE).verdict == verdict


def test_a_critical_slice_counts_like_the_whole_however_small() -> None:
    part = cell(part=SPANISH, small="5 interactions", few_pairs="5 interactions")
    assert judge(regression(0.01, critical=True), part, None, SIGNIFICANCE).verdict == "unmeasured"
    assert judge(Rule("max", 0.11, critical=True), part, None, SIGNIFICANCE).verdict == "fail"


def test_an_upper_bound_on_a_signed_metric_holds_on_either_side() -> None:
    signed = replace(WER, better="zero")
    assert judge(Rule("max", 0.11), cell(candidate=-0.5, metric=signed), None, SIGNIFICANCE).verdict == "fail"
    assert judge(Rule("max", 0.51), cell(candidate=-0.5, metric=signed), None, SIGNIFICANCE).verdict == "pass"


def test_proof_is_an_upper_bound_below_the_margin() -> None:
    assert judge(regression(0.031), cell(), 0.001, SIGNIFICANCE).proven
    assert not judge(regression(0.03), cell(), 0.001, SIGNIFICANCE).proven


def test_proof_that_is_required_and_lacking_leaves_the_whole_undecided_and_slices_underpowered() -> None:
    whole, part = cell(), cell(part=SPANISH)
    assert judge(regression(0.025), whole, 0.3, PROOF).verdict == "undecided"
    assert judge(regression(0.025), part, 0.3, PROOF).verdict == "pass"
    assert judge(regression(0.025), part, 0.3, PROOF).reason.startswith("underpowered: ")
    assert judge(regression(0.025, critical=True), part, 0.3, PROOF).verdict == "undecided"
    assert judge(regression(0.04), whole, 0.3, PROOF).verdict == "pass"


def test_undecided_says_how_many_interactions_would_do() -> None:
    reason = judge(regression(0.01), cell(), 0.2, SIGNIFICANCE).reason
    assert (
        reason
        == "chance may explain it; about 639 interactions in 512 groups would show whether it stays within 1.0 points"
    )


def test_only_blocking_measurable_regressions_are_in_the_family() -> None:
    assert in_family(regression(0.01), cell())
    assert not in_family(Rule("max", 0.01), cell())
    assert not in_family(Rule("max_regression", 0.01, severity="warn"), cell())
    for more in ({"few_pairs": "x"}, {"incomparable": "x"}, {"unchanged": True}, {"test": LOST}):
        assert not in_family(regression(0.01), cell(**more))


def test_a_warning_is_judged_by_its_own_p() -> None:
    rule = Rule("max_regression", 0.01, severity="warn")
    assert judge(rule, cell(), None, SIGNIFICANCE).verdict == "fail"
    assert judge(rule, cell(test=replace(TEST, p_value=0.2)), None, SIGNIFICANCE).verdict == "undecided"


def test_a_relative_margin_is_a_share_of_the_baseline_that_varies_as_well() -> None:
    varying = replace(TEST, worse=np.linspace(0.005, 0.03, 99), baseline=np.full(99, 0.10))
    tight = replace(TEST, worse=np.linspace(0.005, 0.019, 99), baseline=np.full(99, 0.10))
    fifth, less = (Rule("max_regression", limit, relative=True) for limit in (0.20, 0.19))
    assert judge(fifth, cell(test=varying), 0.3, SIGNIFICANCE).verdict == "pass"
    assert not judge(fifth, cell(test=varying), 0.3, SIGNIFICANCE).proven
    assert judge(fifth, cell(test=tight), 0.3, SIGNIFICANCE).proven
    assert judge(less, cell(test=varying), 0.001, SIGNIFICANCE).verdict == "fail"
    assert judge(fifth, cell(baseline=0.0), 0.001, SIGNIFICANCE).verdict == "unmeasured"
