"""`fieval doctor` on a page."""

from __future__ import annotations

import textwrap

from fieval.doctor import Checkup, Finding, Section
from fieval.errors import ExitCode
from fieval.pages.layout import WIDTH, page
from fieval.reports.cleaning import one_line

_WORDS = {ExitCode.INVALID: "INVALID", ExitCode.UNMEASURABLE: "NOT NOW"}
_NAMES = 26  # columns that names may take; longer ones push what is told to the right


def render(found: Checkup) -> str:
    """A block for each section; what is wrong, and what to beware of, is said before what it is."""
    return page([_section(each) for each in found.sections])


def _section(section: Section) -> list[str]:
    width = min(_NAMES, max(len(finding.name) for finding in section.findings))
    return [section.title, *(_line(finding, width) for finding in section.findings)]


def _line(finding: Finding, width: int) -> str:
    indent = len(finding.name) - len(finding.name.lstrip(" "))
    name = " " * indent + one_line(finding.name)
    word = _WORDS.get(finding.code, "beware" if finding.doubtful else "")
    told = f"{word}: {one_line(finding.told)}" if word else one_line(finding.told)
    return textwrap.fill(
        told,
        WIDTH,
        initial_indent=f"  {name.ljust(width)}  ",
        subsequent_indent=" " * (width + 4),
        break_on_hyphens=False,
    )
