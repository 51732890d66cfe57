"""`fieval selfcheck` against the truth: how often fresh releases that changed nothing are blocked."""

from dataclasses import replace

import numpy as np
import pytest

from fieval.errors import ExitCode
from fieval.evals.scored import ScoredStep
from fieval.gate import Scored, decision_on
from fieval.gate.selfcheck import selfcheck
from fieval.statistics.columns import Columns, columns_of
from fieval.statistics.shares import share

from simulations.worlds import SIGNIFICANCE, World, config, release, world

pytestmark = pytest.mark.simulation

RELEASES, WORLDS, CHECKS = 800, 200, 4


def made(dataset: World, seed: int, looping: float) -> list[ScoredStep]:
    """A release that changed nothing; in a share of calls either system's recogniser loops, and ruins the call."""
    rng = np.random.default_rng([seed, 11])
    asr, intent = release(dataset, rng)
    assert asr.table.baseline is not None
    table = replace(
        asr.table,
        baseline=_looped(asr.table.baseline, rng, looping),
        candidate=_looped(asr.table.candidate, rng, looping),
    )
    return [replace(asr, table=table), intent]


def _looped(table: Columns, rng: np.random.Generator, share_of_calls: float) -> Columns:
    rows = table.dense()
    loops = rng.random(len(rows)) < share_of_calls
    errors = rows[:, 0] + loops * np.round(0.6 * rows[:, 1])
    return columns_of(np.column_stack([errors, rows[:, 1:3], np.maximum(rows[:, 3], loops)]))


@pytest.mark.parametrize("looping", [0.0, 0.03], ids=["light tails", "heavy tails"])
def test_figure_is_the_truth_within_its_interval(looping: float) -> None:
    """Several checks are pooled, so that their interval is narrow enough to be a test; the truth has one as well."""
    dataset = world(160, 3)
    blocked = sum(
        decision_on(Scored(made(dataset, seed, looping)), dataset.dataset, config(), SIGNIFICANCE).code is ExitCode.FAIL
        for seed in range(RELEASES)
    )
    truth = share(blocked, RELEASES)
    checks = [
        selfcheck(Scored(made(dataset, 5000 + seed, looping)), dataset.dataset, config(), SIGNIFICANCE, WORLDS)
        for seed in range(CHECKS)
    ]
    figure = share(sum(check.blocked.count for check in checks), CHECKS * WORLDS)
    print(f"truth {truth.value:.3f} ({truth.low:.3f} to {truth.high:.3f}), selfcheck {figure.value:.3f}")
    assert figure.low <= truth.high
    assert truth.low <= figure.high
    assert sum(check.blocked.low <= truth.value <= check.blocked.high for check in checks) >= CHECKS - 1
