"""Plain answers to check quick ones by."""

from __future__ import annotations

from collections.abc import Sequence


def distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Levenshtein's distance, row by row."""
    before = list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        row = [i]
        for j, got in enumerate(hypothesis, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (expected != got)))
        before = row
    return before[-1]
