"""Half-sampling: random halves of the groups, the same ones for every metric, slice and system of a run.

For ratios and means the share of halves that are not worse is the one-sided p of the test that swaps baseline and
candidate within groups (Hartigan 1969, typical values); for any other function of sums it is delete-half subsampling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieval.statistics.columns import Columns, Floats, Indices, columns_of

MOST_GROUPS_ENUMERATED = 14
MOST_UNITS = 5_000
_BELOW_ALL = "\0"  # what stands between fingerprints, so that strings are in the order of lists
_CELLS_AT_ONCE = 1 << 22  # 32 MB of float64 masks
_EXACT = 1 << 24  # below it float32 holds every whole number


@dataclass(frozen=True, slots=True)
class Halves:
    """`count` halves of the groups of a dataset; `bits` is `[units, ceil(count / 8)]`, one bit per half.

    A unit is a group or, of very many, some groups taken together (Wolter 2007, chapter 2: random groups): which ones
    does not depend on any value of theirs, so units are as independent as groups. With 5,000 a standard error is known
    to 1 %, and neither time nor memory grows any further. `exhaustive` halves are all non-empty subsets, so that
    p-values are exact.
    """

    bits: NDArray[np.uint8]
    count: int
    exhaustive: bool

    def sums(self, rows: Floats | Columns, groups: Indices) -> Floats:
        """Column sums over each half: rows `[n, k]` of the given groups `[n]` → `[k, count]`."""
        present, totals = by_group(rows, self.units(groups))
        distinct, place = _distinct(totals)
        sums = np.zeros((distinct.shape[1], self.count))
        for some in _chunks(len(present), max(1, _CELLS_AT_ONCE // self.count)):
            mask = np.unpackbits(self.bits[present[some]], axis=1, count=self.count)
            own = distinct[some].T
            exact = np.float32 if _is_exact(own) else np.float64
            sums += own.astype(exact) @ mask.astype(exact)
        return sums[place]

    def units(self, groups: Indices) -> Indices:
        """The unit of each group; groups are numbered by their content, which their values have no part in."""
        return groups % len(self.bits)


def draw_halves(groups: int, resamples: int, seed: int) -> Halves:
    """A fair coin per unit and half; every half there is where there are few groups."""
    if groups <= MOST_GROUPS_ENUMERATED:
        subsets = np.arange(1, 2**groups, dtype=np.int64)
        chosen = (subsets[None, :] >> np.arange(groups)[:, None]) & 1
        return Halves(np.packbits(chosen.astype(np.uint8), axis=1), len(subsets), exhaustive=True)
    coins = np.random.Generator(np.random.PCG64(seed))
    units, width = min(groups, MOST_UNITS), -(-resamples // 8)
    bits = np.frombuffer(coins.bytes(units * width), dtype=np.uint8).reshape(units, width)
    return Halves(bits, resamples, exhaustive=False)


def by_group(rows: Floats | Columns, groups: Indices) -> tuple[Indices, Floats]:
    """The groups that occur, and the sum of each one's rows `[groups, k]`."""
    occurs = np.bincount(groups) > 0
    present, position = np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[groups]
    columns = rows if isinstance(rows, Columns) else columns_of(rows)
    return present, columns.totals(position, len(present))


def count_groups(groups: Indices) -> int:
    """How many groups occur."""
    return int(np.count_nonzero(np.bincount(groups)))


def number_groups(names: Sequence[str], fingerprints: Sequence[str]) -> Indices:
    """The number of each interaction's group, in an order that depends on content alone.

    So neither the order of the lines nor the spelling of ids can change which groups make up a half; names decide
    only between groups of the same content.
    """
    several: dict[str, list[str]] = {}
    contents: dict[str, str] = {}
    for name, fingerprint in zip(names, fingerprints, strict=True):
        if name in contents:
            several.setdefault(name, [contents[name]]).append(fingerprint)
        else:
            contents[name] = fingerprint
    contents |= {name: _BELOW_ALL.join(sorted(members)) for name, members in several.items()}
    ordered = sorted(sorted(contents), key=contents.__getitem__)
    numbers = {name: number for number, name in enumerate(ordered)}
    return np.array([numbers[name] for name in names], dtype=np.intp)


def _distinct(columns: Floats) -> tuple[Floats, Indices]:
    """Columns `[n, k]` without repetitions, and where each one is among them; systems share all of gold's counts."""
    first: dict[bytes, int] = {}
    place = [first.setdefault(column.tobytes(), index) for index, column in enumerate(columns.T)]
    kept, where = np.unique(np.array(place, dtype=np.intp), return_inverse=True)
    return columns[:, kept], where


def _is_exact(columns: Floats) -> bool:
    """Whether half the precision, which takes half the time, gives the very same sums in whatever order."""
    return bool((columns == np.rint(columns)).all()) and float(np.abs(columns).sum(axis=1).max(initial=0)) < _EXACT


def _chunks(length: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, length, size))
