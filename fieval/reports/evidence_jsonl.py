"""`evidence.jsonl`: why single interactions scored badly. It holds what people said."""

from __future__ import annotations

import msgspec

from fieval.model import Run
from fieval.numbers import rounded
from fieval.reports.base import Format


class EvidenceLines(Format):
    """One line of JSON per piece of evidence, with its text whatever `show_text` says."""

    name = "evidence"
    file_name = "evidence.jsonl"
    keeps_text = True

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """The lines in the order of the run's evidence."""
        return "".join(f"{_line(item)}\n" for item in run.evidence)


def _line(item: object) -> str:
    return msgspec.json.encode(rounded(msgspec.to_builtins(item))).decode()
