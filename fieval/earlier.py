"""What an earlier run rests on: its inputs again, as long as they are what they were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fieval import data
from fieval.court import remember
from fieval.errors import InvalidInput
from fieval.files import Location, location, name_of, revised, shown
from fieval.insight import Insight
from fieval.model import Provenance, Run, Source
from fieval.remote import Remote
from fieval.runner import Inputs, Request, read_inputs
from fieval.stored import Named

_INPUTS = ("dataset", "candidate", "baseline", "anchor", "config")
_LOCAL = "start from the folder that it was made in"
_REMOTE = "credentials in a URL are not kept with a run; keep them in ~/.netrc, or where its fsspec package looks"
_MOVABLE = ("dataset", "candidate", "baseline", "config")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the inputs of a run are now, as far as they are not where it read them."""

    config: str | None = None
    dataset: str | None = None
    candidate: str | None = None
    baseline: str | None = None


def check_unchanged(provenance: Provenance, *, movable: bool = False) -> None:
    """Raises InvalidInput naming every file that is not as it was when the run read it.

    Where inputs are `movable`, it also names the option that says where such a file is.
    """
    problems = []
    for what in _INPUTS:
        source: Source | None = getattr(provenance, what)
        if source is not None and (problem := _change(what, source)):
            option = f", or name it as it was with --{what}" if movable and what in _MOVABLE else ""
            problems.append(f"{problem}{option}")
    if problems:
        raise InvalidInput(problems)


def moved(provenance: Provenance, now: Whereabouts) -> Provenance:
    """The same inputs, looked for where they are now. Raises InvalidInput for a baseline that the run did not have."""
    given = {what: path for what in _MOVABLE if (path := getattr(now, what)) is not None}
    if "baseline" in given and provenance.baseline is None:
        raise InvalidInput("--baseline: that run had no baseline")
    sources = {what: Source(path, getattr(provenance, what).sha256) for what, path in given.items()}
    return msgspec.structs.replace(provenance, **sources)


def inputs_again(provenance: Provenance) -> Inputs:
    """Everything that the run read, read again. Raises InvalidInput where any of it has changed."""
    check_unchanged(provenance, movable=True)
    baseline = None if provenance.baseline is None else name_of(stored_path(provenance.baseline))
    request = Request(
        config=provenance.config.path,
        dataset=provenance.dataset.path,
        candidate=name_of(stored_path(provenance.candidate)),
        baseline=baseline,
        ignore_unknown=True,
        allow_uncovered=True,
        redacted="mask",  # what the run did not refuse is not to be refused now
    )
    found = read_inputs(request)
    return found if baseline is not None else replace(found, baseline=None)


def opened(run: Run, now: Whereabouts) -> Run:
    """The run with its single interactions within reach. Raises InvalidInput where an input is gone or has changed."""
    inputs = inputs_again(moved(run.report.provenance, now))
    compared = [system for system in (inputs.candidate, inputs.baseline) if system is not None]
    remember(inputs.config, inputs.dataset, compared, inputs.scorers)
    inside = Insight(inputs.config, inputs.dataset, inputs.candidate, inputs.baseline, inputs.scorers)
    ids = (interaction.id for interaction in inputs.dataset.roster)
    return msgspec.structs.replace(run, scores=Named(run.scores, ids, run.report), inside=inside)


def stored_path(source: Source) -> Location:
    """Where to read a file again: at the commit that it was read from, if it was."""
    place = location(source.path)
    file = revised(place)
    return place if file is None or source.revision is None else Path(str(replace(file, revision=source.revision)))


def _change(what: str, source: Source) -> str:
    """How a file differs from what the run read; nothing if it does not."""
    path = stored_path(source)
    try:
        now = data.dataset_source(path) if what == "dataset" else data.outputs_source(path)
    except InvalidInput as error:
        return f"the {what} of that run cannot be read: {error}; {_REMOTE if isinstance(path, Remote) else _LOCAL}"
    return (
        "" if now.sha256 == source.sha256 else f"{shown(source.path)}: the {what} has changed since that run; run again"
    )
