"""RTTM (NIST Rich Transcription): who speaks when. One line a segment, ten fields, times in seconds."""

from __future__ import annotations

from collections.abc import Iterator

from fieval.importers.base import Importer, Reading, Row, SourceFile
from fieval.importers.parts.channels import Channels
from fieval.model import Output, Segment

_FIELDS, _MOST_FIELDS = 8, 10  # the last two are often left out
_NOBODY = "<NA>"
_OTHER_TYPES = frozenset(
    {"SPKR-INFO", "SEGMENT", "NON-SPEECH", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "FILLER", "EDIT", "IP",
     "SU", "CB", "A/P"}
)  # fmt: skip


class RTTM(Importer):
    """`SPEAKER call-1 1 12.3 4.5 <NA> <NA> agent <NA> <NA>`: file, channel, start, duration, speaker.

    `NOSCORE` is left out: what is heard there counts.
    """

    name = "rttm"
    endings = (".rttm",)

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        calls: dict[str, list[Segment]] = {}
        channels = Channels()
        for row in source.rows():
            fields = row.fields
            if fields[0].startswith(";;") or fields[0].upper() in _OTHER_TYPES:
                continue
            segment = _segment(row, fields)
            if segment is not None:
                channels.check(row, fields[1], fields[2], segment.speaker)
                calls.setdefault(fields[1], []).append(segment)
        for identifier, segments in calls.items():
            yield Output(identifier, segments=tuple(segments))


def _segment(row: Row, fields: list[str]) -> Segment | None:
    if fields[0].upper() != "SPEAKER":
        row.complain(f'expected a line that begins with SPEAKER, got "{fields[0][:40]}"')
        return None
    if not _FIELDS <= len(fields) <= _MOST_FIELDS:
        row.complain(f"expected {_FIELDS} to {_MOST_FIELDS} fields without blanks in them "
                     f"(SPEAKER file channel start duration <NA> <NA> speaker), got {len(fields)}")  # fmt: skip
        return None
    if fields[7] == _NOBODY:
        row.complain(f"field 8: expected a speaker's name, got {_NOBODY}")
        return None
    span = row.span(fields[3], fields[4])
    return None if span is None else Segment(fields[7], *span)
