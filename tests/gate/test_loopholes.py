"""Ways in which a bad candidate once passed, or a harmless one failed."""

from pathlib import Path

import pytest

import fieval
from fieval.model import Report

from made_dataset import Made, made


def gate(one: Made, folder: Path, steps: str, significance: str = "{resamples: 999}", baseline: bool = True) -> Report:
    named = "baseline: baseline.jsonl\n" if baseline else ""
    one.config = (
        f"version: 1\ndataset: data\ncandidate: candidate.jsonl\n{named}steps:\n{steps}significance: {significance}\n"
    )
    return fieval.run(one.write(folder))


def step(evaluator: str, gates: str, name: str = "intent", options: str = "") -> str:
    return f"  {name}: {{evaluator: {evaluator}, {options}gates: {{{gates}}}}}\n"


def test_a_slice_that_is_new_to_the_baseline_is_not_unchanged(tmp_path: Path) -> None:
    one = made(600)
    one.candidate = one.copy().baseline
    for index, line in enumerate(one.gold):
        line["cohorts"]["product"] = "new" if index < 25 else "old"
    for line in one.candidate[1:25]:
        line["labels"]["intent"] = "junk"
    one.baseline = [one.baseline[0], *one.baseline[25:]]
    rules = step("label_agreement", "accuracy: {max_regression: 0.05, by: [product], critical: true}")
    report = gate(one, tmp_path, rules, "{resamples: 999, require_proof: true}")
    assert report.exit_code == 3
    assert "it lacks 24 of these 25 interactions" in report.headline


@pytest.mark.parametrize(("new", "code"), [(4, 0), (5, 0), (6, 3)])
def test_up_to_five_percent_may_be_new(tmp_path: Path, new: int, code: int) -> None:
    one = made(100)
    one.candidate = one.copy().baseline
    one.baseline = one.baseline[new:]
    assert gate(one, tmp_path, step("label_agreement", "accuracy: {max_regression: 0.05}")).exit_code == code


@pytest.mark.parametrize(
    ("evaluator", "name", "options", "field"),
    [
        ("score_agreement", "csat", "fail_above: 4, ", "scores"),
        ("asr_accuracy", "asr", "fail_above: 1, ", "turns"),
        ("summary_quality", "summary", "fail_above: 9, ", "summary"),
    ],
)
def test_what_is_missing_misses_every_bar(tmp_path: Path, evaluator: str, name: str, options: str, field: str) -> None:
    one = made(40)
    for line in one.candidate:
        del line[field]
    rules = step(evaluator, "fail_rate: {max: 0.05}, worse_rate: {max: 1}", name, options)
    report = gate(one, tmp_path, rules)
    rates = {row.metric: row.candidate for row in report.results if row.slice is None}
    assert rates["fail_rate"] == rates["worse_rate"] == 1
    assert report.exit_code == 1


@pytest.mark.parametrize("nothing", ["\u200b", ".", " \u2060 "])
def test_text_without_a_letter_is_no_answer(tmp_path: Path, nothing: str) -> None:
    one = made(40)
    for line in one.candidate:
        line["summary"], line["turns"], line["labels"] = nothing, [{"text": nothing}], {"intent": " "}
    rules = step("summary_quality", "fail_rate: {max: 1}", "summary") + step("asr_accuracy", "wer: {max: 1}", "asr")
    report = gate(one, tmp_path, rules + step("label_agreement", "accuracy: {min: 0}"))
    assert all(cover.candidate_missing == cover.applicable for cover in report.coverage.values())
    assert report.exit_code == 1


def test_removed_confidences_do_not_make_up_for_doubt(tmp_path: Path) -> None:
    one = made(60)
    for line, gold in zip(one.candidate, one.gold, strict=True):
        line["labels"]["intent"] = {"label": gold["gold"]["labels"]["intent"], "confidence": 0.9}
    rules = step("label_agreement", "ece: {max: 0.11}")
    assert gate(one, tmp_path / "a", rules).exit_code == 0
    for line in one.candidate[:6]:
        del line["labels"]["intent"]["confidence"]
    assert gate(one, tmp_path / "b", rules).exit_code == 1


def test_a_value_at_the_threshold_passes(tmp_path: Path) -> None:
    one = made(60)
    for index, (gold, before, after) in enumerate(zip(one.gold, one.baseline, one.candidate, strict=True)):
        jitter = 0.05 if index % 2 else 0.0
        gold["gold"]["scores"]["csat"] = 1
        before["scores"]["csat"], after["scores"]["csat"] = round(1 + jitter, 2), round(1.35 - jitter, 2)
    rules = step("score_agreement", "mae: {max: 0.325, max_regression: 0.3}", "csat")
    assert gate(one, tmp_path, rules).exit_code == 0


