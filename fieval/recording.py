"""`fieval judge export`: the answers that a config's run would use, as a file to be committed and replayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fieval import judging
from fieval.court import judged_scorers, opened, settings_of
from fieval.errors import InvalidInput
from fieval.files import same_file, shown
from fieval.judge import Answer, Question, Session
from fieval.model import Judging
from fieval.numbers import counted
from fieval.runner import Inputs, Request, read_inputs

__all__ = ["Recording", "Request", "export_for"]

_RECORD = "`fieval run --judge record`"


@dataclass(frozen=True, slots=True)
class Recording:
    """What was written: how many answers, what should be known of them, and whether `config` names the file."""

    answers: int
    notes: tuple[str, ...]
    config: str
    named: bool


def export_for(request: Request, target: Path, *, reasons: bool, everything: bool) -> Recording:
    """Write the cassette of a config: the answers to what its run asks, or all that is remembered.

    What the cache remembers comes before what the present cassette says. Nothing is asked. Raises InvalidInput where
    there is nothing to write.
    """
    inputs = read_inputs(request)
    judge = _require_judge(inputs)
    with _opened(judge) as session:
        answers = session.remembered(list(_questions(inputs)))
        known = {key for key, answer in answers.items() if answer is not None}
        every = session.keys()
        written = every if everything else known
        if not written:
            others = f" ({counted(len(every), 'other answer')} there)" if every else ""
            raise InvalidInput(f"no answer to what this config asks is remembered{others}; ask with {_RECORD}")
        count = session.export(target, reasons=reasons, keys=written)
    notes = [*_not_recorded(answers), *_left_out(len(every - written)), *_several_models(answers), *_words(reasons)]
    named = judge.cassette is not None and same_file(Path(judge.cassette), target)
    return Recording(count, tuple(notes), inputs.config.source.path, named)


def _require_judge(inputs: Inputs) -> Judging:
    path, judge = inputs.config.source.path, inputs.config.judge
    if judge is None:
        raise InvalidInput(f"{path}: no judge; set `judge: {{provider: anthropic}}`")
    if not judged_scorers(inputs.scorers):
        raise InvalidInput(f"{judge.place or path}: no step of this config is judged")
    return judge


def _opened(judge: Judging) -> Session:
    """What is remembered, as it is: nothing is made and nothing is sent."""
    cache_there = settings_of(judge, "record").cache.exists()
    settings = settings_of(judge, "record" if cache_there else "replay")
    if not (cache_there or (settings.cassette is not None and settings.cassette.exists())):
        raise InvalidInput(f"{shown(settings.cache)}: no such cache of verdicts; ask with {_RECORD} first")
    session = opened(judge, settings)
    assert session is not None  # it is only where the mode is off
    return session


def _questions(inputs: Inputs) -> Iterator[Question]:
    """Everything that a run on these inputs asks: the canaries of each step, then every output once."""
    judged = judged_scorers(inputs.scorers)
    systems = [each.outputs for each in (inputs.candidate, inputs.baseline, inputs.anchor) if each is not None]
    yield from judging.canary_questions(judged)
    yield from (each.question for each in judging.pose(judged, inputs.dataset.interactions, systems))


def _not_recorded(answers: Mapping[str, Answer | None]) -> Iterator[str]:
    missing = sum(answer is None for answer in answers.values())
    if missing:
        asks = f"{missing} of the {counted(len(answers), 'question')} of this config"
        yield f"{asks} have no answer yet, so that a replay ends with exit 4; ask with {_RECORD} and export again"


def _left_out(count: int) -> Iterator[str]:
    if count:
        yield f"{counted(count, 'other answer')} (of other outputs, prompts or judges) left out; --all takes them, too"


def _several_models(answers: Mapping[str, Answer | None]) -> Iterator[str]:
    """A run refuses such answers, so that whoever commits them should know."""
    models = Counter(answer.model for answer in answers.values() if answer is not None)
    if len(models) > 1:
        told = ", ".join(f"{name} ({count})" for name, count in sorted(models.items()))
        yield f"the answers come from more than one model: {told}; ask all anew with `fieval run --judge live`"


def _words(reasons: bool) -> Iterator[str]:
    if reasons:
        yield "a judge's reasons are in it, which can repeat what people said"
