"""Half-sampling against plain enumeration, and what must not change which groups make up a half."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.statistics import halves as module
from fieval.statistics.halves import draw_halves, number_groups


def test_few_groups_are_enumerated_once_each() -> None:
    halves = draw_halves(5, resamples=99, seed=1)
    chosen = np.unpackbits(halves.bits, axis=1, count=halves.count).T
    assert halves.exhaustive
    assert len({tuple(row) for row in chosen}) == halves.count == 2**5 - 1
    assert chosen.any(axis=1).all()


def test_sums_over_halves_equal_sums_by_hand() -> None:
    rows = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0], [8.0, 80.0]])
    groups = np.array([0, 1, 1, 2])
    halves = draw_halves(3, resamples=99, seed=1)
    sums = {tuple(column) for column in halves.sums(rows, groups).T}
    totals = [rows[groups == group].sum(axis=0) for group in range(3)]
    expected = {
        tuple(sum((totals[group] for group in half), np.zeros(2)))
        for size in (1, 2, 3)
        for half in combinations(range(3), size)
    }
    assert sums == expected


def test_coins_are_fair_independent_of_each_other_and_reproducible() -> None:
    halves = draw_halves(40, resamples=4000, seed=7)
    chosen = np.unpackbits(halves.bits, axis=1, count=halves.count).astype(float)
    assert np.abs(chosen.mean(axis=1) - 0.5).max() < 0.04
    assert np.abs(np.corrcoef(chosen) - np.eye(40)).max() < 0.08
    assert np.array_equal(halves.bits, draw_halves(40, resamples=4000, seed=7).bits)
    assert not np.array_equal(halves.bits, draw_halves(40, resamples=4000, seed=8).bits)


def test_sums_do_not_depend_on_the_size_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    rows = np.round(rng.normal(size=(200, 5)) * 2**20) / 2**20
    groups = rng.integers(0, 80, 200)
    halves = draw_halves(80, resamples=999, seed=5)
    whole = halves.sums(rows, groups)
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 3000)
    assert np.array_equal(whole, halves.sums(rows, groups))


@pytest.mark.parametrize("largest", [3, 1 << 15, 1 << 22, 1 << 40])
def test_whole_numbers_are_added_up_without_loss_however_large(largest: int) -> None:
    rng = np.random.default_rng(largest)
    rows = rng.integers(-largest, largest, (300, 3))
    groups = rng.permutation(300)
    halves = draw_halves(300, resamples=99, seed=5)
    chosen = np.unpackbits(halves.bits, axis=1, count=halves.count).astype(bool)
    expected = [[sum(int(value) for value in column[half[groups]]) for half in chosen.T] for column in rows.T]
    assert halves.sums(rows.astype(np.float64), groups).tolist() == expected


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.text("abc", max_size=3)), min_size=1, max_size=20), st.randoms())
def test_group_numbers_survive_a_new_order_and_new_names(members: list[tuple[int, str]], random: object) -> None:
    content = [f"{index}:{text}" for index, (_, text) in enumerate(members)]
    names = [f"customer-{group}" for group, _ in members]
    renamed = [f"{(group * 5 + 3) % 7}-x" for group, _ in members]
    assert np.array_equal(number_groups(names, content), number_groups(renamed, content))
    order = list(range(len(members)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = number_groups([names[i] for i in order], [content[i] for i in order])
    assert np.array_equal(shuffled, number_groups(names, content)[order])
