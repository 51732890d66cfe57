"""Files that a user named: regular ones, since a pipe would block and cannot be read twice; at a revision or a URL."""

from __future__ import annotations

import contextlib
import difflib
import errno
import gzip
import io
import os
import stat
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fieval import revisions
from fieval.errors import FievalError, InvalidInput, Unmeasurable
from fieval.interrupting import uninterrupted
from fieval.remote import Remote, RemoteFile, Stamp, bare, remote, was_url
from fieval.revisions import Revised

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Location = Path | Remote

_LOOKED_AT = 1_000  # files of a folder, for one that was probably meant

# the next try may succeed
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE}

_NO_URL = (
    "a URL, which cannot be named here: only dataset, candidate, baseline and anchor may be at one, with both slashes"
)

_BLOCK = 1 << 16
_FREELY = 4 << 20  # bytes that anything may unpack to
_DENSEST = 250  # times its size that the rest may unpack to: JSON Lines take 5 to 50, a gzip bomb 1000


def location(name: str) -> Location:
    """What a user named as an input. Raises InvalidInput for what looks like a URL and is none."""
    return remote(name) or Path(name)


def name_of(place: Location) -> str:
    """The name by which it is found again, with the credentials of a URL: not to be shown."""
    return place.url if isinstance(place, Remote) else str(place)


def on_disk(name: str | os.PathLike[str]) -> Path:
    """A path that a user named, where nothing can be read from or written to a URL; InvalidInput for one."""
    path = Path(name)
    if was_url(os.fspath(name)) and not path.parent.exists():
        raise InvalidInput(f"{shown(name)}: {_NO_URL}")
    return path


def revised(path: Location) -> Revised | None:
    """The file of a git revision that a name means, if it means one."""
    return None if isinstance(path, Remote) else revisions.revised(path)


def size_of(path: Location) -> int:
    """In bytes, as it is stored. Raises OSError where there is none on disk."""
    return path.size() if isinstance(path, Remote) else path.stat().st_size


def open_stored(path: Location) -> BinaryIO:
    """The file, open for reading bytes. Raises InvalidInput where there is none that can be read."""
    if isinstance(path, Remote):
        return path.open()
    file = revisions.revised(path)
    if file is not None:
        return io.BytesIO(revisions.content(file))
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise InvalidInput(f"{shown(path)}: a pipe or device; write it to a file first and name that")
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise InvalidInput(f"{shown(path)}: not the name of a file: {error}") from error


def unpacked(stored: BinaryIO) -> BinaryIO:
    """A gzip-compressed file as it was before; one that unpacks without end raises BadGzipFile."""
    return io.BufferedReader(_Unpacked(stored))


def stamp(path: Location) -> Stamp:
    """What changes when a file does: which one it is, its size and times; nothing where there is none."""
    if isinstance(path, Remote):
        return path.stamp()
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def stamp_of(stream: BinaryIO, path: Location) -> Stamp:
    """The same of a file that was opened at that path just now."""
    return stream.stamp() if isinstance(stream, RemoteFile) else stamp(path)


def unreadable(path: Location, error: OSError) -> InvalidInput:
    """Why a file that the user named cannot be read."""
    match error:
        case FileNotFoundError() | NotADirectoryError():
            why = _NO_URL if was_url(str(path)) else f"no such file{_near(path)}"
        case IsADirectoryError():
            why = "is a folder; expected a file"
        case _:
            why = f"cannot be read: {error.strerror or error}"
    return InvalidInput(f"{shown(path)}: {why}")


def _near(path: Location) -> str:
    """A file beside it that was probably meant."""
    if isinstance(path, Remote):
        return ""
    with contextlib.suppress(OSError, ValueError):
        names = [each.name for each in islice(os.scandir(path.parent), _LOOKED_AT) if each.is_file()]
        near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.8)
        return f" (did you mean {shown(path.parent / near[0])}?)" if near else ""
    return ""


def place_to_write(path: Location) -> Path:
    """Where to write a file that the user named: behind links, which stay as they are.

    Raises InvalidInput where something else than a regular file is there, and for a URL.
    """
    path = on_disk(name_of(path))
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    except OSError as error:
        raise unwritable(path, error) from error
    if stat.S_ISDIR(mode):
        raise InvalidInput(f"{shown(path)}: is a folder; expected a file")
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"{shown(path)}: a pipe or device; expected a file")
    return Path(os.path.realpath(path))


def write_whole(place: Path, content: bytes) -> None:
    """Write aside and rename, so that no reader ever sees half a file; who may read it stays. Raises OSError."""
    put_whole(place, [content], stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644)


def put_whole(place: Path, pieces: Iterable[bytes], mode: int) -> None:
    """The same in pieces and with rights of its own. Raises OSError.

    An interruption waits until a piece is written, so that nothing is left.
    """
    with uninterrupted() as heed:
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        aside = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                    heed()
            aside.chmod(mode)
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> FievalError:
    """Why a file that the user named cannot be written."""
    return of_system(error, f"{shown(path)}: cannot be written")


def of_system(error: OSError, subject: str) -> FievalError:
    """What the system refused: something to wait for, as a full disk is, or else something to mend."""
    kind = Unmeasurable if error.errno in _PASSING else InvalidInput
    return kind(f"{subject}: {error.strerror or error}")


def same_file(one: Location, other: Location) -> bool:
    """Whether two names are of one file on disk; not where either is of none."""
    try:
        return isinstance(one, Path) and isinstance(other, Path) and one.samefile(other)
    except OSError:
        return False


def is_text(text: str) -> bool:
    """Whether it holds none of the bytes of a command line that are no UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def shown(path: str | os.PathLike[str] | Remote) -> str:
    """A name as text: without credentials; bytes of a name that are no text appear as escapes."""
    name = str(path) if isinstance(path, Remote) else path
    return bare(os.fsencode(name).decode("utf-8", "backslashreplace"))


class _Unpacked(io.RawIOBase):
    """Counts what comes out of an archive against what went in."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._archive = gzip.GzipFile(fileobj=stored)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = self._archive.readinto(memoryview(buffer)[:_BLOCK])
        self._size += count
        if self._size > _FREELY + _DENSEST * self._stored.tell():
            raise gzip.BadGzipFile(f"it unpacks to more than {_DENSEST} times its size")
        return count
