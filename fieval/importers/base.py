"""What an importer is: a name, the files it knows, and a generator from one file to what it says of each interaction.

A new importer is a new file in this folder with a class derived from `Importer`; nothing else has to be registered.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal

import msgspec

from fieval.data.lines import Problems
from fieval.errors import InvalidInput
from fieval.files import open_stored, shown, unpacked, unreadable
from fieval.model import Card, Channel, Output

Unit = Literal["auto", "s", "ms"]
Clock = Literal["auto", "offset", "epoch"]

OMITTED = "left out: "  # in front of what an importer says of something that it does not take

_MARK = "\ufeff"
_EDGES = r"\b(?=[^\W_])|(?<=_)(?=[^\W_])", r"(?<=[^\W_])(?:\b|(?=_))"
_PARTS = 40
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a source, without its end; `fields` are what blanks separate."""

    number: int
    text: str
    problems: Problems

    @property
    def fields(self) -> list[str]:
        return self.text.split()

    def complain(self, what: str) -> None:
        """A problem of this line."""
        self.problems.line(self.number, what)

    def seconds(self, name: str, text: str) -> float | None:
        """A time or duration from 0 on; None, and a complaint, where the text is none."""
        try:
            number = float(text) if text.isascii() and "_" not in text else math.nan  # no number elsewhere
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number >= 0):
            self.complain(f'{name}: expected seconds from 0 on, got "{text}"')
            return None
        return number

    def span(self, first: str, length: str) -> tuple[float, float] | None:
        """Start and end from start and duration; None, and a complaint, where they are none."""
        start, duration = self.seconds("start", first), self.seconds("duration", length)
        if start is None or duration is None:
            return None
        if not math.isfinite(start + duration):
            self.complain(f"start and duration ({first} and {length}) add up to no number")
            return None
        return start, round(start + duration, 6)


class Imported(Output, frozen=True):
    """What a source says of one interaction; `meta` leads back to where it came from.

    `votes` are those of people on labels and scores, by field (`labels.intent`), where a source has several.
    """

    channel: Channel = "voice"
    language: str = ""
    group: str = ""
    duration: float | None = None
    cohorts: Mapping[str, str] = {}
    votes: Mapping[str, tuple[str | float, ...]] = {}
    meta: Mapping[str, Any] = {}


