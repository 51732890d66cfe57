"""Relative margins, gaps, crossings, restrictions, lists, waivers, drift and weighting, over real files."""

import datetime
from pathlib import Path

import numpy as np
import pytest

import fieval
from fieval import runner
from fieval.errors import InvalidInput
from fieval.model import Report, Result
from fieval.statistics.weights import effective_size, rake

from made_dataset import Made, made

TODAY = datetime.date.today()


def gate(one: Made, folder: Path, steps: str, top: str = "") -> Report:
    one.config = (
        "version: 1\ndataset: data\ncandidate: candidate.jsonl\nbaseline: baseline.jsonl\n"
        f"{top}steps:\n{steps}significance: {{resamples: 999}}\n"
    )
    return fieval.run(one.write(folder))


def intent(gates: str, options: str = "") -> str:
    return f"  intent: {{evaluator: label_agreement, {options}gates: {{{gates}}}}}\n"


def row(report: Report, metric: str, where: dict[str, str] | None = None) -> Result:
    return next(each for each in report.results if each.metric == metric and each.slice == where)


def test_a_relative_margin_is_a_share_of_the_baseline(tmp_path: Path) -> None:
    one = made(n=200, harm=0.1)
    report = gate(one, tmp_path / "a", intent('fail_rate: {max_regression: "500%"}'))
    (rule,) = row(report, "fail_rate").rules
    assert (rule.verdict, rule.limit, rule.relative) == ("pass", 5.0, True)
    baseline = row(report, "fail_rate").baseline
    assert baseline is not None
    assert rule.margin == pytest.approx(5 * baseline)
    assert gate(one, tmp_path / "b", intent('fail_rate: {max_regression: "1%"}')).exit_code == 1


def test_several_rule_maps_stand_on_one_metric(tmp_path: Path) -> None:
    rules = intent("accuracy: [{min: 0.99, severity: warn}, {max_regression: 0.9, by: [product]}]")
    report = gate(made(), tmp_path, rules)
    assert [rule.verdict for rule in row(report, "accuracy").rules] == ["fail", "pass"]
    assert [rule.rule for rule in row(report, "accuracy", {"product": "mobile"}).rules] == ["max_regression"]
    assert report.exit_code == 0


def test_crossed_cohorts_are_slices_of_their_own(tmp_path: Path) -> None:
    one = made(n=200)
    report = gate(one, tmp_path, intent("accuracy: {max_regression: 0.5, by: [[product, channel]]}"))
    crossed = row(report, "accuracy", {"product": "mobile", "channel": "voice"})
    expected = sum(line["channel"] == "voice" and line["cohorts"]["product"] == "mobile" for line in one.gold)
    assert crossed.n == expected
    assert [rule.by for rule in crossed.rules] == [(("product", "channel"),)]
    assert row(report, "accuracy", {"product": "mobile"}).rules == ()


def test_where_restricts_a_step(tmp_path: Path) -> None:
    one = made(n=90)
    report = gate(one, tmp_path, intent("accuracy: {min: 0.1}", "where: {product: mobile}, "))
    assert row(report, "accuracy").n == report.coverage["intent"].applicable == 45
    with pytest.raises(InvalidInput, match="exercises this step"):
        gate(one, tmp_path, intent("accuracy: {min: 0.1}", "where: {product: none}, "))


def unfair(n: int) -> Made:
    """Both systems are much worse for mobile customers."""
    one = made(n=n, seed=2)
    for line, gold in zip(one.candidate, one.gold, strict=True):
        line["labels"]["intent"] = gold["gold"]["labels"]["intent"]
        del gold["group"]
        if gold["cohorts"]["product"] == "mobile" and line["id"][-1] in "1357":
            line["labels"]["intent"] = "cancel" if gold["gold"]["labels"]["intent"] != "cancel" else "outage"
    one.baseline = one.copy().candidate
    return one


def test_a_gap_between_cohorts_fails_though_nothing_changed(tmp_path: Path) -> None:
    report = gate(unfair(240), tmp_path / "a", intent("fail_rate: {max_gap: 0.2, by: [product]}"))
    (rule,) = row(report, "fail_rate").rules
    assert report.exit_code == 1
    assert rule.reason.startswith("product=mobile is ")
    assert rule.p_value is not None
    assert f"(p = {rule.p_value:.4f})" in rule.reason
    assert rule.margin is None
    assert "worse than product=energy (p " in rule.reason
    assert gate(unfair(240), tmp_path / "b", intent("fail_rate: {max_gap: 0.9, by: [product]}")).exit_code == 0
    small = row(gate(unfair(80), tmp_path / "c", intent("fail_rate: {max_gap: 0.2, by: [product]}")), "fail_rate")
    assert small.verdict == "not_gated"


