"""Files by HTTP, as tests need them: with ranges or without, behind a password or a signature, gone, or other."""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Answer:
    """What is about to be sent; the connection is closed where `broken` bytes of the body are, or goes on `endless`."""

    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    broken: int | None = None
    endless: bool = False


class FileServer(ThreadingHTTPServer):
    """A folder at `url`. What is asked and sent is counted; `before` is called with every path that is asked for,
    and `twist` may change every answer.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.ranges = self.tags = self.lengths = True
        self.password = self.query = ""
        self.status = 0
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.before: Callable[[str], None] = lambda _: None
        self.twist: Callable[[Answer], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def refusal(self, path: str, query: str, authorization: str) -> int:
        """The status that is sent in place of a file; 0 for none."""
        wanted = "Basic " + base64.b64encode(self.password.encode()).decode()
        if self.password and authorization != wanted:
            return 401
        if self.query and query != self.query:
            return 403
        return self.status or (0 if (self.folder / path.strip("/")).is_file() else 404)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is none of the tests' business."""


class _Handler(BaseHTTPRequestHandler):
    server: FileServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body is not to wait until its header has arrived

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        server, (path, _, query) = self.server, self.path.partition("?")
        wanted = self.headers.get("Range", "")
        server.asked.append((path, wanted))
        server.before(path)
        refused = server.refusal(path, query, self.headers.get("Authorization", ""))
        answer = Answer(self.command, path, refused, {"Content-Length": "0"}) if refused else self._found(path, wanted)
        server.twist(answer)
        self._send(answer)

    def _found(self, path: str, wanted: str) -> Answer:
        server, content = self.server, (self.server.folder / path.strip("/")).read_bytes()
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted) if server.ranges else None
        piece = content[int(part[1]) : int(part[2]) + 1] if part else content
        answer = Answer(self.command, path, 206 if part else 200, body=piece)
        if part:
            span = f"{part[1]}-{int(part[1]) + len(piece) - 1}"
            answer.headers["Content-Range"] = f"bytes {span}/{len(content)}"
        if server.tags:
            answer.headers["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
        answer.headers |= {"Content-Length": str(len(piece))} if server.lengths else {"Connection": "close"}
        return answer

    def _send(self, answer: Answer) -> None:
        if answer.broken is not None:
            self.close_connection = True
            if answer.broken < 0:
                return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.method == "HEAD":
            return
        self.wfile.write(answer.body[: answer.broken])
        self.server.sent += len(answer.body[: answer.broken])
        while answer.endless:
            self.wfile.write(answer.body)
            self.server.sent += len(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called there
        """Nothing on stderr."""


@contextmanager
def served(folder: Path) -> Iterator[FileServer]:
    """A server in a thread of its own."""
    with FileServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
