"""What an importer that is not ours yields: told as its fault where it cannot be a line of a file."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from fieval.data.lines import Line, Problems
from fieval.data.times import check_times
from fieval.importers.base import Imported, SourceFile
from fieval.model import Output
from fieval.user_code import Amiss, writable


def sound(found: object) -> tuple[SourceFile, Output] | None:
    """What was yielded, if it is what it should be; nothing at the end. Raises Amiss."""
    match found:
        case None:
            return None
        case (SourceFile() as source, Output() as output):
            plain = writable(msgspec.to_builtins(output))
            if wrong := _wrong(msgspec.convert(plain, type(output)), plain):
                raise Amiss(f"yields {wrong}, of {source.name}")
            return source, msgspec.convert(plain, type(output))
        case _:
            raise Amiss("yields something other than a fieval.model.Output")


def _wrong(output: Output, plain: object) -> str:
    """What a reader of the file would refuse; empty where there is nothing."""
    if not output.id.strip():
        return "an interaction without an id"
    try:
        json.dumps(plain, allow_nan=False)
    except ValueError:
        return "a number that is not finite"
    if isinstance(output, Imported) and output.duration is not None and output.duration <= 0:
        return "a duration that is not above 0"
    if any(not 0 <= (label.confidence or 0) <= 1 for label in output.labels.values()):
        return "a confidence that is not from 0 to 1"
    times = Problems(Path())
    check_times(Line(0, b"", times), "", output.turns, output.segments)
    return "a time below 0, an end before its start, or a segment without a speaker" if times else ""
