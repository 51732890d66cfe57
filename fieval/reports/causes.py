"""Puts into words which step broke: one row per failed metric and slice, the same cells in every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fieval import numbers
from fieval.model import Explanation, Report, Share
from fieval.reports.wording import slice_title

SHOWN = 12
HEADS = ("step", "metric", "worse by", "goes with", "own", "unchanged before it", "traced to")


@dataclass(frozen=True, slots=True)
class Cause:
    """One failed row: its names as they are, and cells in which names have been made harmless."""

    step: str
    metric: str
    where: str
    cells: tuple[str, str, str, str, str]


def causes(report: Report, harmless: Callable[[str], str]) -> list[Cause]:
    """The rows that are shown, the earliest step first; `harmless` makes a step's name fit to stand in a cell."""
    return [_cause(each, harmless) for each in report.root_cause.explanations[:SHOWN]] if report.root_cause else []


def left_out(report: Report) -> int:
    """How many rows stand in `report.json` only."""
    return max(0, len(report.root_cause.explanations) - SHOWN) if report.root_cause else 0


def how_to_read(report: Report) -> str:
    """What the columns mean."""
    traced = any(each.traced is not None for each in report.root_cause.explanations) if report.root_cause else False
    told = (
        "What goes with a step before is an association: the part of the worsening that follows its own worsening, "
        "with interval; own is the rest. A step is blamed if its part is certain and at least half, and does not "
        "explain it if its part is certainly less than half. The unchanged are the interactions in which no step "
        "before changed, as far as those steps were scored."
    )
    return f"{told} Traced is what was looked up in what the pipeline itself had heard." if traced else told


def _cause(each: Explanation, harmless: Callable[[str], str]) -> Cause:
    traced = ", ".join(f"{harmless(found.step)} {found.items}" for found in each.traced or ())
    cells = (
        _amount(each, each.worsening),
        "; ".join(f"{harmless(share.step)} {_share(each, share)}" for share in each.shares),
        _amount(each, each.own),
        _control(each),
        traced or numbers.UNKNOWN,
    )
    return Cause(each.step, each.metric, slice_title(each.slice), cells)


def _share(each: Explanation, share: Share) -> str:
    interval = f" ({numbers.interval(each.metric, share.interval)})" if share.interval else ""
    return f"{_amount(each, share.share)}{interval} {_finding(each, share)}"


def _finding(each: Explanation, share: Share) -> str:
    """Blamed, ruled out as what most of it goes with, or neither: too little to tell is not an acquittal."""
    if share.step == each.blamed:
        return "blamed"
    ruled_out = share.interval is not None and share.interval[1] < each.worsening / 2
    return "does not explain it" if ruled_out else "cannot tell"


def _control(each: Explanation) -> str:
    if each.control is None:
        return numbers.UNKNOWN
    worse = each.control.worsening
    return f"{numbers.UNKNOWN if worse is None else _amount(each, worse)} (n = {each.control.n})"


def _amount(each: Explanation, worsening: float) -> str:
    return numbers.change(each.metric, worsening)
