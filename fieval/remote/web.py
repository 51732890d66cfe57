"""Files by HTTP: what a server says is held against what it said before, and a lost connection is tried again.

fsspec finds proxies, credentials and settings; the requests are made here, since it keeps no header of an answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fieval.errors import FievalError, InvalidInput, Unmeasurable, changed
from fieval.remote.faults import Lost, told
from fieval.remote.sources import Held, Seen, Source, bounded, validators

if TYPE_CHECKING:
    from aiohttp import ClientResponse

_WAITS = (0.25, 0.75, 2.0)  # seconds before each further try
_LONGEST_TRYING = 60.0  # seconds after which none begins
_LOOKED_AT = 1024  # bytes of what says that it is a page
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_UNREAD = "an HTML page, such as one to log in; expected the file itself"

Found = TypeVar("Found")


class Web(Source):
    """A file on a web server."""

    __slots__ = ()

    def seen(self) -> Seen:
        """By HEAD; by GET, whose body is left, where that does not say it."""
        try:
            found = self.run(self._headers("HEAD"))
        except FievalError:
            found = None
        if found is None or "content-length" not in found:
            found = persistent(lambda: self.run(self._headers("GET")))
        if "html" in found.get("content-type", "").lower() and persistent(lambda: self.run(self._is_page())):
            raise InvalidInput(f"{self.place}: its server answers with {_UNREAD}")
        return Seen(_length(found), validators(found))

    def held(self, seen: Seen) -> Held:
        return _HeldOnServer(self, seen)

    def run(self, asking: Coroutine[Any, Any, Found]) -> Found:
        """What comes of requests, or why nothing does."""
        from fsspec.asyn import sync

        with told(self.place):
            found: Found = sync(self.files.loop, _given, asking)
        return found

    async def answer(self, method: str, span: str = "", **more: Any) -> ClientResponse:
        """To be used in a `with`: a body that nobody reads ends its connection."""
        session = await self.files.set_session()
        given = {**self.files.kwargs, **more}
        headers = {**given.pop("headers", {}), **({"Range": f"bytes={span}"} if span else {})}
        found: ClientResponse = await session.request(
            method, self.files.encode_url(self.path), headers=headers, allow_redirects=True, **given
        )
        return found

    async def _headers(self, method: str) -> Mapping[str, str]:
        async with await self.answer(method) as answer:
            answer.raise_for_status()
            return {name.lower(): value for name, value in answer.headers.items()}

    async def _is_page(self) -> bool:
        """Whether what is called HTML looks like it: scripts that forward a file often call it so, too."""
        async with await self.answer("GET", f"0-{_LOOKED_AT - 1}") as answer:
            return (await answer.content.read(_LOOKED_AT)).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


class _HeldOnServer:
    """A file of which every answer must be: of that size, with the same validators, and as long as it says."""

    def __init__(self, source: Web, seen: Seen) -> None:
        self._source, self._place = source, source.place
        self._size, self._known = seen.size, dict(seen.validators)

    def part(self, start: int, stop: int) -> bytes | None:
        return persistent(lambda: self._source.run(self._part(start, stop)))

    def copy_to(self, path: Path) -> None:
        persistent(lambda: self._source.run(self._whole(path)))

    def close(self) -> None:
        """Each answer was closed by itself."""

    async def _part(self, start: int, stop: int) -> bytes | None:
        async with await self._source.answer("GET", f"{start}-{stop - 1}") as answer:
            if answer.status == 416:  # it ends before
                raise changed(self._place)
            self._check(answer)
            if not self._is_of(answer, start, stop):
                return None
            blocks: list[bytes] = []
            await self._read(answer, stop - start, blocks.append)
        return b"".join(blocks)

    async def _whole(self, path: Path) -> None:
        from aiohttp import ClientTimeout

        bound = bounded(self._place)
        bound(self._size or 0)
        patience = (await self._source.files.set_session()).timeout
        unhurried = ClientTimeout(total=None, sock_connect=patience.sock_connect, sock_read=patience.sock_read)
        async with await self._source.answer("GET", timeout=unhurried) as answer:
            self._check(answer)
            if answer.status != 200:
                raise self._amiss(f"answers with status {answer.status}")
            self._check_length(answer)
            with path.open("wb") as file:
                await self._read(answer, self._size, file.write, bound)

    def _check(self, answer: ClientResponse) -> None:
        """Whether it is of the file that was seen."""
        answer.raise_for_status()
        for name, value in validators(answer.headers):
            if self._known.setdefault(name, value) != value:
                raise changed(self._place, f"another {name} than before")

    def _check_length(self, answer: ClientResponse) -> None:
        length = _length({name.lower(): value for name, value in answer.headers.items()})
        if length is not None:
            self._check_size(length)

    def _check_size(self, size: int) -> None:
        self._size = size if self._size is None else self._size
        if size != self._size:
            raise changed(self._place, f"{self._size:,} bytes before, then {size:,}")

    def _is_of(self, answer: ClientResponse, start: int, stop: int) -> bool:
        """Whether it is of those bytes, and not of the whole file or of one whose size is not said."""
        if answer.status != 206:
            self._check_length(answer)
            return (start, stop) == (0, self._size)
        found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if found is not None and found[3] == "*":
            return False
        if found is not None:
            self._check_size(int(found[3]))
        if found is None or (int(found[1]), int(found[2])) != (start, stop - 1):
            given = f"bytes {int(found[1]):,} to {int(found[2]):,}" if found else "others"
            raise self._amiss(f"was asked for bytes {start:,} to {stop - 1:,} and gives {given}")
        return True

    async def _read(
        self,
        answer: ClientResponse,
        size: int | None,
        keep: Callable[[bytes], object],
        bound: Callable[[int], None] = lambda _: None,
    ) -> None:
        """The body, as long as it is said to be; of one of which nothing is said, as much as the bound permits."""
        got = 0
        async for block in answer.content.iter_any():
            got += len(block)
            bound(got)
            if size is not None and got > size:
                raise self._amiss(f"sends more than the {size:,} bytes that it announced")
            keep(block)
        if size is not None and got < size:
            raise Lost(f"{self._place}: cannot be read now: {got:,} bytes came of the {size:,} that were announced")

    def _amiss(self, what: str) -> Unmeasurable:
        return Unmeasurable(f"{self._place}: cannot be read: its server {what}")


def persistent(read: Callable[[], Found]) -> Found:
    """What another try may give, if not at once: as long as a server asks to wait, within bounds."""
    until = time.monotonic() + _LONGEST_TRYING
    for wait in _WAITS:
        try:
            return read()
        except Lost as lost:
            pause = max(wait, lost.after)
            if time.monotonic() + pause > until:
                raise
            time.sleep(pause)
    return read()


async def _given(asking: Coroutine[Any, Any, Found]) -> Found:
    return await asking


def _length(headers: Mapping[str, str]) -> int | None:
    """Of the body, unless it is a compressed form of the file: that may be compressed anew each time."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and headers.get("content-encoding", "identity") == "identity" else None
