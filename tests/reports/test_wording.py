"""Sentences and what they call things, case by case."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fieval.model import Coverage, Result, RuleResult
from fieval.reports import wording
from fieval.reports.cleaning import flat, one_line, short
from fieval.reports.findings import Finding

import sample_run

rule, result = sample_run.rule, sample_run.result


@pytest.mark.parametrize(
    ("row", "rules", "told"),
    [
        (
            result("asr", "wer", (0.1, 0.1104), interval=None, p_value=None),
            [rule(verdict="fail")],
            "WER rose from 10.0% to 11.0% (+1.04 points); allowed is +1.00 points.",
        ),
        (
            result("asr", "wer", (0.1, 0.20004)),
            [rule("max", 0.2, "fail")],
            "WER is 20.004% (baseline 10.0%); allowed is at most 20.000%.",
        ),
        (
            result("intent", "kappa", (0.8, 0.7), better="higher", interval=None, p_value=0.0312, p_adjusted=0.041),
            [rule(limit=0.03, verdict="fail"), rule("min", 0.75, "fail")],
            "Kappa fell from 0.800 to 0.700 (-0.100, p = 0.0410); allowed is -0.030 and at least 0.750.",
        ),
        (
            result("intent", "recall.other", (0.8, 0.7), better="higher", interval=None, p_value=None),
            [rule(limit=0.0, verdict="fail")],
            "Recall of other fell from 80.0% to 70.0% (-10.0 points); allowed is no fall.",
        ),
        (
            result("csat", "bias", (0.1, -0.4), better="zero", worsening=0.3, interval=None, p_value=None),
            [rule(limit=0.1, verdict="fail")],
            "Bias fell from 0.100 to -0.400 (-0.500, 0.300 further from zero); allowed is 0.100 further from zero.",
        ),
        (
            result("csat", "pearson", (0.5, None), better="higher", reason="every prediction is 3"),
            [rule(verdict="fail")],
            "Pearson cannot be computed; allowed is -0.010. Every prediction is 3.",
        ),
        (
            result("asr", "wer", (0.1, 0.3), interval=None, p_value=None),
            [rule(verdict="fail", waived="until May", reason="as agreed")],
            "WER rose from 10.0% to 30.0% (+20.0 points); allowed is +1.0 points. As agreed; waived: until May.",
        ),
    ],
)
def test_sentence(row: Result, rules: Sequence[RuleResult], told: str) -> None:
    assert str(wording.sentence(Finding(row, tuple(rules)), 0.05)) == told


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        ([], ""),
        ([rule(), rule(verdict="not_gated")], "pass"),
        ([rule(verdict="not_gated")], "not gated"),
        ([rule(), rule(verdict="undecided")], "undecided"),
        ([rule(verdict="undecided"), rule(verdict="unmeasured")], "unmeasured"),
        ([rule(verdict="fail", severity="warn"), rule()], "warn"),
        ([rule(verdict="fail", waived="x"), rule()], "waived"),
        ([rule(verdict="fail", waived="x"), rule(verdict="fail")], "FAIL"),
    ],
)
def test_the_verdict_of_a_row_is_its_worst(rules: Sequence[RuleResult], word: str) -> None:
    assert wording.verdict(result("asr", "wer", (0.1, 0.2), rules=rules)) == word


@pytest.mark.parametrize(
    ("cover", "told"),
    [
        (None, ""),
        (Coverage(50, 0, 0, 0), ""),
        (Coverage(50, 2, 0, 1), "Of 50 interactions: 2 missing from the candidate, 1 label outside the set."),
        (Coverage(1, 0, 1, 0), "Of 1 interaction: 1 missing from the baseline."),
    ],
)
def test_coverage_is_told_where_something_is_missing(cover: Coverage | None, told: str) -> None:
    assert wording.coverage(cover) == told


def test_reasons_are_told_once_with_all_that_they_hold_for() -> None:
    rows = [
        Finding(result("asr", metric, (None, 0.1)), (rule(verdict="unmeasured", reason="no baseline yet"),))
        for metric in ("wer", "cer")
    ]
    assert wording.grouped(rows) == {"no baseline yet": ["asr WER", "asr CER"]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\n b\t c ", "a b c"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202eabc\u200b", r"\u202eabc\u200b"),
        ("::error::x", ": :error: :x"),
        (":::x###y", ": : :x# # #y"),
        ("grüße 你好 👋", "grüße 你好 👋"),
    ],
)
def test_strings_from_data_are_one_harmless_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_long_strings_are_cut() -> None:
    assert short("x" * 200, 10) == "xxxxxxx..."


def test_evidence_is_flattened() -> None:
    assert flat({"turns": ["a", "b"], "wer": 0.123456, "gold": None}) == "turns=a, b, wer=0.1235, gold=-"
