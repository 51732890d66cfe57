"""What a report format is: a name, the file it fills in a run folder, and a pure function from a run to text.

A new format is a new file in this folder with a class derived from `Format`; nothing else has to be registered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from fieval.model import Run


class Format(ABC):
    """One way to write a run down. Same run, same text; `file_name` is None where a run folder keeps no such file."""

    name: ClassVar[str]
    file_name: ClassVar[str | None]

    @abstractmethod
    def render(self, run: Run, *, show_text: bool = False) -> str:
        """The report as text. What people said appears only with `show_text`, and always in `evidence.jsonl`."""
