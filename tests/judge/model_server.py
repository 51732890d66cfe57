"""A server that answers GET /v1/models/ID, on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ModelServer:
    """What is said of any model: `info` beside its own name, or `raw` bytes; `requests` are the paths asked for."""

    url: str = ""
    status: int = 200
    info: dict[str, Any] = field(default_factory=lambda: {"lifecycle": "active", "retires_at": None})
    raw: bytes | None = None
    requests: list[str] = field(default_factory=list)

    def body(self, name: str) -> bytes:
        if self.raw is not None:
            return self.raw
        if self.status != 200:
            return json.dumps({"type": "error", "error": {"type": "some_error", "message": "scripted"}}).encode()
        about = {"type": "model", "id": name, "display_name": "A model", "created_at": "2026-01-01T00:00:00Z"}
        return json.dumps({**about, **self.info}).encode()


@contextmanager
def serving_models() -> Iterator[ModelServer]:
    """The server, for the time of the block."""
    state = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append(self.path)
            body = state.body(self.path.rpartition("/")[2])
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Not on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
