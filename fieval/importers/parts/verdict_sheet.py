"""What a judge is asked, as a spreadsheet for people, and their verdicts back into `verdicts.jsonl`.

The sheet says neither whose output is judged nor what the judge or anybody else said of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from fieval import data
from fieval.data.decoding import Records
from fieval.data.lines import Problems
from fieval.data.verdicts import VerdictLine, digest
from fieval.errors import InvalidInput
from fieval.files import place_to_write, shown, unwritable, write_whole
from fieval.importers.base import SourceFile
from fieval.importers.parts import cells
from fieval.importers.parts.columns import Columns, Row
from fieval.importers.parts.quoting import quoted
from fieval.importers.parts.rewriting import Edit, alone, rewritten
from fieval.importers.parts.spreadsheet import fitting, read_table, write_table
from fieval.model import Interaction, LabelSet

_HEADER = ("id", "question", "asked", "judged", "conversation", "choices", "verdict", "by", "comment", "output")
_NEEDED = ("id", "question", "verdict", "output")
_BETWEEN = " | "

Asked = tuple[str, str, str]  # id, question, digest of the text
Key = tuple[str, str, str, str]  # the same and the person


@dataclass(frozen=True, slots=True)
class Told:
    """How many verdicts were read into which file: new ones, ones that replaced others, and ones that stood there."""

    path: str
    new: int
    replaced: int
    same: int
    empty: int
    assumed: Mapping[str, int]


def is_table(path: Path) -> bool:
    """Whether a file is to be a spreadsheet, by its ending."""
    return path.suffix.lower() == ".csv"


def as_sheet(lines: Sequence[VerdictLine], interactions: Sequence[Interaction]) -> bytes:
    """The lines that wait for a verdict, with what was said in the interactions that they are about."""
    said = {each.id: cells.written(each.turns) for each in interactions}
    return write_table(_HEADER, ([fitting(cell) for cell in _row(line, said.get(line.id, ""))] for line in lines))


def join_verdicts(sources: Sequence[Path], folder: Path) -> Told:
    """Put the verdicts of filled sheets into the file beside a dataset; one that the same person, who is named, gave on
    the same text before is replaced. All other lines stay as they are, byte for byte.

    Raises InvalidInput with everything that is wrong, and then changes nothing.
    """
    assumed: Counter[str] = Counter()
    with alone(folder, assumed):
        return _join(sources, folder, assumed)


def _join(sources: Sequence[Path], folder: Path, assumed: Counter[str]) -> Told:
    dataset = data.read_dataset(folder, allow_uncovered=True)
    place = place_to_write(folder / "verdicts.jsonl")
    if place.exists():
        data.read_verdicts(place, dataset)
    held = _Held(place)
    found, empty = _read(sources, frozenset(each.id for each in dataset.interactions), held, assumed)
    if not found:
        raise InvalidInput([f"{shown(source)}: nobody gives a verdict in it" for source in sources])
    counts = Counter(_outcome(line, held.verdict(key)) for key, line in found.items())
    if counts["new"] or counts["replaced"]:
        _write(place, _content(place, found, held))
    return Told(shown(folder / "verdicts.jsonl"), counts["new"], counts["replaced"], counts["same"], empty, assumed)


class _Held:
    """What stands in a file already: `lines` by number, and the numbers of people's `verdicts`."""

    def __init__(self, place: Path) -> None:
        self.lines: dict[int, VerdictLine] = {}
        self.verdicts: dict[Key, int] = {}
        self._asked: dict[Asked, VerdictLine] = {}
        self._choices: dict[str, LabelSet] = {}
        for stored, line in Records(place, VerdictLine, Problems(place)) if place.exists() else ():
            self._take(stored.number, line)

    def _take(self, number: int, line: VerdictLine) -> None:
        key = _key(line)
        self.lines[number] = line
        if not line.verdict:
            self._asked[key[:3]] = line
        else:
            self.verdicts[key] = number
            self._asked.setdefault(key[:3], msgspec.structs.replace(line, meta={}))  # its comment is of that person
        if choices := _texts(line.meta.get("verdicts")):
            self._choices[line.question] = LabelSet(choices)

    def verdict(self, key: Key) -> VerdictLine | None:
        """What a person said before."""
        return self.lines[self.verdicts[key]] if key in self.verdicts else None

    def waits(self, number: int, answered: Container[Asked]) -> bool:
        """Whether a line waits for one of the verdicts that are given now."""
        line = self.lines.get(number)
        return line is not None and not line.verdict and _key(line)[:3] in answered

    def choices(self, question: str) -> LabelSet | None:
        """The verdicts that a question offers, where a line of the file says so."""
        return self._choices.get(question)

    def with_verdict(self, line: VerdictLine) -> VerdictLine:
        """A new verdict in the line that waited for it, or with the system and text that others judged."""
        asked = self._asked.get(_key(line)[:3], line)
        return msgspec.structs.replace(line, system=asked.system, text=asked.text, meta={**asked.meta, **line.meta})


