"""Which step broke: a fault is planted in one step for one product, and the step that the report names is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from zlib import crc32

import pytest

from fieval.errors import ExitCode
from fieval.gate import Ruling
from fieval.model import Explanation

from simulations.pipelines import AFTER, PRODUCTS, SIZES, Pipeline, Setting, judged

pytestmark = pytest.mark.simulation

INTERACTIONS = 600
SETTINGS = {
    "quiet": Setting(),
    "noisy, nothing unchanged": Setting(noise=0.6, kept=0.0, chats=0.0),
    "confounded by difficulty": Setting(confounded=True),
}
SEEDS = pytest.mark.parametrize("seeds", [3, pytest.param(8, marks=pytest.mark.long)])


def planted(step: str, setting: Setting, seeds: int, *, gated: bool = True) -> Iterator[Ruling]:
    """The rulings on a fault in one step: every product, both sizes, so many seeds."""
    for line, size, seed in product(PRODUCTS, SIZES[step], range(seeds)):
        pipeline = Pipeline(INTERACTIONS, crc32(f"{step} {line} {size} {seed}".encode()), setting)
        yield judged(pipeline, {step: pipeline.fault(step, line, size)}, () if gated else (step,))


def named(ruling: Ruling) -> str:
    """The step that the headline sends people to."""
    assert ruling.headline.endswith(" first.")
    return ruling.headline.split(" ")[-2]


def explained(ruling: Ruling, step: str) -> list[Explanation]:
    return [each for each in ruling.root_cause.explanations if each.step == step] if ruling.root_cause else []


@SEEDS
@pytest.mark.parametrize("name", SETTINGS)
def test_the_step_at_fault_is_named_and_no_step_before_it(name: str, seeds: int) -> None:
    """At least 90 % of the failed releases name it (of 18, with 3 seeds, all but one); of its own failed rows at most
    5 % are booked to a step before.
    """
    blamed_before, rows = 0, 0
    for step in AFTER:
        steps: Counter[str] = Counter()
        for ruling in planted(step, SETTINGS[name], seeds):
            if ruling.code is ExitCode.FAIL:
                steps[named(ruling)] += 1
            own = explained(ruling, step)
            rows, blamed_before = rows + len(own), blamed_before + sum(each.blamed is not None for each in own)
        assert steps.total() >= 0.8 * len(PRODUCTS) * 2 * seeds
        assert steps[step] >= 0.90 * steps.total(), (step, steps)
    assert rows > 0
    assert blamed_before <= 0.05 * rows


def test_a_fault_in_a_step_without_rules_is_seen_through_the_steps_behind_it() -> None:
    """Only what feeds on the step has rules: where that fails, blame falls on the step at fault or on none."""
    right, wrong, rows = 0, 0, 0
    for step in ("asr", "summary", "intent"):
        for ruling in planted(step, Setting(), 3, gated=False):
            fed = [each for name in AFTER if step in AFTER[name] for each in explained(ruling, name)]
            rows += len(fed)
            right += sum(each.blamed == step for each in fed)
            wrong += sum(each.blamed not in (step, None) for each in fed)
    assert rows > 30
    assert right >= 0.50 * rows, (right, rows)
    assert wrong <= 0.05 * rows, (wrong, rows)


def test_a_small_part_is_told_as_a_part() -> None:
    """ASR got a little worse and sentiment much worse by itself, for the same product.

    Of every 37 errors more among its interactions about 7 go with ASR (0.8 · 0.12 · 0.7 against 0.3). Of the whole this
    cannot be told so well, for there both faults meet in one product.
    """
    shares, slices, blamed, rows = 0.0, 0, 0, 0
    for seed in range(20):
        pipeline = Pipeline(INTERACTIONS, seed, Setting())
        faults = {"asr": pipeline.fault("asr", "mobile", 0.12), "sentiment": pipeline.fault("sentiment", "mobile", 0.3)}
        for each in explained(judged(pipeline, faults), "sentiment"):
            rows, blamed = rows + 1, blamed + (each.blamed is not None)
            if each.slice is not None:
                slices, shares = slices + 1, shares + each.shares[0].share / each.worsening
    assert slices >= 15
    assert shares / slices == pytest.approx(0.18, abs=0.08)
    assert blamed <= 0.05 * rows
