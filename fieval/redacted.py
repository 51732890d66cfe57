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
from fieval.model import Config, Dataset, Interaction, Redacted, Step, System, Turn
from fieval.numbers import counted
from fieval.speech.redaction import is_masked

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
    found = {"gold": _masked(range(len(dataset.interactions)), [each.turns for each in dataset.interactions])}
    counted_words = [step for step in steps if scorers[step.name].redacted is not None]
    if counted_words:
        spoken = [index for index, each in enumerate(dataset.interactions) if each.channel == "voice"]
        for name, system in systems.items():
            outputs = system.outputs if system is not None else ()
            found[name] = _masked(
                spoken if outputs else (), [each.turns if each is not None else () for each in outputs]
            )
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


def _masked(indices: Iterable[int], turns: Sequence[Sequence[Turn]]) -> list[int]:
    return [index for index in indices if any(is_masked(turn.text) for turn in turns[index])]


def _of(scorer: Scorer, masked: Iterable[int], interactions: Sequence[Interaction]) -> list[str]:
    """The ids of those that a step scores."""
    return [interactions[index].id for index in masked if scorer.counts(interactions[index])]


def _named(ids: Sequence[str]) -> str:
    short = [each if len(each) <= _LENGTH else f"{each[:_LENGTH]}…" for each in ids[:_SHOWN]]
    return ", ".join(short) + (", …" if len(ids) > _SHOWN else "")