def _row(line: VerdictLine, conversation: str) -> Sequence[str]:
    judged = line.meta.get("summary") or "\n".join(line.meta.get("turns", ()))
    choices = _BETWEEN.join(line.meta.get("verdicts", ()))
    return line.id, line.question, line.text, judged, conversation, choices, "", "", "", line.output or ""


def _read(
    sources: Sequence[Path], known: frozenset[str], held: _Held, assumed: Counter[str]
) -> tuple[dict[Key, VerdictLine], int]:
    found: dict[Key, VerdictLine] = {}
    places: dict[Key, str] = {}
    problems, empty = [], 0
    for path in sources:
        source = SourceFile(path, Problems(path), assumed)
        for row in _rows(source):
            line = _line(row, known, held)
            empty += line is None
            if line is None:
                continue
            key, here = _key(line), f"{shown(path.name)}:{row.record.line}"
            before = held.verdict(key)
            if not line.by and before is not None and before.verdict != line.verdict:
                places.setdefault(key, f"verdicts.jsonl:{held.verdicts[key]}")  # of another person, perhaps
            if places.setdefault(key, here) != here:
                row.complain("by", f'"{line.by}" has a verdict on this already ({places[key]}); say who gave it')
            found[key] = line
        problems += list(source.problems)
    if problems:
        raise InvalidInput(problems)
    return found, empty


def _rows(source: SourceFile) -> Iterator[Row]:
    table = read_table(source)
    if table is None:
        return
    places = {name: [place] for place, name in enumerate(table.header) if name in _HEADER}
    for name in _NEEDED:
        if name not in places:
            what = f'no column "{name}"; expected a sheet that `fieval judge sheet -o FILE.csv` wrote'
            source.problems.line(table.line, what)
    if not source.problems:
        yield from (Row(record, Columns(table.header, places, ()), source) for record in table.rows)


def _line(row: Row, known: frozenset[str], held: _Held) -> VerdictLine | None:
    """One person's verdict; None where there is none in the row."""
    if not row.text("verdict"):
        return None
    identifier = row.raw("id") if row.raw("id") in known else row.text("id")
    if identifier not in known:
        row.complain("id", f'the dataset has no interaction "{quoted(identifier)}"')
    if "." not in row.text("question"):
        row.complain("question", f'expected <step>.<what>, such as summary.s1, got "{quoted(row.text("question"))}"')
    if not re.fullmatch("[0-9a-f]{64}", row.text("output")):
        row.complain("output", "expected the 64 characters that the sheet had here; copy them back")
    labels = _labels(row, row.text("question"), held)
    verdict = cells.label(row, "verdict", row.cell("verdict").strip(), labels)
    comment = row.text("comment")
    return VerdictLine(
        id=identifier,
        question=row.text("question"),
        verdict=verdict or "",
        output=row.text("output"),
        by=row.text("by"),
        meta={"comment": comment} if comment else {},
    )


def _labels(row: Row, question: str, held: _Held) -> LabelSet | None:
    """The verdicts to choose from, of the sheet or of what stands in the file; it is said where neither knows them."""
    choices = tuple(choice for choice in row.text("choices").split(_BETWEEN) if choice)
    labels = LabelSet(choices) if choices else held.choices(question)
    if labels is None:
        told = f"{quoted(question)}: without the column choices, verdicts are not checked"
        row.source.assumed[told] += 1
    return labels


def _texts(value: object) -> tuple[str, ...]:
    """A list of texts; nothing where it is none."""
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else ()


def _key(line: VerdictLine) -> Key:
    return line.id, line.question, line.output or digest(""), line.by


def _outcome(line: VerdictLine, held: VerdictLine | None) -> str:
    if held is None:
        return "new"
    return "replaced" if _differs(line, held) else "same"


def _differs(line: VerdictLine, held: VerdictLine) -> bool:
    """Whether a sheet says something else; a comment that it lacks is none that was taken back."""
    return line.verdict != held.verdict or bool(line.meta and line.meta["comment"] != held.meta.get("comment"))


def _content(place: Path, found: Mapping[Key, VerdictLine], held: _Held) -> bytes:
    """The file with the verdicts in it: changed where they stood, else at the end; lines that waited for them go."""
    answered = {key[:3] for key in found}

    def edits(number: int, _: object) -> Iterator[Edit]:
        before = held.lines[number]
        line = found.get(_key(before))
        if line is not None and _differs(line, before):
            yield lambda record: record.update(verdict=line.verdict, meta={**before.meta, **line.meta})

    lines = enumerate(place.read_bytes().split(b"\n") if place.exists() else (), 1)
    kept = [
        rewritten(place, number, line, partial(edits, number))
        for number, line in lines
        if not held.waits(number, answered)
    ]
    fresh = [_encoded(held.with_verdict(line)) for key, line in found.items() if key not in held.verdicts]
    while kept and not kept[-1].strip():
        kept.pop()
    return b"".join(line + b"\n" for line in [*kept, *fresh])


def _encoded(line: VerdictLine) -> bytes:
    return msgspec.json.encode({name: value for name in line.__struct_fields__ if (value := getattr(line, name))})


def _write(place: Path, content: bytes) -> None:
    try:
        write_whole(place, content)
    except OSError as error:
        raise unwritable(place, error) from error
