"""The interactions of a golden dataset: `interactions.jsonl` or `.jsonl.gz` beside the card."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from fieval.data.card import CARD_FILE, read_card
from fieval.data.decoding import Records, decoding
from fieval.data.gold import check_declared, gold_labels, gold_scores
from fieval.data.lines import COMPRESSED, PLAIN, Line, Problems, Span, digest, unchanged
from fieval.data.population import check_population
from fieval.data.shelves import HERE, Mark, Reading, Surveyed, masked_places, on_shelf, shelved, surveyed
from fieval.data.times import check_times, segments_of, spoken
from fieval.data.wire import FactLine, GoldLine, InteractionLine
from fieval.errors import InvalidInput
from fieval.files import Location, shown
from fieval.model import Card, Dataset, Fact, GoldLabel, GoldScore, Interaction, Source
from fieval.remote import Remote


def read_dataset(folder: Location, *, allow_uncovered: bool = False, reading: Reading = HERE) -> Dataset:
    """The card and the interactions in a dataset's folder. Raises InvalidInput with every bad line.

    With `allow_uncovered` a value of the population may have no interactions.
    """
    with unchanged(folder, *(folder / name for name in (CARD_FILE, *_FILES))):
        return _read(folder, allow_uncovered, reading)


def dataset_source(folder: Location) -> Source:
    """A dataset's folder and its digest as they are now. Raises InvalidInput where it cannot be read."""
    return Source(shown(folder), digest([folder / CARD_FILE, interactions_file(folder)]))


def interactions_file(folder: Location) -> Location:
    """The file that holds a dataset's interactions. Raises InvalidInput where there is none, or two."""
    plain, compressed = (folder / name for name in _FILES)
    present = [path for path in (plain, compressed) if path.exists()]
    if not present:
        if isinstance(plain, Remote):
            plain.check_permitted()
        raise InvalidInput(f"{shown(folder)}: no interactions; looked for {plain.name} and {compressed.name}")
    if len(present) > 1:
        raise InvalidInput(f"{shown(folder)}: both {plain.name} and {compressed.name} are there; keep one of them")
    return present[0]


def check_id(line: Line, identifier: str, seen: dict[str, int]) -> None:
    """Complains of an empty id and of one that an earlier line has; `seen` maps ids to lines and grows."""
    if not identifier.strip():
        line.complain("id", "required, but absent or empty", "no id")
    elif identifier in seen:
        given = f"was already given in line {seen[identifier]}; ids must be unique"
        line.complain("id", f'"{identifier}" {given}', f"its id {given}")
    else:
        seen[identifier] = line.number


_FILES = tuple(f"interactions{suffix}" for suffix in (PLAIN, COMPRESSED))
_DIGITS = 32


def _read(folder: Location, allow_uncovered: bool, reading: Reading) -> Dataset:
    card = read_card(folder)
    path = interactions_file(folder)
    source = dataset_source(folder)
    volume = on_shelf(path, reading)
    problems = Problems(path)
    common = _Common()
    survey = partial(_survey, problems, card, None if volume is None else common, reading.mark)
    parts = surveyed(survey, path, volume, reading.spread)
    _check_ids(parts, problems)
    problems.join([part.problems for part in parts])
    found = tuple(record for part in parts for record in part.records)
    check_population(folder / CARD_FILE, card, found, allow_uncovered=allow_uncovered)
    problems.stop()
    if volume is None:
        return Dataset(card, found, source)
    shelf = shelved(parts, volume, partial(_again, card))
    return Dataset(card, shelf, source, light=tuple(map(common.shared, found)), masked=masked_places(parts))


def _survey(
    problems: Problems, card: Card, common: _Common | None, mark: Mark | None, path: Location, span: Span | None
) -> Surveyed[Interaction]:
    """The interactions of a span, without texts where they have things in `common`; `problems` is empty."""
    found: Surveyed[Interaction] = Surveyed(problems.apart())
    for line, wire in Records(path, InteractionLine, found.problems, span):
        interaction = _interaction(line, wire, card)
        if common is None:
            found.add(line, interaction, masked=False)
        else:
            masked = mark is not None and mark(interaction.turns)
            found.add(line, common.shared(_light(interaction)), masked=masked)
    return found


