"""What `fieval compare` prints: both verdicts, what differs, and the values side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fieval import numbers
from fieval.comparing import Pair, RunComparison, Side
from fieval.gate.words import slice_title
from fieval.pages.layout import page, paragraph, table
from fieval.reports.cleaning import short

SCHEMA = "fieval.comparison/1"

_UNTESTED = "The differences are not tested. A run with the first as --baseline and the second as --candidate does it."


def render(found: RunComparison) -> str:
    """Rows with a rule in either run or of all interactions; `--format json` has every slice."""
    steps = dict.fromkeys(pair.step for pair in found.rows)
    blocks = [
        [*_side("first", found.first), *_side("second", found.second)],
        _caution(found.differs),
        *([short(step), *_table([pair for pair in found.rows if pair.step == step])] for step in steps),
        paragraph(_UNTESTED),
    ]
    return page(blocks)


def _side(name: str, side: Side) -> Iterator[str]:
    yield paragraph(f"{name}: {side.run}, {side.started} UTC, candidate {side.candidate.path}")
    yield paragraph(f"{side.verdict.upper()}: {side.headline}", indent=2)


def _caution(differs: Sequence[str]) -> str:
    if not differs:
        return ""
    return paragraph(f"Not the same {' and '.join(differs)}: values or verdicts may differ for that reason alone.")


def _table(rows: Sequence[Pair]) -> Iterator[str]:
    kept = [row for row in rows if row.slice is None or any(row.verdicts)]
    return table(("", "first", "verdict", "second", "verdict", "difference", ""), [_cells(row) for row in kept])


def _cells(row: Pair) -> tuple[str, ...]:
    title = f"  {slice_title(row.slice)}" if row.slice else row.metric
    return (
        title,
        numbers.value(row.metric, row.first),
        row.told[0] or numbers.UNKNOWN,
        numbers.value(row.metric, row.second),
        row.told[1] or numbers.UNKNOWN,
        numbers.change(row.metric, row.difference),
        "" if row.worse is None else "worse" if row.worse == "second" else "better",
    )
