"""Input files elsewhere, named by a URL and read through fsspec, which is imported only where there is one.

A URL may hold credentials. They are sent to where it leads and, with the work, to the workers of a cluster; nothing
that is printed or written has them.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from fieval.errors import InvalidInput
from fieval.remote.faults import Absent, Hidden
from fieval.remote.opening import source_of
from fieval.remote.reading import RemoteFile
from fieval.remote.sources import Source, Stamp, digest, gives_parts, size_of
from fieval.urls import URL, bare, bared, is_url, was_url

__all__ = ["Remote", "RemoteFile", "Stamp", "bare", "bared", "is_url", "remote", "was_url"]


@dataclass(frozen=True, slots=True)
class Remote:
    """A file or folder at a URL. What is asked of a path can be asked of it; as text it has no credentials.

    Raises InvalidInput for what a user can mend, Unmeasurable for what cannot be reached now.
    """

    url: str = field(repr=False)

    def __str__(self) -> str:
        return bare(self.url)

    def __repr__(self) -> str:
        return f"Remote({self})"

    def __truediv__(self, name: str) -> Remote:
        """A file in the folder; a query, such as a signature of the whole folder, is its own, too."""
        folder, mark, query = self.url.partition("?")
        return Remote(f"{folder.rstrip('/')}/{name}{mark}{query}")

    @property
    def name(self) -> str:
        return str(self).partition("?")[0].rpartition("/")[2]

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    def absolute(self) -> Remote:
        return self

    def exists(self) -> bool:
        """What may not be looked at counts as absent: stores answer so for what is absent, too."""
        try:
            self._source().seen()
        except (Absent, Hidden):
            return False
        return True

    def check_permitted(self) -> None:
        """Raises InvalidInput where nobody here may look whether it is there."""
        with contextlib.suppress(Absent):
            self._source().seen()

    def is_file(self) -> bool:
        return self.exists()

    def is_dir(self) -> bool:
        """Most stores have no folders: reading what should be in it tells whether there is one."""
        return True

    def size(self) -> int:
        """Of the file, in bytes."""
        source = self._source()
        return size_of(source, source.seen())

    def stamp(self) -> Stamp:
        """What changes when the file does; nothing where there is none. Of a store that does not say, its content."""
        source = self._source()
        try:
            seen = source.seen()
        except InvalidInput:
            return ()
        return seen.stamp() if seen.validators else (*seen.stamp(), digest(source, seen))

    def in_parts(self, above: int = 0) -> bool:
        """Whether it is larger than that, and any part of it can be read without the rest, and a change be noticed."""
        source = self._source()
        seen = source.seen()
        return (seen.size or 0) > above and bool(seen.validators) and gives_parts(source, seen)

    def open(self) -> RemoteFile:
        """The file, for reading bytes."""
        return RemoteFile(self._source())

    def _source(self) -> Source:
        return source_of(self.url, str(self))


def remote(name: str) -> Remote | None:
    """The file or folder at a URL; None where the name is none. Raises InvalidInput for a chain of them."""
    match = URL.match(name)
    if match is None:
        return None
    if match["chained"] or "::" in name:
        raise InvalidInput(f"{bare(name)}: a chain of URLs; name the file itself by one")
    protocol, rest = name.split(":", 1)
    return Remote(f"{protocol.lower()}:{rest}")
