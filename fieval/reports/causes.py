"""Puts into words which step broke: one row per failed metric and slice, the same cells in every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fieval import numbers
from fieval.model import CARRIES, Explanation, Replayed, Report, Share
from fieval.reports.titles import slice_title

SHOWN = 12
TOO_LITTLE = "too little to tell"
HEADS = ("step", "metric", "worse by", "goes with", "own", "unchanged before it", "traced to", "disappears with")


@dataclass(frozen=True, slots=True)
class Cause:
    """One failed row: its names as they are, and cells in which names have been made harmless."""

    step: str
    metric: str
    where: str
    cells: tuple[str, str, str, str, str, str]

    @property
    def replayed(self) -> bool:
        """Whether anything was run again."""
        return self.cells[-1] != numbers.UNKNOWN


def causes(report: Report, harmless: Callable[[str], str]) -> list[Cause]:
    """The rows that are shown, the earliest step first; `harmless` makes a step's name fit to stand in a cell."""
    return [_cause(each, harmless) for each in report.root_cause.explanations[:SHOWN]] if report.root_cause else []


def left_out(report: Report) -> int:
    """How many rows stand in `report.json` only."""
    return max(0, len(report.root_cause.explanations) - SHOWN) if report.root_cause else 0


def how_to_read(report: Report) -> str:
    """What the columns mean."""
    shown = report.root_cause.explanations if report.root_cause else ()
    parts = (
        "What goes with a step before is an association: the part of the worsening that follows its own worsening; own "
        "is the rest; both with their interval. A step is blamed if its part is certain and at least half, and does "
        "not explain it if its part is certainly less than half. The unchanged are the interactions in which no step "
        "before changed, as far as those steps were scored.",
        "" if all(each.controlled for each in shown) else "Where there are none, no step before can be ruled out.",
        "Amounts marked (anchor) are against the anchor." if any(each.against == "anchor" for each in shown) else "",
        "Traced is what was looked up in what the pipeline itself had heard."
        if any(each.traced is not None for each in shown)
        else "",
        "What disappears was measured by replay: another output of a step before was put in and the steps behind it "
        "ran again; the rest is left. What disappears with an earlier output shows the cause; what disappears with "
        "gold may have been wrong before."
        if any(each.replayed for each in shown)
        else "",
        "What is not reproduced goes away when the steps merely run again; neither that nor what has no output to run "
        "on tells of any step."
        if any(found.untold for each in shown for found in each.replayed or ())
        else "",
    )
    return " ".join(filter(None, parts))


def _cause(each: Explanation, harmless: Callable[[str], str]) -> Cause:
    traced = ", ".join(f"{harmless(found.step)} {found.items}" for found in each.traced or ())
    cells = (
        f"{_amount(each, each.worsening)}{' (anchor)' if each.against == 'anchor' else ''}",
        "; ".join(f"{harmless(share.step)}{_share(each, share)}" for share in each.shares),
        numbers.UNKNOWN
        if any(_too_little(each, share) for share in each.shares)
        else f"{_amount(each, each.own)}{_bounds(each, each.own_interval)}",
        _control(each),
        traced or numbers.UNKNOWN,
        "; ".join(_disappears(each, found, harmless) for found in each.replayed or ()) or numbers.UNKNOWN,
    )
    return Cause(each.step, each.metric, slice_title(each.slice), cells)


def _share(each: Explanation, share: Share) -> str:
    if _too_little(each, share):
        return f": {TOO_LITTLE}"
    return f" {_amount(each, share.share)}{_bounds(each, share.interval)} {_finding(each, share)}"


def _finding(each: Explanation, share: Share) -> str:
    """Blamed, ruled out as what most of it goes with, or neither: too little to tell is not an acquittal."""
    if share.step == each.blamed:
        return "blamed"
    return "does not explain it" if _ruled_out(each, share) else "cannot tell"


def _disappears(each: Explanation, found: Replayed, harmless: Callable[[str], str]) -> str:
    amount = f"{_amount(each, found.disappears)}{_bounds(each, found.interval)}"
    whose = "gold" if found.repair == "gold" else f"{found.repair}'s"
    told = f"{whose} {harmless(found.step)} {amount}, leaves {_amount(each, found.remains)}{_untold(each, found)}"
    if found.repair != each.against:
        return told
    if found.step == each.blamed and each.kind == "replayed":
        return f"{told}, blamed"
    if each.acquitted(found.step):
        return f"{told}, does not explain it"
    return f"{told}, cannot tell" if found.untold and found.disappears < CARRIES * each.worsening else told


def _untold(each: Explanation, found: Replayed) -> str:
    """What of the rest tells nothing of the step."""
    parts = {"not reproduced": found.unreproduced, "without output": found.dropped}
    shown = {why: _amount(each, part) for why, part in parts.items() if part > 0}
    return f" ({', '.join(f'{part} {why}' for why, part in shown.items())})" if shown else ""


def _ruled_out(each: Explanation, share: Share) -> bool:
    """Without interactions in which no step before changed, a small share may be that of a fault that hit them all."""
    if each.acquitted(share.step):
        return True
    return each.controlled and each.less_than_half(share.interval)


def _too_little(each: Explanation, share: Share) -> bool:
    """Whether a share could as well be anything from all of it to the opposite: such numbers only mislead."""
    if share.interval is None or share.step == each.blamed or _ruled_out(each, share):
        return False
    return share.interval[1] - share.interval[0] > 2 * each.worsening


def _control(each: Explanation) -> str:
    if each.control is None:
        return numbers.UNKNOWN
    worse = each.control.worsening
    return f"{numbers.UNKNOWN if worse is None else _amount(each, worse)} (n = {each.control.n})"


def _bounds(each: Explanation, interval: tuple[float, float] | None) -> str:
    return f" ({numbers.interval(each.metric, interval)})" if interval else ""


def _amount(each: Explanation, worsening: float) -> str:
    return numbers.change(each.metric, worsening)
