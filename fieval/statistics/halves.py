"""Half-sampling: random halves of the groups, the same ones for every metric, slice and system of a run.

For ratios and means the share of halves that are not worse is the one-sided p of the test that swaps baseline and
candidate within groups (Hartigan 1969, typical values); for any other function of sums it is delete-half subsampling.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieval.statistics.sums import Floats, Indices

MOST_GROUPS_ENUMERATED = 14
_CELLS_AT_ONCE = 1 << 22  # 32 MB of float64 masks


@dataclass(frozen=True, slots=True)
class Halves:
    """`count` halves of the groups of a dataset; `bits` is `[groups, ceil(count / 8)]`, one bit per half.

    `exhaustive` halves are all non-empty subsets, so that p-values are exact.
    """

    bits: NDArray[np.uint8]
    count: int
    exhaustive: bool

    def sums(self, rows: Floats, groups: Indices) -> Floats:
        """Column sums over each half: rows `[n, k]` of the given groups `[n]` → `[k, count]`."""
        present, totals = by_group(rows, groups)
        sums = np.zeros((rows.shape[1], self.count))
        for some in _chunks(len(present), max(1, _CELLS_AT_ONCE // self.count)):
            mask = np.unpackbits(self.bits[present[some]], axis=1, count=self.count)
            sums += totals[some].T @ mask.astype(np.float64)
        return sums


def draw_halves(groups: int, resamples: int, seed: int) -> Halves:
    """A fair coin per group and half; every half there is where there are few groups."""
    if groups <= MOST_GROUPS_ENUMERATED:
        subsets = np.arange(1, 2**groups, dtype=np.int64)
        chosen = (subsets[None, :] >> np.arange(groups)[:, None]) & 1
        return Halves(np.packbits(chosen.astype(np.uint8), axis=1), len(subsets), exhaustive=True)
    coins = np.random.Generator(np.random.PCG64(seed))
    width = -(-resamples // 8)
    bits = np.frombuffer(coins.bytes(groups * width), dtype=np.uint8).reshape(groups, width)
    return Halves(bits, resamples, exhaustive=False)


def by_group(rows: Floats, groups: Indices) -> tuple[Indices, Floats]:
    """The groups that occur, and the sum of each one's rows `[groups, k]`."""
    present, position = np.unique(groups, return_inverse=True)
    totals = np.zeros((len(present), rows.shape[1]))
    np.add.at(totals, position, rows)
    return present, totals


def number_groups(names: Sequence[str], fingerprints: Sequence[str]) -> Indices:
    """The number of each interaction's group, in an order that depends on content alone.

    So neither the order of the lines nor the spelling of ids can change which groups make up a half; names decide
    only between groups of the same content.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for name, fingerprint in zip(names, fingerprints, strict=True):
        members[name].append(fingerprint)
    ordered = sorted(members, key=lambda name: (sorted(members[name]), name))
    numbers = {name: number for number, name in enumerate(ordered)}
    return np.array([numbers[name] for name in names], dtype=np.intp)


def _chunks(length: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, length, size))