class Reading(msgspec.Struct, frozen=True):
    """How a user wants a source read, beyond what it says itself; what an importer heeds stands in its `heeds`.

    `speakers` are new names for those that a source has, whatever its format. `mapping` names the source's key for a
    field of ours (`labels.intent`, `scores.csat`, `summary`), and `repeated` any more that it has for the same one;
    `values` are other values of labels, by field and the source's value (`labels.intent:fault`);
    `unit` and `clock` say what times are where the source leaves it open. `gold` is read of people, not of a pipeline,
    and `card` says which labels and scores there are, where a dataset is known.
    """

    speakers: Mapping[str, str] = {}
    mapping: Mapping[str, str] = {}
    repeated: Mapping[str, tuple[str, ...]] = {}
    values: Mapping[str, str] = {}
    gold: bool = False
    unit: Unit = "auto"
    clock: Clock = "auto"
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import; what is wrong with it is collected, so that all of it can be shown at once.

    `assumed` counts, over all files, what had to be assumed, or, behind `OMITTED`, what was left out; users read it
    after an import.
    """

    path: Path
    problems: Problems
    assumed: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """Its name as text."""
        return shown(self.path.name)

    @property
    def stem(self) -> str:
        """Its name without endings: the id of a call whose file names none."""
        name = self.name[:-3] if self.name.lower().endswith(".gz") else self.name
        return name.rpartition(".")[0].strip() or name

    @property
    def names(self) -> Iterator[str]:
        """Its name without endings, then the parts of it between marks such as `_`, the longest first."""
        stem = self.stem
        starts, ends = ([match.start() for match in re.finditer(edge, stem)] for edge in _EDGES)
        parts = {stem[start:end] for start in starts[:_PARTS] for end in ends[:_PARTS] if start < end}
        yield stem
        yield from sorted(parts - {stem}, key=lambda part: (-len(part), part))

    def named_among(self, known: Container[str]) -> list[str]:
        """Those of the known ids that its name holds, the longest first, and none that lies within another."""
        found: list[str] = []
        for name in self.names:
            if name in known and not any(name in longer for longer in found):
                found.append(name)
        return found

    def rows(self) -> Iterator[Row]:
        """The lines that are not blank, numbered from 1, as UTF-8; what cannot be read ends them.

        What is gzip-compressed is unpacked, whatever its name.
        """
        for number, raw in self.raw():
            try:
                text = raw.decode("utf-8").strip("\r\n")
            except UnicodeDecodeError as error:
                self.problems.line(number, f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8")
                return
            text = text.removeprefix(_MARK) if number == 1 else text
            if "\0" in text:
                self.problems.line(number, "a NUL character is not text")
            elif "\r" in text:
                self.problems.line(number, "a CR within the line; save the file with LF line ends")
            elif text.strip():
                yield Row(number, text, self.problems)

    def raw(self) -> Iterator[tuple[int, bytes]]:
        """The lines as they are stored, unpacked, numbered from 1; what cannot be read ends them."""
        with self._readable(), open_stored(self.path) as stored:
            yield from enumerate(self._unpacked(stored), 1)

    def content(self) -> bytes:
        """All that is stored, unpacked; nothing, and a complaint, where it cannot be read."""
        with self._readable(), open_stored(self.path) as stored:
            return self._unpacked(stored).read()
        return b""

    def document(self) -> Any:
        """The file as one JSON document; None, and a complaint with its line, where it is none."""
        content = self.content().removeprefix(_MARK.encode())
        try:
            return msgspec.json.decode(content) if not self.problems else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.not_json(content, error)
            return None

    def not_json(self, content: bytes, error: Exception) -> None:
        """Complains of the line that stops a document from being JSON."""
        self.problems.line(*_not_json(content, error))

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            self.problems.file(f"broken gzip file: {error}")
        except OSError as error:
            self.problems.include(unreadable(self.path, error))

    def _unpacked(self, stored: BinaryIO) -> BinaryIO:
        start = stored.read(len(_GZIP_MAGIC))
        stored.seek(0)
        packed = start == _GZIP_MAGIC or self.path.suffix.lower() == ".gz"
        return unpacked(stored) if packed else stored


class Importer(ABC):
    """One foreign format. `endings` are those of the files that are taken from a folder; `heeds` are fields of Reading.

    A format whose interactions lie in one file each defines `read`; one that scatters them over files, `gather`.
    """

    name: ClassVar[str]
    endings: ClassVar[tuple[str, ...]]
    heeds: ClassVar[frozenset[str]] = frozenset()

    def gather(self, sources: Iterable[SourceFile], reading: Reading) -> Iterator[tuple[SourceFile, Output]]:
        """What all files say of each interaction, with the file that it is to be told of."""
        for source in sources:
            empty = True
            try:
                for output in self.read(source, reading):
                    empty = False
                    yield source, output
            except InvalidInput as error:
                source.problems.include(error)
            if empty and not source.problems:
                source.problems.file(f"nothing of the format {self.name} in it")

    @abstractmethod
    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        """What the file says of each interaction, in the order of their first appearance."""


def _not_json(content: bytes, error: Exception) -> tuple[int, str]:
    """The line that stops a document from being JSON, and why."""
    if isinstance(error, UnicodeDecodeError):
        fine = content.decode("utf-8", "ignore").encode()
        at = next((n for n, (one, other) in enumerate(zip(content, fine, strict=False)) if one != other), len(fine))
        return content.count(b"\n", 0, at) + 1, "not UTF-8; save the file as UTF-8"
    if isinstance(error, RecursionError):
        return 1, "JSON nested too deeply"
    at = int(found[1]) if (found := re.search(r"byte (\d+)", str(error))) else len(content)
    return content.count(b"\n", 0, at) + 1, f"not JSON: {error}"
