"""Sentences and what they call things, case by case."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fieval.model import Coverage, Result, RuleResult
from fieval.reports import wording
from fieval.reports.cleaning import flat, one_line, short
from fieval.reports.findings import Finding, findings
from fieval.reports.markdown import Markdown
from fieval.reports.text import plain
from fieval.reports.titles import titled

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
        (
            result("asr", "wer", (0.16, 0.1681), interval=None, p_value=None),
            [rule(limit=0.05, relative=True, margin=0.008, verdict="fail")],
            "WER rose from 16.0% to 16.8% (+0.81 points); allowed is 5% of the baseline worse (0.80 points).",
        ),
        (
            result("asr", "wer", (0.0, 0.1), interval=None, p_value=None),
            [rule(limit=0.05, relative=True, verdict="unmeasured", reason="a share of nothing")],
            "WER rose from 0.0% to 10.0% (+10.0 points); allowed is 5% of the baseline worse. A share of nothing.",
        ),
        (
            result("asr", "wer", (0.1, 0.1), p_value=0.4),
            [rule("max_drift", 0.02, "fail", margin=0.02, p_value=0.00321, reason="against the anchor: +4.0 points")],
            "WER is 10.0% (baseline 10.0%); allowed is +2.0 points from the anchor. "
            "Against the anchor: +4.0 points; p = 0.0032.",
        ),
        (
            result("intent", "accuracy", (0.8, 0.7), better="higher", interval=None, p_value=None),
            [rule("max_drift", 0.0, "fail", margin=0.0)],
            "Accuracy is 70.0% (baseline 80.0%); allowed is no fall from the anchor.",
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


def test_the_verdict_line_is_one_harmless_line() -> None:
    assert wording.verdict_line(sample_run.passing().report) == "PASS: Nothing got worse by more than is allowed."
    assert wording.verdict_line(sample_run.hostile().report).startswith("FAIL: : :error: :<script>")


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


def concentrated(part: Result, *others: Result, rules: Sequence[RuleResult] = (rule(verdict="fail"),)) -> str:
    """The sentence on a whole that rose from 10 to 17 % on 112 interactions, with these slices in the report."""
    whole = result("asr", "wer", (0.1, 0.17), interval=None, p_value=None, rules=rules)
    report = sample_run.run([whole, part, *others]).report
    (told,) = [row for row in findings(report, "failed") if row.result == whole]
    return str(wording.sentence(told, 0.05)).partition("allowed is +1.0 points.")[2].strip()


FURNITURE = result("asr", "wer", (0.1, 0.27), n=60, cohorts={"product": "furniture"}, p_value=None)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (FURNITURE, "Most of it for product=furniture: +17.0 points, n = 60, not tested."),
        (result("asr", "wer", (0.1, 0.27), n=8, cohorts={"product": "furniture"}, p_value=0.01),
         "Largest for product=furniture: +17.0 points, n = 8, no rule on it."),
        (result("asr", "wer", (0.1, 0.27), n=7, cohorts={"product": "furniture"}), ""),
        (result("asr", "wer", (0.1, 0.20), n=60, cohorts={"product": "furniture"}), ""),
        (result("asr", "wer", (0.1, 0.27), n=60, cohorts={"product": "furniture", "channel": "voice"}), ""),
        (result("asr", "cer", (0.1, 0.27), n=60, cohorts={"product": "furniture"}), ""),
        (result("asr", "wer", (None, 0.27), n=60, cohorts={"product": "furniture"}), ""),
        (result("asr", "wer", (0.1, 0.27), n=60, cohorts={"product": "furniture"}, rules=[rule(verdict="undecided")]),
         "Most of it for product=furniture: +17.0 points, n = 60, undecided."),
        (result("asr", "wer", (0.1, 0.27), n=60, cohorts={"product": "furniture"}, rules=[rule(verdict="fail")]), ""),
    ],
)  # fmt: skip
def test_a_concentrated_fault_is_said_where_no_slice_failed(part: Result, told: str) -> None:
    assert concentrated(part) == told


def test_the_slice_with_the_largest_worsening_is_named() -> None:
    worse = result("asr", "wer", (0.1, 0.31), n=60, cohorts={"product": "tables"})
    assert "product=tables: +21.0 points" in concentrated(FURNITURE, worse)
    assert concentrated(FURNITURE, rules=[rule("max", 0.1, "fail")]) == "", "a bound says nothing of what got worse"


def test_text_and_markdown_say_where_most_of_it_is() -> None:
    whole = result("asr", "wer", (0.1, 0.17), rules=[rule(verdict="fail")])
    run = sample_run.run([whole, FURNITURE])
    said = "product=furniture: +17.0 points, n = 60, not tested."
    assert said in " ".join(plain(run).split())
    assert f"Most of it for {said}" in Markdown().render(run)


def test_a_title_says_how_many_checks_its_rows_stand_for() -> None:
    both = Finding(FURNITURE, (rule(verdict="fail"), rule("max", 0.2, "fail")))
    assert titled("What failed", [both, Finding(FURNITURE, (rule(),))]) == "What failed: 3 checks on 2 rows"
    assert titled("What failed", [both]) == "What failed: 2 checks on 1 row"
    assert titled("What failed", [Finding(FURNITURE, (rule(),))]) == "What failed"
    text = plain(sample_run.failing())
    failed = int(text.split(" failed")[0].split()[-1])
    assert f"What failed: {failed} checks on {failed - 1} rows\n" in text
    assert "### What failed: " in Markdown().render(sample_run.failing())
