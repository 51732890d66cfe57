"""`report.json`: everything a run found, for programs."""

from __future__ import annotations

import json
import re

import msgspec

from fieval.model import Run
from fieval.numbers import rounded
from fieval.reports.base import Format

_INVISIBLE = re.compile("[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class JsonReport(Format):
    """The report as JSON. Floats have 12 significant digits, so that the last bit of a sum never changes a byte."""

    name = "json"
    file_name = "report.json"

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """Fields in the order of `Report`, provenance last; a value that cannot be computed is null."""
        raw = msgspec.json.encode(rounded(msgspec.to_builtins(run.report)))
        return escaped(msgspec.json.format(raw, indent=2).decode()) + "\n"


def escaped(text: str) -> str:
    """JSON with invisible characters written as escapes, which mean the same and steer no terminal."""
    return _INVISIBLE.sub(lambda match: json.dumps(match[0])[1:-1], text)
