"""Worlds in which nothing changed: what a coin exchanges, and that the figure is the gate's own."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fieval import engine
from fieval.evals.scored import ScoredStep
from fieval.gate import Scored, decision_on, rule_on
from fieval.gate.selfcheck import Selfcheck, selfcheck, swapped
from fieval.model import Rule, Significance
from fieval.runner import Request, read_inputs
from fieval.statistics.columns import columns_of
from fieval.statistics.sums import Floats

from made_dataset import made
from simulations.worlds import SIGNIFICANCE, config, release, world

MADE = world(120, 4)
STEPS = release(MADE, np.random.default_rng(9))


def check(steps: list[ScoredStep], worlds: int = 25, significance: Significance = SIGNIFICANCE) -> Selfcheck:
    return selfcheck(Scored(steps), MADE.dataset, config(), significance, worlds)


def baseline(step: ScoredStep) -> Floats:
    assert step.table.baseline is not None
    return step.table.baseline.dense()


def test_a_coin_exchanges_the_rows_that_both_systems_have() -> None:
    compared = np.arange(120) % 3 > 0
    step = replace(STEPS[0], table=replace(STEPS[0].table, compared=compared))
    coins = np.arange(120) % 2 == 0
    (found,) = swapped(Scored([step]), coins).steps
    flip = coins & compared
    assert flip.any()
    assert np.array_equal(found.table.candidate.dense()[flip], baseline(step)[flip])
    assert np.array_equal(baseline(found)[flip], step.table.candidate.dense()[flip])
    assert np.array_equal(found.table.candidate.dense()[~flip], step.table.candidate.dense()[~flip])
    assert np.array_equal(baseline(found)[~flip], baseline(step)[~flip])


def test_the_anchor_meets_the_candidate_of_the_world() -> None:
    coins = np.arange(120) < 60
    anchored = replace(
        STEPS[0], table=replace(STEPS[0].table, baseline=columns_of(np.zeros_like(STEPS[0].table.candidate.dense())))
    )
    found = swapped(Scored([STEPS[0]], [anchored]), coins)
    assert np.array_equal(found.anchored[0].table.candidate.dense(), found.steps[0].table.candidate.dense())
    assert not baseline(found.anchored[0]).any()


def test_same_seed_same_figure_and_another_seed_another() -> None:
    first, again = check(STEPS), check(STEPS)
    assert first == again
    other = check(STEPS, significance=msgspec.structs.replace(SIGNIFICANCE, seed=1))
    assert [rule.fails for rule in first.rules] != [rule.fails for rule in other.rules]


def test_no_difference_no_world_is_blocked() -> None:
    same = [
        replace(
            step,
            table=replace(step.table, baseline=step.table.candidate, unchanged=np.ones(120, dtype=bool)),
        )
        for step in STEPS
    ]
    found = check(same)
    assert found.exchanged == 0
    assert (found.blocked.count, found.inconclusive.count) == (0, 0)
    assert found.blocked.high == pytest.approx(0.137, abs=1e-3)


def test_a_rule_that_always_fails_blocks_every_world() -> None:
    steps = tuple(
        msgspec.structs.replace(step, gates={**step.gates, "wer": (Rule("max", 0.0),)}) if step.name == "asr" else step
        for step in config()
    )
    found = selfcheck(Scored(STEPS), MADE.dataset, steps, SIGNIFICANCE, 20)
    assert found.blocked.count == 20
    bound = next(rule for rule in found.rules if rule.rule == "max")
    assert (bound.step, bound.metric, bound.slice, bound.fails.count) == ("asr", "wer", None, 20)
    assert all(rule.fails.count < 20 for rule in found.rules if rule.rule != "max")


def test_rules_that_end_a_world_inconclusive_are_counted() -> None:
    """A world exits with 3 only where some rule is unmeasured, or unproven where proof is asked for."""
    assert not any(rule.inconclusive.count for rule in check(STEPS).rules)
    strict = check(STEPS, worlds=40, significance=msgspec.structs.replace(SIGNIFICANCE, require_proof=True))
    counts = [rule.inconclusive.count for rule in strict.rules]
    assert 0 < strict.inconclusive.count <= sum(counts)
    assert max(counts) <= strict.inconclusive.count + strict.blocked.count
    assert all(rule.slice is None for rule in strict.rules if rule.inconclusive.count)
    without = [replace(step, table=replace(step.table, baseline=None)) for step in STEPS]
    unmeasured = check(without, worlds=20)
    assert {rule.inconclusive.count for rule in unmeasured.rules if rule.rule == "max_regression"} == {20}


def test_only_rules_that_fail_block() -> None:
    """A world exits with 1 if and only if some blocking rule fails in it."""
    found = check(STEPS, worlds=60)
    assert max(rule.fails.count for rule in found.rules) <= found.blocked.count
    assert found.blocked.count <= sum(rule.fails.count for rule in found.rules)


@pytest.mark.parametrize("harm", [0.0, 0.3])
def test_a_decision_is_that_of_the_run_in_every_row_with_a_rule(harm: float, tmp_path: Path) -> None:
    inputs = read_inputs(Request(made(harm=harm).write(tmp_path)))
    steps = engine.score_steps(inputs.scorers, inputs.dataset, inputs.candidate, inputs.baseline, lambda: None)
    given = Scored(steps), inputs.dataset, inputs.config.steps, inputs.config.significance
    ruling, decision = rule_on(*given), decision_on(*given)
    assert decision.code == ruling.code
    assert decision.results == [row for row in ruling.results if row.rules]
    assert 0 < len(decision.results) < len(ruling.results)
