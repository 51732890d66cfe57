"""How much disappears, from tables: every kind of metric, slices and weights, and who is to blame for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fieval.evals.scored import ScoredStep
from fieval.gate.replayed import Replay, Scale, culprit, replayed, worsened
from fieval.model import Coverage, Repair, Replayed, Step
from fieval.statistics.columns import columns_of
from fieval.statistics.compare import compare
from fieval.statistics.halves import draw_halves
from fieval.statistics.inference import worsening
from fieval.statistics.sums import Bools, Floats, Metric, Table, quotient

from sample_run import result, rule

N = 80
GROUPS = np.arange(N)
NONE = np.zeros(0, dtype=np.intp)
HALVES = draw_halves(N, 999, 1)
METRICS = {
    "wer": Metric("wer", "lower", "ratio", (0, 1), quotient),
    "score": Metric("score", "higher", "mean", (0, 1), quotient),
    "accuracy": Metric("accuracy", "higher", "rate", (2, 1), quotient),
    "bias": Metric("bias", "zero", "mean", (3, 1), quotient),
    "missing": Metric("missing", "lower", "rate", (2, 1), quotient, counted=True),
}


def rows(seed: int, level: float) -> Floats:
    rng = np.random.default_rng(seed)
    one = np.ones(N)
    return np.column_stack([rng.poisson(level * 10, N), one, rng.random(N) < level, rng.normal(level, 0.1, N)])


def step(before: Floats, after: Floats, *metrics: Metric) -> ScoredStep:
    whole = np.ones(N, dtype=bool)
    table = Table(np.arange(N), columns_of(before), columns_of(after), whole, ~whole)
    return ScoredStep("intent", metrics, table, Coverage(N, 0, 0, 0), baseline_answered=True)


def told(metric: Metric, replay: Floats, candidate: Floats, worse: float, mask: Bools | None = None) -> Replayed:
    own = Replay("asr", "baseline", step(replay, candidate, metric), reran=7, unsteady=0.0, dropped=NONE)
    rows = np.ones(N, dtype=bool) if mask is None else mask
    scale = Scale(metric, worse, metric.of(candidate[rows]), rows, np.zeros(N), GROUPS, HALVES, 0.05)
    (found,) = replayed([own], scale) or ()
    return found


@pytest.mark.parametrize("name", ["wer", "score", "accuracy", "bias"])
def test_what_disappears_and_what_remains_are_the_two_parts_of_the_way(name: str) -> None:
    metric = METRICS[name]
    baseline, repaired, candidate = rows(1, 0.2), rows(2, 0.3), rows(3, 0.6)
    if metric.better == "higher":
        baseline, candidate = candidate, baseline
    values = [metric.of(system) for system in (baseline, repaired, candidate)]
    whole = worsening(metric, values[0], values[2])
    found = told(metric, repaired, candidate, whole)
    assert found.disappears == pytest.approx(worsening(metric, values[1], values[2]))
    assert found.remains == pytest.approx(worsening(metric, values[0], values[1]))
    assert found.interval is not None
    assert found.interval[0] < found.disappears < found.interval[1]


@pytest.mark.parametrize("name", ["wer", "score", "accuracy"])
def test_the_interval_is_that_of_any_comparison(name: str) -> None:
    metric = METRICS[name]
    repaired, candidate = rows(2, 0.3), rows(3, 0.6)
    known = compare((metric,), step(repaired, candidate, metric).table, GROUPS, HALVES, 0.05)[name].test.interval
    assert known is not None
    signed = (-known[1], -known[0]) if metric.better == "higher" else known
    assert told(metric, repaired, candidate, 1.0).interval == pytest.approx(signed)


@pytest.mark.parametrize("name", ["wer", "score", "bias"])
def test_what_changed_nothing_has_an_interval_without_width(name: str) -> None:
    found = told(METRICS[name], rows(3, 0.6), rows(3, 0.6), 0.4)
    assert (found.disappears, found.interval, found.remains) == (0.0, (0.0, 0.0), 0.4)


def test_a_few_that_changed_are_too_few_for_an_interval() -> None:
    candidate, repaired = rows(3, 0.6), rows(3, 0.6)
    repaired[:5, 0] = 0
    found = told(METRICS["wer"], repaired, candidate, 0.4)
    assert found.disappears > 0
    assert found.interval is None


def test_lost_answers_that_come_back_are_counted_not_estimated() -> None:
    candidate, repaired = np.zeros((N, 4)), np.zeros((N, 4))
    candidate[:, 1] = repaired[:, 1] = 1
    candidate[:8, 2], repaired[:2, 2] = 1, 1
    found = told(METRICS["missing"], repaired, candidate, 0.1)
    assert (found.disappears, found.interval) == (6 / N, (6 / N, 6 / N))


def test_only_the_rows_of_the_slice_count() -> None:
    mask = np.arange(N) < 40
    candidate, repaired = rows(3, 0.6), rows(2, 0.3)
    found = told(METRICS["wer"], repaired, candidate, 0.4, mask)
    assert found.disappears == pytest.approx(candidate[:40, 0].mean() - repaired[:40, 0].mean())


def test_a_metric_that_was_not_replayed_is_not_told() -> None:
    own = Replay("asr", "gold", step(rows(1, 0.2), rows(2, 0.3), METRICS["wer"]), 3, 0.0, NONE)
    scale = Scale(METRICS["score"], 1.0, 0.5, np.ones(N, dtype=bool), np.zeros(N), GROUPS, HALVES, 0.05)
    assert replayed([own], scale) is None
    assert replayed([], replace(scale, metric=METRICS["wer"])) is None


STEPS = [
    Step("intent", "e", {}, ("summary",), {}),
    Step("summary", "e", {}, ("asr",), {}),
    Step("asr", "e", {}, (), {}),
]


def one(name: str, disappears: float, low: float | None, repair: Repair = "baseline") -> Replayed:
    return Replayed(name, repair, disappears, None if low is None else (low, 1.0), 1 - disappears, 5, 0.0)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ([one("asr", 0.9, 0.4), one("summary", 1.0, 0.5)], "asr"),
        ([one("summary", 1.0, 0.5), one("asr", 0.9, 0.4)], "asr"),
        ([one("asr", 0.4, 0.2), one("summary", 1.0, 0.5)], "summary"),
        ([one("asr", 0.5, 0.01)], "asr"),
        ([one("asr", 0.9, 0.0)], None),
        ([one("asr", 0.9, None)], None),
        ([one("asr", 0.9, 0.4, "gold")], None),
        ([one("asr", 0.9, 0.4, "anchor")], None),
        ([], None),
    ],
)
def test_the_earliest_that_surely_carries_half_is_to_blame(found: list[Replayed], name: str | None) -> None:
    assert culprit(found, "baseline", 1.0, STEPS) == name


def test_what_is_looked_into_are_the_blocking_rules_on_changes() -> None:
    failing = [
        result("intent", "accuracy", (0.9, 0.8), better="higher", rules=[rule(verdict="fail")]),
        result("intent", "kappa", (0.9, 0.8), better="higher", rules=[rule("max_drift", verdict="fail")]),
        result("summary", "wer", (0.1, 0.2), rules=[rule("max", verdict="fail")]),
        result("summary", "cer", (0.1, 0.2), rules=[rule(verdict="fail", severity="warn")]),
        result("asr", "wer", (0.1, 0.2), rules=[rule(verdict="pass")]),
        result("intent", "macro_f1", (0.9, 0.8), better="higher", rules=[rule(verdict="fail")]),
    ]
    assert sorted(worsened(failing, STEPS)) == [("anchor", "intent"), ("baseline", "intent")]
