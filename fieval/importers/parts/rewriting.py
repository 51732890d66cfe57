"""Lines of JSON that are changed as they were written, and by one import at a time."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fieval.errors import InvalidInput
from fieval.files import shown

Edit = Callable[[dict[str, Any]], None]  # of a line, as JSON

_STYLES: tuple[Callable[[Any], str], ...] = (
    lambda data: json.dumps(data, ensure_ascii=False),
    json.dumps,
    lambda data: json.dumps(data, ensure_ascii=False, separators=(",", ":")),
    lambda data: json.dumps(data, separators=(",", ":")),
)


def rewritten(place: Path, number: int, line: bytes, edits_of: Callable[[dict[str, Any]], Iterator[Edit]]) -> bytes:
    """A line in the style that it was written in, with its edits; the same bytes without any.

    Raises InvalidInput where it cannot be written again.
    """
    if not line.strip():
        return line
    try:
        record = json.loads(line)
        edits = [*edits_of(record)]
        if not edits:
            return line
        style = next((each for each in _STYLES if each(record).encode() == line.strip()), _STYLES[0])
        for edit in edits:
            edit(record)
        return style(record).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{shown(place)}:{number}: cannot be written again: {error}") from error


@contextmanager
def alone(folder: Path, assumed: Counter[str]) -> Iterator[None]:
    """Keeps other imports into a folder waiting, from reading it to replacing a file of it.

    Where a system or file system has no such locks, that nobody else imports is assumed.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        descriptor = -1
    try:
        if descriptor < 0 or not _locked(descriptor):
            assumed["nobody else imports into the dataset meanwhile, since it cannot be locked here"] += 1
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Whether a lock was got, which ends with the descriptor."""
    try:
        import fcntl  # not on Windows

        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except (ImportError, OSError):
        return False
    return True
