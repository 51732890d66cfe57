"""`fieval doctor`: whether this place and this config can judge, found out without spending anything."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from fieval import config, evals
from fieval.court import settings_of
from fieval.doctor.memory import memory
from fieval.doctor.model import credentials, model
from fieval.doctor.nouns import Checkup, Finding, Section, wrong
from fieval.doctor.people import people
from fieval.doctor.versions import versions
from fieval.errors import FievalError
from fieval.files import on_disk
from fieval.judge import Settings
from fieval.model import Judging
from fieval.runner import Inputs, Request, read_inputs

__all__ = ["Checkup", "Finding", "Section", "examine"]


def examine(given: str | os.PathLike[str] | None, now: datetime, *, offline: bool) -> Checkup:
    """Everything that can be found out about this place and the config, if there is any; nothing is changed.

    One request is sent, about the judge's model, unless it is to be `offline`, in CI, or without credentials.
    """
    path = _config(given)
    if path is None:
        nowhere = Finding("config", f"none here ({' or '.join(config.DEFAULTS)}): the judge's defaults")
        usual = Settings()
        judge = [nowhere, *credentials(usual), *model(usual, now, offline=offline)]
        return Checkup((versions(), Section("judge", tuple(judge)), memory(usual, ())))
    try:
        read = config.load(path, evals.kinds(path))
        settings = None if read.judge is None else settings_of(read.judge, None)
    except FievalError as error:
        return Checkup((versions(), Section("judge", (*wrong("config", error), *credentials(Settings())))))
    if read.judge is None or settings is None:
        nobody = Finding("config", f"{path}: nobody judges (`judge: {{provider: none}}`)")
        return Checkup((versions(), Section("judge", (nobody, *credentials(Settings())))))
    return Checkup((versions(), *_judged(path, read.judge, settings, now, offline=offline)))


def _config(given: str | os.PathLike[str] | None) -> Path | None:
    """The config that was named, else the first default there is, else none."""
    return config.default() if given is None else on_disk(given)


def _judged(path: Path, judge: Judging, settings: Settings, now: datetime, *, offline: bool) -> list[Section]:
    """The judge of a config: who it is, what it remembers, and what people have to do with it."""
    inputs, data = _inputs(path)
    found = [Finding("config", str(path)), *data, *credentials(settings), *model(settings, now, offline=offline)]
    sections = [Section("judge", tuple(found)), memory(settings, () if inputs is None else inputs.scorers.values())]
    return sections if inputs is None else [*sections, people(inputs, judge, settings)]


def _inputs(path: Path) -> tuple[Inputs | None, list[Finding]]:
    """What the config is about, and what is wrong with it."""
    try:
        return read_inputs(Request(path)), []
    except FievalError as error:
        return None, [
            *wrong("data", error),
            Finding("", "what people said and what is remembered of it is not looked at"),
        ]
