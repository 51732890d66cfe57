"""Opening what a user named: only regular files, since a pipe would block and cannot be read twice."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from fieval.errors import InvalidInput


def open_stored(path: Path) -> BinaryIO:
    """The file, open for reading bytes. Raises InvalidInput where there is none that can be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise InvalidInput(f"{shown(path)}: a pipe or device; write it to a file first and name that")
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise InvalidInput(f"{shown(path)}: not the name of a file: {error}") from error


def unreadable(path: Path, error: OSError) -> InvalidInput:
    """Why a file that the user named cannot be read."""
    match error:
        case FileNotFoundError() | NotADirectoryError():
            why = "no such file"
        case IsADirectoryError():
            why = "is a folder; expected a file"
        case _:
            why = f"cannot be read: {error.strerror or error}"
    return InvalidInput(f"{shown(path)}: {why}")


def shown(path: str | os.PathLike[str]) -> str:
    """A path as text; bytes of a name that are no text appear as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
