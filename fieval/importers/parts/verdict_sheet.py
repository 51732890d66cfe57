"""What a judge is asked, as a spreadsheet for people, and their verdicts back into `verdicts.jsonl`.

The sheet says neither whose output is judged nor what the judge or anybody else said of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fieval import data
from fieval.data.lines import Problems
from fieval.data.verdicts import VerdictLine, digest, verdict_lines
from fieval.errors import InvalidInput
from fieval.files import place_to_write, shown, unwritable, write_whole
from fieval.importers.base import SourceFile
from fieval.importers.parts import cells
from fieval.importers.parts.columns import Columns, Row
from fieval.importers.parts.spreadsheet import fitting, read_table, write_table
from fieval.model import Interaction, LabelSet

_HEADER = ("id", "question", "asked", "judged", "conversation", "choices", "verdict", "by", "comment", "output")
_NEEDED = ("id", "question", "verdict", "output")
_BETWEEN = " | "

Key = tuple[str, str, str, str]  # id, question, digest of the text, person


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
    """Put the verdicts of filled sheets into the file beside a dataset; one that the same person gave on the same text
    before is replaced.

    Raises InvalidInput with everything that is wrong, and then changes nothing.
    """
    dataset = data.read_dataset(folder, allow_uncovered=True)
    place = place_to_write(folder / "verdicts.jsonl")
    known = frozenset(each.id for each in dataset.interactions)
    assumed: Counter[str] = Counter()
    found, empty = _read(sources, known, assumed)
    if not found:
        raise InvalidInput([f"{shown(source)}: nobody gives a verdict in it" for source in sources])
    if place.exists():
        data.read_verdicts(place, dataset)
    before = verdict_lines(place) if place.exists() else []
    held = {_key(line): line.verdict for line in before}
    counts = Counter(_outcome(line.verdict, held.get(key, "")) for key, line in found.items())
    answered = {key[:3] for key in found}
    kept = [line for line in before if _key(line) not in found and (line.verdict or _key(line)[:3] not in answered)]
    systems = {_key(line)[:3]: line.system for line in before}
    fresh = [msgspec.structs.replace(line, system=systems.get(key[:3], "")) for key, line in found.items()]
    if counts["new"] or counts["replaced"]:
        _write(place, [*kept, *fresh])
    return Told(shown(folder / "verdicts.jsonl"), counts["new"], counts["replaced"], counts["same"], empty, assumed)


def _row(line: VerdictLine, conversation: str) -> Sequence[str]:
    judged = line.meta.get("summary") or "\n".join(line.meta.get("turns", ()))
    choices = _BETWEEN.join(line.meta.get("verdicts", ()))
    return line.id, line.question, line.text, judged, conversation, choices, "", "", "", line.output or ""


def _read(sources: Sequence[Path], known: frozenset[str], assumed: Counter[str]) -> tuple[dict[Key, VerdictLine], int]:
    found: dict[Key, VerdictLine] = {}
    places: dict[Key, str] = {}
    problems, empty = [], 0
    for path in sources:
        source = SourceFile(path, Problems(path), assumed)
        for row in _rows(source):
            line = _line(row, known)
            empty += line is None
            if line is None:
                continue
            here = f"{path.name}:{row.record.line}"
            if places.setdefault(_key(line), here) != here:
                row.complain("by", f'"{line.by}" has a verdict on this already ({places[_key(line)]}); say who gave it')
            found[_key(line)] = line
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


def _line(row: Row, known: frozenset[str]) -> VerdictLine | None:
    """One person's verdict; None where there is none in the row."""
    if not row.text("verdict"):
        return None
    identifier = row.raw("id") if row.raw("id") in known else row.text("id")
    if identifier not in known:
        row.complain("id", f'the dataset has no interaction "{cells.quoted(identifier)}"')
    if "." not in row.text("question"):
        row.complain(
            "question", f'expected <step>.<what>, such as summary.s1, got "{cells.quoted(row.text("question"))}"'
        )
    if not re.fullmatch("[0-9a-f]{64}", row.text("output")):
        row.complain("output", "expected the 64 characters that the sheet had here; copy them back")
    choices = tuple(choice for choice in row.text("choices").split(_BETWEEN) if choice)
    verdict = cells.label(row, "verdict", row.text("verdict"), LabelSet(choices) if choices else None)
    comment = row.text("comment")
    return VerdictLine(
        id=identifier,
        question=row.text("question"),
        verdict=verdict or "",
        output=row.text("output"),
        by=row.text("by"),
        meta={"comment": comment} if comment else {},
    )


def _key(line: VerdictLine) -> Key:
    return line.id, line.question, line.output or digest(""), line.by


def _outcome(verdict: str, held: str) -> str:
    if not held:
        return "new"
    return "same" if held == verdict else "replaced"


def _write(place: Path, lines: Sequence[VerdictLine]) -> None:
    told = [{name: value for name in line.__struct_fields__ if (value := getattr(line, name))} for line in lines]
    try:
        write_whole(place, b"".join(msgspec.json.encode(line) + b"\n" for line in told))
    except OSError as error:
        raise unwritable(place, error) from error
