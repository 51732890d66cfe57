"""Large files: shared among readers span by span, and their records read again when one is asked for.

So a run needs memory for a few records at a time, and any process that sees the file can read its part of it.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from fieval.data.lines import Line, Problems, Span, opened, spans
from fieval.errors import InvalidInput, changed
from fieval.files import Location, open_stored, revised, shown, size_of, stamp, stamp_of
from fieval.model import Dataset, Turn
from fieval.remote import Remote, Stamp

KEPT = 1 << 26  # bytes of a file up to which all of its records stay in memory
SPAN = 1 << 22
MOST_LOOKED_AT = 20_000
MOST_COPIED = 1 << 30

Places = NDArray[np.int64]
Mark = Callable[[Sequence[Turn]], bool]
Record = TypeVar("Record")
Given = TypeVar("Given")
Found = TypeVar("Found")


class Spread(Protocol):
    """Applies a function to many things, here or elsewhere, and gives the results in their order, as `map` does."""

    def __call__(self, function: Callable[[Given], Found], given: Iterable[Given], /) -> Iterator[Found]:
        """The results in the order of what was given."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: by whom, up to how many bytes of one stay in memory, and which turns are to be marked.

    Where `apart`, they are read on machines that see no private copy of this one.
    """

    spread: Spread = map
    kept: int = KEPT
    mark: Mark | None = None
    apart: bool = False


HERE = Reading()


@dataclass(frozen=True, slots=True)
class Volume:
    """A file as it was when it was first read, at a `path` that holds it unpacked; `named` as the user did."""

    path: Location
    named: str
    size: int
    stamp: Stamp

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file. Raises InvalidInput where it is another one by now."""
        with open_stored(self.path) as stream:
            if stamp_of(stream, self.path) != self.stamp:
                raise changed(self.named)
            yield stream


class Surveyed(Generic[Record]):
    """The records of a span: their lines' numbers, first bytes and lengths, and which of them hold masked passages."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.records: list[Record] = []
        self.lines = array("q")
        self.starts = array("q")
        self.lengths = array("q")
        self.masked = array("q")

    def add(self, line: Line, record: Record, *, masked: bool) -> None:
        """One more record, of that line."""
        if masked:
            self.masked.append(len(self.records))
        self.records.append(record)
        self.lines.append(line.number)
        self.starts.append(line.start)
        self.lengths.append(len(line.content))


class Shelf(Sequence[Record]):
    """Records of a file in an order of their own, each read when it is asked for; None where there is no line.

    Of a file that is small enough, what was asked for once is kept.
    """

    def __init__(self, volume: Volume, starts: Places, lengths: Places, read: Callable[[bytes], Record]) -> None:
        self.lengths = lengths
        self._volume, self._starts, self._read = volume, starts, read
        self._kept: dict[int, Record] = {}

    @property
    def size(self) -> int:
        """Of the whole file, in bytes."""
        return self._volume.size

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Shelf[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | Shelf[Record]:
        if isinstance(place, slice):
            return Shelf(self._volume, self._starts[place], self.lengths[place], self._read)
        if place in self._kept:
            return self._kept[place]
        (record,) = Shelf(_nearby(self._volume), self._starts[[place]], self.lengths[[place]], self._read)
        if self._volume.size <= KEPT:
            self._kept[place] = record
        return record

    def ordered(self, places: Places) -> Shelf[Record | None]:
        """The records of these places; none where the place is -1."""
        starts, lengths = np.append(self._starts, -1)[places], np.append(self.lengths, 0)[places]
        return Shelf(self._volume, starts, lengths, self._read)

    def __iter__(self) -> Iterator[Record]:
        with self._volume.opened() as stream:
            for start, length in zip(self._starts.tolist(), self.lengths.tolist(), strict=True):
                if start < 0:
                    yield None  # type: ignore[misc]  # a shelf with gaps is one of optional records
                    continue
                if stream.tell() != start:
                    stream.seek(start)
                yield self._read(stream.read(length))


def is_large(dataset: Dataset) -> bool:
    """Whether it has more interactions, or more of their texts, than a page for people can hold."""
    interactions = dataset.interactions
    bytes_of_all = interactions.size if isinstance(interactions, Shelf) else 0
    return len(interactions) > MOST_LOOKED_AT or bytes_of_all > KEPT


def on_shelf(path: Location, reading: Reading) -> Volume | None:
    """The file if it is to be read span by span; None for one that is small enough to stay in memory, or not to be
    read at all, of which reading it tells.
    """
    try:
        plain = path if _is_plain(path, reading.apart) else _unpacked(path, reading.kept)
        if plain is None or not plain.is_file():
            return None
        size = size_of(plain)
    except (OSError, EOFError, ValueError, zlib.error, InvalidInput):
        return None
    volume = Volume(plain.absolute(), shown(path), size, stamp(plain))
    return volume if volume.size > reading.kept else None


def surveyed(
    survey: Callable[[Location, Span | None], Found], path: Location, volume: Volume | None, spread: Spread
) -> list[Found]:
    """What `survey` finds in each span of a file, in order; in all of it at once where it stays in memory."""
    if volume is None:
        return [survey(path, None)]
    return list(spread(partial(survey, volume.path), spans(volume.path, SPAN)))


def shelved(parts: Sequence[Surveyed[Record]], volume: Volume, read: Callable[[bytes], Found]) -> Shelf[Found]:
    """The records of all spans, in the order of the file."""
    starts, lengths = (np.concatenate([getattr(part, name) for part in parts]) for name in ("starts", "lengths"))
    return Shelf(volume, starts, lengths, read)


def masked_places(parts: Sequence[Surveyed[Record]]) -> tuple[int, ...]:
    """Which records of the whole file hold masked passages."""
    return tuple(first + place for first, part in zip(firsts(parts), parts, strict=False) for place in part.masked)


def firsts(parts: Sequence[Surveyed[Record]]) -> Iterator[int]:
    """The place in the whole file of each part's first record."""
    return accumulate((len(part.records) for part in parts), initial=0)


def _is_plain(path: Location, apart: bool) -> bool:
    """Whether it is read in parts where it is; one at a URL, which is read several times, rather from a copy."""
    if path.name.endswith(".gz") or revised(path) is not None:
        return False
    return not isinstance(path, Remote) or path.in_parts(above=0 if apart else MOST_COPIED)


def _unpacked(path: Location, kept: int) -> Path | None:
    """A private copy of a file that is not read in parts where it is: a compressed one, one of another revision, one
    at a URL; until fieval ends. None of a small one.
    """
    if _is_small(path, kept):
        return None
    with ExitStack() as undo:
        copy = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="fieval-")), "unpacked")
        with opened(path) as packed, copy.open("xb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
        atexit.register(undo.pop_all().close)
    return copy


def _nearby(volume: Volume) -> Volume:
    """What single records are read from: of a file at a URL a private copy, if it is no larger than what is kept."""
    return volume if isinstance(volume.path, Path) or volume.size > KEPT else _copied(volume)


@cache
def _copied(volume: Volume) -> Volume:
    copy = _unpacked(volume.path, 0)
    if copy is None or stamp(volume.path) != volume.stamp:
        raise changed(volume.named)
    return Volume(copy, volume.named, volume.size, stamp(copy))


def _is_small(path: Location, kept: int) -> bool:
    """Whether it surely fits into memory; JSON Lines are seldom compressed to less than a tenth."""
    packed = _LEAST_PACKED if path.name.endswith(".gz") else 1
    return bool(kept) and revised(path) is None and size_of(path) * packed <= kept


_LEAST_PACKED = 16
