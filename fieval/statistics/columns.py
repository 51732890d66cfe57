"""Rows of addable numbers kept column by column, each column as small as it can be without loss.

Most columns of a step are counts of 0 and 1, most of these nearly always 0: a row of a label with ten classes takes 50
bytes instead of 600, so that a million of them fit into memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_WORTH_PACKING = 4096
_INTEGERS = (np.int8, np.int16, np.int32)
_EXACT_BITS = 52  # of a float64 sum


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column `[length]`: all of its values, or those at `places` `[m]`, the others being 0."""

    values: NDArray[Any]
    length: int
    places: NDArray[np.uint32] | None = None

    def dense(self) -> Floats:
        """All values `[length]`."""
        if self.places is None:
            return np.asarray(self.values, dtype=np.float64)
        dense = np.zeros(self.length)
        dense[self.places] = self.values
        return dense

    def sum(self) -> float:
        """Of all values."""
        return float(self.values.sum(dtype=np.float64))

    def largest(self) -> float:
        """The largest absolute value."""
        return max(float(self.values.max(initial=0)), -float(self.values.min(initial=0)))

    def totals(self, position: Indices, count: int) -> Floats:
        """Sums `[count]` over the rows of each position; `position` is `[length]`."""
        own = position if self.places is None else position[self.places]
        return np.asarray(np.bincount(own, weights=self.values, minlength=count), dtype=np.float64)

    def to_the_grid(self, grid: float) -> Column:
        """Each value rounded to a multiple of a power of two."""
        if grid <= 1 and self.values.dtype.kind == "i":
            return self
        return Column(np.round(self.values / grid) * grid, self.length, self.places)

    def equals(self, other: Column) -> bool:
        """Whether all values are the same; not for certain where the two are kept in different ways."""
        if self.length != other.length or not np.array_equal(self.values, other.values):
            return False
        if self.places is None or other.places is None:
            return self.places is other.places
        return np.array_equal(self.places, other.places)


class Columns:
    """Rows `[n, k]`: a mask or a stretch of rows gives the same of those; `[:, columns]` gives plain numbers."""

    def __init__(self, columns: Sequence[Column], length: int) -> None:
        self.columns, self._length = tuple(columns), length

    def __len__(self) -> int:
        return self._length

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns."""
        return self._length, len(self.columns)

    @overload
    def __getitem__(self, wanted: tuple[slice, int]) -> Floats: ...
    @overload
    def __getitem__(self, wanted: tuple[slice, Sequence[int]]) -> Floats: ...
    @overload
    def __getitem__(self, wanted: Bools | slice) -> Columns: ...
    def __getitem__(self, wanted: tuple[slice, int | Sequence[int]] | Bools | slice) -> Floats | Columns:
        if isinstance(wanted, tuple):
            rows, columns = wanted
            own = self if rows == slice(None) else self[rows]
            return own.columns[columns].dense() if isinstance(columns, int) else own.picked(columns).dense()
        return self._stretch(wanted) if isinstance(wanted, slice) else self._masked(wanted)

    def dense(self) -> Floats:
        """All of it as one array `[n, k]`."""
        dense = np.empty(self.shape, order="F")
        for place, column in enumerate(self.columns):
            dense[:, place] = column.dense()
        return dense

    def picked(self, columns: Iterable[int]) -> Columns:
        """Some of the columns."""
        return Columns([self.columns[column] for column in columns], self._length)

    def beside(self, other: Columns) -> Columns:
        """These columns and then another's of the same rows."""
        return Columns(self.columns + other.columns, self._length)

    def sums(self) -> Floats:
        """Of all rows `[k]`."""
        return np.array([column.sum() for column in self.columns])

    def any(self) -> Bools:
        """Which rows `[n]` have something that is not 0."""
        found = np.zeros(self._length, dtype=bool)
        for column in self.columns:
            found |= column.dense() != 0
        return found

    def differ(self, other: Columns) -> Bools:
        """Which rows `[n]` are not the same in another's columns."""
        found = np.zeros(self._length, dtype=bool)
        for own, its in zip(self.columns, other.columns, strict=True):
            if own is not its:
                found |= own.dense() != its.dense()
        return found

    def totals(self, position: Indices, count: int) -> Floats:
        """Sums `[count, k]` over the rows of each position; `position` is `[n]`."""
        totals = np.empty((count, len(self.columns)))
        for place, column in enumerate(self.columns):
            totals[:, place] = column.totals(position, count)
        return totals

    def _stretch(self, rows: slice) -> Columns:
        start, stop, step = rows.indices(self._length)
        assert step == 1
        return Columns([_stretch(column, start, max(start, stop)) for column in self.columns], max(0, stop - start))

    def _masked(self, rows: Bools) -> Columns:
        if rows.all():
            return self
        before = np.cumsum(rows, dtype=np.uint32)
        length = int(before[-1]) if len(before) else 0
        return Columns([_masked(column, rows, before, length) for column in self.columns], length)


