"""Everything that fieval says when it cannot go on, and the exit codes.

FievalError
├── InvalidInput    usage, config or data that a user can mend         exit 2
└── Unmeasurable    something outside failed; another try may succeed   exit 4
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from enum import IntEnum

from fieval.model import RunVerdict
from fieval.urls import bared

SHOWN_PROBLEMS = 20


class ExitCode(IntEnum):
    """What the process returns; the same number and word stand in `report.json`."""

    PASS = 0
    FAIL = 1
    INVALID = 2
    INCONCLUSIVE = 3
    UNMEASURABLE = 4
    BUG = 70
    INTERRUPTED = 130

    @property
    def word(self) -> RunVerdict:
        return _WORDS[self]


_WORDS: dict[ExitCode, RunVerdict] = {
    ExitCode.PASS: "pass",
    ExitCode.FAIL: "fail",
    ExitCode.INVALID: "invalid",
    ExitCode.INCONCLUSIVE: "inconclusive",
    ExitCode.UNMEASURABLE: "unmeasurable",
    ExitCode.BUG: "bug",
    ExitCode.INTERRUPTED: "interrupted",
}

PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
    ExitCode.INVALID,
    ExitCode.UNMEASURABLE,
    ExitCode.FAIL,
    ExitCode.INCONCLUSIVE,
    ExitCode.PASS,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code that wins where several apply; `PASS` for none."""
    present = set(codes)
    return next((code for code in PRECEDENCE if code in present), ExitCode.PASS)


class FievalError(Exception):
    """A sentence for the user, none of whose URLs has credentials; `exit_code` is what the process returns."""

    exit_code = ExitCode.BUG

    def __init__(self, told: str = "") -> None:
        super().__init__(bared(told))


class InvalidInput(FievalError):
    """Usage, config or data that cannot be used. Carries one line per problem, each with its place and a way out."""

    exit_code = ExitCode.INVALID

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = tuple(map(bared, (problems,) if isinstance(problems, str) else problems))
        super().__init__("\n".join(shown(self.problems)))

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[tuple[str, ...]]]:
        """So that another process can raise it with all that it carries."""
        return type(self), (self.problems,)


class Unmeasurable(FievalError):
    """Nothing is wrong with the input, but it cannot be measured now."""

    exit_code = ExitCode.UNMEASURABLE


def shown(problems: Sequence[str]) -> list[str]:
    """The first problems, and how many more there are."""
    rest = len(problems) - SHOWN_PROBLEMS
    more = [f"… and {rest} more"] if rest > 0 else []
    return [*problems[:SHOWN_PROBLEMS], *more]


def changed(named: str, how: str = "") -> InvalidInput:
    """Why a file, or what is in a folder, cannot be used that is another by now."""
    seen = f" ({how})" if how else ""
    return InvalidInput(f"{named}: changed while it was read{seen}; run again when nobody writes to it")


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "wer"?` where a known name is near, else the names there are."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known: {', '.join(names)}" if names else ""
