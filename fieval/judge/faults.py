"""What an error of the API means for a run: another try, one question less, or the end."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from fieval.errors import Unmeasurable
from fieval.judge.protocol import CallFailed, Failure

_ACCOUNT = {401, 402, 403, 404}  # no other question would fare better
_BUSY = {429, 529}
_PASSING = {408, 409}
_HINTS = {
    401: "; check the credentials",
    402: "; check billing",
    403: "; these credentials may not use this model",
    404: "; check the model's name and base_url",
}
_LONGEST_TOLD = 200
_CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
_KEY = re.compile(r"sk-[\w-]{8,}")


def judged_fault(status: int, code: str | None, message: str, headers: Mapping[str, str]) -> Failure:
    """The question is at fault, which counts as its failure; or else raises.

    Raises Unmeasurable where no call can succeed now and CallFailed where another try may.
    """
    told = f"the judge's API answered {status}{f' ({code})' if code else ''}: {short(message) or 'no reason given'}"
    if 300 <= status < 400:
        raise Unmeasurable(f"{told}; redirects are not followed: check base_url")
    if status in _ACCOUNT or _ends_all(code):
        raise Unmeasurable(told + _HINTS.get(status, "; check the account's limits"))
    if status == 429 and headers.get("x-should-retry") == "false":
        raise Unmeasurable(f"{told}; it says that another try is of no use")
    if status in _BUSY or status in _PASSING or status >= 500:
        raise CallFailed(told, busy=status in _BUSY, wait=asked_wait(headers))
    return Failure(kind="rejected", message=told)


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, however it says so; None where it does not."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    header = headers.get("retry-after")
    seconds = _number(header)
    return _until(header) if seconds is None and header is not None else seconds


def short(text: str) -> str:
    """A stranger's words as one line that a terminal can show, without a key that was sent back."""
    plain = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    line = _KEY.sub("[key]", " ".join(plain.split()))
    for secret in filter(None, map(os.environ.get, _CREDENTIALS)):
        line = line.replace(secret.strip() or "\0", "[key]")
    return line if len(line) <= _LONGEST_TOLD else f"{line[: _LONGEST_TOLD - 1]}…"


def _ends_all(code: str | None) -> bool:
    """A ramp limit passes after a while; limits of spending, holds and missing billing do not."""
    return code is not None and ("spend_limit" in code or "billing" in code or code == "organization_on_hold")


def _number(header: str | None) -> float | None:
    try:
        number = float(header) if header is not None else math.nan
    except ValueError:
        return None
    return None if math.isnan(number) else max(0.0, number)


def _until(header: str) -> float | None:
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