def test_drift_is_measured_against_the_anchor(tmp_path: Path) -> None:
    one = made(n=200, harm=0.2)
    anchor = one.copy()
    anchor.write(tmp_path)
    (tmp_path / "anchor.jsonl").write_bytes((tmp_path / "baseline.jsonl").read_bytes())
    one.baseline = one.copy().candidate
    rules = intent("accuracy: {max_regression: 0.02, max_drift: 0.02}")
    report = gate(one, tmp_path, rules, "anchor: anchor.jsonl\n")
    verdicts = {rule.rule: rule.verdict for rule in row(report, "accuracy").rules}
    assert verdicts == {"max_regression": "pass", "max_drift": "fail"}
    assert report.provenance.anchor is not None
    regression, drift = row(report, "accuracy").rules
    assert drift.reason.startswith("against the anchor: -")
    assert drift.p_value is not None
    assert drift.p_value < 0.05
    assert (regression.reason, regression.p_value) == ("unchanged", None)
    assert (drift.margin, regression.margin) == (0.02, 0.02)


@pytest.mark.parametrize(("days", "code"), [(1, 0), (0, 0), (-1, 1)])
def test_a_waiver_holds_until_its_day(tmp_path: Path, days: int, code: int) -> None:
    until = TODAY + datetime.timedelta(days=days)
    waived = f"accuracy: {{min: 0.99, waived: {{until: {until}, by: QA, reason: new labels}}}}"
    one = made(harm=0.3)
    one.config = ""
    report = gate(one, tmp_path, intent(waived + ", missing: {max_regression: 1}"))
    assert report.exit_code == code
    (rule,) = row(report, "accuracy").rules
    assert rule.verdict == "fail"
    assert (rule.waived is None) == (days < 0)
    notes = runner.run_gate(runner.Request(tmp_path / "gate.yaml")).report.notes
    assert [("has expired" in note) for note in notes] == ([True] if days < 0 else [])


def test_population_weights_the_estimates(tmp_path: Path) -> None:
    one = unfair(240)
    one.card += "population:\n  product: {mobile: 0.9, energy: 0.1}\n"
    report = gate(one, tmp_path, intent("accuracy: {min: 0.1}"))
    mobile, energy = (row(report, "accuracy", {"product": name}).candidate for name in ("mobile", "energy"))
    assert mobile is not None
    assert energy is not None
    assert row(report, "accuracy").candidate == pytest.approx(0.9 * mobile + 0.1 * energy)
    assert row(report, "accuracy").n == 240
    assert report.effective_size is not None
    assert report.effective_size == pytest.approx(240**2 / (120 * 1.8**2 + 120 * 0.2**2), rel=1e-6)


def test_a_population_must_be_covered(tmp_path: Path) -> None:
    one = made()
    one.card += "population:\n  product: {mobile: 0.5, energy: 0.3, water: 0.2}\n"
    with pytest.raises(
        InvalidInput, match=r"population.product.water: no interaction, but a share of 20% in production"
    ):
        gate(one, tmp_path, intent("accuracy: {min: 0.1}"))
    runner.read_inputs(runner.Request(tmp_path / "gate.yaml", allow_uncovered=True))
    one.card = one.card.replace("energy: 0.3, water: 0.2", "water: 0.5")
    with pytest.raises(InvalidInput, match='30 interactions are "energy", which has no share'):
        gate(one, tmp_path, intent("accuracy: {min: 0.1}"))


def test_raking_meets_all_margins_at_once() -> None:
    rng = np.random.default_rng(1)
    values = {"a": rng.choice(["x", "y"], 400, p=[0.7, 0.3]).tolist(), "b": rng.choice(["u", "v", "w"], 400).tolist()}
    population = {"a": {"x": 0.4, "y": 0.6}, "b": {"u": 0.2, "v": 0.3, "w": 0.5}}
    weights = rake(values, population)
    for name, shares in population.items():
        for value, share in shares.items():
            mask = np.array([each == value for each in values[name]])
            assert weights[mask].sum() / weights.sum() == pytest.approx(share, abs=1e-8)
    assert effective_size(np.ones(400)) == 400
    assert effective_size(weights) < 400


def proof(one: Made, folder: Path, gates: str, card: str = "") -> Report:
    one.card += card
    one.config = (
        "version: 1\ndataset: data\ncandidate: candidate.jsonl\nbaseline: baseline.jsonl\nsteps:\n"
        f"  csat: {{evaluator: score_agreement, gates: {{{gates}}}}}\n"
        "significance: {resamples: 999, require_proof: true}\n"
    )
    return fieval.run(one.write(folder))


@pytest.mark.parametrize("card", ["", "population: {product: {mobile: 0.77, energy: 0.23}}\n"])
def test_rounding_makes_no_two_equal_rows_differ(tmp_path: Path, card: str) -> None:
    """One outlier in one system once put the two tables on different grids, and every group seemed to differ."""
    one = made(120, seed=4)
    for line, gold in zip(one.baseline, one.gold, strict=True):
        line["scores"]["csat"] = min(5, gold["gold"]["scores"]["csat"] + 0.37)
    one.candidate = one.copy().baseline
    for line in one.candidate[:3]:
        line["scores"]["csat"] = round(line["scores"]["csat"] - 0.01, 2)
    next(line for line in one.candidate[5:] if line["scores"]["csat"] > 4)["scores"]["csat"] = 1
    report = proof(one, tmp_path, "mae: {max_regression: 0.5}", card)
    assert report.exit_code == 3
    assert " groups differ between baseline and candidate" in report.headline


