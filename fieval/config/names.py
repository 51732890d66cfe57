"""Names in a config that only the dataset's card can confirm: cohorts, labels, scores and classes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from fieval.errors import InvalidInput, suggestion
from fieval.model import COHORTS_ALWAYS, Card, Config, Place, Step
from fieval.yaml_places import Document, Problem, Where, read_yaml


def check_names(config: Config, card: Card) -> None:
    """Raises InvalidInput for each cohort, label, score and class that the card does not declare."""
    strangers = [stranger for step in config.steps for stranger in _strangers(step, card)]
    if strangers:
        raise InvalidInput(_lines(config, strangers))


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A name that the card does not know; `about` is where it stands if the file no longer tells its very place."""

    where: Where
    what: str
    about: Place | None
    named: str = ""


def _strangers(step: Step, card: Card) -> Iterator[_Stranger]:
    yield from _unknown_option(step, "label", card.labels)
    yield from _unknown_option(step, "score", card.scores)
    yield from _unknown_cohorts(step, card)
    yield from _unknown_classes(step, card)


def _unknown_option(step: Step, option: str, known: Collection[str]) -> Iterator[_Stranger]:
    """An option that is empty stands for the step's own name."""
    if option not in step.options:
        return
    name = step.options[option] or step.name
    if name not in known:
        what = f'the dataset has no {option} "{name}"{suggestion(name, known)}'
        yield _Stranger(("steps", step.name, option), what, step.place)


def _unknown_cohorts(step: Step, card: Card) -> Iterator[_Stranger]:
    known = {*card.cohorts, *COHORTS_ALWAYS}
    for cohort in step.where:
        if cohort not in known:
            what = f'the dataset has no cohort "{cohort}"{suggestion(cohort, known)}'
            yield _Stranger(("steps", step.name, "where", cohort), what, step.place)
    for metric, rules in step.gates.items():
        for rule in rules:
            for cohort in sorted({cohort for crossing in rule.by for cohort in crossing} - known):
                what = f'the dataset has no cohort "{cohort}"{suggestion(cohort, known)}'
                yield _Stranger(("steps", step.name, "gates", metric, "by"), what, rule.place, cohort)


def _unknown_classes(step: Step, card: Card) -> Iterator[_Stranger]:
    label = step.options.get("label") or step.name
    if label not in card.labels:
        return
    values = card.labels[label].values
    for metric, rules in step.gates.items():
        _, dot, value = metric.partition(".")
        if dot and value not in values:
            what = f'the label {label} has no class "{value}"{suggestion(value, values)}'
            yield _Stranger(("steps", step.name, "gates", metric), what, rules[0].place)


def _lines(config: Config, strangers: list[_Stranger]) -> list[str]:
    document = _same_document(config)
    strangers = list(dict.fromkeys(strangers))
    problems = [Problem(_place(stranger, document, config), stranger.where, stranger.what) for stranger in strangers]
    return [str(problem) for problem in sorted(problems, key=lambda found: (found.place.line, found.place.column))]


def _place(stranger: _Stranger, document: Document | None, config: Config) -> Place:
    if document is None:
        return stranger.about or Place(config.source.path, 1, 1)
    if stranger.named:
        return _mention(stranger, document) or stranger.about or Place(config.source.path, 1, 1)
    is_key = stranger.where[-2] in ("gates", "where")
    if is_key or stranger.where not in document.values:
        return document.key(stranger.where if is_key else stranger.where[:-1])
    return document.value(stranger.where)


def _mention(stranger: _Stranger, document: Document) -> Place | None:
    """Where a metric's rules first name a cohort."""
    gates = stranger.where[:4]
    named = [where for where, text in document.written.items() if text == stranger.named and where[:4] == gates]
    return next((document.values[where] for where in named if "by" in where), None)


def _same_document(config: Config) -> Document | None:
    """The file that the config came from, unless it is gone or has changed since."""
    try:
        document = read_yaml(Path(config.source.path))
    except InvalidInput:
        return None
    return document if document.sha256 == config.source.sha256 else None
