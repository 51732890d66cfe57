"""`fieval selfcheck` on a page."""

from __future__ import annotations

from fieval.gate.selfcheck import RuleShare, Selfcheck
from fieval.pages.layout import page, paragraph, slice_title, table
from fieval.statistics.shares import Share

SCHEMA = "fieval.selfcheck/1"


def render(found: Selfcheck) -> str:
    """The figure first, then the rules that it comes from, and what it cannot see."""
    return page([_opening(found), _rules(found), _limits(found)])


def _opening(found: Selfcheck) -> str:
    if not found.exchanged:
        return paragraph(
            "The candidate's outputs are the baseline's, so there is nothing to exchange: this says nothing about a "
            "release that differs."
        )
    return paragraph(
        "A release as different from the baseline as this candidate, but no better or worse, would be blocked (exit "
        f"1) in {percent(found.blocked)}, and end inconclusive (exit 3) in {percent(found.inconclusive)}; measured on "
        f"{found.worlds:,} such releases."
    )


def _rules(found: Selfcheck) -> list[str]:
    failing = sorted((rule for rule in found.rules if rule.fails.count), key=lambda rule: -rule.fails.count)
    quiet = len(found.rules) - len(failing)
    rest = [paragraph(f"{quiet} of {len(found.rules)} checks fail in none of them.", 2)] if quiet else []
    if not failing:
        return rest
    rows = [(_name(rule), f"{rule.rule} {_limit(rule)}", percent(rule.fails), _aside(rule)) for rule in failing]
    return [*table(("check", "rule", "fails in", ""), rows, left=2), *rest]


def _name(rule: RuleShare) -> str:
    return " ".join(filter(None, (rule.step, rule.metric, slice_title(rule.slice))))


def _limit(rule: RuleShare) -> str:
    return f"{100 * rule.limit:g}%" if rule.relative else f"{rule.limit:g}"


def _aside(rule: RuleShare) -> str:
    return "warns only" if rule.severity == "warn" else "waived" if rule.waived else ""


def _limits(found: Selfcheck) -> str:
    return paragraph(
        "In each of them a fair coin per group exchanges what the two systems made of its interactions, and the whole "
        f"gate judges it anew (seed {found.seed}; 95 % intervals in brackets). That makes the two alike in how rarely "
        "they go badly wrong: it cannot see asymmetric tails, such as a candidate that is a little better on most "
        "calls and ruins a few."
    )


def percent(share: Share) -> str:
    """`3.4 % (2.3 to 4.7)`."""
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"
