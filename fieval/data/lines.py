"""The lines of a JSON Lines file, plain or gzip-compressed, and what is wrong with them."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fieval.errors import InvalidInput
from fieval.files import open_stored, shown, unreadable

PLAIN = ".jsonl"
COMPRESSED = ".jsonl.gz"


class Problems:
    """Collects what is wrong with a file, so that all its bad lines can be shown at once."""

    def __init__(self, path: Path) -> None:
        self._path = shown(path)
        self._found: list[str] = []

    def file(self, what: str) -> None:
        """A problem of the file as a whole."""
        self._found.append(f"{self._path}: {what}")

    def line(self, number: int, what: str) -> None:
        """A problem of one line."""
        self._found.append(f"{self._path}:{number}: {what}")

    def field(self, number: int, where: str, what: str, plainly: str) -> None:
        """A problem of the field at `where`; `plainly` says what kind it is without quoting anything."""
        self.line(number, f"{where}: {what}" if where else what)

    def include(self, error: InvalidInput) -> None:
        """What was found elsewhere, told in its own words."""
        self._found += error.problems

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return bool(self._found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def stop(self) -> None:
        """Raises InvalidInput if anything was found."""
        if self._found:
            raise InvalidInput(self._found)


class UnquotedProblems(Problems):
    """Of a file whose very keys and ids may be what somebody said: tells line and kind, and quotes nothing."""

    def field(self, number: int, where: str, what: str, plainly: str) -> None:
        self.line(number, plainly or "a field is missing or not as expected")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file; complaints about its fields go to the file's problems."""

    number: int
    content: bytes
    problems: Problems

    def complain(self, where: str, what: str, plainly: str = "") -> None:
        """A problem of the field at `where`; of the line as a whole if that is empty. `plainly` quotes nothing."""
        self.problems.field(self.number, where, what, plainly)


def read_lines(path: Path, problems: Problems) -> Iterator[Line]:
    """The lines that are not blank, numbered from 1. What cannot be read ends the lines and is noted in `problems`."""
    empty = True
    try:
        with _opened(path) as stream:
            for number, content in enumerate(_unwrapped(stream, problems), 1):
                if not content.strip():
                    continue
                if empty and content.strip() in _SPREAD_OUT:
                    problems.line(number, "expected a whole JSON object on each line; this one goes over several")
                    return
                empty = False
                yield Line(number, content, problems)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        problems.file(f"broken gzip file: {error}")
        return
    except OSError as error:
        raise unreadable(path, error) from error
    if empty:
        problems.file("the file is empty; expected one JSON object per line")


def digest(paths: Sequence[Path]) -> str:
    """SHA-256 over the bytes of files as they are stored, one after the other."""
    total = hashlib.sha256()
    for path in paths:
        try:
            with open_stored(path) as stream:
                while block := stream.read(1 << 20):
                    total.update(block)
        except OSError as error:
            raise unreadable(path, error) from error
    return total.hexdigest()


_SPREAD_OUT = (b"[", b"{", b"[{")
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[bytes]]:
    with open_stored(path) as stored:
        start = stored.read(2)
        stored.seek(0)
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=stored) as unpacked:
                yield unpacked
        elif start == _GZIP_MAGIC:
            raise InvalidInput(f"{shown(path)}: the file is gzip-compressed; name it {path.name}.gz")
        elif start in _UTF16_MARKS:
            raise InvalidInput(f"{shown(path)}:1: the file is UTF-16 or UTF-32; save it as UTF-8")
        else:
            yield stored


def _unwrapped(stream: Iterable[bytes], problems: Problems) -> Iterator[bytes]:
    """The lines without byte order mark and carriage returns, each of which is complained about once."""
    carriage = False
    for number, content in enumerate(stream, 1):
        if number == 1 and content.startswith(_UTF8_MARK):
            problems.line(1, "the file starts with a byte order mark; save it as UTF-8 without one")
            content = content[len(_UTF8_MARK) :]
        if content.endswith(b"\r\n"):
            if not carriage:
                problems.line(number, "the line ends in CR LF; save the file with LF line ends")
            carriage = True
            content = content[:-2]
        yield content
