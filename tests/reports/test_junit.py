"""JUnit: counts that add up, verdicts where CI systems look for them, and well-formed XML whatever the data."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.model import RuleResult, Run
from fieval.reports.junit import JUnit

import sample_run
from snapshot import assert_matches

SNAPSHOTS = Path(__file__).parent / "snapshots"
RUNS = {"failing": sample_run.failing, "inconclusive": sample_run.inconclusive, "hostile": sample_run.hostile}


@pytest.mark.parametrize("name", RUNS)
def test_report_looks_as_approved(name: str) -> None:
    assert_matches(JUnit().render(RUNS[name]()), SNAPSHOTS / f"{name}.junit.xml")


@pytest.mark.parametrize("name", RUNS)
def test_counts_add_up(name: str) -> None:
    run = RUNS[name]()
    root = _parsed(run)
    for element in (root, *root.findall("testsuite")):
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
        assert int(element.attrib["failures"]) == len(list(element.iter("failure")))
        assert int(element.attrib["skipped"]) == len(list(element.iter("skipped")))
        assert int(element.attrib["errors"]) == len(list(element.iter("error"))) == 0
    assert int(root.attrib["tests"]) == sum(len(result.rules) for result in run.report.results)


@pytest.mark.parametrize(
    ("rule", "children"),
    [
        (sample_run.rule(verdict="pass"), []),
        (sample_run.rule(verdict="fail"), ["failure"]),
        (sample_run.rule(verdict="fail", severity="warn"), ["system-out"]),
        (sample_run.rule(verdict="fail", waived="until 2027-01-01"), ["system-out"]),
        (sample_run.rule(verdict="undecided"), ["skipped"]),
        (sample_run.rule(verdict="unmeasured"), ["skipped"]),
        (sample_run.rule(verdict="not_gated"), ["skipped"]),
    ],
)
def test_each_verdict_has_its_element(rule: RuleResult, children: list[str]) -> None:
    root = _parsed(sample_run.run([sample_run.result("asr", "wer", (0.1, 0.2), rules=[rule])]))
    (case,) = root.iter("testcase")
    assert [child.tag for child in case if child.tag != "properties"] == children


def test_a_case_says_what_was_checked_where_and_on_which_line() -> None:
    case = next(case for case in _parsed(sample_run.failing()).iter("testcase") if case.find("failure") is not None)
    assert case.attrib["classname"] == "asr.wer"
    assert case.attrib["name"] == "max_regression 0.01"
    assert (case.attrib["file"], case.attrib["line"]) == ("configs/default.yaml", "14")
    values = {item.attrib["name"]: item.attrib["value"] for item in case.iter("property")}
    assert (values["baseline"], values["candidate"], values["change"]) == ("0.1043", "0.1896", "0.0853")
    assert values["p_adjusted"] == "0.0003"


def test_a_case_has_the_p_value_of_its_own_rule() -> None:
    root = _parsed(sample_run.weighted())
    case = next(case for case in root.iter("testcase") if case.attrib["name"].startswith("max_drift"))
    values = {item.attrib["name"]: item.attrib["value"] for item in case.iter("property")}
    assert (values["p_value"], values["rule_p_value"]) == ("0.4211", "0.0021")


def test_names_of_cases_are_unique_within_their_class() -> None:
    twice = [sample_run.rule(), sample_run.rule(by=("language",))]
    root = _parsed(sample_run.run([sample_run.result("asr", "wer", (0.1, 0.1), rules=twice)]))
    assert [case.attrib["name"] for case in root.iter("testcase")] == ["max_regression 0.01", "max_regression 0.01 (2)"]


def test_a_metric_that_cannot_be_computed_leaves_out_its_numbers() -> None:
    rules = [sample_run.rule(verdict="unmeasured", reason="no baseline yet: bless one")]
    root = _parsed(sample_run.run([sample_run.result("asr", "wer", (None, 0.2), rules=rules)]))
    assert [item.attrib["name"] for item in root.iter("property")] == ["n", "candidate"]


@given(st.text(alphabet=st.characters(), min_size=1))
def test_any_string_gives_well_formed_xml(text: str) -> None:
    rules = [sample_run.rule(verdict="fail", reason=text, where=f"{text}:1:2")]
    row = sample_run.result(text, text, (0.1, 0.2), cohorts={text: text}, rules=rules)
    assert len(list(_parsed(sample_run.run([row])).iter("failure"))) == 1


def _parsed(run: Run) -> ElementTree.Element:
    return ElementTree.fromstring(JUnit().render(run).encode())
