"""What people say in spreadsheets, joined into the interactions of a golden dataset: by id, whole or not at all."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieval import data
from fieval.data.lines import Problems
from fieval.errors import SHOWN_PROBLEMS, InvalidInput, suggestion
from fieval.files import open_stored, place_to_write, same_file, shown, unreadable, unwritable, write_whole
from fieval.importers.base import Reading, SourceFile
from fieval.importers.parts.cells import quoted
from fieval.importers.parts.columns import SETTLED
from fieval.importers.parts.said import Gathering, Said, undeclared
from fieval.importers.parts.votes import NAMES, Names, Votes, names_in
from fieval.model import Card, Dataset, Interaction

OUTCOMES = ("votes", "new", "extended", "replaced", "same", "undone")

_GZIP_MAGIC = b"\x1f\x8b"
_KNOWN_LISTED = 2000  # among more ids looking for a similar one takes too long
_STYLES: tuple[Callable[[Any], str], ...] = (
    lambda data: json.dumps(data, ensure_ascii=False),
    json.dumps,
    lambda data: json.dumps(data, ensure_ascii=False, separators=(",", ":")),
    lambda data: json.dumps(data, separators=(",", ":")),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What an import does to one label, score or text of a dataset: interactions by outcome, and the votes read.

    `extended` kept the votes that were there, `replaced` did not; `undone` is what had been decided on votes that were
    replaced.
    """

    field: str
    votes: int
    new: int
    extended: int
    replaced: int
    same: int
    undone: int


@dataclass(frozen=True, slots=True)
class Joining:
    """What was joined into which file; `skipped` rows are of ids that the dataset does not have."""

    path: str
    interactions: int
    every: int
    changes: Sequence[Change]
    skipped: int
    assumed: Mapping[str, int]


Edit = Callable[[dict[str, Any]], None]  # of an interaction, as JSON
_Counts = Counter[tuple[str, str]]  # how often by field and outcome


def join(
    sources: Sequence[Path], folder: Path, reading: Reading, *, add: bool = False, ignore_unknown: bool = False
) -> Joining:
    """Put labels, scores and summaries of spreadsheets into a dataset. Votes of an annotator who is named replace that
    annotator's own; others replace all that were there or, with `add`, are further ones.

    Raises InvalidInput with everything that is wrong, and then changes nothing.
    """
    dataset = data.read_dataset(folder, allow_uncovered=True)
    place = place_to_write(data.interactions_file(folder))
    known = {each.id: each for each in dataset.interactions}
    reading = msgspec.structs.replace(reading, gold=True, card=dataset.card)
    gathering = Gathering(reading, known)
    assumed: Counter[str] = Counter()
    skipped = _gather(sources, gathering, known, assumed, None if ignore_unknown else dataset)
    _check_mapped(gathering.mapped, reading, dataset.card)
    told = {identifier: said for identifier, said in gathering.found.items() if _says(said)}
    if not told:
        raise InvalidInput([f"{shown(source)}: nobody says anything in it: all cells are empty" for source in sources])
    counts: _Counts = Counter()
    names = names_in(place)
    edits = {
        identifier: _edit(known[identifier], names.get(identifier, {}), said, counts, add=add)
        for identifier, said in told.items()
    }
    _rewrite(place, {identifier: edit for identifier, edit in edits.items() if edit}, dataset, folder)
    changes = [
        Change(name, *(counts[name, what] for what in OUTCOMES)) for name in dict.fromkeys(name for name, _ in counts)
    ]
    return Joining(shown(data.interactions_file(folder)), len(told), len(known), changes, skipped, assumed)


def _gather(
    sources: Sequence[Path],
    gathering: Gathering,
    known: Mapping[str, Interaction],
    assumed: Counter[str],
    asked: Dataset | None,
) -> int:
    """Read all files, and count the rows that are skipped: none if `asked`, the dataset that has to know them all."""
    problems, skipped, strange = [], 0, 0
    for number, path in enumerate(sources):
        source = SourceFile(path, Problems(path), assumed)
        if any(same_file(path, other) for other in sources[:number]):
            source.problems.file("is named twice")
            problems += list(source.problems)
            continue
        for identifier, row in gathering.rows(source):
            if identifier in known:
                gathering.take(identifier, row)
            elif asked is None:
                skipped += 1
            else:
                row.complain("id", _unknown(identifier, asked, known, strange))
                strange += 1
        problems += list(source.problems)
    if problems:
        raise InvalidInput(problems)
    return skipped


