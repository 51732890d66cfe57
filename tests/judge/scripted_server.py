"""A server that speaks POST /v1/messages, with a script of what goes wrong; a real one, on a real socket."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fieval.judge.canaries import shipped
from fieval.judge.conversations import CHECKS, OUTCOME
from fieval.judge.own_questions import ANSWER
from fieval.judge.transcript import clean

MODEL = "claude-sonnet-5-5"
Body = dict[str, Any]

_BLOCK = re.compile(r"<(\w+)-([0-9a-f]{16})>\n(.*?)</\1-\2>", re.DOTALL)
_KNOWN_IDS = {"resolution": (OUTCOME,), "checks": CHECKS, "answers": (ANSWER,)}  # lists that no block of data holds
_WRONG = {clean(text) for canary in shipped() for name, text in canary.claims.items() if name in canary.wrong}


@dataclass(frozen=True)
class Act:
    """What happens to one request instead of an answer.

    `status` with a body of an error; or `change` of the right message; or `raw` bytes as the whole body; `pause`
    (seconds) comes before; `cut` closes the connection after so many bytes of the body, `trickle` sends the body in
    single bytes with such pauses.
    """

    status: int = 200
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Body], Body] | None = None
    raw: bytes | None = None
    pause: float = 0.0
    cut: int | None = None
    trickle: float = 0.0


@dataclass(frozen=True)
class Item:
    """One id that is asked about: its list of the reply, its text (or all that was sent), the verdicts to choose from.

    `system` is the instructions.
    """

    part: str
    id: str
    text: str
    verdicts: tuple[str, ...]
    system: str = ""

    @property
    def canary(self) -> bool:
        return self.text in _WRONG


@dataclass(frozen=True)
class Request:
    """What was sent."""

    body: Body
    headers: Mapping[str, str]

    @property
    def content(self) -> str:
        content = self.body["messages"][0]["content"]
        assert isinstance(content, str)
        return content

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def system(self) -> str:
        return json.dumps(self.body["system"])

    @property
    def blocks(self) -> dict[str, list[Body]]:
        """The data between fences, line by line."""
        return {name: [json.loads(line) for line in lines.splitlines()] for name, _, lines in self.fenced}

    @property
    def fenced(self) -> list[tuple[str, str, str]]:
        """Name, code and lines of each block of data."""
        return _BLOCK.findall(self.content)

    @property
    def outside(self) -> str:
        """What is no data."""
        return _BLOCK.sub("", self.content).strip()

    def items(self, part: str, schema: Body) -> list[Item]:
        """What one list of the reply has to answer."""
        verdicts = tuple(schema["items"]["properties"]["verdict"]["enum"])
        known = [(name, self.content) for name in _KNOWN_IDS.get(part, ())]
        asked = known or [(line["id"], line["text"]) for line in self.blocks.get(part, [])]
        return [Item(part, name, text, verdicts, self.system) for name, text in asked]


def plausible(item: Item) -> str:
    """No canary passes; of the rest five in six have the first verdict, always the same ones."""
    if item.canary:
        return "contradicted"
    return item.verdicts[zlib.crc32(f"{item.id} {item.text}".encode()) % 6 == 0]


@dataclass
class Server:
    """`script` is used up request by request, then everything is `always`, or else right; `verdict` maps the text of a
    claim to its verdict, or `decide`, where given, everything that is asked about. At most `rate` requests a second are
    let through, where given.
    """

    url: str = ""
    script: list[Act] = field(default_factory=list)
    always: Act | None = None
    verdict: Callable[[str], str] = lambda _: "supported"
    decide: Callable[[Item], str] | None = None
    why: str = "as turn 1 says"
    model: str = MODEL
    delay: float = 0.0
    rate: float | None = None
    output_tokens: int = 200
    requests: list[Request] = field(default_factory=list)
    answered: int = 0
    refused: int = 0
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    moments: list[float] = field(default_factory=list)

    def next_act(self) -> Act | None:
        with self.lock:
            if self.rate is not None:
                now = time.monotonic()
                self.moments = [moment for moment in self.moments if moment > now - 1.0]
                if len(self.moments) >= self.rate:
                    self.refused += 1
                    return Act(429)
                self.moments.append(now)
            return self.script.pop(0) if self.script else self.always

    def message(self, request: Request) -> Body:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [{"type": "thinking", "thinking": "…", "signature": "x"}, self.text(request)],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": len(request.content) // 3, "output_tokens": self.output_tokens},
        }

    def text(self, request: Request) -> Body:
        lists = request.body["output_config"]["format"]["schema"]["properties"]
        reply = {
            name: [self.entry(item, schema["items"]["required"]) for item in request.items(name, schema)]
            for name, schema in lists.items()
        }
        return {"type": "text", "text": json.dumps(reply)}

    def entry(self, item: Item, fields: list[str]) -> Body:
        verdict = self.verdict(item.text) if self.decide is None else self.decide(item)
        every = {"id": item.id, "evidence_turns": [1], "why": self.why, "verdict": verdict}
        return {name: every[name] for name in fields}


@contextmanager
def serving() -> Iterator[Server]:
    """The server, for the time of the block."""
    state = Server()

    class Bound(_Handler):
        server_state = state

    server = _Quiet(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    server.block_on_close = False
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed close their sockets; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    server_state: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are sent apart, and would wait 40 ms for each other

    def do_POST(self) -> None:
        state = self.server_state
        with state.lock:
            state.at_once += 1
            state.most_at_once = max(state.most_at_once, state.at_once)
        try:
            self._serve(state)
        finally:
            with state.lock:
                state.at_once -= 1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Not on the screen."""

    def _serve(self, state: Server) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/messages", self.path
        request = Request(body, {name.lower(): value for name, value in self.headers.items()})
        with state.lock:
            state.requests.append(request)
        act = state.next_act() or Act()
        time.sleep(state.delay + act.pause)
        if act.cut == 0:
            self.close_connection = True
            return
        self._send(act, self._payload(act, request))
        with state.lock:
            state.answered += act.status == 200

    def _payload(self, act: Act, request: Request) -> bytes:
        if act.raw is not None:
            return act.raw
        if act.status != 200:
            details = {"error_code": act.code} if act.code else None
            error = {"type": "some_error", "message": "scripted", "details": details}
            return json.dumps({"type": "error", "error": error}).encode()
        message = self.server_state.message(request)
        return json.dumps(act.change(message) if act.change else message).encode()

    def _send(self, act: Act, payload: bytes) -> None:
        self.send_response(act.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(payload)), "request-id": "req_1"}
        for name, value in {**headers, **act.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if act.cut is not None:
            self.wfile.write(payload[: act.cut])
            self.close_connection = True
            return
        for start in range(0, len(payload), 1 if act.trickle else len(payload) or 1):
            self.wfile.write(payload[start : start + (1 if act.trickle else len(payload))])
            if act.trickle:
                self.wfile.flush()
                time.sleep(act.trickle)
