"""`report.json`: everything a run found, for programs."""

from __future__ import annotations

import json
import re

import msgspec

from fieval.model import Run
from fieval.reports.base import Format

DIGITS = 12
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


def rounded(value: object) -> object:
    """The same value with every float in it rounded to 12 significant digits, and -0.0 made 0.0."""
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def significant(number: float) -> float:
    """A float rounded to 12 significant digits."""
    return float(f"{number:.{DIGITS}g}") + 0.0