def _unknown(identifier: str, dataset: Dataset, known: Mapping[str, Interaction], before: int) -> str:
    """The complaint about an id, with one like it where the dataset is small and the complaint will be seen."""
    looked = before < SHOWN_PROBLEMS and len(known) <= _KNOWN_LISTED
    near = suggestion(quoted(identifier), known) if looked else ""
    hint = near if near.startswith("; did") else ";"
    what = f'the dataset {dataset.card.name} has no interaction "{quoted(identifier)}"'
    return f"{what}{hint} --ignore-unknown skips such rows"


def _check_mapped(mapped: set[str], reading: Reading, card: Card) -> None:
    """Only what people say is joined; what a column says by its name alone is left where it is."""
    problems = [
        f"--map {name}: --into takes labels, scores and the summary; {name} is the dataset's own"
        for name in reading.mapping
        if name.startswith("cohorts.") or name in ("turns", "channel", "language", "group")
    ]
    for name in undeclared(mapped, card):
        family, _, rest = name.removeprefix(SETTLED).partition(".")
        declared = card.labels if family == "labels" else card.scores
        problems.append(f"{name}: the card declares no such {family[:-1]}{suggestion(rest, declared)}")
    if not any(name == "summary" or name.removeprefix(SETTLED).startswith(("labels.", "scores.")) for name in mapped):
        problems.append("no column holds a label, score or summary; name it, as in --map labels.intent=COLUMN")
    if problems:
        raise InvalidInput(problems)


def _says(said: Said) -> bool:
    return bool(said.votes or said.settled or said.texts.get("summary"))


def _edit(before: Interaction, named: Names, said: Said, counts: _Counts, *, add: bool) -> list[Edit]:
    """The changes of one interaction; none where all of it is said there already."""
    edits: list[Edit] = []
    for name in dict.fromkeys([*said.votes, *said.settled]):
        family, _, key = name.partition(".")
        held = (before.labels if family == "labels" else before.scores).get(key)
        old = Votes.of(() if held is None else held.votes, named.get(name, ()))
        decided = held.value if held is not None and held.settled else None
        given = Votes.of(said.votes.get(name, ()), said.names.get(name, ()))
        votes = old.with_more(given, add=add)
        settled = said.settled.get(name, decided if old.is_within(votes) else None)
        counts[name, "votes"] += len(given.values)
        if votes == old and settled == decided:
            counts[name, "same"] += 1
            continue
        counts[name, "undone"] += decided is not None and settled is None
        counts[name, "new" if held is None else "extended" if old.is_within(votes) else "replaced"] += 1
        edits.append(_setting(family, key, votes.written(settled)))
        if any(votes.names) or name in named:
            edits.append(_naming(name, votes.names))
    if summary := said.texts.get("summary"):
        edits += _summary(before, summary, counts)
    return edits


def _summary(before: Interaction, summary: str, counts: _Counts) -> list[Edit]:
    same = before.summary == summary
    counts["summary", "same" if same else "replaced" if before.summary else "new"] += 1
    return [] if same else [lambda record: record["gold"].update(summary=summary)]


def _setting(family: str, key: str, value: object) -> Edit:
    def setting(record: dict[str, Any]) -> None:
        gold = record["gold"]
        gold[family] = {**(gold.get(family) or {}), key: value}

    return setting


def _naming(name: str, names: Sequence[str]) -> Edit:
    def naming(record: dict[str, Any]) -> None:
        meta = record.get("meta") or {}
        record["meta"] = {**meta, NAMES: {**(meta.get(NAMES) or {}), name: list(names)}}

    return naming


def _rewrite(place: Path, edits: Mapping[str, Sequence[Edit]], dataset: Dataset, folder: Path) -> None:
    """The file with some lines changed and all others as they were, byte for byte."""
    if not edits:
        return
    try:
        with open_stored(place) as stream:
            stored = stream.read()
    except OSError as error:
        raise unreadable(place, error) from error
    packed = stored.startswith(_GZIP_MAGIC)
    lines = (gzip.decompress(stored) if packed else stored).split(b"\n")
    content = b"\n".join(_changed(place, number, line, edits) for number, line in enumerate(lines, 1))
    if data.dataset_source(folder) != dataset.source:
        raise InvalidInput(f"{shown(place)}: somebody changed it in the meantime; try again")
    try:
        write_whole(place, gzip.compress(content, mtime=0) if packed else content)
    except OSError as error:
        raise unwritable(place, error) from error


def _changed(place: Path, number: int, line: bytes, edits: Mapping[str, Sequence[Edit]]) -> bytes:
    """A line in the style that it was written in, with what people say now."""
    if not line.strip():
        return line
    try:
        record = json.loads(line)
        asked = edits.get(record["id"], ())
        if not asked:
            return line
        style = next((each for each in _STYLES if each(record).encode() == line.strip()), _STYLES[0])
        record["gold"] = record.get("gold") or {}
        for edit in asked:
            edit(record)
        return style(record).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{shown(place)}:{number}: cannot be written again: {error}") from error
