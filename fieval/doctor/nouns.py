"""What an examination finds."""

from __future__ import annotations

from dataclasses import dataclass

from fieval.errors import ExitCode, FievalError, InvalidInput, shown, worst


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and how it is; `code` is how a run would end because of it alone.

    `doubtful` is what a run puts up with, but a person should know.
    """

    name: str
    told: str
    code: ExitCode = ExitCode.PASS
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Findings on one subject."""

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Checkup:
    """All that was found."""

    sections: tuple[Section, ...]

    @property
    def code(self) -> ExitCode:
        return worst(finding.code for section in self.sections for finding in section.findings)


def wrong(name: str, error: FievalError) -> list[Finding]:
    """What stands in the way, one finding a problem."""
    problems = shown(error.problems) if isinstance(error, InvalidInput) else [str(error).partition("\n")[0]]
    return [Finding(name if number == 0 else "", problem, error.exit_code) for number, problem in enumerate(problems)]
