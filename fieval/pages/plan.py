"""`fieval plan` on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from fieval import numbers
from fieval.gate.plan import COUNTED, Plan, PlanRow
from fieval.gate.words import slice_title
from fieval.pages.layout import item, listed, page, paragraph, table

SCHEMA = "fieval.plan/1"
_SAME = (
    "The candidate's outputs are the baseline's; plan needs two different systems, since what can be found and proven "
    "rests on how they differ. Name another one with --candidate or --baseline."
)
_HEADER = ("", "n", "groups", "detects", "margin", "to prove it")


def render(plan: Plan) -> str:
    """One table per step, then what could not be planned and how to read it."""
    if not plan.rows:
        return "No regression or drift rule to plan for."
    if plan.same:
        tables = _tables(row for row in plan.rows if row.needed is not None or row.detectable is not None)
        return page([paragraph(_SAME), *tables, *([_legend(plan)] if tables else [])])
    return page([*_tables(plan.rows), *_obstacles(plan), _legend(plan)])


def _tables(rows: Iterable[PlanRow]) -> list[list[str]]:
    steps = [tuple(each) for _, each in groupby(rows, key=lambda row: row.step)]
    return [list(_step(each)) for each in steps if _planned(each)]


def _planned(rows: tuple[PlanRow, ...]) -> list[PlanRow]:
    return [row for row in rows if row.reason != COUNTED]


def _step(rows: tuple[PlanRow, ...]) -> Iterator[str]:
    yield paragraph(rows[0].step)
    yield from table(_HEADER, [_cells(row) for row in _planned(rows)])


def _cells(row: PlanRow) -> tuple[str, ...]:
    drift = " (drift)" if row.rule == "max_drift" else ""
    name = f"  {slice_title(row.slice)}{drift}" if row.slice else f"{row.metric}{drift}"
    return (
        name,
        f"{row.n:,}",
        f"{row.groups:,}",
        "-" if row.detectable is None else numbers.points(row.metric, row.detectable).removeprefix("+"),
        _margin(row),
        _proof(row),
    )


def _margin(row: PlanRow) -> str:
    own = "-" if row.margin is None else numbers.points(row.metric, row.margin).removeprefix("+")
    return f"{100 * row.limit:g}% ({own})" if row.relative else own


def _proof(row: PlanRow) -> str:
    if row.needed is None:
        return "see below"
    if row.enough:
        return "has enough"
    grouped = "" if row.needed_groups in (None, row.needed) else f" in {row.needed_groups:,} groups"
    return f"{row.needed:,}{grouped}{'*' if row.reason else ''}"


def _obstacles(plan: Plan) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for row in plan.rows:
        if row.reason:
            where = f" {slice_title(row.slice)}" if row.slice else ""
            star = "* " if row.needed is not None else ""
            reasons.setdefault(f"{star}{row.reason}", []).append(f"{row.step} {row.metric}{where}")
    if reasons:
        lines = [item(f"{_together(names)}: {reason}") for reason, names in reasons.items()]
        yield "\n".join(["Not to be planned, or in the way of a proof (*)", *lines])


def _together(names: list[str]) -> str:
    """The same metric of several steps is named once."""
    metrics = {name.partition(" ")[2] for name in names}
    if len(names) > 1 and len(metrics) == 1:
        return f"{metrics.pop()} of {listed([name.partition(' ')[0] for name in names])}"
    return listed(names)


def _legend(plan: Plan) -> str:
    return paragraph(
        f"detects: the smallest worsening that a test at {plan.alpha:g} finds with {plan.power:.0%} power, tested "
        "alone; the correction for many tests asks for more. to prove it: how many interactions prove with "
        f"{plan.power:.0%} power that the margin holds, if nothing changed. Both rest on how the two systems differ on "
        "this dataset and its groups."
    )
