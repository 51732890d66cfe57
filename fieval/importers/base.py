"""What an importer is: a name, the files it knows, and a generator from one file to what it says of each interaction.

A new importer is a new file in this folder with a class derived from `Importer`; nothing else has to be registered.
"""

from __future__ import annotations

import gzip
import math
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

from fieval.data.lines import Problems
from fieval.files import open_stored, unreadable
from fieval.model import Output

_MARK = "\ufeff"
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


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import; what is wrong with it is collected, so that all of it can be shown at once."""

    path: Path
    problems: Problems

    @property
    def stem(self) -> str:
        """Its name without endings: the id of a call whose file names none."""
        name = self.path.name
        name = name[:-3] if name.lower().endswith(".gz") else name
        return name.rpartition(".")[0] or name

    def rows(self) -> Iterator[Row]:
        """The lines that are not blank, numbered from 1, as UTF-8; what cannot be read ends them.

        What is gzip-compressed is unpacked, whatever its name.
        """
        number = 0
        try:
            with open_stored(self.path) as stored:
                for number, raw in enumerate(self._unpacked(stored), 1):
                    text = raw.decode("utf-8").strip("\r\n")
                    text = text.removeprefix(_MARK) if number == 1 else text
                    if "\0" in text:
                        self.problems.line(number, "a NUL character is not text")
                    elif "\r" in text:
                        self.problems.line(number, "a CR within the line; save the file with LF line ends")
                    elif text.strip():
                        yield Row(number, text, self.problems)
        except UnicodeDecodeError as error:
            self.problems.line(number, f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8")
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            self.problems.file(f"broken gzip file: {error}")
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _unpacked(self, stored: BinaryIO) -> BinaryIO | gzip.GzipFile:
        start = stored.read(len(_GZIP_MAGIC))
        stored.seek(0)
        packed = start == _GZIP_MAGIC or self.path.suffix.lower() == ".gz"
        return gzip.GzipFile(fileobj=stored) if packed else stored


class Importer(ABC):
    """One foreign format. `endings` are those of the files that are taken from a folder."""

    name: ClassVar[str]
    endings: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, source: SourceFile) -> Iterator[Output]:
        """What the file says of each interaction, in the order of their first appearance."""
