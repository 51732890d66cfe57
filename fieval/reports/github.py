"""Workflow commands that GitHub Actions shows as annotations: on the line of the config that a rule stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from fieval.model import Report, Result, RuleResult, Run
from fieval.reports.base import Format
from fieval.reports.cleaning import short
from fieval.reports.findings import Fate, Finding, fate
from fieval.reports.places import Place, place
from fieval.reports.titles import metric_title, slice_title
from fieval.reports.wording import CHECKS, VERDICTS, sentence

Kind = Literal["error", "warning", "notice"]
Check = tuple[Result, RuleResult]

MOST = 10  # of each kind and step; GitHub keeps the others in the log only
_TITLE_LENGTH = 200
_MESSAGE_LENGTH = 1_000  # GitHub cuts at 4,096 characters
_WARNED: tuple[Fate, ...] = ("unmeasured", "tolerated", "undecided")


class GitHub(Format):
    """The verdict, an error for each failed check and a warning for each open one; at most ten of each, worst first."""

    name = "github"
    file_name = None

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """One command a line. What people said is never in it."""
        checks = [(result, rule) for result in run.report.results for rule in result.rules]
        worst = sorted(checks, key=_times_beyond, reverse=True)
        verdict = _verdict(run.report)
        errors = [_told("error", run.report, check) for check in worst if fate(check[1]) == "failed"]
        warnings = [
            _told("warning", run.report, check) for each in _WARNED for check in worst if fate(check[1]) == each
        ]
        warnings += [command("warning", "fieval", note) for note in run.report.notes]
        passed = run.report.verdict == "pass"
        lines = [*limited("error", errors if passed else [verdict, *errors]), *limited("warning", warnings)]
        return "".join(f"{line}\n" for line in [*lines, *([verdict] if passed else [])])


def command(kind: Kind, title: str, message: str, at: Place | None = None) -> str:
    """One workflow command on one line; nothing in title, message or path can end it or begin another.

    Escaped as GitHub's own toolkit does it: https://github.com/actions/toolkit, packages/core/src/command.ts.
    """
    properties = [*_location(at), ("title", short(title, _TITLE_LENGTH))]
    told = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties)
    return f"::{kind} {told}::{_escaped(short(message, _MESSAGE_LENGTH))}"


def limited(kind: Kind, lines: Sequence[str]) -> list[str]:
    """The first commands, as many as GitHub shows; the last one says how many there are besides."""
    if len(lines) <= MOST:
        return list(lines)
    rest = len(lines) - MOST + 1
    return [*lines[: MOST - 1], command(kind, "fieval", f"and {rest} more, see the job summary or report.md")]


def _location(at: Place | None) -> Iterator[tuple[str, str]]:
    if at is not None and at.file.isprintable():
        yield from (("file", at.file), ("line", str(at.line)))
        if at.column is not None:
            yield "col", str(at.column)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _verdict(report: Report) -> str:
    kind: Kind = "notice" if report.verdict == "pass" else "error"
    return command(kind, f"fieval: {VERDICTS[report.verdict]}", report.headline)


def _told(kind: Kind, report: Report, check: Check) -> str:
    result, rule = check
    where = slice_title(result.slice)
    title = f"fieval: {short(result.step)} {metric_title(result.metric)}{f' for {where}' if where else ''}"
    return command(kind, title, _message(report, result, rule), place(rule.where))


def _message(report: Report, result: Result, rule: RuleResult) -> str:
    met = fate(rule)
    if met == "unmeasured":
        return f"Not measured: {rule.reason or result.reason}"
    told = str(sentence(Finding(result, (rule,)), report.alpha))
    return told if met == "failed" else f"{CHECKS[met].capitalize()}: {told}"


def _times_beyond(check: Check) -> float:
    """How many times what is allowed was reached, to put the worst first; gaps, of which no size is known, count 1."""
    result, rule = check
    match rule.rule:
        case "max" | "min" if result.candidate is None:
            return float("inf")
        case "max":
            return _times(result.candidate or 0.0, rule.limit)
        case "min":
            return _times(rule.limit, result.candidate or 0.0)
        case "max_regression" | "max_drift" if result.worsening is not None:
            return _times(result.worsening, rule.limit * abs(result.baseline or 1.0) if rule.relative else rule.limit)
        case _:
            return 1.0


def _times(reached: float, allowed: float) -> float:
    if allowed > 0:
        return reached / allowed
    return float("inf") if reached > allowed else 0.0
