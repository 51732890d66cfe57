"""Claude in batches, over the Message Batches API (platform.claude.com, "Batch processing").

Of the SDK only the connection is used: its own reading of results follows an address that the reply names, with the
credentials, and takes any text for a result.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from fieval.errors import Unmeasurable
from fieval.judge.anthropic_judge import _CONNECT_SECONDS, LARGEST_REPLY, AnthropicJudge, _cause, _decoded, _told
from fieval.judge.batch_judge import BatchJudge, BatchResult, BatchState, Ending
from fieval.judge.faults import judged_fault, short
from fieval.judge.protocol import CallFailed, Question

if TYPE_CHECKING:
    import httpx2
    from anthropic import Anthropic

_PATH = "/v1/messages/batches"
_PAGE, _PAGES = 100, 100
_Told = TypeVar("_Told")
_Timestamp = datetime


class _Counts(msgspec.Struct):
    processing: int
    succeeded: int
    errored: int
    canceled: int
    expired: int


class _Batch(msgspec.Struct):
    id: str
    processing_status: str
    request_counts: _Counts
    created_at: _Timestamp
    archived_at: _Timestamp | None = None
    results_url: str | None = None

    @property
    def gone(self) -> bool:
        """Whether it ended so long ago that its results are no longer kept."""
        return self.archived_at is not None or (self.processing_status == "ended" and self.results_url is None)

    def state(self) -> BatchState:
        counts = self.request_counts
        return BatchState(
            id=self.id,
            size=counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired,
            created=self.created_at.timestamp(),
            ended=self.processing_status == "ended",
        )


class _Made(msgspec.Struct):
    id: str


class _Page(msgspec.Struct):
    data: list[_Batch]
    has_more: bool = False


class _Fault(msgspec.Struct):
    type: str = ""
    message: str = ""


class _Envelope(msgspec.Struct):
    error: _Fault | None = None


class _Ended(msgspec.Struct):
    type: Ending
    message: msgspec.Raw = msgspec.Raw(b"null")
    error: _Envelope | None = None


class _Line(msgspec.Struct):
    custom_id: str
    result: _Ended


_lines = msgspec.json.Decoder(_Line)


class AnthropicBatches(AnthropicJudge, BatchJudge):
    """One model of one API host, asked in batches or one by one."""

    most_requests = 100_000
    most_bytes = 250_000_000  # of 256 MB

    def create(self, questions: Sequence[tuple[str, Question]], seconds: float) -> str:
        requests = [{"custom_id": name, "params": self.request(question)} for name, question in questions]
        try:
            with _faults():
                body = _whole(self._post({"requests": requests}, seconds), seconds)
        except CallFailed as failed:
            failed.billed = failed.billed or not failed.busy
            raise
        try:
            return msgspec.json.decode(body, type=_Made).id
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise CallFailed("what the API says of the new batch cannot be read", billed=True) from error

    def state(self, batch: str, seconds: float) -> BatchState | None:
        import anthropic

        with _faults():
            try:
                body = _whole(self._get(f"{_PATH}/{quote(batch, safe='')}", seconds), seconds)
            except anthropic.NotFoundError:
                return None
        found = _read(body, _Batch)
        return None if found.gone else found.state()

    def recent(self, since: float, seconds: float) -> list[BatchState]:
        found: list[BatchState] = []
        after: dict[str, str] = {}
        for _ in range(_PAGES):
            with _faults():
                query = urlencode({"limit": str(_PAGE), **after})
                body = _whole(self._get(f"{_PATH}?{query}", seconds), seconds)
            page = _read(body, _Page)
            states = [batch.state() for batch in page.data]
            found += [state for state in states if state.created >= since]
            if not page.has_more or not states or states[-1].created < since:
                break
            after = {"after_id": states[-1].id}
        return sorted(found, key=lambda state: (state.created, state.id))

    def results(self, batch: str, seconds: float, in_all: float) -> Iterator[BatchResult]:
        ends = time.monotonic() + in_all
        with _faults(), closing(self._get(f"{_PATH}/{quote(batch, safe='')}/results", seconds)) as response:
            for line in _split(response, ends):
                result = _result(line)
                if result is not None:
                    yield result

    def _get(self, path: str, seconds: float) -> httpx2.Response:
        import httpx2

        return self._connected().get(path, cast_to=httpx2.Response, options={"timeout": _timeout(seconds)}, stream=True)

    def _post(self, body: dict[str, object], seconds: float) -> httpx2.Response:
        import httpx2

        return self._connected().post(
            _PATH, cast_to=httpx2.Response, body=body, options={"timeout": _timeout(seconds)}, stream=True
        )

    def _connected(self) -> Anthropic:
        if self._client is None:
            raise RuntimeError("connect first")
        return self._client


def _timeout(seconds: float) -> httpx2.Timeout:
    import httpx2

    return httpx2.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def _whole(response: httpx2.Response, seconds: float) -> bytes:
    """The body of a short reply; the clock is watched while it trickles in."""
    ends = time.monotonic() + seconds
    received = bytearray()
    with closing(response):
        for chunk in response.iter_bytes():
            received += chunk
            if time.monotonic() > ends or len(received) > LARGEST_REPLY:
                raise CallFailed("the judge's reply was too slow or too long", billed=True)
    return bytes(received)


def _split(response: httpx2.Response, ends: float) -> Iterator[bytes]:
    rest = b""
    for chunk in response.iter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if time.monotonic() > ends or len(rest) > LARGEST_REPLY:
            raise CallFailed("the results of a batch were too slow or too long", billed=True)
    if rest:
        yield rest


def _result(line: bytes) -> BatchResult | None:
    try:
        read = _lines.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    ended = read.result
    if ended.type != "succeeded":
        fault = ended.error.error if ended.error else None
        told = f": {short(fault.message or fault.type)}" if fault else ""
        return BatchResult(name=read.custom_id, ending=ended.type, told=f"in a batch it {_ENDINGS[ended.type]}{told}")
    try:
        sent = _decoded((bytes(ended.message), ""))
    except CallFailed as failed:
        return BatchResult(name=read.custom_id, ending=ended.type, told=str(failed))
    return BatchResult(name=read.custom_id, ending=ended.type, sent=sent)


_ENDINGS: dict[Ending, str] = {"errored": "failed", "canceled": "was canceled", "expired": "expired", "succeeded": ""}


def _read(body: bytes, kind: type[_Told]) -> _Told:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CallFailed("what the API says of batches cannot be read") from error


@contextmanager
def _faults() -> Iterator[None]:
    """The SDK's errors as those of a judge."""
    import anthropic
    import httpx2

    try:
        yield
    except anthropic.APIStatusError as error:
        fault = judged_fault(error.status_code, error.error_code, _told(error), error.response.headers)
        raise Unmeasurable(fault.message) from error
    except anthropic.APIConnectionError as error:
        unsent = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
        raise CallFailed(f"the judge cannot be reached: {_cause(error)}", billed=not unsent) from error
    except anthropic.AnthropicError as error:
        raise Unmeasurable(f"the judge's credentials cannot be used: {short(str(error))}") from error
    except httpx2.HTTPError as error:
        raise CallFailed(f"the judge's reply broke off: {type(error).__name__}", billed=True) from error
