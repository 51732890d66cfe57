"""Files as fsspec knows them: what it says of one, and its bytes by ranges."""

from __future__ import annotations

import hashlib
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from fieval.errors import InvalidInput, Unmeasurable, changed
from fieval.remote.faults import told

Stamp = tuple[int | str, ...]

MOST_WHOLE = 4 << 30  # bytes that are fetched of a file of which no parts can be read
_BLOCK = 1 << 20

# what tells two contents of a file apart, as the stores call it
_VALIDATORS = (
    *("etag", "content-md5", "digest", "last-modified", "lastmodified", "last_modified", "mtime", "modified"),
    *("created", "updated", "generation", "md5hash", "versionid", "version_id", "sha", "ino"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Size and validators of a file, as far as its store says them."""

    size: int | None
    validators: tuple[tuple[str, str], ...]

    def stamp(self) -> Stamp:
        return self.size or 0, *(f"{name}={value}" for name, value in self.validators)


class Held(Protocol):
    """A file as it was seen, whose bytes are those of no other."""

    def part(self, start: int, stop: int) -> bytes | None:
        """Those bytes; None where its store gives it as a whole only."""

    def copy_to(self, path: Path) -> None:
        """All of it, of which no more is fetched than MOST_WHOLE."""

    def close(self) -> None:
        """Nothing more is wanted of it."""


@dataclass(frozen=True, slots=True)
class Source(ABC):
    """Where a file is read from: `place` is its name as it may be shown, `path` what fsspec's `files` call it."""

    place: str
    files: Any = field(repr=False)
    path: str = field(repr=False)

    @abstractmethod
    def seen(self) -> Seen:
        """What its store says of it now."""

    @abstractmethod
    def held(self, seen: Seen) -> Held:
        """The file that was seen."""


class Stored(Source):
    """A file in a store of which fsspec, or a package for that, watches over the answers and tries again."""

    __slots__ = ()

    def seen(self) -> Seen:
        with told(self.place):
            self.files.invalidate_cache(self.path)
            found: Mapping[str, Any] = self.files.info(self.path)
        if found.get("type") == "directory":
            raise InvalidInput(f"{self.place}: is a folder; expected a file")
        if found.get("type") != "file":
            raise InvalidInput(f"{self.place}: a pipe or device; write it to a file first and name that")
        return Seen(found.get("size"), validators(found))

    def held(self, seen: Seen) -> Held:
        return _HeldInStore(self)


class _HeldInStore:
    def __init__(self, source: Stored) -> None:
        self._source = source
        self._file: Any = None

    def part(self, start: int, stop: int) -> bytes:
        with told(self._source.place):
            self._file = self._file or self._source.files.open(self._source.path, "rb", cache_type="none")
            self._file.seek(start)
            found: bytes = self._file.read(stop - start)
        if len(found) != stop - start:
            raise changed(self._source.place)
        return found

    def copy_to(self, path: Path) -> None:
        from fsspec.callbacks import Callback

        bound = bounded(self._source.place)
        with told(self._source.place):
            counting = Callback(hooks={"bound": lambda _size, value, **_: bound(value)})
            self._source.files.get_file(self._source.path, str(path), callback=counting)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def validators(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What of the things that a store says of a file changes with its content."""
    values = sorted((key.lower(), str(value)) for key, value in found.items() if value is not None)
    return tuple((key, value) for key, value in values if key in _VALIDATORS)


def bounded(place: str) -> Callable[[int], None]:
    """Complains of more bytes than may be fetched of a file as a whole."""

    def bound(size: int) -> None:
        if size > MOST_WHOLE:
            most = f"{MOST_WHOLE >> 30} GB" if MOST_WHOLE >> 30 else f"{MOST_WHOLE:,} bytes"
            why = "of which no parts can be read there; fetch it yourself and name the copy"
            raise Unmeasurable(f"{place}: more than the {most} that are fetched of a file {why}")

    return bound


def copied(held: Held) -> BinaryIO:
    """A private copy, which is gone when it is closed."""
    with tempfile.TemporaryDirectory(prefix="fieval-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "copy")
        held.copy_to(copy)
        return copy.open("rb")


def gives_parts(source: Source, seen: Seen) -> bool:
    """Whether the last byte of a file can be read without the rest."""
    with closing(source.held(seen)) as held:
        size = seen.size or 0
        return size > 0 and held.part(size - 1, size) is not None


def digest(source: Source, seen: Seen) -> str:
    """Of all bytes of the file."""
    total = hashlib.sha256()
    with closing(source.held(seen)) as held, copied(held) as copy:
        while block := copy.read(_BLOCK):
            total.update(block)
    return total.hexdigest()


def size_of(source: Source, seen: Seen) -> int:
    """In bytes, which a store may not say before it has given all of them."""
    if seen.size is not None:
        return seen.size
    with closing(source.held(seen)) as held, copied(held) as copy:
        return copy.seek(0, os.SEEK_END)
