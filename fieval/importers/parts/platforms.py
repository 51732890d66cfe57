"""What importers of platforms' JSON exports share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from fieval.importers.base import Imported, Importer, Reading, SourceFile
from fieval.importers.parts.node import Node
from fieval.importers.parts.picking import Picker, Places
from fieval.importers.parts.vendors import opened
from fieval.model import Output


class Platform(Importer):
    """A format with one interaction a file. `holds` says what there is in one; `places` where fields of ours are."""

    endings = (".json",)
    heeds = frozenset({"mapping"})
    holds: ClassVar[str]
    places: ClassVar[Places]

    def gather(self, sources: Iterable[SourceFile], reading: Reading) -> Iterator[tuple[SourceFile, Output]]:
        """One interaction of each file."""
        picker = Picker(self.places, reading)
        for source in sources:
            document = opened(source, self.name, self.holds)
            if document is not None:
                yield source, picker.completed(self.told(document, source), [document])

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        for _, output in self.gather([source], reading):
            yield output

    @abstractmethod
    def told(self, document: Node, source: SourceFile) -> Imported:
        """What a document says of its interaction, but for labels, scores and summary."""
