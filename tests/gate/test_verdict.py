"""From rules to one exit code and one sentence, over files."""

import re
from pathlib import Path

import pytest

import fieval
from fieval.errors import ExitCode, InvalidInput, worst
from fieval.gate.order import in_order
from fieval.model import Report, Step

from made_dataset import Made, made


def run(one: Made, tmp_path: Path) -> Report:
    return fieval.run(one.write(tmp_path))


def with_rules(one: Made, steps: str) -> Made:
    one.config = re.sub(r"steps:\n.*significance", f"steps:\n{steps}significance", one.config, flags=re.S)
    return one


INTENT = "  intent: {{evaluator: label_agreement, gates: {{{gates}}}}}\n"


def test_precedence_of_exit_codes() -> None:
    assert worst([]) is ExitCode.PASS
    order = [ExitCode(code) for code in (130, 70, 2, 4, 1, 3, 0)]
    for index in range(len(order)):
        assert worst(order[index:]) is order[index]


def test_steps_are_ordered_by_what_they_feed_on() -> None:
    names = {"c": ("b",), "b": ("a",), "d": (), "a": ()}
    assert in_order([Step(name, "", {}, after, {}) for name, after in names.items()]) == ["d", "a", "b", "c"]


def test_a_harmed_candidate_fails_and_the_earliest_step_is_named(tmp_path: Path) -> None:
    report = run(made(harm=0.3), tmp_path)
    assert (report.verdict, report.exit_code) == ("fail", 1)
    assert report.headline.startswith("asr broke: wer rose by ")
    assert report.headline.endswith("Look at asr first.")
    assert "Also failing: " in report.headline


def test_without_a_baseline_bounds_hold_and_regressions_are_inconclusive(tmp_path: Path) -> None:
    one = made()
    one.config = one.config.replace("baseline: baseline.jsonl\n", "")
    report = run(one, tmp_path / "a")
    assert (report.verdict, report.exit_code) == ("inconclusive", 3)
    assert "no baseline yet: bless one" in report.headline
    bounded = with_rules(one.copy(), INTENT.format(gates="accuracy: {min: 0.5}"))
    assert run(bounded, tmp_path / "b").exit_code == 0
    too_strict = with_rules(one.copy(), INTENT.format(gates="accuracy: {min: 0.99}"))
    assert run(too_strict, tmp_path / "c").exit_code == 1


def test_worse_rate_without_a_baseline_is_not_a_pass(tmp_path: Path) -> None:
    one = with_rules(made(), INTENT.format(gates="worse_rate: {max: 0.5}"))
    one.config = one.config.replace("baseline: baseline.jsonl\n", "")
    assert run(one, tmp_path).exit_code == 3


def test_an_answer_that_was_lost_fails_even_if_another_was_gained(tmp_path: Path) -> None:
    one = with_rules(made(), INTENT.format(gates="accuracy: {min: 0.1}"))
    one.candidate = one.copy().baseline
    del one.candidate[7]["labels"]["intent"]
    del one.baseline[8]["labels"]["intent"]
    report = run(one, tmp_path / "a")
    assert report.exit_code == 1
    assert "gave no answer on 1 of 60" in report.headline
    one.config = one.config.replace("accuracy: {min: 0.1}", "accuracy: {min: 0.1}, missing: {max_regression: 0.05}")
    assert run(one, tmp_path / "b").exit_code == 0


def test_a_grown_dataset_leaves_new_interactions_out_of_the_comparison_only(tmp_path: Path) -> None:
    one = with_rules(made(), INTENT.format(gates="accuracy: {min: 0.1, max_regression: 0.9}"))
    del one.baseline[:2]
    row = next(row for row in run(one, tmp_path / "a").results if row.metric == "accuracy" and row.slice is None)
    assert row.verdict == "pass"
    assert row.n == 60
    assert row.baseline is not None
    del one.baseline[:2]
    report = run(one, tmp_path / "b")
    assert report.exit_code == 3
    assert "baseline older than the dataset" in report.headline


