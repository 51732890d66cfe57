"""Step-down max-T against a slow version written from the definition."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.statistics.family import step_down
from fieval.statistics.sums import Floats


def lazy(null: Floats) -> list[Callable[[], Floats]]:
    return [partial(np.asarray, row) for row in null]


def slow_step_down(observed: list[float], null: list[list[float]]) -> dict[int, float]:
    order = sorted(range(len(observed)), key=lambda cell: -observed[cell])
    adjusted: dict[int, float] = {}
    floor = 0.0
    for position, cell in enumerate(order):
        rest = order[position:]
        halves = range(len(null[0]))
        above = sum(max(null[other][half] for other in rest) >= observed[cell] - 1e-9 for half in halves)
        floor = max(floor, (1 + above) / (len(null[0]) + 1))
        adjusted[cell] = floor
    return adjusted


@settings(max_examples=80)
@given(st.integers(1, 6), st.integers(5, 40), st.integers(0, 10_000))
def test_step_down_equals_the_definition(cells: int, halves: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    observed, null = np.round(rng.normal(1, 1, cells), 1), np.round(rng.normal(0, 1, (cells, halves)), 1)
    null[0, : halves // 5] = -np.inf
    expected = slow_step_down(observed.tolist(), null.tolist())
    assert step_down(observed, lazy(null)).tolist() == pytest.approx([expected[cell] for cell in range(cells)])


def test_perfectly_correlated_tests_cost_nothing() -> None:
    null = np.random.default_rng(0).normal(size=(1, 999))
    alone = step_down(np.array([2.0]), lazy(null))
    together = step_down(np.full(20, 2.0), lazy(np.repeat(null, 20, axis=0)))
    assert together.tolist() == [alone[0]] * 20


def test_no_tests_no_p_values() -> None:
    assert step_down(np.zeros(0), []).tolist() == []
