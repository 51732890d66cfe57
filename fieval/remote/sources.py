"""Files as fsspec knows them: what it says of one, and its bytes by ranges."""

from __future__ import annotations

import difflib
import hashlib
import io
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

from fieval.errors import FievalError, InvalidInput, changed
from fieval.remote.faults import told

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Stamp = tuple[int | str, ...]

_LEAST, _MOST = 1 << 16, 1 << 20  # bytes of one request: more where a file is read on

# what tells two contents of a file apart, as the stores call it
_VALIDATORS = (
    *("etag", "content-md5", "digest", "last-modified", "lastmodified", "last_modified", "mtime", "modified"),
    *("created", "updated", "generation", "md5hash", "versionid", "version_id", "sha", "ino"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Size and validators of a file, as far as its store says them."""

    size: int | None
    validators: tuple[str, ...]

    def stamp(self) -> Stamp:
        return self.size or 0, *self.validators


@dataclass(frozen=True, slots=True)
class Source:
    """A file as fsspec knows it."""

    place: str
    files: Any = field(repr=False)
    path: str = field(repr=False)

    def seen(self) -> Seen:
        with told(self.place):
            self.files.invalidate_cache(self.path)
            found: Mapping[str, Any] = self.files.info(self.path)
        if found.get("type") == "directory":
            raise InvalidInput(f"{self.place}: is a folder; expected a file")
        if found.get("type") != "file":
            raise InvalidInput(f"{self.place}: a pipe or device; write it to a file first and name that")
        values = sorted((key.lower(), str(value)) for key, value in found.items() if value is not None)
        return Seen(found.get("size"), tuple(f"{key}={value}" for key, value in values if key in _VALIDATORS))

    def opened(self, size: int) -> Any:
        known = {"size": size} if self.files.protocol == ("http", "https") else {}  # which need not be asked again
        with told(self.place):
            return self.files.open(self.path, "rb", cache_type="none", **known)

    def has_ranges(self, size: int) -> bool:
        with told(self.place), self.opened(size) as file:
            try:
                file.seek(size - 1)
                return size > 1 and len(file.read(1)) == 1
            except ValueError:
                return False

    def copied(self) -> BinaryIO:
        """A private copy, which is gone when it is closed."""
        with (
            tempfile.TemporaryDirectory(prefix="fieval-", ignore_cleanup_errors=True) as folder,
            told(self.place),
        ):
            copy = Path(folder, "copy")
            self.files.get_file(self.path, str(copy))
            return copy.open("rb")

    def digest(self) -> str:
        total = hashlib.sha256()
        with self.copied() as copy:
            while block := copy.read(_MOST):
                total.update(block)
        return total.hexdigest()


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
        self._source, size = source, self.seen.size
        self._file = source.copied() if size is None else source.opened(size)
        self._size = self._file.seek(0, os.SEEK_END) if size is None else size
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
        self._file.close()

    def _fetch(self, wanted: int) -> None:
        goes_on = self._at == self._first + len(self._block)
        self._ahead = min(2 * self._ahead, _MOST) if goes_on and self._ahead else _LEAST
        stop = min(self._size, self._at + max(wanted, self._ahead))
        self._block = self._range(self._at, stop) if stop > self._at else b""
        self._first = self._at

    def _range(self, start: int, stop: int) -> bytes:
        with told(self._source.place):
            try:
                self._file.seek(start)
                found: bytes = self._file.read(stop - start)
            except ValueError:  # by HTTP: no ranges here
                self._file.close()
                self._file = self._source.copied()
                self._file.seek(start)
                found = self._file.read(stop - start)
        if len(found) != stop - start:
            raise changed(self._source.place)
        return found


def source_of(url: str, place: str) -> Source:
    """The file at a URL, which is told of as `place`."""
    with told(place):
        return Source(place, *_files(url, place))


def _files(url: str, place: str) -> tuple[Any, str]:
    """The file system that a URL leads to, and what it calls the file."""
    try:
        import fsspec
    except ImportError:
        needed = "needs fsspec, which is not installed; pip install 'fieval[remote]', of the clone '.[remote]'"
        raise InvalidInput(f"{place}: {needed}") from None
    protocol = url.partition(":")[0].lower()
    known = fsspec.available_protocols()
    if protocol not in known:
        near = difflib.get_close_matches(protocol, known, n=1)
        hint = f"; did you mean {near[0]}://?" if near else ""
        raise InvalidInput(f'{place}: fsspec knows no protocol "{protocol}"{hint}')
    found: tuple[Any, str] = fsspec.core.url_to_fs(url, **_options(protocol, fsspec.config.conf))
    return found


def _options(protocol: str, configured: Mapping[str, Any]) -> dict[str, Any]:
    """By HTTP: the bytes as they are stored; proxies and ~/.netrc as elsewhere; and what fsspec's own config says."""
    if protocol not in ("http", "https"):
        return {}
    own = configured.get(protocol, {}).get("client_kwargs", {})
    headers = {"Accept-Encoding": "identity", **own.get("headers", {})}
    return {"client_kwargs": {"auto_decompress": False, "trust_env": True, **own, "headers": headers}}
