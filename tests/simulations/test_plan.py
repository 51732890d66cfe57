"""What `fieval plan` promises: a release that changed nothing, at the planned size, is proven in about 80 %.

A plan is made from a pilot dataset and tried on fresh ones of the size that it names; its own uncertainty is part of
what is measured.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from fieval.evals.label_agreement import LabelScorer
from fieval.model import LabelSet
from fieval.statistics.compare import Comparison, compare
from fieval.statistics.halves import draw_halves
from fieval.statistics.sums import Floats, Indices, Metric, quotient

from simulations.worlds import label_rows
from tables import table

pytestmark = pytest.mark.simulation

ALPHA = 0.05
PILOTS, TRIALS, PILOT_SIZE = 120, 5, 200
Systems = Callable[[np.random.Generator, Indices], list[Floats]]
KAPPA = next(each for each in LabelScorer("x", LabelSet(("a", "b", "c"))).metrics if each.name == "kappa")


def wer(rng: np.random.Generator, groups: Indices) -> list[Floats]:
    n = len(groups)
    words, hard = np.round(rng.lognormal(5, 0.6, n)) + 10, rng.normal(0, 0.5, n)
    systems = []
    for _ in range(2):
        customer = rng.normal(0, 0.25, n)[groups]
        rate = np.clip(0.12 * np.exp(hard + customer + rng.normal(0, 0.3, n)), 0, 0.9)
        systems.append(np.stack([rng.binomial(words.astype(int), rate), words], axis=1).astype(float))
    return systems


def rate(rng: np.random.Generator, groups: Indices, beyond: float) -> list[Floats]:
    n = len(groups)
    hard = rng.normal(0, 1, n)
    latent = [hard + rng.normal(0, 0.8, n) + rng.normal(0, 0.6, n)[groups] for _ in range(2)]
    return [np.stack([each > beyond, np.ones(n)], axis=1).astype(float) for each in latent]


def mean(rng: np.random.Generator, groups: Indices) -> list[Floats]:
    n = len(groups)
    hard = rng.normal(0.8, 0.2, n)
    scores = [hard + rng.normal(0, 0.15, n) + rng.normal(0, 0.1, n)[groups] for _ in range(2)]
    return [np.stack([np.round(np.clip(each, 0, 1) * 20) / 20, np.ones(n)], axis=1) for each in scores]


def labels(rng: np.random.Generator, groups: Indices) -> list[Floats]:
    n = len(groups)
    gold = rng.choice(3, n, p=(0.55, 0.27, 0.18))
    both = np.where(rng.random(n) < 0.08, (gold + rng.integers(1, 3, n)) % 3, gold)
    systems = []
    for _ in range(2):
        slips = rng.random(n) < 0.05 + 0.1 * (rng.normal(0, 1, n)[groups] > 1)
        systems.append(np.where(slips, (gold + rng.integers(1, 3, n)) % 3, both))
    return [label_rows(np.stack([gold, each], axis=1).astype(float)) for each in systems]


CASES: dict[str, tuple[Metric, Systems, float]] = {
    "ratio": (Metric("wer", "lower", "ratio", (0, 1), quotient), wer, 0.008),
    "rate": (Metric("fails", "lower", "rate", (0, 1), quotient), partial(rate, beyond=2.2), 0.03),
    "rare rate": (Metric("fails", "lower", "rate", (0, 1), quotient), partial(rate, beyond=2.9), 0.02),
    "mean": (Metric("score", "higher", "mean", (0, 1), quotient), mean, 0.025),
    "kappa": (KAPPA, labels, 0.04),
}


def compared(metric: Metric, systems: Systems, n: int, mean_group: int, seed: list[int]) -> Comparison:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n), rng.geometric(1 / mean_group, n))[:n]
    halves = draw_halves(int(groups.max()) + 1, 399, seed[0])
    return compare([metric], table(*systems(rng, groups)), groups, halves, ALPHA)[metric.name]


@pytest.mark.parametrize("mean_group", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_planned_number_of_interactions_has_the_power_it_promises(name: str, mean_group: int) -> None:
    metric, systems, margin = CASES[name]
    proven = []
    for pilot in range(PILOTS):
        needed = compared(metric, systems, PILOT_SIZE, mean_group, [pilot, mean_group]).needed(margin, ALPHA)
        assert needed is not None
        for trial in range(TRIALS):
            upper = compared(metric, systems, needed, mean_group, [trial, pilot, 7]).test.upper
            proven.append(upper is not None and upper < margin)
    print(f"{name}, groups of {mean_group}: power {np.mean(proven):.3f}")
    assert 0.75 <= np.mean(proven) <= 0.88
