"""A sample of interactions for people to label: in proportion, and with some of everything that is rare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

MOST_OF_EACH = 5  # what is rare gets so many at most before all else is drawn


def floor(values: int, count: int) -> int:
    """How many of each value are drawn at least, where there are so many values: with half of the sample at most."""
    return max(1, min(MOST_OF_EACH, count // (2 * max(1, values))))


def stratified(strata: Sequence[Sequence[str]], order: Sequence[str], count: int) -> list[int]:
    """`count` of the rows, in the order of their keys `order`; `strata` holds each row's value of every variable.

    The rarest values come first, up to their floor. The rest is drawn systematically (Madow 1949) from the rows sorted
    by their values, so that all combinations are there in proportion.
    """
    by_key = sorted(range(len(strata)), key=lambda row: order[row])
    members: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in by_key:
        for variable, value in enumerate(strata[row]):
            members[variable, value].append(row)
    least = floor(len(members), count)
    taken: dict[int, None] = {}
    held: Counter[tuple[int, str]] = Counter()
    for stratum in sorted(members, key=lambda each: (len(members[each]), each)):
        for row in members[stratum]:
            if held[stratum] >= least or len(taken) >= count:
                break
            if row not in taken:
                taken[row] = None
                held.update(enumerate(strata[row]))
    rest = sorted((row for row in by_key if row not in taken), key=lambda row: (strata[row], order[row]))
    wanted = min(count - len(taken), len(rest))
    taken |= dict.fromkeys(rest[(2 * place + 1) * len(rest) // (2 * wanted)] for place in range(wanted))
    return sorted(taken, key=lambda row: order[row])
