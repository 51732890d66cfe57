"""Transcripts whose personal data is masked: refused by steps that count words, unless these leave such passages out.

A masked export is a mistake of set-up: word errors against it are no numbers of the candidate's, whichever side it is
on. So it is said before anything is scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from fieval import evals
from fieval.errors import InvalidInput
from fieval.evals.base import Scorer
from fieval.model import Config, Dataset, Interaction, Output, Redacted, Step, System, Turn
from fieval.numbers import counted
from fieval.speech.redaction import any_masked

_SHOWN, _LENGTH = 3, 36
_WAY_OUT = (
    "nobody knows which words were said there; take exports that are not masked, or leave such passages out: "
    "`redacted: mask` in this step, or `fieval run --redacted mask`"
)
_LEFT_OUT = "what gold masks is not scored, what only an output masks counts as not recognised"
_UNCHECKED = "no summary of these can be said to have made up what may stand there"


def with_redacted(settings: Config, redacted: Redacted | None) -> Config:
    """The config with all steps that count words told what to do with masked passages; None leaves it to them."""
    if redacted is None:
        return settings
    told = [
        msgspec.structs.replace(step, options={**step.options, "redacted": redacted})
        if "redacted" in step.options and step.evaluator in evals.evaluators()
        else step
        for step in settings.steps
    ]
    return msgspec.structs.replace(settings, steps=tuple(told))


def remarks_on_redacted(
    steps: Sequence[Step], scorers: Mapping[str, Scorer], dataset: Dataset, systems: Mapping[str, System | None]
) -> Iterator[str]:
    """What is left out of scoring because it is masked. Raises InvalidInput where a step refuses that."""
    found = {"gold": _masked(dataset.interactions, dataset.masked)}
    counted_words = [step for step in steps if scorers[step.name].redacted is not None]
    if counted_words:
        for name, system in systems.items():
            masked = [] if system is None else _masked(system.outputs, system.masked)
            found[name] = [index for index in masked if dataset.roster[index].channel == "voice"]
    problems = []
    for step in counted_words:
        scorer = scorers[step.name]
        mine = {name: _of(scorer, masked, dataset.interactions) for name, masked in found.items()}
        told = [f"{counted(len(ids), 'transcript')} of {name} ({_named(ids)})" for name, ids in mine.items() if ids]
        if told and scorer.redacted == "refuse":
            problems.append(f"{step.place}: steps.{step.name}: masked passages in {', '.join(told)}: {_WAY_OUT}")
        elif told:
            yield f"{step.name}: masked passages in {', '.join(told)}: {_LEFT_OUT}"
    if problems:
        raise InvalidInput(problems)
    if found["gold"] and any("summary" in (scorers[step.name].makes or ()) for step in steps):
        ids = [dataset.interactions[index].id for index in found["gold"]]
        yield f"{counted(len(ids), 'gold transcript')} with masked passages ({_named(ids)}): {_UNCHECKED}"


def has_masked(turns: Sequence[Turn]) -> bool:
    """Whether any of the turns holds a masked passage."""
    return any_masked([turn.text for turn in turns])


def _masked(records: Sequence[Interaction | Output | None], known: Sequence[int] | None) -> list[int]:
    """Which records hold masked passages, if that is not known yet."""
    if known is not None:
        return list(known)
    return [index for index, each in enumerate(records) if each is not None and has_masked(each.turns)]


def _of(scorer: Scorer, masked: Iterable[int], interactions: Sequence[Interaction]) -> list[str]:
    """The ids of those that a step scores."""
    return [interactions[index].id for index in masked if scorer.counts(interactions[index])]


def _named(ids: Sequence[str]) -> str:
    short = [each if len(each) <= _LENGTH else f"{each[:_LENGTH]}…" for each in ids[:_SHOWN]]
    return ", ".join(short) + (", …" if len(ids) > _SHOWN else "")
