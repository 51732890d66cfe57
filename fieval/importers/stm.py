"""STM (NIST): one reference segment a line, with channel, speaker, start, end, perhaps a label, and the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fieval.importers.base import Importer, Row, SourceFile
from fieval.model import Output, Turn

_FIELDS = 5
_NOT_SCORED = "ignore_time_segment_in_scoring"
_GAPS = ("inter_segment_gap", "excluded_region")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\(([^()]*)\)")


class STM(Importer):
    """`call-1 A agent 12.30 15.02 <o,f0> hello there`; gaps and segments that are not scored are left out.

    Of alternatives (`{ a / b }`) the first is taken, and optional words (`(uh)`) count as said.
    """

    name = "stm"
    endings = (".stm",)

    def read(self, source: SourceFile) -> Iterator[Output]:
        calls: dict[str, list[Turn]] = {}
        for row in source.rows():
            if not row.text.lstrip().startswith(";;") and (found := _turn(row)) is not None:
                calls.setdefault(found[0], []).append(found[1])
        for identifier, turns in calls.items():
            yield Output(identifier, turns=tuple(turns))


def _turn(row: Row) -> tuple[str, Turn] | None:
    fields = row.text.split(maxsplit=_FIELDS)
    if len(fields) < _FIELDS:
        row.complain(f"expected at least {_FIELDS} fields (file channel speaker start end text), got {len(fields)}")
        return None
    identifier, _, speaker, first, last = fields[:_FIELDS]
    text = fields[_FIELDS] if len(fields) > _FIELDS else ""
    if text.startswith("<"):
        text = text.partition(">")[2]
    start, end = row.seconds("start", first), row.seconds("end", last)
    if start is None or end is None:
        return None
    if end < start:
        row.complain(f"the end ({last}) is before the start ({first})")
        return None
    if speaker.lower() in _GAPS or text.strip().lower() == _NOT_SCORED:
        return None
    return identifier, Turn(speaker, _said(text), start, end)


def _said(text: str) -> str:
    text = _CHOICE.sub(lambda match: match[1].split("/")[0].replace("@", ""), text)
    return " ".join(_OPTIONAL.sub(r"\1", text).replace("%", "").split())
