"""Where everything that fieval says leaves the process."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from fieval.errors import FievalError, InvalidInput, shown

LONGEST_MESSAGE = 600


def say(text: str) -> None:
    """A result, on stdout."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """A remark, on stderr, on one line."""
    _write(sys.stderr, harmless(text))


def _write(stream: TextIO, text: str) -> None:
    """A reader that went away (`| head`) must not turn a verdict into a crash."""
    try:
        stream.write(text + "\n")
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(error: FievalError) -> None:
    """Why fieval cannot go on, one problem a line."""
    problems = shown(error.problems) if isinstance(error, InvalidInput) else [str(error)]
    for problem in problems:
        note(f"fieval: {problem}")


def harmless(text: str) -> str:
    """Text from files and arguments on one line, without what terminals and CI logs would obey."""
    from fieval.reports.cleaning import short

    return short(text, LONGEST_MESSAGE)
