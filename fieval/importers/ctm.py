"""CTM (NIST): one recognised word a line, with channel, start, duration and, perhaps, confidence, type and speaker."""

from __future__ import annotations

from collections.abc import Iterator

from fieval.importers.base import Importer, Reading, Row, SourceFile
from fieval.importers.parts.channels import Channels
from fieval.importers.parts.words import Word, turns_of, unmarked
from fieval.model import Output, Turn

_FIELDS = 5
_TYPE, _SPEAKER = 6, 7
_NO_SPEAKER = ("<NA>", "null", "unknown")
_NOT_WORDS = frozenset({"non-lex", "misc", "noscore", "non-speech"})
_WORDS = frozenset({"lex", "frag", "fp", "un-lex", "for-lex", "alpha", "acronym", "interjection", "propernoun", "other",
                    "<na>", "null", "unknown"})  # fmt: skip
_SILENCE = frozenset({"@", "<eps>"})


class CTM(Importer):
    """`call-1 A 12.30 0.25 hello 0.98 lex agent`; without a speaker, the channel is the speaker.

    Of alternatives (`<ALT_BEGIN> … <ALT> … <ALT_END>`) the first is taken.
    """

    name = "ctm"
    endings = (".ctm",)

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        calls: dict[str, list[Word]] = {}
        channels = Channels()
        choice = _Choice()
        for row in source.rows():
            fields = row.fields
            if fields[0].startswith(";;"):
                continue
            if len(fields) >= _FIELDS and fields[4].startswith("<ALT"):
                choice.mark(row, fields[4])
            elif not choice.skipping and (word := _word(row, fields)) is not None:
                channels.check(row, fields[0], fields[1], word.speaker)
                calls.setdefault(fields[0], []).append(word)
        choice.end()
        for identifier, words in calls.items():
            yield Output(identifier, turns=tuple(_turns(words)))


class _Choice:
    """Where a file stands in its alternatives: of each block, all but the first are skipped."""

    def __init__(self) -> None:
        self.skipping = False
        self._begun: Row | None = None

    def mark(self, row: Row, mark: str) -> None:
        """A line that begins, divides or ends a block."""
        begins = mark == "<ALT_BEGIN>"
        if mark not in ("<ALT_BEGIN>", "<ALT>", "<ALT_END>") or begins is (self._begun is not None):
            row.complain(f"{mark}: expected <ALT_BEGIN>, then <ALT>, then <ALT_END>")
            return
        self.skipping = mark == "<ALT>"
        self._begun = None if mark == "<ALT_END>" else self._begun or row

    def end(self) -> None:
        """The file is over."""
        if self._begun is not None:
            self._begun.complain("<ALT_BEGIN> without <ALT_END>")


def _turns(words: list[Word]) -> list[Turn]:
    """Each speaker's words in the order of time, whatever that of the file; then all turns so."""
    said: dict[str, list[Word]] = {}
    for word in sorted(words, key=lambda word: word.start or 0.0):
        said.setdefault(word.speaker, []).append(word)
    return sorted((turn for own in said.values() for turn in turns_of(own)), key=lambda turn: turn.start or 0.0)


def _word(row: Row, fields: list[str]) -> Word | None:
    if len(fields) < _FIELDS:
        row.complain(f"expected at least {_FIELDS} fields (file channel start duration word), got {len(fields)}")
        return None
    kind = fields[_TYPE].lower() if len(fields) > _TYPE else "lex"
    if fields[4].lower() in _SILENCE or kind in _NOT_WORDS:
        return None
    if kind not in _WORDS:
        row.complain(f'field {_TYPE + 1}: expected a type such as lex, got "{fields[_TYPE]}"; '
                     f"the speaker is field {_SPEAKER + 1}")  # fmt: skip
        return None
    span = row.span(fields[2], fields[3])
    if span is None:
        return None
    named = fields[_SPEAKER] if len(fields) > _SPEAKER and fields[_SPEAKER] not in _NO_SPEAKER else fields[1]
    return Word(named, unmarked(fields[4]), *span)
