"""`fieval selfcheck` on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieval.gate.selfcheck import RuleShare, Selfcheck
from fieval.gate.words import slice_title
from fieval.pages.layout import page, paragraph, table
from fieval.statistics.shares import Share

SCHEMA = "fieval.selfcheck/1"


def render(found: Selfcheck) -> str:
    """The figures first, then the rules that they come from, and what they cannot see."""
    return page([_opening(found), _failing(found), _inconclusive(found), _limits(found)])


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


def _failing(found: Selfcheck) -> list[str]:
    failing = [rule for rule in found.rules if rule.fails.count]
    quiet = len(found.rules) - len(failing)
    rest = [paragraph(f"{quiet} of {len(found.rules)} checks fail in none of them.", 2)] if quiet else []
    return [*_rules(failing, "fails in", lambda rule: rule.fails), *rest]


def _inconclusive(found: Selfcheck) -> list[str]:
    """What ends in exit 3 where nothing fails."""
    if not found.inconclusive.count:
        return []
    open_rules = [rule for rule in found.rules if rule.inconclusive.count]
    if not open_rules:
        return [paragraph("Exit 3 comes from no single rule: none has a slice that is large enough to be gated.", 2)]
    return _rules(open_rules, "unmeasured or not proven in", lambda rule: rule.inconclusive)


def _rules(rules: Sequence[RuleShare], title: str, of: Callable[[RuleShare], Share]) -> list[str]:
    """The rules with a share of the worlds each, the largest first."""
    ordered = sorted(rules, key=lambda rule: -of(rule).count)
    rows = [(_name(rule), f"{rule.rule} {_limit(rule)}", percent(of(rule)), _aside(rule)) for rule in ordered]
    return list(table(("check", "rule", title, ""), rows, left=2)) if rows else []


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
