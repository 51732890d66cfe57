"""STM (NIST): one reference segment a line, with channel, speaker, start, end, perhaps a label, and the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fieval.importers.base import Importer, Reading, Row, SourceFile
from fieval.importers.parts.channels import Channels
from fieval.importers.parts.words import unmarked
from fieval.model import Output, Turn

_FIELDS = 5
_NOT_SCORED = "ignore_time_segment_in_scoring"
_GAPS = ("inter_segment_gap", "excluded_region")
_CHOICES = re.compile(r"([{}/])")


class STM(Importer):
    """`call-1 A agent 12.30 15.02 <o,f0> hello there`, in the order of time: files have one channel after the other.

    Gaps and segments that are not to be scored are left out: what is heard there counts. Of alternatives (`{ a / b }`)
    the first is taken, and optional words (`(uh)`) count as said.
    """

    name = "stm"
    endings = (".stm",)

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        calls: dict[str, list[Turn]] = {}
        channels = Channels()
        for row in source.rows():
            if not row.text.lstrip().startswith(";;") and (found := _turn(row)) is not None:
                identifier, channel, turn = found
                channels.check(row, identifier, channel, turn.speaker)
                calls.setdefault(identifier, []).append(turn)
        for identifier, turns in calls.items():
            yield Output(identifier, turns=tuple(sorted(turns, key=lambda turn: turn.start or 0.0)))


def _turn(row: Row) -> tuple[str, str, Turn] | None:
    fields = row.text.split(maxsplit=_FIELDS)
    if len(fields) < _FIELDS:
        row.complain(f"expected at least {_FIELDS} fields (file channel speaker start end text), got {len(fields)}")
        return None
    identifier, channel, speaker, first, last = fields[:_FIELDS]
    text = _unlabelled(row, fields[_FIELDS] if len(fields) > _FIELDS else "")
    start, end = row.seconds("start", first), row.seconds("end", last)
    if start is None or end is None:
        return None
    if end < start:
        row.complain(f"the end ({last}) is before the start ({first})")
        return None
    if speaker.lower() in _GAPS or text.strip().lower() == _NOT_SCORED:
        return None
    said = _first_choices(text)
    if said is None:
        row.complain("alternatives are { one / another }; expected as many { as }")
        return None
    return identifier, channel, Turn(speaker, " ".join(map(unmarked, re.sub("[()]", "", said).split())), start, end)


def _unlabelled(row: Row, text: str) -> str:
    if not text.startswith("<"):
        return text
    _, closed, rest = text.partition(">")
    if not closed:
        row.complain("a label such as <o,f0,male> begins here and does not end")
    return rest


def _first_choices(text: str) -> str | None:
    """The text with the first of all alternatives, which may hold others; None where braces do not match."""
    kept: list[str] = []
    first: list[bool] = []  # of each open choice: whether this is its first alternative
    left_out = 0
    for part in _CHOICES.split(text):
        match part:
            case "{":
                first.append(True)
            case "}" if not first:
                return None
            case "}":
                left_out -= not first.pop()
            case "/" if first:
                left_out += first[-1]
                first[-1] = False
            case _ if not left_out:
                kept.append("" if first and part.strip() == "@" else part)
            case _:
                pass  # of another alternative
    return None if first else "".join(kept)
