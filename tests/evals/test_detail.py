"""Which interactions a run keeps as evidence: those that show why a metric failed, whatever the step's own bar says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieval.evals.detail import WORST_SHOWN
from fieval.model import Evidence, Run
from fieval.reports.findings import worst
from fieval.runner import Request, run_gate

from made_dataset import Line, Made, made

STEP = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
steps:
  {step}
significance: {{resamples: 999}}
"""
SUMMARY = "summary: {{evaluator: summary_quality, gates: {gates}}}"
INTENT = "intent: {{evaluator: label_agreement, gates: {gates}}}"
ASR = "asr: {{evaluator: asr_accuracy, gates: {gates}}}"


def judged(one: Made, folder: Path, step: str, gates: str) -> tuple[Run, list[Evidence]]:
    """The run of a gate with one step, and its evidence."""
    one.config = STEP.format(step=step.format(gates=gates))
    run = run_gate(Request(one.write(folder)))
    return run, list(run.evidence)


def twin(n: int = 60) -> Made:
    """A candidate that made the same of everything as the baseline."""
    one = made(n)
    for line, gold in zip(one.baseline, one.gold, strict=True):
        line["summary"] = gold["gold"]["summary"]
    one.candidate = [{**line} for line in one.copy().baseline]
    return one


def harmed(one: Made, which: Callable[[Line], bool], harm: Callable[[Line], None]) -> set[str]:
    """Harms some outputs of the candidate; returns their ids."""
    chosen = [place for place, gold in enumerate(one.gold) if which(gold)]
    for place in chosen:
        harm(one.candidate[place])
    return {one.gold[place]["id"] for place in chosen}


def tell_nothing(line: Line) -> None:
    line["summary"] = "The customer said something."


def is_mobile(gold: Line) -> bool:
    return bool(gold["cohorts"]["product"] == "mobile")


def test_facts_left_out_are_shown_though_every_summary_is_within_the_bar(tmp_path: Path) -> None:
    one = twin()
    silent = harmed(one, lambda gold: gold["id"] >= "call-030", tell_nothing)
    run, found = judged(one, tmp_path, SUMMARY, "{fact_recall: {max_regression: 0.1}}")
    assert run.report.verdict == "fail"
    assert [item.id for item in found] == sorted(silent)[:WORST_SHOWN]
    assert {item.metrics for item in found} == {("fact_recall",)}
    assert not any(item.candidate_failed for item in found)
    assert [item.id for item in worst(run, "summary")] == sorted(silent)[:3]


def test_a_rule_that_only_warns_has_its_evidence_too(tmp_path: Path) -> None:
    one = twin()
    silent = harmed(one, lambda gold: gold["id"] >= "call-030", tell_nothing)
    run, found = judged(
        one, tmp_path, SUMMARY, "{fact_recall: {max_regression: 0.1, severity: warn}, fabrication_rate: {max: 0.9}}"
    )
    assert run.report.verdict == "pass"
    assert {item.id for item in found} <= silent
    assert len(found) == WORST_SHOWN


def test_where_only_a_bound_failed_the_worst_are_shown(tmp_path: Path) -> None:
    one = twin()
    silent = harmed(one, lambda gold: gold["id"] < "call-004", tell_nothing)
    one.baseline = one.candidate
    _, found = judged(one, tmp_path, SUMMARY, "{fact_recall: {min: 0.99}}")
    assert [item.id for item in found] == sorted(silent)
    assert {item.worsening for item in found} == {0.0}


def test_of_a_slice_that_failed_only_its_own_interactions_are_shown(tmp_path: Path) -> None:
    one = twin()
    mobile = harmed(one, is_mobile, tell_nothing)
    harmed(one, lambda gold: gold["id"] == "call-000", tell_nothing)
    for line, gold in zip(one.baseline, one.gold, strict=True):
        if not is_mobile(gold) and gold["id"] != "call-000":
            tell_nothing(line)
    run, found = judged(one, tmp_path, SUMMARY, "{fact_recall: {max_regression: 0.1, by: [product]}}")
    failed = [row.slice for row in run.report.results if any(rule.verdict == "fail" for rule in row.rules)]
    assert failed == [{"product": "mobile"}]
    assert [item.id for item in found] == sorted(mobile)[:WORST_SHOWN]


def test_every_failed_metric_has_its_turn_and_ten_are_enough(tmp_path: Path) -> None:
    one = twin()
    silent = harmed(one, lambda gold: gold["id"] < "call-020", tell_nothing)

    def invent(line: Line) -> None:
        line["summary"] += " A refund of 777 dollars was promised."

    inventive = harmed(one, lambda gold: gold["id"] >= "call-040", invent)
    gates = "{fabrication_rate: {max_regression: 0.1}, fact_recall: {max_regression: 0.1}}"
    _, found = judged(one, tmp_path, SUMMARY, gates)
    assert len(found) == WORST_SHOWN
    assert [item.id in inventive for item in found] == [True, False] * 5
    assert [item.id in silent for item in found] == [False, True] * 5


def test_a_metric_without_a_value_per_interaction_goes_by_the_bar(tmp_path: Path) -> None:
    one = twin()

    def mislabel(line: Line) -> None:
        line["labels"] = {**line["labels"], "intent": {"label": "nothing of the kind"}}

    wrong = harmed(one, is_mobile, mislabel)
    before = {line["id"]: line["labels"]["intent"]["label"] for line in one.baseline}
    gold = {line["id"]: line["gold"]["labels"]["intent"] for line in one.gold}
    _, found = judged(one, tmp_path, INTENT, "{kappa: {max_regression: 0.1}}")
    newly_wrong = sorted(each for each in wrong if before[each] == gold[each])
    assert [item.id for item in found] == newly_wrong[:WORST_SHOWN]
    assert {item.metrics for item in found} == {("kappa",)}


@pytest.mark.parametrize("gates", ["{wer: {max: 0.9}}", "{missing: {max_regression: 0}}"])
def test_an_answer_that_went_missing_is_shown_first(tmp_path: Path, gates: str) -> None:
    one = twin()
    lost = harmed(one, lambda gold: gold["id"] == "call-031", lambda line: line.pop("turns"))
    _, found = judged(one, tmp_path, ASR, gates)
    assert [found[0].id] == sorted(lost)
    assert found[0].metrics == ("missing",)


def test_same_inputs_same_order(tmp_path: Path) -> None:
    one = made(harm=0.4)
    gates = "{accuracy: {max_regression: 0.05}, fail_rate: {max_regression: 0.05, by: [product]}}"
    _, found = judged(one, tmp_path / "once", INTENT, gates)
    for lines in (one.gold, one.baseline, one.candidate):
        lines.reverse()
    _, again = judged(one, tmp_path / "again", INTENT, gates)
    assert [item.id for item in found] == [item.id for item in again]