def test_a_step_that_the_baseline_never_had_is_unmeasured(tmp_path: Path) -> None:
    one = with_rules(made(), INTENT.format(gates="accuracy: {max_regression: 0.05}"))
    for line in one.baseline:
        del line["labels"]["intent"]
    report = run(one, tmp_path)
    assert report.exit_code == 3
    assert "the baseline has no intent outputs" in report.headline


def test_a_small_dataset_keeps_its_bounds_and_loses_its_comparisons(tmp_path: Path) -> None:
    one = with_rules(made(n=12), INTENT.format(gates="accuracy: {min: 0.1}"))
    assert run(one, tmp_path / "a").exit_code == 0
    one = with_rules(made(n=12, harm=0.5), INTENT.format(gates="accuracy: {min: 0.1, max_regression: 0.01}"))
    assert run(one, tmp_path / "b").exit_code == 3


def test_slices_that_are_all_too_small_are_inconclusive(tmp_path: Path) -> None:
    one = made(n=30)
    one.config = one.config.replace("resamples: 999", "resamples: 999, min_interactions: 100")
    one = with_rules(one, INTENT.format(gates="recall.billing: {min: 0.1, by: [product]}"))
    report = run(one, tmp_path)
    assert {row.verdict for row in report.results if row.metric == "recall.billing" and row.slice} >= {"not_gated"}


def test_warnings_do_not_block(tmp_path: Path) -> None:
    one = with_rules(made(harm=0.4), INTENT.format(gates="accuracy: {max_regression: 0.01, severity: warn}"))
    report = run(one, tmp_path)
    assert report.exit_code == 0
    assert "failed without blocking" in report.headline


def test_a_metric_that_no_confidence_allows_fails_because_of_the_candidate(tmp_path: Path) -> None:
    one = with_rules(made(), "  mood: {evaluator: label_agreement, gates: {brier: {max: 0.9}}}\n")
    assert run(one, tmp_path).exit_code == 1


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda one: [line["gold"]["labels"].pop("intent") for line in one.gold], "exercises this step"),
        (lambda one: one.gold.clear(), "empty"),
    ],
)
def test_nothing_to_measure_is_an_error(tmp_path: Path, break_it: object, message: str) -> None:
    one = with_rules(made(), INTENT.format(gates="accuracy: {min: 0.1}"))
    break_it(one)  # type: ignore[operator]
    with pytest.raises(InvalidInput, match=message):
        run(one, tmp_path)


def test_weighted_kappa_needs_an_ordinal_label(tmp_path: Path) -> None:
    one = with_rules(made(), INTENT.format(gates="weighted_kappa: {min: 0.1}"))
    with pytest.raises(
        InvalidInput, match=r"gate.yaml:6:\d+: steps.intent.gates: no weighted_kappa here; known: accuracy"
    ):
        run(one, tmp_path)


def test_lost_answers_open_the_headline(tmp_path: Path) -> None:
    one = made()
    del one.candidate[40:]
    headline = run(one, tmp_path).headline
    assert headline.startswith("asr broke: it gave no answer on 14 of 40 interactions that the baseline answered.")


def test_a_candidate_that_is_the_baseline_is_called_that(tmp_path: Path) -> None:
    one = made()
    one.candidate = one.copy().baseline
    assert run(one, tmp_path).headline.startswith("The candidate's outputs are the baseline's. ")


def test_ruined_calls_fail_even_where_they_are_few(tmp_path: Path) -> None:
    one = with_rules(made(), "  asr: {evaluator: asr_accuracy, gates: {wer: {max_regression: 0.02}}}\n")
    one.candidate = one.copy().baseline
    for line in [line for line in one.candidate if line["id"][-1] in "457"]:
        line["turns"] = [{"text": "blah blah"}]
    assert run(one, tmp_path).exit_code == 1


def test_labels_outside_the_set_are_named(tmp_path: Path) -> None:
    one = with_rules(made(), INTENT.format(gates="accuracy: {max_regression: 0.05}"))
    for line in one.candidate:
        line["labels"]["intent"]["label"] = line["labels"]["intent"]["label"].title()
    assert "60 of its 60 labels are not in the dataset's set" in run(one, tmp_path).headline
