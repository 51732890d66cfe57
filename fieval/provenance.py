"""What a report says of how it came about: versions, times, the files that took part, and the normalisers of words."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from fieval import evals
from fieval.evals.base import Scorer
from fieval.evals.judged import JudgedScorer
from fieval.model import Config, Dataset, JudgeUse, Provenance, System

_PACKAGES = ("jiwer", "msgspec", "numpy", "rapidfuzz", "scipy")


@dataclass(frozen=True, slots=True)
class Compared:
    """The systems of a run."""

    candidate: System
    baseline: System | None
    anchor: System | None


@dataclass(frozen=True, slots=True)
class Course:
    """When a run began and how long it took, what it had of a judge, and the commands that it ran."""

    started: datetime
    seconds: float
    judge: JudgeUse | None
    commands: Mapping[str, tuple[str, ...]]


def provenance_of(config: Config, dataset: Dataset, systems: Compared, course: Course) -> Provenance:
    """Everything of a report that may differ between two runs of the same inputs."""
    return Provenance(
        fieval=version("fieval"),
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES} | dict(evals.packages_of(config.steps)),
        started=course.started.isoformat(timespec="milliseconds").removesuffix("+00:00"),
        seconds=round(course.seconds, 3),
        dataset=dataset.source,
        candidate=systems.candidate.source,
        baseline=None if systems.baseline is None else systems.baseline.source,
        anchor=None if systems.anchor is None else systems.anchor.source,
        config=config.source,
        judge=course.judge,
        commands=course.commands,
        dataset_version=dataset.card.version,
    )


def normalizers_of(scorers: Mapping[str, Scorer], dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """What made texts comparable, of each step that compares any."""
    named = {name: _identities(scorer, dataset) for name, scorer in scorers.items()}
    return {name: identities for name, identities in named.items() if identities}


def _identities(scorer: Scorer, dataset: Dataset) -> tuple[str, ...]:
    """The normalisers of a step. Of a large dataset, one interaction of each language is looked at that has any."""
    if dataset.light is None:
        return scorer.identities(dataset.interactions)
    bare = scorer.inner if isinstance(scorer, JudgedScorer) else scorer
    if type(bare).identities is Scorer.identities:
        return ()
    places: dict[str, list[int]] = {}
    for place, each in enumerate(dataset.light):
        places.setdefault(each.language, []).append(place)
    firsts = (
        next(filter(None, (scorer.identities([dataset.interactions[place]]) for place in own)), ())
        for own in places.values()
    )
    return tuple(sorted({identity for first in firsts for identity in first}))
