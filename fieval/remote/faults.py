"""What can go wrong with a file at a URL: something to mend, or to wait for.

None of it is told in the words of a library's own error, which may repeat the URL with its credentials.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from fieval.errors import FievalError, InvalidInput, Unmeasurable, changed

_NOT_PERMITTED, _ABSENT, _PASSING = (401, 403, 407), (404, 410), (408, 423, 425, 429)


@contextmanager
def told(place: str) -> Iterator[None]:
    """Whatever a library of some store raises becomes a sentence of ours."""
    try:
        yield
    except FievalError:
        raise
    except Exception as error:  # noqa: BLE001 - each store has a library, and errors, of its own
        raise _why(place, error) from None


def _why(place: str, error: Exception) -> FievalError:
    """What is wrong with the input, or with the world."""
    under = error.__cause__ if isinstance(error, FileNotFoundError) else None  # which HTTP makes of all that fails
    cause = under if isinstance(under, Exception) else error
    status = _status(cause)
    if type(cause).__name__ == "FileExpired":  # of s3fs
        return changed(place)
    mended = _to_mend(cause, status)
    if mended:
        return InvalidInput(f"{place}: {mended}")
    words = f"status {status}" if status else _system_words(cause) or type(cause).__name__
    return Unmeasurable(f"{place}: cannot be read now: {words}")


def _status(error: Exception) -> int | None:
    """Of HTTP, wherever a library keeps it: aiohttp, Google's, Azure's, and botocore."""
    response = getattr(error, "response", None)
    inside = response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None
    found = (getattr(error, name, inside) for name in ("status", "code", "status_code"))
    return next((each for each in found if isinstance(each, int) and 400 <= each < 600), None)


def _to_mend(error: Exception, status: int | None) -> str:
    """What a user can do something about; nothing where another try may succeed."""
    name = type(error).__name__
    if isinstance(error, ImportError):
        return f"needs a package that is not installed: {error}"
    if status in _NOT_PERMITTED or isinstance(error, PermissionError) or re.search("credential|auth", name, re.I):
        return "no permission to read it, with the credentials that are found here"
    if status in _ABSENT or isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder; expected a file"
    if status is not None and status < 500 and status not in _PASSING:
        return f"the server refuses it (status {status})"
    if isinstance(error, ValueError | TypeError | NotImplementedError):
        return f"cannot be read ({name}); is it a URL that fsspec knows?"
    return ""


def _system_words(error: Exception) -> str:
    """What the operating system says of a connection."""
    number = error.errno if isinstance(error, OSError) else None
    if "DNS" in type(error).__name__ or (number is not None and number < 0):  # of getaddrinfo
        return "its host is not found"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return os.strerror(number) if number is not None and number > 0 else ""