def test_weighting_loses_no_answer(tmp_path: Path) -> None:
    one = made(120, seed=4)
    energy = [line for line, gold in zip(one.baseline, one.gold, strict=True) if gold["cohorts"]["product"] == "energy"]
    for line in energy[:6]:
        del line["labels"]["intent"]
    lost = {line["id"] for line in energy[:6]}
    one.candidate = one.copy().baseline
    for line in one.baseline:
        if line["id"] not in lost and int(line["id"][-3:]) % 20 == 1:
            del line["labels"]["intent"]
    one.card += "population: {product: {mobile: 0.87, energy: 0.13}}\n"
    assert gate(one, tmp_path, intent("accuracy: {min: 0.1}")).exit_code == 0


def test_weighted_spearman_is_the_weighted_correlation_of_ranks(tmp_path: Path) -> None:
    from scipy.stats import rankdata

    one = made(150, seed=5)
    for line in one.gold:
        del line["group"]
    one.card += "population: {product: {mobile: 0.8, energy: 0.2}}\n"
    report = gate(one, tmp_path, "  csat: {evaluator: score_agreement, gates: {spearman: {min: 0.1}}}\n")
    mobile = np.array([line["cohorts"]["product"] == "mobile" for line in one.gold])
    weights = np.where(mobile, 0.8 / mobile.mean(), 0.2 / (~mobile).mean())
    x = rankdata([line["scores"]["csat"] for line in one.candidate])
    y = rankdata([line["gold"]["scores"]["csat"] for line in one.gold])
    covariance = np.cov(x, y, aweights=weights)
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert row(report, "spearman").candidate == pytest.approx(expected, abs=1e-6)


def test_margins_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    one = made(90)
    for line in one.gold:
        line["cohorts"]["product"] = "mobile" if line["channel"] == "voice" else "energy"
    one.card += "population: {product: {mobile: 0.9, energy: 0.1}, channel: {voice: 0.2, chat: 0.8}}\n"
    with pytest.raises(InvalidInput, match="the shares of product and channel cannot all hold at once"):
        gate(one, tmp_path, intent("accuracy: {min: 0.1}"))


def test_a_gap_is_not_evaded_by_giving_no_values(tmp_path: Path) -> None:
    one = unfair(240)
    for line, gold in zip(one.candidate, one.gold, strict=True):
        confidence = {"confidence": 0.9} if gold["cohorts"]["product"] == "energy" else {}
        line["labels"]["intent"] = {"label": line["labels"]["intent"], **confidence}
    rules = intent("brier: {max_gap: 0.2, by: [product]}, accuracy: {min: 0.1}")
    report = gate(one, tmp_path, rules)
    assert report.exit_code == 1
    assert "do not allow to compute brier for product=mobile" in row(report, "brier").rules[0].reason


def test_a_share_of_a_signed_baseline_is_one_of_its_size(tmp_path: Path) -> None:
    for sign, folder in ((1, "up"), (-1, "down")):
        one = made(120, seed=6)
        for before, after, gold in zip(one.baseline, one.candidate, one.gold, strict=True):
            gold["gold"]["scores"]["csat"] = 3
            noise = 0.1 * (int(gold["id"][-3:]) % 7 - 3)
            before["scores"]["csat"], after["scores"]["csat"] = 3 + sign * (0.7 + noise), 3 + sign * (1.4 - noise)
        rules = '  csat: {evaluator: score_agreement, gates: {bias: {max_regression: "50%"}}}\n'
        assert gate(one, tmp_path / folder, rules).exit_code == 1


def test_cohorts_that_never_meet_are_no_slice_to_skip(tmp_path: Path) -> None:
    one = made(60)
    one.card = one.card.replace("[product]", "[product, tier]")
    for index, line in enumerate(one.gold):
        line["cohorts"] = {"tier": "gold"} if index % 2 else {"product": "mobile"}
    with pytest.raises(InvalidInput, match="no interaction has the cohort product and tier"):
        gate(one, tmp_path, intent("accuracy: {max_regression: 0.5, by: [[product, tier]]}"))


def test_a_rule_has_the_p_value_that_it_was_judged_by(tmp_path: Path) -> None:
    """Corrected where it can block, else as it is; a bound has none."""
    gates = "accuracy: [{max_regression: 0.02, min: 0.1}, {max_regression: 0.01, severity: warn}]"
    gates += ", kappa: {max_regression: 0.02}"
    found = row(gate(made(n=200, harm=0.05), tmp_path, intent(gates)), "accuracy")
    blocking, bound, warning = found.rules
    assert blocking.p_value == found.p_adjusted
    assert (bound.p_value, bound.margin) == (None, None)
    assert warning.p_value == found.p_value
    assert found.p_value is not None
    assert found.p_adjusted is not None
    assert found.p_value < found.p_adjusted
