"""Runs made by hand, with every verdict that a rule or a run can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from fieval.model import (
    Better,
    Control,
    Coverage,
    Evidence,
    Explanation,
    Provenance,
    Report,
    Result,
    RootCause,
    RuleKind,
    RuleResult,
    RuleVerdict,
    Run,
    RunVerdict,
    Score,
    Share,
    Source,
    TracedItems,
)

HOSTILE = "::error::<script>|`@everyone` [x](https://bad.example)\x1b[31m\u202egnp.exe\n# title ##[error]boo"
SECRET = "my card number is 4111"

_ORDER: tuple[RuleVerdict, ...] = ("fail", "unmeasured", "undecided", "pass", "not_gated")
_CODES: dict[RunVerdict, int] = {"pass": 0, "fail": 1, "inconclusive": 3}


def rule(
    kind: RuleKind = "max_regression",
    limit: float = 0.01,
    verdict: RuleVerdict = "pass",
    **changes: Any,
) -> RuleResult:
    """A rule result; anything else about it by name."""
    made = RuleResult(
        rule=kind,
        limit=limit,
        by=(),
        severity="block",
        critical=False,
        waived=None,
        relative=False,
        verdict=verdict,
        proven=False,
        reason="",
        where="configs/default.yaml:14:12",
    )
    return msgspec.structs.replace(made, **changes)


def result(
    step: str,
    metric: str,
    values: tuple[float | None, float | None],
    *,
    rules: Sequence[RuleResult] = (),
    cohorts: Mapping[str, str] | None = None,
    better: Better = "lower",
    **changes: Any,
) -> Result:
    """A row of the report whose change and worsening follow from its values; anything else about it by name."""
    before, after = values
    change = None if before is None or after is None else after - before
    worsening = None if change is None else change if better == "lower" else -change
    verdicts = {each.verdict for each in rules}
    made = Result(
        step=step,
        metric=metric,
        better=better,
        slice=cohorts,
        n=112,
        groups=97,
        baseline=before,
        candidate=after,
        change=change,
        worsening=worsening,
        interval=None if change is None else (change - 0.0123, change + 0.0131),
        upper=None if worsening is None else worsening + 0.0131,
        p_value=None if change is None else 0.4211,
        p_adjusted=None,
        detectable=0.018,
        verdict=next((verdict for verdict in _ORDER if verdict in verdicts), None),
        reason="",
        rules=tuple(rules),
    )
    return msgspec.structs.replace(made, **changes)


def run(
    results: Sequence[Result],
    *,
    verdict: RunVerdict = "fail",
    headline: str = "asr is the first step that broke.",
    coverage: Mapping[str, Coverage] | None = None,
    evidence: Sequence[Evidence] = (),
    scores: Sequence[Score] = (),
    root_cause: RootCause | None = None,
) -> Run:
    """A run around some rows."""
    provenance = Provenance(
        fieval="0.1.0",
        python="3.11.9",
        packages={"numpy": "2.0.0"},
        started="2026-11-20T12:00:00Z",
        seconds=1.25,
        dataset=Source("golden_datasets/contact_center", "d" * 64),
        candidate=Source("candidates/next.jsonl", "c" * 64),
        baseline=Source("baselines/main.jsonl", "b" * 64),
        anchor=None,
        config=Source("configs/default.yaml", "a" * 64),
    )
    report = Report(
        schema="fieval.report/1",
        verdict=verdict,
        exit_code=_CODES[verdict],
        headline=headline,
        dataset="contact_center 1.0.0",
        alpha=0.05,
        notes=(),
        root_cause=root_cause,
        coverage=coverage or {},
        effective_size=None,
        results=tuple(results),
        normalizers={"asr": ("english 3",)},
        provenance=provenance,
    )
    return Run(report=report, scores=scores, evidence=evidence)


def cause(*explanations: Explanation) -> RootCause:
    """A root cause that the first explanation speaks for."""
    told = explanations[0]
    return RootCause(
        look_at=told.blamed or told.step,
        blamed=told.blamed,
        kind=told.kind,
        step=told.step,
        metric=told.metric,
        slice=told.slice,
        statement=told.statement,
        explanations=explanations,
    )


def explanation(step: str, metric: str, upstream: str, cohorts: Mapping[str, str] | None = None) -> Explanation:
    """An explanation that blames the step before."""
    return Explanation(
        step=step,
        metric=metric,
        slice=cohorts,
        against="baseline",
        worsening=0.061,
        kind="traced",
        blamed=upstream,
        shares=(Share(upstream, 0.049, (0.021, 0.06), True),),
        own=0.012,
        own_interval=(0.001, 0.04),
        control=Control(31, 0.004),
        controlled=True,
        traced=(TracedItems(upstream, 5, ("call-0007",)), TracedItems(step, 1, ())),
        upstream_failed=(upstream,),
        statement=f"{step} {metric} rose by 6.1 points; 4.9 (2.1 to 6.0) of them go with worse {upstream}.",
    )


def failing() -> Run:
    """A release in which ASR broke for one cohort, with one rule of every verdict beside it."""
    return run(
        [*_asr(), *_summary(), *_intent(), *_csat()],
        root_cause=cause(
            explanation("summary", "fabrication_rate", "asr"),
            msgspec.structs.replace(
                explanation("intent", "kappa", "asr", {"language": "es"}),
                kind="none",
                blamed=None,
                traced=None,
                control=None,
            ),
        ),
        headline="asr is the first step that broke: WER for product_line=mobile rose 19.7 points. Look at asr first.",
        coverage={
            "asr": Coverage(56, 0, 0, 0),
            "summary": Coverage(112, 2, 1, 0),
            "intent": Coverage(112, 0, 0, 3),
            "csat": Coverage(112, 0, 0, 0),
        },
        evidence=[
            Evidence("asr", "call-0042", False, True, 0.52, {"reference": "the mobile [bold]router[/]"}, ("wer",)),
            Evidence("asr", "call-0007", False, False, 0.31, {"reference": SECRET, "wer": 0.4375}, ("wer",)),
            Evidence("asr", "call-0008", False, False, 0.04, {"reference": "within the bar", "wer": 0.1}),
            Evidence("asr", "call-0019", True, True, 0.02, {"reference": "hello again"}),
            Evidence("asr", "call-0003", None, True, None, {"reference": "hello"}),
            Evidence("intent", "chat-0002", False, True, 1.0, {"gold": "outage", "candidate": "other"}),
        ],
        scores=[
            Score("call-0007", "baseline", "asr", "wer", 0.1, False),
            Score("call-0007", "candidate", "asr", "wer", 1 / 3, True),
            Score("call-0007", "candidate", "csat", "mae", 1.0, False),
            Score("chat-0002", "candidate", "asr", "term_recall", None, False),
            Score("=cmd|' /C calc'!A0", "candidate", "intent", "accuracy", 0.0, True),
        ],
    )


def passing() -> Run:
    """A release without a fault."""
    rules = [rule(proven=True, reason="unchanged"), rule("max", 0.2)]
    return run(
        [result("asr", "wer", (0.112, 0.112), rules=rules, interval=(0.0, 0.0))],
        verdict="pass",
        headline="Nothing got worse by more than is allowed.",
    )


def weighted() -> Run:
    """A release weighted to production, with drift, shares of the baseline, crossed cohorts and a gap not gated."""
    drift = {"margin": 0.0256, "p_value": 0.0021, "relative": True}
    crossed = {"language": "es", "channel": "in_app", "product_line": "home_broadband"}
    rows = [
        result("asr", "wer", (0.16, 0.171), p_adjusted=0.048,
               rules=[rule(limit=0.05, verdict="fail", relative=True, margin=0.008, p_value=0.048)]),
        result("asr", "wer", (0.151, 0.153), n=31, cohorts=crossed,
               rules=[rule(limit=0.05, relative=True, margin=0.00755)]),
        result("intent", "accuracy", (0.851, 0.849), better="higher",
               rules=[rule("max_drift", 0.03, "fail", reason="against the anchor: -4.1 points from 89.0%", **drift)]),
        result("intent", "fail_rate", (0.149, 0.151),
               rules=[rule("max_gap", 0.1, "not_gated", by=("language",), reason="fewer than two cohorts"),
                      rule("max", 0.2)]),
        result("intent", "fail_rate", (0.1, 0.1), n=9, cohorts={"language": "fr"},
               rules=[rule("max", 0.2, "not_gated", reason="9 interactions, 20 are needed")]),
    ]  # fmt: skip
    late = msgspec.structs.replace(explanation("intent", "accuracy", "asr"), against="anchor", traced=None)
    made = run(rows, headline="asr broke: wer rose by 1.1 points.", root_cause=cause(late))
    return msgspec.structs.replace(made, report=msgspec.structs.replace(made.report, effective_size=1320.4))


def inconclusive() -> Run:
    """A first run: bounds hold, and there is no baseline to compare with."""
    open_rule = rule(verdict="unmeasured", reason="no baseline yet: bless one")
    rows = [
        result(step, metric, (None, after), rules=[open_rule, rule("max", 0.4)])
        for step, metric, after in [("asr", "wer", 0.112), ("asr", "cer", 0.06), ("summary", "fabrication_rate", 0.03)]
    ]
    return run(rows, verdict="inconclusive", headline="5 rules could not be measured: no baseline yet.")


def hostile() -> Run:
    """A release whose every string tries to break out of the report."""
    rules = [
        rule(verdict="fail", reason=HOSTILE),
        rule(verdict="fail", waived=HOSTILE),
        rule("max", 0.2, "unmeasured", reason=HOSTILE),
        rule(limit=0.02, verdict="undecided", reason=HOSTILE, where=f"{HOSTILE}:3:1"),
    ]
    return run(
        [
            result(HOSTILE, f"recall.{HOSTILE}", (0.9, 0.5), better="higher", cohorts={HOSTILE: HOSTILE}, rules=rules),
            result(HOSTILE, "wer", (0.1, 0.1), cohorts={"line": HOSTILE}),
        ],
        headline=HOSTILE,
        root_cause=cause(explanation(HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE})),
        coverage={HOSTILE: Coverage(9, 1, 1, 1)},
        evidence=[Evidence(HOSTILE, HOSTILE, False, True, 1.0, {HOSTILE: [HOSTILE, {HOSTILE: 0.5}]})],
        scores=[Score(HOSTILE, "candidate", HOSTILE, "wer", 0.5, True)],
    )


def _asr() -> list[Result]:
    broken: dict[str, Any] = {
        "n": 24,
        "groups": 21,
        "interval": (0.151, 0.244),
        "upper": 0.244,
        "p_value": 0.0001,
        "p_adjusted": 0.0001,
    }
    return [
        result(
            "asr", "wer", (0.1043, 0.1896), n=56, groups=49, interval=(0.061, 0.110), p_value=0.0001, p_adjusted=0.0003,
            rules=[rule(verdict="fail"), rule("max", 0.2)],
        ),
        result("asr", "wer", (0.1210, 0.1202), n=20, cohorts={"language": "es"}, rules=[rule(), rule("max", 0.2)]),
        result("asr", "wer", (0.101, 0.104), n=36, cohorts={"language": "en"}, rules=[rule(), rule("max", 0.2)]),
        result(
            "asr", "wer", (0.112, 0.309), cohorts={"product_line": "mobile"},
            rules=[rule(verdict="fail"), rule("max", 0.2, "fail")], **broken,
        ),
        result("asr", "wer", (0.09, 0.11), n=12, cohorts={"product_line": "tv"}, interval=None, p_value=None,
               rules=[rule(verdict="not_gated", reason="12 interactions, 20 are needed")]),
        result("asr", "cer", (0.051, 0.094), n=56, interval=(0.031, 0.055), p_value=0.0001),
        result("asr", "cer", (0.05, 0.049), n=20, cohorts={"language": "es"}),
        result("asr", "cer", (0.05, 0.17), cohorts={"product_line": "mobile"}, **{**broken, "p_adjusted": None}),
        result("asr", "term_recall", (0.962, 0.941), better="higher", n=56,
               rules=[rule("min", 0.9), rule(verdict="undecided", reason="about 140 calls would settle it")]),
        result("asr", "missing", (0.0, 0.0), n=56, interval=(0.0, 0.0), p_value=None,
               rules=[rule(limit=0.0, proven=True, reason="unchanged")]),
    ]  # fmt: skip


def _summary() -> list[Result]:
    return [
        result("summary", "fabrication_rate", (0.036, 0.0545), p_value=0.2101, p_adjusted=0.53,
               rules=[rule("max", 0.05, "fail", waived="until 2026-12-31 by Ana Ruiz, new prompt lands in December")]),
        result("summary", "fabricated_per_specific", (0.011, 0.015)),
        result("summary", "missing", (0.0089, 0.0089), worsening=0.0089, interval=None, p_value=None,
               rules=[rule(limit=0.0, verdict="fail", reason="1 interaction that the baseline answered is missing")]),
    ]  # fmt: skip


def _intent() -> list[Result]:
    return [
        result("intent", "kappa", (0.812, 0.764), better="higher", p_value=0.061, p_adjusted=0.1423,
               rules=[rule("min", 0.7), rule(limit=0.03, verdict="undecided", reason="about 410 would settle it")]),
        result("intent", "kappa", (0.79, 0.80), better="higher", n=31, cohorts={"language": "es", "channel": "voice"}),
        result("intent", "recall.billing_dispute", (0.91, 0.88), better="higher"),
        result("intent", "brier", (0.101, 0.1431), rules=[rule(limit=0.02, verdict="fail", severity="warn")],
               p_value=0.00001),
        result("intent", "ece", (0.04, 0.05)),
    ]  # fmt: skip


def _csat() -> list[Result]:
    none: dict[str, Any] = {"interval": None, "p_value": None}
    return [
        result("csat", "spearman", (0.61, None), better="higher", reason="every prediction is 3",
               rules=[rule("min", 0.5, "fail", reason="every prediction is 3")], **none),
        result("csat", "mae", (0.61, 0.63), rules=[rule(limit=0.05)]),
        result("csat", "bias", (-0.05, 0.32), better="zero", worsening=0.27,
               rules=[rule(limit=0.1, verdict="undecided")]),
        result("csat", "pearson", (None, 0.6), better="higher", **none,
               rules=[rule(verdict="unmeasured", reason="baseline older than the dataset")]),
    ]  # fmt: skip