def columns_of(rows: Floats) -> Columns:
    """Rows `[n, k]` as they are, column by column."""
    return Columns([Column(column, len(rows)) for column in rows.T], len(rows))


def packed(column: Floats) -> Column:
    """A column as small as it can be; with a short one nothing could be won."""
    if len(column) < _WORTH_PACKING:
        return Column(column, len(column))
    places = np.flatnonzero(column)
    values = _smallest(column[places])
    if len(places) * (values.itemsize + np.dtype(np.uint32).itemsize) < len(column) * values.itemsize:
        return Column(values, len(column), places.astype(np.uint32))
    return Column(column.astype(values.dtype), len(column))


def joined(parts: Sequence[Columns]) -> Columns:
    """Rows below rows; all parts have the same columns."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part.columns for part in parts), strict=True)
    return Columns(
        [packed(np.concatenate([part.dense() for part in column])) for column in columns], sum(map(len, parts))
    )


def exact_columns(rows: Columns) -> Columns:
    """One system's rows on a grid (see `exact`)."""
    length = len(rows)
    return Columns([column.to_the_grid(_grid(column.largest(), length)) for column in rows.columns], length)


def exact_pair(baseline: Columns, candidate: Columns) -> tuple[Columns, Columns]:
    """Both systems' rows on one grid (see `exact`), so that what is equal stays equal, and is kept once."""
    length = len(baseline) + len(candidate)
    pairs = [
        _exact_pair(before, after, length) for before, after in zip(baseline.columns, candidate.columns, strict=True)
    ]
    first, second = zip(*pairs, strict=True)
    return Columns(first, len(baseline)), Columns(second, len(candidate))


def grid_of(largest: Floats, length: int) -> Floats:
    """The finest power of two of which every sum of `length` values up to the `largest` is a multiple.

    Such sums have at most 52 bits, so float64 adds them without error. For 1,000 rows of values up to 1 it is 2⁻⁴².
    """
    return np.asarray(np.ldexp(1.0, np.maximum(0, np.frexp(largest * max(1, length))[1]) - _EXACT_BITS))


def where(rows: Bools, yes: Columns, no: Columns) -> Columns:
    """The rows of `yes` that are marked, the others of `no`."""
    pairs = zip(yes.columns, no.columns, strict=True)
    return Columns([packed(np.where(rows, first.dense(), second.dense())) for first, second in pairs], len(rows))


def times(rows: Columns, weights: Floats) -> Columns:
    """Each row multiplied by its weight; `weights` is `[n]`."""
    return Columns([packed(column.dense() * weights) for column in rows.columns], len(rows))


def _exact_pair(before: Column, after: Column, length: int) -> tuple[Column, Column]:
    grid = _grid(max(before.largest(), after.largest()), length)
    first, second = before.to_the_grid(grid), after.to_the_grid(grid)
    return (second, second) if first.equals(second) else (first, second)


def _grid(largest: float, length: int) -> float:
    return float(grid_of(np.array(largest), length))


def _smallest(values: Floats) -> NDArray[Any]:
    """The values in the smallest type that holds them all."""
    if not (values == np.rint(values)).all():
        return values
    low, high = values.min(initial=0), values.max(initial=0)
    fitting = (kind for kind in _INTEGERS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return values.astype(next(fitting, np.float64))


def _stretch(column: Column, start: int, stop: int) -> Column:
    if column.places is None:
        return Column(column.values[start:stop], stop - start)
    own = slice(*np.searchsorted(column.places, [start, stop]))
    return Column(column.values[own], stop - start, column.places[own] - np.uint32(start))


def _masked(column: Column, rows: Bools, before: NDArray[np.uint32], length: int) -> Column:
    if column.places is None:
        return Column(column.values[rows], length)
    own = rows[column.places]
    return Column(column.values[own], length, before[column.places[own]] - np.uint32(1))