_LINES = decoding(InteractionLine)


def _again(card: Card, content: bytes) -> Interaction:
    """The interaction of a line that was found sound before."""
    line = Line(0, content, Problems(Path()))
    return _interaction(line, _LINES.decoded(content), card)


def _light(interaction: Interaction) -> Interaction:
    """Without what was said; of the fingerprint what is enough to tell contents apart, and to bring them into order."""
    return msgspec.structs.replace(
        interaction,
        turns=(),
        segments=(),
        summary="",
        facts=(),
        labels={name: GoldLabel(label.value, ()) for name, label in interaction.labels.items()},
        scores={},
        fingerprint=interaction.fingerprint[:_DIGITS],
    )


class _Common:
    """Cohorts and labels that interactions have in common: of a million, few are different."""

    def __init__(self) -> None:
        self._cohorts: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
        self._labels: dict[tuple[tuple[str, str], ...], Mapping[str, GoldLabel]] = {}

    def shared(self, interaction: Interaction) -> Interaction:
        """The same, with the cohorts and labels of the first one that had equal ones."""
        cohorts, labels = interaction.cohorts, interaction.labels
        values = tuple((name, label.value) for name, label in labels.items())
        cohorts = self._cohorts.setdefault(tuple(cohorts.items()), cohorts)
        labels = self._labels.setdefault(values, labels)
        if cohorts is interaction.cohorts and labels is interaction.labels:
            return interaction
        return msgspec.structs.replace(interaction, cohorts=cohorts, labels=labels)


def _check_ids(parts: Sequence[Surveyed[Interaction]], problems: Problems) -> None:
    """Complains of ids that are empty, and of those that an earlier line has."""
    seen: dict[str, int] = {}
    for part in parts:
        for number, record in zip(part.lines, part.records, strict=True):
            check_id(Line(number, b"", problems), record.id, seen)


def _interaction(line: Line, wire: InteractionLine, card: Card) -> Interaction:
    gold = wire.gold
    check_times(line, "gold.", gold.turns, gold.segments)
    if wire.duration is not None and wire.duration <= 0:
        line.complain("duration", f"expected seconds above 0, got {wire.duration:.12g}")
    language = wire.language or card.language
    labels = gold_labels(line, gold, card)
    scores = gold_scores(line, gold, card)
    return Interaction(
        id=wire.id,
        channel=wire.channel,
        language=language,
        group=wire.group or wire.id,
        cohorts=_cohorts(line, wire, card),
        turns=spoken(gold.turns),
        segments=segments_of(gold.turns, gold.segments),
        duration=wire.duration,
        summary=gold.summary,
        facts=tuple(_fact(fact) for fact in gold.facts if fact != FactLine()),
        labels=labels,
        scores=scores,
        fingerprint=_fingerprint((wire.channel, language), gold, labels, scores, card),
    )


def _cohorts(line: Line, wire: InteractionLine, card: Card) -> Mapping[str, str]:
    """The cohorts that the card declares, and channel and language unless it declares them itself."""
    check_declared(line, "cohorts", wire.cohorts, dict.fromkeys(card.cohorts))
    always = {"channel": wire.channel, "language": wire.language or card.language}
    given = {name: wire.cohorts.get(name, "") for name in card.cohorts}
    return {name: value for name, value in (always | given).items() if value}


def _fact(fact: FactLine) -> Fact:
    return Fact(fact.text, tuple(anchor for anchor in fact.anchors if anchor))


def _fingerprint(
    kind: tuple[str, str],
    gold: GoldLine,
    labels: Mapping[str, GoldLabel],
    scores: Mapping[str, GoldScore],
    card: Card,
) -> str:
    """BLAKE2b over the content alone: neither ids, groups and cohorts nor the names of labels and values matter."""
    indices = [card.labels[name].values.index(labels[name].value) if name in labels else None for name in card.labels]
    values = [scores[name].value if name in scores else None for name in card.scores]
    content = (kind, spoken(gold.turns), gold.summary, indices, values)
    return hashlib.blake2b(msgspec.json.encode(content)).hexdigest()