@pytest.mark.parametrize(
    ("evaluator", "metric", "name"),
    [("label_agreement", "kappa", "intent"), ("score_agreement", "spearman", "csat"), ("asr_accuracy", "wer", "asr")],
)
def test_a_collapse_fails_in_few_groups_too(tmp_path: Path, evaluator: str, metric: str, name: str) -> None:
    one = made(180)
    one.candidate = one.copy().baseline
    for index, line in enumerate(one.gold):
        line["group"] = f"g{index // 20}"
    for line, gold in zip(one.candidate, one.gold, strict=True):
        line["turns"] = [{"text": "blah"}]
        line["labels"]["intent"] = "billing" if gold["gold"]["labels"]["intent"] != "billing" else "outage"
        line["scores"]["csat"] = 6 - gold["gold"]["scores"]["csat"]
    assert gate(one, tmp_path, step(evaluator, f"{metric}: {{max_regression: 0.05}}", name)).exit_code == 1


def test_a_bound_on_missing_does_not_replace_the_rule_on_lost_answers(tmp_path: Path) -> None:
    one = made(100)
    one.candidate = one.copy().baseline
    for line in one.candidate[:8]:
        del line["labels"]["intent"]
    report = gate(one, tmp_path, step("label_agreement", "accuracy: {min: 0.1}, missing: {max: 0.10}"))
    assert report.exit_code == 1
    assert "gave no answer on 8 of 100" in report.headline


def test_a_cohort_that_nobody_has_is_no_slice_to_skip(tmp_path: Path) -> None:
    one = made(40)
    one.card = one.card.replace("[product]", "[product, region]")
    with pytest.raises(fieval_error(), match="no interaction has the cohort region"):
        gate(one, tmp_path, step("label_agreement", "accuracy: {max_regression: 0.1, by: [region]}"))


def fieval_error() -> type[Exception]:
    from fieval.errors import InvalidInput

    return InvalidInput


def test_a_looping_summary_is_scored(tmp_path: Path) -> None:
    one = made(30)
    one.candidate[0]["summary"] = "one hundred " * 50
    one.gold[1]["gold"]["turns"][0]["text"] += " one hundred" * 50
    assert gate(one, tmp_path, step("summary_quality", "fabrication_rate: {max: 1}", "summary")).exit_code == 0


@pytest.mark.parametrize("margin", ["0.02", '"5%"'])
def test_a_harm_that_is_the_same_everywhere_is_the_surest(tmp_path: Path, margin: str) -> None:
    """All halves agree to the last bit; that is not "no variation, so nothing can be said"."""
    one = made(100)
    for gold, line in zip(one.gold, one.baseline, strict=True):
        line["turns"] = [{"text": turn["text"]} for turn in gold["gold"]["turns"]]
        line["labels"]["intent"] = gold["gold"]["labels"]["intent"]
    one.candidate = one.copy().baseline
    for line in one.candidate:
        line["turns"] = [{"text": " ".join("zzz" for _ in turn["text"].split())} for turn in line["turns"]]
        line["labels"]["intent"] = "junk"
    wer = step("asr_accuracy", "wer: {max_regression: 0.01}", "asr")
    assert gate(one, tmp_path / "asr", wer).exit_code == 1
    kappa = step("label_agreement", f"kappa: {{max_regression: {margin}}}")
    assert gate(one, tmp_path / "kappa", kappa).exit_code == 1


def test_a_score_that_is_off_by_the_same_everywhere_fails(tmp_path: Path) -> None:
    one = made(100)
    one.candidate = one.copy().baseline
    for line in one.candidate:
        line["scores"]["csat"] -= 1.0
    report = gate(one, tmp_path, step("score_agreement", "bias: {max_regression: 0.2}", "csat"))
    assert report.exit_code == 1


def test_what_cannot_be_tested_for_one_large_customer_does_not_pass(tmp_path: Path) -> None:
    one = made(100)
    for line in one.gold[:70]:
        line["group"] = "the one"
    one.candidate = one.copy().baseline
    for line in one.candidate:
        line["labels"]["intent"] = "junk"
    report = gate(one, tmp_path, step("label_agreement", "kappa: {max_regression: 0.02}"))
    assert report.exit_code == 3
    assert "one group makes up more than half of it" in report.headline


def test_bounds_alone_do_not_pass_where_the_baseline_that_is_named_is_not_there(tmp_path: Path) -> None:
    rules = step("label_agreement", "fail_rate: {max: 0.9}, missing: {max_regression: 0, severity: warn}")
    one = made(60)
    one.config = f"version: 1\ndataset: data\ncandidate: candidate.jsonl\nbaseline: slip.jsonl\nsteps:\n{rules}"
    report = fieval.run(one.write(tmp_path))
    assert (report.exit_code, report.verdict) == (3, "inconclusive")
    assert report.headline.startswith("Not decided: no baseline yet: bless one.")
