"""A server that speaks the REST calls that fieval uses, with a script of failures."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
TOKEN = "ghs_notASecret"
REPOSITORY = "acme/gates"
LONGEST_BODY = 65_536

Line = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """Answer one request of this method with this status instead; `done` does what was asked all the same."""

    method: str
    status: int
    message: str = "scripted"
    headers: Mapping[str, str] = field(default_factory=dict)
    done: bool = False


@dataclass
class FakeGitHub:
    """One repository. Every request is written down as method, path with query, and the token it came with."""

    url: str = ""
    login: str = BOT
    comments: list[Line] = field(default_factory=list)
    pulls: list[Line] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    links: bool = True

    def add(self, body: str, login: str | None = BOT) -> int:
        """A comment that stands there already; the login is None where its author is gone."""
        number = 1000 + len(self.comments)
        self.comments.append({"id": number, "body": body, "user": None if login is None else {"login": login}})
        return number

    def pull(self, number: int, sha: str, ref: str = "topic", repository: str = "stranger/gates") -> None:
        """An open pull request."""
        self.pulls.append(
            {"number": number, "head": {"sha": sha, "ref": ref, "repo": {"full_name": repository}}, "state": "open"}
        )

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.requests]

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]


@contextmanager
def serving() -> Iterator[FakeGitHub]:
    """The server, for the time of the block."""
    state = FakeGitHub()

    class Bound(_Handler):
        github = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    github: FakeGitHub

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Not on the screen."""

    def _serve(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        self.github.requests.append((self.command, self.path, self.headers.get("Authorization", "")))
        script = self.github.failures
        planned = next((each for each in script if each.method == self.command), None)
        if planned is None or planned.done:
            status, answer, headers = self._answer(sent)
        if planned is not None:
            script.remove(planned)
            status, answer, headers = planned.status, {"message": planned.message}, dict(planned.headers)
        payload = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(payload))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def _answer(self, sent: Any) -> tuple[int, Any, dict[str, str]]:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}, {}
        match self.command:
            case "GET" if path == f"/repos/{REPOSITORY}/pulls":
                return 200, self._pulls(query), {}
            case "GET" if re.fullmatch(rf"/repos/{REPOSITORY}/issues/\d+/comments", path):
                return self._page(int(query["page"][0]), int(query["per_page"][0]))
            case "POST" | "PATCH" if len(sent["body"]) > LONGEST_BODY:
                return 422, {"message": "Validation Failed"}, {}
            case "POST" if re.fullmatch(rf"/repos/{REPOSITORY}/issues/\d+/comments", path):
                return 201, self.github.comments[self.github.add(sent["body"], self.github.login) - 1000], {}
            case "PATCH" if found := re.fullmatch(rf"/repos/{REPOSITORY}/issues/comments/(\d+)", path):
                return self._edit(int(found[1]), sent["body"])
        return 404, {"message": "Not Found"}, {}

    def _edit(self, number: int, body: str) -> tuple[int, Any, dict[str, str]]:
        comment = self.github.comments[number - 1000]
        if (comment["user"] or {}).get("login") != self.github.login:
            return 403, {"message": "Must have admin rights to Repository."}, {}
        comment["body"] = body
        return 200, comment, {}

    def _pulls(self, query: Mapping[str, list[str]]) -> list[Line]:
        """GitHub leaves a filter alone that it cannot read; then all pull requests come back."""
        owner, _, ref = query["head"][0].partition(":")
        if not owner or not ref:
            return self.github.pulls
        heads = [(each, each["head"]) for each in self.github.pulls]
        return [each for each, head in heads if head["ref"] == ref and head["repo"]["full_name"].split("/")[0] == owner]

    def _page(self, page: int, size: int) -> tuple[int, Any, dict[str, str]]:
        found = self.github.comments[(page - 1) * size : page * size]
        more = page * size < len(self.github.comments)
        link = f'<{self.github.url}{urlsplit(self.path).path}?per_page={size}&page={page + 1}>; rel="next"'
        last = f'<{self.github.url}/?page=1>; rel="first"'
        return 200, found, {"Link": f"{link}, {last}" if more else last} if self.github.links else {}
