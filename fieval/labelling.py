"""`fieval label-sheet`: interactions as a spreadsheet for people to label, and those on which they disagreed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fieval import config, data, evals
from fieval.calibration.people import people
from fieval.errors import InvalidInput, suggestion
from fieval.files import location, place_to_write, shown, unwritable, write_whole
from fieval.importers.parts import cells
from fieval.importers.parts.columns import ANNOTATOR, COMMENT, HELD, SETTLED
from fieval.importers.parts.spreadsheet import fitting, write_table
from fieval.model import Card, Dataset, GoldLabel, GoldScore, Interaction, Output, Significance
from fieval.numbers import significant
from fieval.statistics.halves import draw_halves, number_groups
from fieval.statistics.human import Annotators, Level
from fieval.statistics.sampling import stratified

_NO_LABEL = "(none)"
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Request:
    """Whose interactions to put into a sheet: those of a dataset, or of the one that a config names.

    `names` are the labels and scores to ask for, all by default; `again` is for asking about what has them already.
    """

    config: str | None = None
    dataset: str | None = None
    candidate: str | None = None
    names: tuple[str, ...] = ()
    count: int = 50
    seed: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Stratum:
    """A value of a cohort, or of the candidate's labels: how many of its interactions were drawn."""

    variable: str
    value: str
    drawn: int
    every: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was written: how many of the interactions that lack a label, how many of them without any text or cut."""

    interactions: int
    every: int
    strata: Sequence[Stratum]
    textless: int
    cut: int
    predicted: bool


@dataclass(frozen=True, slots=True)
class Disagreements:
    """A label or score on which several people voted: how they agree, in how many interactions they do not, and in how
    many of these it was decided.
    """

    field: str
    people: Annotators
    differ: int
    decided: int


def write_sheet(request: Request, target: Path) -> Sheet:
    """Write a sheet without any label of the pipeline or of people.

    Raises InvalidInput rather than overwrite a file, and where all have their labels.
    """
    place = _free(target)
    dataset, candidate = _inputs(request)
    fields = _open_fields(dataset, request)
    asked = [row for row, one in enumerate(dataset.interactions) if request.again or _lacks(one, fields)]
    if not asked:
        raise InvalidInput(
            f"{dataset.source.path}: all {len(dataset.interactions):,} interactions have these labels; --again asks "
            "about them once more"
        )
    names, strata = _strata(dataset, candidate, fields)
    order = [_key(one, request.seed) for one in dataset.interactions]
    drawn = stratified([strata[row] for row in asked], [order[row] for row in asked], request.count)
    rows = [asked[place] for place in drawn]
    interactions = [dataset.interactions[row] for row in rows]
    header = ["id", "channel", "language", "conversation", *(_title(each, dataset.card) for each in fields)]
    texts = [cells.written(one.turns) for one in interactions]
    lines = [
        (*_about(one), fitting(text), *(_blank(one, each, request) for each in fields), "", "")
        for one, text in zip(interactions, texts, strict=True)
    ]
    _write(place, target, write_table([*header, ANNOTATOR, COMMENT], lines))
    return Sheet(
        interactions=len(rows),
        every=len(asked),
        strata=tuple(_counts(names, strata, asked, rows)),
        textless=sum(not text for text in texts),
        cut=sum(text != fitting(text) for text in texts),
        predicted=any(candidate),
    )


def write_disagreements(request: Request, target: Path) -> tuple[Disagreements, ...]:
    """Write what people still disagree on, with all votes, to be decided; no file if there is nothing.

    Raises InvalidInput where no interaction has several votes.
    """
    place = _free(target)
    dataset, _ = _inputs(request)
    fields = _fields(dataset.card, request.names)
    found = tuple(each for name in fields if (each := _disagreements(dataset, name)) is not None)
    if not found:
        raise InvalidInput(f"{dataset.source.path}: nobody labelled an interaction a second time")
    open_fields = [each.field for each in found if each.differ > each.decided]
    header = ["id", "channel", "language", "conversation"]
    header += [name for each in open_fields for name in (f"votes of {each}", SETTLED + _title(each, dataset.card))]
    rows = [
        (*_about(one), fitting(cells.written(one.turns)), *(cell for each in open_fields for cell in _open(one, each)))
        for one in dataset.interactions
        if any(_is_open(_gold(one, each)) for each in open_fields)
    ]
    if rows:
        _write(place, target, write_table([*header, COMMENT], [(*row, "") for row in rows]))
    return found


def _inputs(request: Request) -> tuple[Dataset, Sequence[Output | None]]:
    """The dataset and, where there are any, the outputs of the candidate in its order."""
    folder, outputs = request.dataset, request.candidate
    if request.config is not None or folder is None:
        path = config.find(request.config)
        settings = config.load(path, evals.kinds(path), dataset=folder, candidate=outputs)
        folder = settings.dataset
        outputs = outputs or (settings.candidate if location(settings.candidate).exists() else None)
    dataset = data.read_dataset(location(folder), allow_uncovered=True)
    if not dataset.interactions:
        raise InvalidInput(f"{shown(folder)}: no interactions")
    if outputs is None:
        return dataset, ()
    return dataset, data.read_outputs(location(outputs), dataset, ignore_unknown=True).outputs


def _fields(card: Card, names: Sequence[str]) -> list[str]:
    """The labels and scores to ask for, as `labels.intent`."""
    declared = [f"labels.{name}" for name in card.labels] + [f"scores.{name}" for name in card.scores]
    if not declared:
        raise InvalidInput(
            "the card (dataset.yaml) declares neither labels nor scores; people need to know what to say"
        )
    plain = [name.partition(".")[2] for name in declared]
    unknown = [
        f'--label: the card declares no "{name}"{suggestion(name, plain)}' for name in names if name not in plain
    ]
    if unknown:
        raise InvalidInput(unknown)
    return [field for field, name in zip(declared, plain, strict=True) if not names or name in names]


def _open_fields(dataset: Dataset, request: Request) -> list[str]:
    """What to ask for: what was named, else whatever some interaction lacks."""
    fields = _fields(dataset.card, request.names)
    if request.names or request.again:
        return fields
    return [each for each in fields if any(_lacks(one, [each]) for one in dataset.interactions)] or fields


def _blank(interaction: Interaction, field: str, request: Request) -> str:
    """An empty cell, or a mark where somebody filled it before."""
    return "" if request.again or _lacks(interaction, [field]) else HELD


def _gold(interaction: Interaction, field: str) -> GoldLabel | GoldScore | None:
    family, _, name = field.partition(".")
    return interaction.labels.get(name) if family == "labels" else interaction.scores.get(name)


def _lacks(interaction: Interaction, fields: Sequence[str]) -> bool:
    return any(_gold(interaction, field) is None for field in fields)


def _title(field: str, card: Card) -> str:
    """The name of a column, with what may stand in it."""
    family, _, name = field.partition(".")
    if family == "labels":
        return f"{field} ({_BETWEEN.join(card.labels[name].values)})"
    return f"{field} ({card.scores[name].min:g} to {card.scores[name].max:g})"


def _about(interaction: Interaction) -> tuple[str, str, str]:
    if "\0" in interaction.id:
        raise InvalidInput(f'interaction "{interaction.id}": its id holds a NUL character, which no spreadsheet can')
    return interaction.id, interaction.channel, interaction.language


def _key(interaction: Interaction, seed: int) -> str:
    """A place in the draw that depends on the content, so that neither order nor names of ids matter."""
    content = f"{seed} {interaction.fingerprint}".encode()
    return f"{hashlib.blake2b(content, digest_size=16).hexdigest()} {interaction.id}"


def _strata(
    dataset: Dataset, candidate: Sequence[Output | None], fields: Sequence[str]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """What a sample is spread over, and each interaction's values: cohorts, and the candidate's labels."""
    cohorts = list(dict.fromkeys(["channel", "language", *dataset.card.cohorts]))
    labels = [field.removeprefix("labels.") for field in fields if field.startswith("labels.")] if candidate else []
    outputs = candidate or [None] * len(dataset.interactions)
    values = [
        (*(one.cohorts.get(name, "") for name in cohorts), *(_said(output, name) for name in labels))
        for one, output in zip(dataset.interactions, outputs, strict=True)
    ]
    return [*cohorts, *(f"candidate's {name}" for name in labels)], values


def _said(output: Output | None, label: str) -> str:
    return output.labels[label].label if output is not None and label in output.labels else _NO_LABEL


def _counts(
    names: Sequence[str], strata: Sequence[Sequence[str]], asked: Sequence[int], drawn: Sequence[int]
) -> Iterator[Stratum]:
    for variable, name in enumerate(names):
        every, some = (Counter(strata[row][variable] for row in rows) for rows in (asked, drawn))
        yield from (Stratum(name, value, some[value], every[value]) for value in sorted(every) if value)


def _disagreements(dataset: Dataset, field: str) -> Disagreements | None:
    """How people agree on a label or score; None where nobody was asked a second time."""
    family, _, name = field.partition(".")
    found = [(one, gold) for one in dataset.interactions if (gold := _gold(one, field)) is not None]
    usual = Significance()
    groups = number_groups([one.group for one, _ in found], [one.fingerprint for one, _ in found])
    labels = dataset.card.labels.get(name) if family == "labels" else None
    level: Level = "interval" if labels is None else "ordinal" if labels.ordinal else "nominal"
    values = {} if labels is None else {value: float(place) for place, value in enumerate(labels.values)}
    votes = [[values[vote] if isinstance(vote, str) else vote for vote in gold.votes] for _, gold in found]
    halves = draw_halves(int(np.max(groups, initial=0)) + 1, usual.resamples, usual.seed)
    among = people(votes, level, groups, halves, usual.alpha)
    if among is None:
        return None
    differ = [gold for _, gold in found if len(set(gold.votes)) > 1]
    return Disagreements(field, among, len(differ), sum(gold.settled for gold in differ))


def _is_open(gold: GoldLabel | GoldScore | None) -> bool:
    return gold is not None and len(set(gold.votes)) > 1 and not gold.settled


def _open(interaction: Interaction, field: str) -> tuple[str, str]:
    """The votes on what is not decided, and an empty cell for the decision; nothing to decide for the rest."""
    gold = _gold(interaction, field)
    if gold is None or not _is_open(gold):
        return "", HELD
    votes = Counter(map(_shown, gold.votes))
    return _BETWEEN.join(f"{vote} ({count})" if count > 1 else vote for vote, count in votes.items()), ""


def _shown(vote: str | float) -> str:
    return vote if isinstance(vote, str) else f"{significant(vote):g}"


def _free(target: Path) -> Path:
    """Where to write; whatever is there already may hold what people filled in."""
    place = place_to_write(target)
    if place.exists() and place.stat().st_size:
        raise InvalidInput(f"{shown(target)}: is there already, and perhaps filled in; name another file")
    return place


def _write(place: Path, target: Path, content: bytes) -> None:
    try:
        write_whole(place, content)
    except OSError as error:
        raise unwritable(target, error) from error
