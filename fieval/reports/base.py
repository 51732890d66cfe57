"""What a report format is: a name, the file it fills in a run folder, and a pure function from a run to text.

A new format is a new file in this folder with a class derived from `Format`; nothing else has to be registered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from fieval.model import Run


class Format(ABC):
    """One way to write a run down. Same run, same text; `file_name` is None where a run folder keeps no such file."""

    name: ClassVar[str]
    file_name: ClassVar[str | None]
    keeps_text: ClassVar[bool] = False  # whether its file holds what people said; git leaves such files alone

    def wanted(self, run: Run) -> bool:
        """Whether the folder of this run keeps its file."""
        return True

    def parts(self, run: Run, *, show_text: bool = False) -> Iterator[str]:
        """The same text in portions of whole lines, for reports that may be larger than memory."""
        yield self.render(run, show_text=show_text)

    @abstractmethod
    def render(self, run: Run, *, show_text: bool = False) -> str:
        """The report as text. What people said appears only with `show_text`."""
