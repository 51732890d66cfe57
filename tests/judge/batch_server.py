"""The scripted server, which also takes batches: POST and GET /v1/messages/batches, GET .../ID and .../ID/results."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from judge.scripted_server import Act, Body, Request, Server, _Handler, _Quiet

PATH = "/v1/messages/batches"
SPLIT = b"\n"


@dataclass
class Made:
    """A batch: what is in it by custom id, since when (Unix time), and how often it was looked at."""

    id: str
    requests: dict[str, Body]
    created: float
    looks: int = 0
    foreign: bool = False


@dataclass
class BatchServer(Server):
    """A batch ends after so many `looks`. `acts` are used up first, by what is done: create, state, results, list.

    An act with a status other than 200 does nothing else, but a batch is made all the same where `unheard`. `ending`
    and `change` are of a request; `lines` are all results as they are sent; batches are made after
    `slow` seconds and listed after `lag`.
    """

    looks: int = 0
    acts: dict[str, list[Act]] = field(default_factory=dict)
    unheard: bool = False
    ending: Callable[[Request], str] = lambda _: "succeeded"
    change: Callable[[Request, Body], Body] = lambda _, message: message
    lines: Callable[[list[bytes]], list[bytes]] = lambda lines: lines
    lag: float = 0.0
    slow: float = 0.0
    archived: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    made: list[Made] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    rng: random.Random = field(default_factory=lambda: random.Random(5))

    @property
    def submitted(self) -> Counter[str]:
        """How often each custom id was handed in."""
        return Counter(name for made in self.made if not made.foreign for name in made.requests)

    def make(self, requests: list[Body], *, foreign: bool = False) -> Made:
        with self.lock:
            by_name = {each["custom_id"]: each["params"] for each in requests}
            assert len(by_name) == len(requests), "custom ids must be unique"
            self.made.append(Made(f"msgbatch_{len(self.made):03}", by_name, time.time(), foreign=foreign))
            return self.made[-1]

    def find(self, name: str) -> Made | None:
        return next((made for made in self.made if made.id == name and name not in self.gone), None)

    def shown(self, made: Made) -> Body:
        ended = made.looks > self.looks
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        if ended:
            counts.update(Counter(self.ending(Request(body, {})) for body in made.requests.values()))
        else:
            counts["processing"] = len(made.requests)
        return {
            "id": made.id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": counts,
            "created_at": datetime.fromtimestamp(made.created, UTC).isoformat(),
            "expires_at": datetime.fromtimestamp(made.created + 86400, UTC).isoformat(),
            "ended_at": datetime.now(UTC).isoformat() if ended else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{self.url}{PATH}/{made.id}/results" if ended and made.id not in self.archived else None,
        }

    def results(self, made: Made) -> bytes:
        lines = [self.line(name, Request(body, {})) for name, body in made.requests.items()]
        self.rng.shuffle(lines)
        return b"".join(line + SPLIT for line in self.lines(lines))

    def line(self, name: str, request: Request) -> bytes:
        ending = self.ending(request)
        result: Body = {"type": ending}
        if ending == "succeeded":
            result["message"] = self.change(request, self.message(request))
        if ending == "errored":
            fault = {"type": "invalid_request_error", "message": "scripted"}
            result["error"] = {"type": "error", "error": fault, "request_id": "req_2"}
        return json.dumps({"custom_id": name, "result": result}).encode()

    def page(self, query: dict[str, list[str]]) -> Body:
        listed = [made for made in reversed(self.made) if time.time() >= made.created + self.lag]
        after = query.get("after_id", [""])[0]
        start = next((index + 1 for index, made in enumerate(listed) if made.id == after), 0)
        some = listed[start : start + int(query["limit"][0])]
        more = len(listed) > start + len(some)
        return {"data": [self.shown(made) for made in some], "has_more": more, "last_id": some[-1].id if some else None}


class _BatchHandler(_Handler):
    server_state: BatchServer

    def do_POST(self) -> None:  # noqa: N802 - the name is the base class's
        if self.path != PATH:
            super().do_POST()
            return
        state = self.server_state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        act = self._act("create")
        time.sleep(state.slow)
        if act.status == 200 or state.unheard:
            made = state.make(body["requests"])
        self._reply(act, lambda: json.dumps(state.shown(made)).encode())

    def do_GET(self) -> None:  # noqa: N802 - the name is the base class's
        state, url = self.server_state, urlsplit(self.path)
        name, _, rest = url.path.removeprefix(PATH).lstrip("/").partition("/")
        if not name:
            self._reply(self._act("list"), lambda: json.dumps(state.page(parse_qs(url.query))).encode())
            return
        act = self._act("results" if rest else "state")
        made = state.find(name)
        if made is None:
            act = Act(404)
        elif act.status == 200 and not rest:
            made.looks += 1
        self._reply(act, lambda: state.results(made) if rest else json.dumps(state.shown(made)).encode())  # type: ignore[arg-type]

    def _act(self, what: str) -> Act:
        state = self.server_state
        with state.lock:
            state.done[what] += 1
            acts = state.acts.get(what)
            return acts.pop(0) if acts else Act()

    def _reply(self, act: Act, right: Callable[[], bytes]) -> None:
        time.sleep(self.server_state.delay + act.pause)
        if act.cut == 0:
            self.close_connection = True
            return
        fault = {"type": "error", "error": {"type": "some_error", "message": "scripted", "details": None}}
        payload = act.raw if act.raw is not None else right() if act.status == 200 else json.dumps(fault).encode()
        self._send(act, payload)


@contextmanager
def serving_batches() -> Iterator[BatchServer]:
    """The server, for the time of the block."""
    state = BatchServer()

    class Bound(_BatchHandler):
        server_state = state

    server: Any = _Quiet(("127.0.0.1", 0), Bound)
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
