"""Recorded verdicts as a text file that can be committed: no transcripts, sorted lines, small differences.

Lines of judges (what a fingerprint stands for) come first, then one line an answer. A judge's reasons are its own
words, but they can repeat what people said: they can be left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from fieval.errors import InvalidInput, Unmeasurable
from fieval.files import open_stored, place_to_write, shown, unwritable, write_whole
from fieval.judge.cache import IN_MEMORY, Cache, Record
from fieval.judge.identity import Identity
from fieval.judge.protocol import Answer, Usage, Verdict


class _JudgeLine(msgspec.Struct, frozen=True, tag="judge", tag_field="kind", forbid_unknown_fields=True):
    fingerprint: str
    identity: Identity


class _AnswerLine(msgspec.Struct, frozen=True, tag="answer", tag_field="kind", forbid_unknown_fields=True):
    prompt: str
    subject: str
    sample: int
    key: str
    judge: str
    text: str
    model: str
    verdicts: tuple[Verdict, ...]
    usage: Usage


_LONGEST_LINE = 1 << 20  # bytes that are looked at to tell a cassette from another file
_Line = _JudgeLine | _AnswerLine
_line: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(_Line)


def export(stores: Sequence[Cache], path: Path, *, reasons: bool, keys: Collection[str] | None = None) -> int:
    """Write what is remembered (under these keys), whole or not at all; returns how many answers.

    Where two stores have an answer, the first one's is taken. Raises InvalidInput where the file cannot be made, or is
    there and no cassette.
    """
    real = place_to_write(path)
    _require_cassette(path)
    by_key = {record.key: record for store in reversed(stores) for record in store.records(keys)}
    records = sorted(by_key.values(), key=lambda each: (each.prompt, each.subject, each.sample, each.key))
    used = {record.judge for record in records}
    known = {name: identity for store in stores for name, identity in store.identities().items()}
    judges = [_JudgeLine(name, known[name]) for name in sorted(used)]
    lines = [msgspec.json.encode(line) for line in (*judges, *(_line_of(record, reasons) for record in records))]
    try:
        write_whole(real, b"".join(line + b"\n" for line in lines))
    except OSError as error:
        raise unwritable(path, error) from error
    return len(records)


def load(path: Path) -> Cache:
    """The recorded verdicts, in memory. Raises InvalidInput with the line of what cannot be read."""
    judges: dict[str, Identity] = {}
    cache = Cache(IN_MEMORY)
    seen: set[str] = set()
    for number, line in _lines(path):
        if isinstance(line, _JudgeLine):
            judges[line.fingerprint] = _checked(path, number, line)
            continue
        if line.judge not in judges:
            raise InvalidInput(
                f"{shown(path)}:{number}: no line before says which judge this is; remove it and export it again"
            )
        if line.key in seen:
            raise InvalidInput(f"{shown(path)}:{number}: the same answer twice; remove it and export it again")
        seen.add(line.key)
        cache.put(_record_of(line), judges[line.judge])
    return cache


def _require_cassette(path: Path) -> None:
    """A slip of the pen must not cost a dataset or the cache."""
    if not path.exists():
        return
    try:
        with open_stored(path) as file:
            first = file.readline(_LONGEST_LINE)
        if first:
            _line.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"{shown(path)}: is there and no cassette; remove it or name another file") from error


def _lines(path: Path) -> Iterator[tuple[int, _Line]]:
    try:
        with open_stored(path) as file:
            raw = file.read()
    except OSError as error:
        raise Unmeasurable(f"{shown(path)}: cannot be read: {error.strerror}") from error
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            yield number, _decoded(path, number, line)


def _decoded(path: Path, number: int, line: bytes) -> _Line:
    try:
        return _line.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(
            f"{shown(path)}:{number}: not a recorded verdict: {error}; remove it and export it again"
        ) from error


def _checked(path: Path, number: int, line: _JudgeLine) -> Identity:
    if line.identity.fingerprint != line.fingerprint:
        raise InvalidInput(f"{shown(path)}:{number}: this judge has another fingerprint; remove it and export it again")
    return line.identity


def _line_of(record: Record, reasons: bool) -> _AnswerLine:
    answer = record.answer
    verdicts = answer.verdicts
    if not reasons:
        verdicts = tuple(msgspec.structs.replace(verdict, why="") for verdict in verdicts)
    return _AnswerLine(
        prompt=record.prompt,
        subject=record.subject,
        sample=record.sample,
        key=record.key,
        judge=record.judge,
        text=record.text,
        model=answer.model,
        verdicts=verdicts,
        usage=answer.usage,
    )


def _record_of(line: _AnswerLine) -> Record:
    return Record(
        key=line.key,
        judge=line.judge,
        subject=line.subject,
        prompt=line.prompt,
        sample=line.sample,
        text=line.text,
        answer=Answer(verdicts=line.verdicts, model=line.model, usage=line.usage),
    )
