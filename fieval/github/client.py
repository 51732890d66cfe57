"""The few REST calls that a comment takes, by the standard library; a token goes to one host only.

https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import IO, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import msgspec

from fieval import __version__
from fieval.errors import InvalidInput, Unmeasurable
from fieval.reports.cleaning import short

DEFAULT_URL = "https://api.github.com"
TIMEOUT_SECONDS = 20
LONGEST_WAIT = 60.0  # seconds; whoever is told to wait longer gives up

_BACKOFF = (0.5, 1.0, 2.0)
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_TEMPORARY = {408, 429, 500, 502, 503, 504}
_TOKEN = re.compile(r"[!-~]{1,4096}")
_Kind = TypeVar("_Kind")


class Refusal(Unmeasurable):
    """GitHub did not do what it was asked; `wait` is the seconds after which it said, or may be expected, to."""

    def __init__(self, message: str, *, temporary: bool = False, wait: float | None = None) -> None:
        super().__init__(message)
        self.temporary, self.wait = temporary, wait


@dataclass(frozen=True, slots=True)
class Reply:
    """What GitHub answered."""

    headers: Message
    body: bytes

    def decoded(self, kind: type[_Kind]) -> _Kind:
        """The body as what it should be. Raises Refusal."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal(f"GitHub's answer is not what its REST API promises: {error}") from error


@dataclass(frozen=True)
class Client:
    """Asks one GitHub, with one token. `pause` is how it waits between two tries."""

    url: str
    token: str = field(repr=False)
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.scheme == "http" and parts.hostname in _LOCAL
        if not (parts.scheme == "https" and parts.hostname) and not local:
            raise InvalidInput(f"GITHUB_API_URL={short(self.url)}: expected an address that begins with https://")
        if not _TOKEN.fullmatch(self.token):
            raise InvalidInput("GITHUB_TOKEN: expected a token; the environment has none, or none that is one")

    def get(self, path: str, query: Mapping[str, str | int]) -> Reply:
        """One page of something."""
        return self._ask("GET", f"{path}?{urlencode(query)}", None)

    def send(self, method: str, path: str, payload: object) -> Reply:
        """Make or change something."""
        return self._ask(method, path, msgspec.json.encode(payload))

    def patiently(self, action: Callable[[], _Kind]) -> _Kind:
        """Do something, and again where GitHub was busy. It must be something that can be done twice."""
        for usual in _BACKOFF:
            try:
                return action()
            except Refusal as refusal:
                wait = usual if refusal.wait is None else refusal.wait
                if not refusal.temporary or wait > LONGEST_WAIT:
                    raise
                self.pause(wait)
        return action()

    def _ask(self, method: str, path: str, payload: bytes | None) -> Reply:
        request = Request(self.url.rstrip("/") + path, data=payload, headers=self._headers(), method=method)
        what = f"{method} {path.partition('?')[0]}"
        try:
            with _opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Reply(answer.headers, answer.read())
        except HTTPError as error:
            with error:
                raise _refusal(what, error) from error
        except (URLError, http.client.HTTPException, OSError) as error:
            reason = error.reason if isinstance(error, URLError) else type(error).__name__
            raise Refusal(f"GitHub cannot be reached ({what}): {reason}", temporary=True) from error

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "User-Agent": f"fieval/{__version__}",
            "X-GitHub-Api-Version": "2022-11-28",
        }


class _SameHost(HTTPRedirectHandler):
    """Follows nobody to another host, for the token would go there too, and no redirect of a change."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        if req.get_method() != "GET" or _origin(newurl) != _origin(req.full_url):
            raise Refusal(f"GitHub answered {code} and named another address, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> OpenerDirector:
    return build_opener(_SameHost)


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme, urlsplit(url).netloc


def _refusal(what: str, error: HTTPError) -> Refusal:
    told = _message(error)
    wait = _seconds(error.headers.get("Retry-After"))
    if wait is None and error.headers.get("X-RateLimit-Remaining") == "0":
        reset = _seconds(error.headers.get("X-RateLimit-Reset"))
        wait = None if reset is None else max(1.0, reset - time.time())
    limited = error.code in (403, 429) and (wait is not None or "rate limit" in told.lower())
    hint = "; the job needs the permission pull-requests: write" if error.code == 403 and not limited else ""
    message = f"GitHub answered {error.code} to {what}: {short(told, 300) or 'no reason given'}{hint}"
    return Refusal(message, temporary=limited or error.code in _TEMPORARY, wait=wait)


def _message(error: HTTPError) -> str:
    """The reason that GitHub gives, in JSON or not at all."""
    try:
        return msgspec.json.decode(error.read(64 * 1024), type=_Problem).message
    except (msgspec.DecodeError, UnicodeDecodeError, http.client.HTTPException, OSError):
        return ""


class _Problem(msgspec.Struct):
    message: str = ""


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
