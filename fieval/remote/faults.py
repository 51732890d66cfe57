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
_TOO_OFTEN = 429


class Absent(InvalidInput):
    """There is no such file."""


class Hidden(InvalidInput):
    """There may be one, but not for whoever asks; of what is absent, some stores say that, too."""


class Lost(Unmeasurable):
    """What another try may give, after the seconds for which the server asks."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


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
    found = _to_mend(cause, status)
    if found is not None:
        kind, words = found
        return kind(f"{place}: {words}")
    words = f"status {status}" if status else _system_words(cause) or type(cause).__name__
    words = f"{place}: cannot be read now: {words}"
    return Lost(words, _asked_to_wait(cause)) if _may_pass(cause, status) else Unmeasurable(words)


def _status(error: Exception) -> int | None:
    """Of HTTP, wherever a library keeps it: aiohttp, Google's, Azure's, and botocore."""
    response = getattr(error, "response", None)
    inside = response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None
    found = (getattr(error, name, inside) for name in ("status", "code", "status_code"))
    status = next((each for each in found if isinstance(each, int)), 0)
    return status if 400 <= status < 600 else None


def _to_mend(error: Exception, status: int | None) -> tuple[type[InvalidInput], str] | None:
    """What a user can do something about; nothing where another try may succeed."""
    name = type(error).__name__
    if isinstance(error, ImportError):
        return InvalidInput, f"needs a package that is not installed: {error}"
    if status in _NOT_PERMITTED or isinstance(error, PermissionError) or re.search("credential|auth", name, re.I):
        return Hidden, "no permission to read it, with the credentials that are found here"
    if status in _ABSENT or isinstance(error, FileNotFoundError):
        return Absent, "no such file"
    if isinstance(error, IsADirectoryError):
        return InvalidInput, "is a folder; expected a file"
    if "Redirect" in name:
        return InvalidInput, "its server sends on to what is no file by HTTP, or without end"
    if status is not None and status < 500 and status not in _PASSING:
        return InvalidInput, f"the server refuses it (status {status})"
    if isinstance(error, ValueError | TypeError | NotImplementedError):
        return InvalidInput, f"cannot be read ({name}); is it a URL that fsspec knows?"
    return None


def _may_pass(error: Exception, status: int | None) -> bool:
    """Whether it is the connection, or a server that is too busy."""
    by_http = type(error).__module__.partition(".")[0] == "aiohttp"
    passing = by_http or isinstance(error, ConnectionError | TimeoutError)
    return passing if status is None else status == _TOO_OFTEN or status >= 500


def _asked_to_wait(error: Exception) -> float:
    """Seconds; a date is not heeded."""
    after = str((getattr(error, "headers", None) or {}).get("Retry-After", ""))
    return float(after) if after.isdecimal() else 0.0


def _system_words(error: Exception) -> str:
    """What the operating system says of a connection."""
    if type(error).__name__ in ("ClientPayloadError", "ServerDisconnectedError"):  # of aiohttp
        return "the connection broke off"
    number = error.errno if isinstance(error, OSError) else None
    if "DNS" in type(error).__name__ or (number is not None and number < 0):  # of getaddrinfo
        return "its host is not found"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return os.strerror(number) if number is not None and number > 0 else ""
