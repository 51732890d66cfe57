"""How often the bundled gate would block a release that changed nothing."""

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fieval import engine
from fieval.errors import ExitCode
from fieval.gate import Scored, decision_on
from fieval.runner import Request, read_inputs

from simulations.worlds import swapped

PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize(("releases", "passing"), [(300, 0.95), pytest.param(1000, 0.90, marks=pytest.mark.long)])
def test_default_config_blocks_at_most_one_harmless_release_in_ten(releases: int, passing: float) -> None:
    """Per release and customer a coin exchanges the two pipelines: as different as they are, but no better or worse.

    So many must pass that a gate which truly lets nine in ten pass would hardly ever do.
    """
    inputs = read_inputs(Request(PROJECT / "configs/default.yaml"))
    config = inputs.config
    steps = engine.score_steps(inputs.scorers, inputs.dataset, inputs.candidate, inputs.baseline, lambda: None)
    significance = msgspec.structs.replace(config.significance, resamples=999)
    names = [interaction.group for interaction in inputs.dataset.interactions]
    groups = np.unique(names, return_inverse=True)[1]
    codes: Counter[ExitCode] = Counter()
    for release in range(releases):
        coins = np.random.default_rng(release).random(groups.max() + 1) < 0.5
        world = swapped(steps, coins[groups])
        codes[decision_on(Scored(world), inputs.dataset, config.steps, significance).code] += 1
    assert codes.total() == releases
    assert codes[ExitCode.PASS] >= passing * releases, codes
