"""`junit.xml`: every check as a test case, for the CI systems that show those."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from fieval.model import Result, RuleResult, Run
from fieval.numbers import significant
from fieval.reports.base import Format
from fieval.reports.cleaning import one_line
from fieval.reports.findings import Fate, Finding, fate
from fieval.reports.titles import slice_title
from fieval.reports.wording import sentence

Outcome = Literal["failures", "skipped", "passed"]

_OUTCOMES: dict[Fate, Outcome] = {
    "failed": "failures",
    "tolerated": "passed",
    "undecided": "skipped",
    "passed": "passed",
    "unmeasured": "skipped",
    "not_gated": "skipped",
}
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHERE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(:\d+)?")


class JUnit(Format):
    """One test suite per step, one test case per rule and slice.

    A failed rule that blocks is a failure. One that only warns or is waived passes and says so in `system-out`. What
    is undecided, was not measured or not gated is skipped: it is not a pass.
    """

    name = "junit"
    file_name = "junit.xml"

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """The XML document; times are 0, for the same run has the same bytes."""
        root = Element("testsuites", name="fieval")
        checks = [(result, rule) for result in run.report.results for rule in result.rules]
        for step in dict.fromkeys(result.step for result, _ in checks):
            _suite(root, [check for check in checks if check[0].step == step], run.report.alpha)
        _count(root, [fate(rule) for _, rule in checks])
        indent(root)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(root: Element, checks: Sequence[tuple[Result, RuleResult]], alpha: float) -> None:
    suite = SubElement(root, "testsuite", name=_legal(checks[0][0].step))
    _count(suite, [fate(rule) for _, rule in checks])
    taken: Counter[tuple[str, str]] = Counter()
    for result, rule in checks:
        name, metric = _name(result, rule), result.metric
        taken[metric, name] += 1
        again = taken[metric, name]
        _case(suite, name if again == 1 else f"{name} ({again})", Finding(result, (rule,)), alpha)


def _count(element: Element, fates: Sequence[Fate]) -> None:
    found = Counter(_OUTCOMES[each] for each in fates)
    element.set("tests", str(len(fates)))
    element.set("failures", str(found["failures"]))
    element.set("errors", "0")
    element.set("skipped", str(found["skipped"]))
    element.set("time", "0")


def _case(suite: Element, name: str, finding: Finding, alpha: float) -> None:
    result, (rule,) = finding.result, finding.rules
    case = SubElement(suite, "testcase", classname=_legal(f"{result.step}.{result.metric}"), name=name, time="0")
    where = _WHERE.fullmatch(rule.where or "")
    if where:
        case.set("file", _legal(where["file"]))
        case.set("line", where["line"])
    _properties(case, result, rule)
    _outcome(case, finding, alpha)


def _outcome(case: Element, finding: Finding, alpha: float) -> None:
    (rule,) = finding.rules
    met = fate(rule)
    told = _legal(str(sentence(finding, alpha)))
    match met:
        case "failed":
            SubElement(case, "failure", type=rule.rule, message=told).text = told
        case "unmeasured" | "not_gated":
            SubElement(case, "skipped", message=_legal(f"{met}: {rule.reason or finding.result.reason}"))
        case "tolerated":
            SubElement(case, "system-out").text = f"failed without blocking: {told}"
        case "undecided":
            SubElement(case, "skipped", message=f"undecided: {told}")
        case "passed":
            pass


def _properties(case: Element, result: Result, rule: RuleResult) -> None:
    interval = result.interval or (None, None)
    numbers = {
        "n": result.n,
        "baseline": result.baseline,
        "candidate": result.candidate,
        "change": result.change,
        "change_low": interval[0],
        "change_high": interval[1],
        "p_value": result.p_value,
        "p_adjusted": result.p_adjusted,
        "rule_p_value": rule.p_value,
    }
    properties = SubElement(case, "properties")
    for name, number in numbers.items():
        if number is not None:
            text = str(number) if isinstance(number, int) else repr(significant(number))
            SubElement(properties, "property", name=name, value=text)


def _name(result: Result, rule: RuleResult) -> str:
    where = slice_title(result.slice)
    limit = f"{100 * rule.limit:g}%" if rule.relative else f"{rule.limit:g}"
    return _legal(f"{rule.rule} {limit} · {where}" if where else f"{rule.rule} {limit}")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", one_line(text))
