"""A judge that is lenient to the candidate deceives; corrected by people's verdicts it does not.

Each output is good or not, systems share a part of their luck; the judge sees what is good (sensitivity) and what is
not (specificity). Of 1,000 interactions m, chosen at random, were judged by people as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from fieval.statistics.compare import Comparison, compare
from fieval.statistics.halves import draw_halves
from fieval.statistics.ppi import judged_metrics
from fieval.statistics.sums import Bools, Floats, Indices, Table

from tables import table

pytestmark = pytest.mark.simulation

METRICS = judged_metrics("quality", "higher", 0, labelled=True)
INTERACTIONS, RELEASES, ALPHA = 1000, 400, 0.05
HALVES = draw_halves(INTERACTIONS, 999, 1)
FAIR, LENIENT = (0.92, 0.80), (0.96, 0.65)  # sensitivity and specificity
LABELS = (50, 100, 200)


@dataclass(frozen=True)
class World:
    """How likely outputs are good, how the judge treats either system, and whether interactions come in groups."""

    baseline: tuple[float, float] = FAIR
    candidate: tuple[float, float] = FAIR
    good: float = 0.8
    change: float = 0.0
    alike: float = 0.5
    grouped: bool = False


@dataclass(frozen=True)
class Tally:
    """Shares of releases: called worse, interval without 0, interval that holds the truth, falsely proven."""

    worse: float
    moved: float
    covered: float
    proven_within_the_truth: float


def tallied(world: World, labels: int, name: str = "quality") -> Tally:
    tests = [comparison[name].test for comparison in compared(world, labels)]
    intervals = [test.interval for test in tests if test.interval is not None]
    assert len(intervals) >= 0.9 * RELEASES
    return Tally(
        worse=float(np.mean([test.p_value is not None and test.p_value < ALPHA for test in tests])),
        moved=float(np.mean([low > 0 or high < 0 for low, high in intervals])),
        covered=float(np.mean([low <= world.change <= high for low, high in intervals])),
        proven_within_the_truth=float(
            np.mean([test.upper is not None and test.upper < -world.change for test in tests])
        ),
    )


@cache
def compared(world: World, labels: int) -> list[Mapping[str, Comparison]]:
    """All releases, of which several tests may ask."""
    made = (release(world, labels, np.random.default_rng(seed)) for seed in range(RELEASES))
    return [compare(METRICS, outputs, groups, HALVES, ALPHA) for outputs, groups in made]


def release(world: World, labels: int, rng: np.random.Generator) -> tuple[Table, Indices]:
    n = INTERACTIONS
    groups = np.repeat(np.arange(n), rng.geometric(1 / 3, n))[:n] if world.grouped else np.arange(n)
    labelled = np.isin(np.arange(n), rng.choice(n, labels, replace=False))
    luck, shared = rng.random(n), rng.random(n) < world.alike
    systems = []
    for judge, good in ((world.baseline, world.good), (world.candidate, world.good + world.change)):
        likely = rng.beta(4 * good, 4 * (1 - good), n)[groups] if world.grouped else good
        systems.append(judged(np.where(shared, luck, rng.random(n)) < likely, judge, labelled, rng))
    return table(*systems), groups


def judged(good: Bools, judge: tuple[float, float], labelled: Bools, rng: np.random.Generator) -> Floats:
    """Rows as `ppi_row` makes them, all at once."""
    sensitivity, specificity = judge
    score = np.where(good, rng.random(len(good)) < sensitivity, rng.random(len(good)) >= specificity)
    columns = (np.ones(len(good)), score, score, labelled, labelled & good, labelled & score, labelled & good & score)
    return np.stack(columns, axis=1).astype(np.float64)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("labels", LABELS)
def test_no_change_is_seldom_called_one_however_the_judge_is_biased(labels: int, grouped: bool) -> None:
    """Judged leniently is the baseline, so that the judge alone would call the candidate worse; 8.5 % is 5 % plus three
    standard errors.
    """
    found = tallied(World(baseline=LENIENT, grouped=grouped), labels)
    assert 0.005 <= found.worse <= 0.085
    assert 0.855 <= found.covered <= 0.985


def test_the_judge_alone_is_deceived() -> None:
    """What the correction is for: nothing changed, and the judge is sure that something did."""
    lenient_to_the_baseline = tallied(World(baseline=LENIENT), 100, "quality_raw")
    assert lenient_to_the_baseline.worse >= 0.95
    lenient_to_the_candidate = tallied(World(candidate=LENIENT), 100, "quality_raw")
    assert lenient_to_the_candidate.moved >= 0.95
    assert lenient_to_the_candidate.proven_within_the_truth == 0


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("labels", LABELS)
def test_a_true_loss_of_five_points_is_covered_and_not_proven_away(labels: int, grouped: bool) -> None:
    found = tallied(World(candidate=LENIENT, change=-0.05, grouped=grouped), labels)
    assert 0.855 <= found.covered <= 0.985
    assert found.proven_within_the_truth <= 0.085


def test_a_true_loss_is_found_that_the_judge_alone_calls_a_gain() -> None:
    world = World(candidate=LENIENT, change=-0.05)
    assert tallied(world, 200).worse >= 0.35
    assert tallied(world, 200, "quality_raw").worse == 0


@pytest.mark.parametrize(("good", "change", "alike", "labels"), [(0.97, -0.05, 0.9, 100), (0.99, -0.03, 0.95, 100)])
def test_rare_faults_are_not_proven_away(good: float, change: float, alike: float, labels: int) -> None:
    """Where people's verdicts hardly differ, halves cannot tell how much they might: 7 and 12 % without the guard."""
    world = World(good=good, change=change, alike=alike)
    assert tallied(world, labels).proven_within_the_truth <= 0.085
