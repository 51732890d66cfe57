"""RTTM (NIST Rich Transcription): who speaks when. One line a segment, ten fields, times in seconds."""

from __future__ import annotations

from collections.abc import Iterator

from fieval.importers.base import Importer, Row, SourceFile
from fieval.model import Output, Segment

_FIELDS = 8  # at least; the last two of ten are often left out
_OTHER_TYPES = frozenset(
    {"SPKR-INFO", "NON-SPEECH", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "FILLER", "EDIT", "IP", "SU", "CB"}
)


class RTTM(Importer):
    """`SPEAKER call-1 1 12.3 4.5 <NA> <NA> agent <NA> <NA>`: file, channel, start, duration, speaker."""

    name = "rttm"
    endings = (".rttm",)

    def read(self, source: SourceFile) -> Iterator[Output]:
        calls: dict[str, list[Segment]] = {}
        for row in source.rows():
            fields = row.fields
            if fields[0].startswith(";;") or fields[0].upper() in _OTHER_TYPES:
                continue
            segment = _segment(row, fields)
            if segment is not None:
                calls.setdefault(fields[1], []).append(segment)
        for identifier, segments in calls.items():
            yield Output(identifier, segments=tuple(segments))


def _segment(row: Row, fields: list[str]) -> Segment | None:
    if fields[0].upper() != "SPEAKER":
        row.complain(f'expected a line that begins with SPEAKER, got "{fields[0][:40]}"')
        return None
    if len(fields) < _FIELDS:
        row.complain(f"expected at least {_FIELDS} fields (SPEAKER file channel start duration <NA> <NA> speaker), "
                     f"got {len(fields)}")  # fmt: skip
        return None
    span = row.span(fields[3], fields[4])
    return None if span is None else Segment(fields[7], *span)
