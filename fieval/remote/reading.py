"""A file at a URL as one open for reading."""

from __future__ import annotations

import io
import os
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from fieval.errors import FievalError, changed
from fieval.remote.sources import Source, Stamp, copied

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LEAST, _MOST = 1 << 16, 1 << 20  # bytes of one request: more where a file is read on


class RemoteFile(io.BufferedReader):
    """A file at a URL, open for reading bytes; the end of its `with` says if it was not the same file all the time."""

    def __init__(self, source: Source) -> None:
        ranges = _Ranges(source)
        self._source, self._seen = source, ranges.seen
        super().__init__(ranges, _LEAST)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Also in place of an error of whoever read it: what changes makes no sense. Not where nobody reads on."""
        super().__exit__(kind, error, trace)
        broken_off = isinstance(error, FievalError) or not isinstance(error, Exception | None)
        if not broken_off and self._source.seen() != self._seen:
            raise changed(self._source.place)

    def stamp(self) -> Stamp:
        """Of the file that was opened; without its content, even where its store says nothing else."""
        return self._seen.stamp()


class _Ranges(io.RawIOBase):
    """A file read by ranges, or from a private copy where its store gives it as a whole only."""

    def __init__(self, source: Source) -> None:
        self.seen = source.seen()
        self._place = source.place
        self._held = source.held(self.seen)
        self._copy: BinaryIO | None = copied(self._held) if self.seen.size is None else None
        self._size = self._copy.seek(0, os.SEEK_END) if self._copy else self.seen.size or 0
        self._at, self._first, self._block, self._ahead = 0, 0, b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        given = memoryview(buffer).cast("B")
        if not self._first <= self._at < self._first + len(self._block):
            self._fetch(len(given))
        piece = memoryview(self._block)[self._at - self._first :][: len(given)]
        given[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        self._held.close()
        if self._copy is not None:
            self._copy.close()

    def _fetch(self, wanted: int) -> None:
        goes_on = self._at == self._first + len(self._block)
        self._ahead = min(2 * self._ahead, _MOST) if goes_on and self._ahead else _LEAST
        stop = min(self._size, self._at + max(wanted, self._ahead))
        self._block = self._range(self._at, stop) if stop > self._at else b""
        self._first = self._at

    def _range(self, start: int, stop: int) -> bytes:
        if self._copy is None:
            found = self._held.part(start, stop)
            if found is not None:
                return found
            self._copy = copied(self._held)
        self._copy.seek(start)
        found = self._copy.read(stop - start)
        if len(found) != stop - start:
            raise changed(self._place)
        return found
