"""CTM (NIST): one recognised word a line, with channel, start, duration and, perhaps, confidence, type and speaker."""

from __future__ import annotations

from collections.abc import Iterator

from fieval.importers.base import Importer, Row, SourceFile
from fieval.importers.words import Word, turns_of
from fieval.model import Output

_FIELDS = 5
_TYPE, _SPEAKER = 6, 7
_NO_SPEAKER = ("<NA>", "null", "unknown")
_NOT_WORDS = frozenset({"non-lex", "misc", "noscore", "non-speech"})


class CTM(Importer):
    """`call-1 A 12.30 0.25 hello 0.98 lex agent`; without a speaker, the channel is the speaker.

    Of alternatives (`<ALT_BEGIN> … <ALT> … <ALT_END>`) the first is taken.
    """

    name = "ctm"
    endings = (".ctm",)

    def read(self, source: SourceFile) -> Iterator[Output]:
        calls: dict[str, list[Word]] = {}
        skipping = False
        for row in source.rows():
            fields = row.fields
            if fields[0].startswith(";;"):
                continue
            if len(fields) >= _FIELDS and fields[4].startswith("<ALT"):
                skipping = fields[4] == "<ALT>"
            elif not skipping and (word := _word(row, fields)) is not None:
                calls.setdefault(fields[0], []).append(word)
        for identifier, words in calls.items():
            turns = [turn for speaker in dict.fromkeys(word.speaker for word in words)
                     for turn in turns_of(word for word in words if word.speaker == speaker)]  # fmt: skip
            yield Output(identifier, turns=tuple(sorted(turns, key=lambda turn: turn.start or 0.0)))


def _word(row: Row, fields: list[str]) -> Word | None:
    if len(fields) < _FIELDS:
        row.complain(f"expected at least {_FIELDS} fields (file channel start duration word), got {len(fields)}")
        return None
    if fields[4] == "@" or (len(fields) > _TYPE and fields[_TYPE].lower() in _NOT_WORDS):
        return None
    span = row.span(fields[2], fields[3])
    if span is None:
        return None
    named = fields[_SPEAKER] if len(fields) > _SPEAKER and fields[_SPEAKER] not in _NO_SPEAKER else fields[1]
    return Word(named, fields[4], *span)
