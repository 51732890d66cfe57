"""What one interaction shows of one step, with gold, baseline and candidate abreast; the same words on every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fieval import numbers
from fieval.reports.cleaning import flat, short

BARS = {True: "misses the step's bar", False: "within the step's bar"}
LONGEST = 2_000
_ANSWERS = ("predicted", "summary")  # evidence that stands beside what people said
_GOLD = ("gold", "votes")
_TRACED = {
    "fabricated_own": "made up by this step",
    "fabricated_heard": "made up, heard so in the transcript",
    "lost_own": "left out by this step",
    "lost_heard": "left out, not in the transcript",
}

Shown = Mapping[str, object]


def rows(
    metrics: Sequence[tuple[str, float | None, float | None]],
    evidence: tuple[Shown | None, Shown | None],
    traced: Shown | None,
) -> Iterator[tuple[str, str, str, str]]:
    """A name and what stands under gold, baseline and candidate; what is empty everywhere is left out.

    `metrics` are (name, baseline, candidate); `evidence` is of both systems, None without a baseline.
    """
    for metric, before, after in metrics:
        if (before, after) != (None, None):
            yield short(metric, 60), "", numbers.value(metric, before), numbers.value(metric, after)
    known = {metric for metric, _, _ in metrics}
    systems = [{key: _cell(value) for key, value in (each or {}).items()} for each in evidence]
    gold = next((each["gold"] for each in reversed(systems) if "gold" in each), "")
    for key in dict.fromkeys(key for each in reversed(systems) for key in each):
        cells = [gold if key in _ANSWERS else "", *(each.get(key, "") for each in systems)]
        if key not in _GOLD and key not in known and any(cells):
            yield short(str(key), 40).replace("_", " "), cells[0], cells[1], cells[2]
    votes = next((each["votes"] for each in reversed(systems) if "votes" in each), "")
    if ", " in votes:
        yield "votes", votes, "", ""
    for origin, items in origins(traced):
        yield origin, "", "", items


def origins(traced: Shown | None) -> Iterator[tuple[str, str]]:
    """Where what is newly wrong came from, and what it is."""
    for key, found in (traced or {}).items():
        if found:
            yield _TRACED.get(str(key), short(str(key))), _cell(found)


def _cell(value: object) -> str:
    """A value on one line; what needs several stands below the table."""
    if value is None or value in ([], (), "") or (isinstance(value, str) and "\n" in value):
        return ""
    return short(value, LONGEST) if isinstance(value, str) else flat(value, LONGEST)
