"""What people say in spreadsheets, joined into the interactions of a golden dataset: by id, whole or not at all."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieval import data
from fieval.data.lines import Problems
from fieval.errors import SHOWN_PROBLEMS, InvalidInput, suggestion
from fieval.files import open_stored, place_to_write, same_file, shown, unreadable, unwritable, write_whole
from fieval.importers.base import Reading, SourceFile
from fieval.importers.parts import cells
from fieval.importers.parts.columns import SETTLED
from fieval.importers.parts.quoting import listed, quoted
from fieval.importers.parts.rewriting import Edit, alone, rewritten
from fieval.importers.parts.said import Gathering, Said, undeclared
from fieval.importers.parts.votes import NAMES, Names, Votes, names_in
from fieval.model import Card, Dataset, Interaction

OUTCOMES = ("votes", "new", "extended", "replaced", "same", "undone", "overruled")

_GZIP_MAGIC = b"\x1f\x8b"
_KNOWN_LISTED = 2000  # among more ids looking for a similar one takes too long


@dataclass(frozen=True, slots=True)
class Change:
    """What an import does to one label, score or text of a dataset: interactions by outcome, and the votes read.

    `extended` kept the votes that were there, `replaced` did not; `undone` is what had been decided on votes that were
    replaced, `overruled` what was decided otherwise though nobody disagreed.
    """

    field: str
    votes: int
    new: int
    extended: int
    replaced: int
    same: int
    undone: int
    overruled: int


@dataclass(frozen=True, slots=True)
class Joining:
    """What was joined into which file; `skipped` rows are of ids that the dataset does not have."""

    path: str
    interactions: int
    every: int
    changes: Sequence[Change]
    skipped: int
    assumed: Mapping[str, int]


_Counts = Counter[tuple[str, str]]  # how often by field and outcome


def join(
    sources: Sequence[Path], folder: Path, reading: Reading, *, add: bool = False, ignore_unknown: bool = False
) -> Joining:
    """Put labels, scores and summaries of spreadsheets into a dataset. Votes of an annotator who is named replace that
    annotator's own; others replace all that were there or, with `add`, are further ones.

    Raises InvalidInput with everything that is wrong, and then changes nothing.
    """
    assumed: Counter[str] = Counter()
    with alone(folder, assumed):
        return _join(sources, folder, reading, assumed, add=add, ignore_unknown=ignore_unknown)


def _join(
    sources: Sequence[Path], folder: Path, reading: Reading, assumed: Counter[str], *, add: bool, ignore_unknown: bool
) -> Joining:
    dataset = data.read_dataset(folder, allow_uncovered=True)
    place = place_to_write(data.interactions_file(folder))
    known = {each.id: each for each in dataset.interactions}
    reading = msgspec.structs.replace(reading, gold=True, card=dataset.card)
    gathering = Gathering(reading, known)
    skipped = _gather(sources, gathering, known, assumed, None if ignore_unknown else dataset)
    _check_mapped(gathering, reading, dataset.card)
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


def _check_mapped(gathering: Gathering, reading: Reading, card: Card) -> None:
    """Only what people say is joined; what a column says by its name alone is left where it is."""
    problems = [
        f"--map {name}: --into takes labels, scores and the summary; {name} is the dataset's own"
        for name in reading.mapping
        if name.startswith("cohorts.") or name in ("turns", "channel", "language", "group")
    ]
    for name in undeclared(gathering.mapped, card):
        family, _, rest = name.removeprefix(SETTLED).partition(".")
        declared = card.labels if family == "labels" else card.scores
        problems.append(f"{name}: the card declares no such {family[:-1]}{suggestion(rest, declared)}")
    said = (name.removeprefix(SETTLED) for name in gathering.mapped)
    if not any(name == "summary" or name.startswith(("labels.", "scores.")) for name in said):
        what = "no column holds a label, score or summary; name it, as in --map labels.intent=COLUMN"
        problems.append(what + _unread(gathering.idle, card))
    if problems:
        raise InvalidInput(problems)


def _unread(idle: Mapping[str, bool], card: Card) -> str:
    """The columns that nothing is taken of, and those that are called like a label or score."""
    declared = [f"labels.{name}" for name in card.labels] + [f"scores.{name}" for name in card.scores]
    meant = {cells.folded(each): field for field in declared for each in (field.partition(".")[2], field)}
    near = [f'; did you mean --map {meant[key]}="{name}"?' for name in idle if (key := cells.folded(name)) in meant]
    return (f"; columns: {listed([*idle], secret=any(idle.values()))}" if idle else "") + "".join(near[:1])


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
        if held is not None and settled not in (None, held.value):
            counts[name, "overruled"] += len(set(votes.values)) < 2
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

    def edits_of(record: dict[str, Any]) -> Iterator[Edit]:
        yield from (_with_gold, *asked) if (asked := edits.get(record["id"])) else ()

    packed = stored.startswith(_GZIP_MAGIC)
    lines = (gzip.decompress(stored) if packed else stored).split(b"\n")
    content = b"\n".join(rewritten(place, number, line, edits_of) for number, line in enumerate(lines, 1))
    if data.dataset_source(folder) != dataset.source:
        raise InvalidInput(f"{shown(place)}: somebody changed it in the meantime; try again")
    try:
        write_whole(place, gzip.compress(content, mtime=0) if packed else content)
    except OSError as error:
        raise unwritable(place, error) from error


def _with_gold(record: dict[str, Any]) -> None:
    record["gold"] = record.get("gold") or {}
