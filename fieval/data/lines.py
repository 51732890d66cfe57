"""The lines of a JSON Lines file, plain or gzip-compressed, and what is wrong with them.

A large file is read in spans, each whole lines of it, so that several processes can share the work.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import BinaryIO, Self

from fieval.errors import InvalidInput, changed
from fieval.files import Location, open_stored, shown, stamp, unpacked, unreadable

PLAIN = ".jsonl"
COMPRESSED = ".jsonl.gz"
LONGEST_LINE = 32 << 20  # bytes: hours of conversation with a time for each word take a tenth


@dataclass(frozen=True, slots=True)
class Span:
    """Whole lines of a file: the bytes from `start` to `stop` of what is unpacked, of which `first` numbers the line
    at `start`. `carriage`: an earlier line ends in CR LF, which is said once.
    """

    start: int
    stop: int
    first: int
    carriage: bool = False


class Problems:
    """Collects what is wrong with a file, so that all its bad lines can be shown at once."""

    def __init__(self, path: Location) -> None:
        self._path = shown(path)
        self._found: list[tuple[int, str]] = []

    def file(self, what: str) -> None:
        """A problem of the file as a whole."""
        self._found.append((0, f"{self._path}: {what}"))

    def line(self, number: int, what: str) -> None:
        """A problem of one line."""
        self._found.append((number, f"{self._path}:{number}: {what}"))

    def field(self, number: int, where: str, what: str, plainly: str) -> None:
        """A problem of the field at `where`; `plainly` says what kind it is without quoting anything."""
        self.line(number, f"{where}: {what}" if where else what)

    def include(self, error: InvalidInput) -> None:
        """What was found elsewhere, told in its own words."""
        self._found += [(0, problem) for problem in error.problems]

    def apart(self) -> Self:
        """A place for what is wrong with a part of this file."""
        another = copy(self)
        another._found = []
        return another

    def join(self, others: Iterable[Problems]) -> None:
        """What was found in the spans of this file, and what now is, in the order of its lines."""
        self._found += [found for other in others for found in other._found]
        self._found.sort(key=lambda found: found[0])

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return bool(self._found)

    def __iter__(self) -> Iterator[str]:
        return (problem for _, problem in self._found)

    def stop(self) -> None:
        """Raises InvalidInput if anything was found."""
        if self._found:
            raise InvalidInput(list(self))


class UnquotedProblems(Problems):
    """Of a file whose very keys and ids may be what somebody said: tells line and kind, and quotes nothing."""

    def field(self, number: int, where: str, what: str, plainly: str) -> None:
        self.line(number, plainly or "a field is missing or not as expected")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file; complaints about its fields go to the file's problems. `start` is its place in bytes."""

    number: int
    content: bytes
    problems: Problems
    start: int = 0

    def complain(self, where: str, what: str, plainly: str = "") -> None:
        """A problem of the field at `where`; of the line as a whole if that is empty. `plainly` quotes nothing."""
        self.problems.field(self.number, where, what, plainly)


def read_lines(path: Location, problems: Problems, span: Span | None = None) -> Iterator[Line]:
    """The lines that are not blank, numbered from 1. What cannot be read ends the lines and is noted in `problems`."""
    empty = span is None or span.first == 1
    try:
        with opened(path) as stream:
            for number, start, content in _unwrapped(stream, problems, span or _WHOLE):
                if len(content) > LONGEST_LINE:
                    problems.line(number, f"the line is longer than {LONGEST_LINE >> 20} MB, which no interaction is")
                    return
                if not content.strip():
                    continue
                if empty and content.strip() in _SPREAD_OUT:
                    problems.line(number, "expected a whole JSON object on each line; this one goes over several")
                    return
                empty = False
                yield Line(number, content, problems, start)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        problems.file(f"broken gzip file: {error}")
        return
    except OSError as error:
        raise unreadable(path, error) from error
    if empty and span is None:
        problems.file("the file is empty; expected one JSON object per line")


def spans(path: Location, size: int) -> list[Span]:
    """The whole file in spans of about so many bytes. Raises InvalidInput where it cannot be read."""
    found: list[Span] = []
    start, first, carriage = 0, 1, False
    try:
        with opened(path) as stream:
            while piece := stream.read(size) + (rest := stream.readline(LONGEST_LINE + 1)):
                if len(rest) > LONGEST_LINE:  # reading it says so, and ends there
                    return [*found, Span(start, sys.maxsize, first, carriage)]
                found.append(Span(start, start + len(piece), first, carriage))
                start, first = start + len(piece), first + piece.count(b"\n")
                carriage = carriage or (b"\r" in piece and b"\r\n" in piece)  # one byte is found much faster
    except OSError as error:
        raise unreadable(path, error) from error
    return found


@contextmanager
def opened(path: Location) -> Iterator[BinaryIO]:
    """The file, open for reading what is unpacked. Raises InvalidInput where it is not what its name says."""
    with open_stored(path) as stored:
        start = stored.read(2)
        stored.seek(0)
        if path.suffix == ".gz":
            yield unpacked(stored)
        elif start == _GZIP_MAGIC:
            raise InvalidInput(f"{shown(path)}: the file is gzip-compressed; name it {path.name}.gz")
        elif start in _UTF16_MARKS:
            raise InvalidInput(f"{shown(path)}:1: the file is UTF-16 or UTF-32; save it as UTF-8")
        else:
            yield stored


def digest(paths: Sequence[Location]) -> str:
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


@contextmanager
def unchanged(named: Location, *paths: Location) -> Iterator[None]:
    """Raises InvalidInput where files change while they are read, so that their digest is of what was scored."""
    before = list(map(stamp, paths))
    yield
    if before != list(map(stamp, paths)):
        raise changed(shown(named))


_WHOLE = Span(0, sys.maxsize, 1)
_SPREAD_OUT = (b"[", b"{", b"[{")
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def _unwrapped(stream: BinaryIO, problems: Problems, span: Span) -> Iterator[tuple[int, int, bytes]]:
    """Number, place and content of the lines, without marks and carriage returns, each complained about once."""
    carriage, start, number = span.carriage, span.start, span.first
    if start:
        stream.seek(start)
    while start < span.stop and (content := stream.readline(LONGEST_LINE + 1)):
        place, start = start, start + len(content)
        if number == 1 and content.startswith(_UTF8_MARK):
            problems.line(1, "the file starts with a byte order mark; save it as UTF-8 without one")
            content = content[len(_UTF8_MARK) :]
        if content.endswith(b"\r\n"):
            if not carriage:
                problems.line(number, "the line ends in CR LF; save the file with LF line ends")
            carriage = True
            content = content[:-2]
        yield number, place, content
        number += 1
