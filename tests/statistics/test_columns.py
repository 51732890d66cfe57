"""Columns hold what a plain array holds, and add up to the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.statistics import columns
from fieval.statistics.columns import Column, Columns, columns_of, exact_pair, joined, packed, times, where
from fieval.statistics.sums import Floats, exact

VALUES = st.one_of(
    st.sampled_from([0.0, 0.0, 0.0, 1.0]),
    st.integers(-130, 40_000).map(float),
    st.floats(0, 1, width=32),
    st.sampled_from([-128.0, 2.0**31, -(2.0**40), 0.1]),
)


@st.composite
def arrays(draw: st.DrawFn, width: int = 4) -> Floats:
    """Rows whose columns are of one kind each, some of them nearly empty."""
    length = draw(st.integers(0, 60))
    kinds = [draw(st.sampled_from([st.just(0.0), st.sampled_from([0.0, 1.0]), VALUES])) for _ in range(width)]
    made = [[draw(kind) for kind in kinds] for _ in range(length)]
    return np.array(made, dtype=np.float64).reshape(length, width)


@pytest.fixture(autouse=True, params=[0, 4096], ids=["packed", "as they are"])
def worth(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_WORTH_PACKING", request.param)


def made(rows: Floats) -> Columns:
    return Columns([packed(column) for column in rows.T], len(rows))


@given(rows=arrays(), data=st.data())
def test_rows_and_columns_are_picked_as_from_an_array(rows: Floats, data: st.DataObject) -> None:
    kept = made(rows)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), dtype=bool)
    first, last = sorted(data.draw(st.tuples(st.integers(0, 70), st.integers(0, 70))))
    assert kept.shape == rows.shape
    assert np.array_equal(kept.dense(), rows)
    assert np.array_equal(kept[mask].dense(), rows[mask])
    assert np.array_equal(kept[first:last].dense(), rows[first:last])
    assert np.array_equal(kept[mask][:, -1], rows[mask][:, -1])
    assert np.array_equal(kept[first:last, (2, 0)], rows[first:last][:, [2, 0]])
    assert np.array_equal(kept.any(), (rows != 0).any(axis=1))


@given(rows=arrays(), other=arrays(), data=st.data())
def test_what_is_made_of_columns_is_what_arrays_give(rows: Floats, other: Floats, data: st.DataObject) -> None:
    length = min(len(rows), len(other))
    rows, other = rows[:length], other[:length]
    one, two = made(rows), made(other)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=length, max_size=length)), dtype=bool)
    weights = np.linspace(0.5, 2, length)
    assert np.array_equal(where(mask, one, two).dense(), np.where(mask[:, None], rows, other))
    assert np.array_equal(times(one, weights).dense(), rows * weights[:, None])
    assert np.array_equal(joined([one, two, one]).dense(), np.vstack([rows, other, rows]))
    assert np.array_equal(one.beside(two).dense(), np.hstack([rows, other]))
    assert np.array_equal(one.differ(two), (rows != other).any(axis=1))


@given(rows=arrays(), other=arrays(), data=st.data())
def test_both_systems_are_rounded_to_one_grid(rows: Floats, other: Floats, data: st.DataObject) -> None:
    both = exact(np.vstack([rows, other]))
    before, after = exact_pair(made(rows), made(other))
    assert np.array_equal(np.vstack([before.dense(), after.dense()]), both)
    groups = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows))), dtype=np.intp)
    plain = np.array([before.dense()[groups == group].sum(axis=0) for group in range(4)])
    assert np.array_equal(before.totals(groups, 4), plain)
    assert np.array_equal(before.sums(), before.dense().sum(axis=0))


def test_a_column_is_as_small_as_its_values_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_WORTH_PACKING", 0)
    rare = np.zeros(1000)
    rare[[3, 700]] = 1.0

    def size(column: Column) -> int:
        return column.values.nbytes + (0 if column.places is None else column.places.nbytes)

    assert size(packed(rare)) == 10
    assert size(packed(np.ones(1000))) == 1000
    assert size(packed(np.full(1000, 300.0))) == 2000
    assert size(packed(np.linspace(0.1, 1, 1000))) == 8000
    assert size(packed(np.zeros(1000))) == 0


def test_what_both_systems_have_in_common_is_kept_once() -> None:
    rows = np.column_stack([np.ones(50), np.arange(50.0)])
    before, after = exact_pair(columns_of(rows), columns_of(rows + np.arange(2)))
    assert before.columns[0] is after.columns[0]
    assert before.columns[1] is not after.columns[1]
