"""What people said of the outputs, and whether the judge agrees with them well enough to gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fieval import judging
from fieval.court import calibration_path, judged_scorers, peoples_verdicts, verdicts_path
from fieval.doctor.nouns import Finding, Section, wrong
from fieval.errors import FievalError
from fieval.evals.judged import JudgedScorer
from fieval.files import shown
from fieval.judge import Settings
from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.records import RUN_CALIBRATE, read_records, why_not
from fieval.model import Judging
from fieval.numbers import counted
from fieval.runner import Inputs


def people(inputs: Inputs, judge: Judging, settings: Settings) -> Section:
    """People's verdicts by step, and for each judged metric whether it may gate or why not."""
    scorers = judged_scorers(inputs.scorers)
    if not scorers:
        return Section("people", (Finding("steps", "none of this config is judged", doubtful=True),))
    return Section("people", (*_verdicts(inputs, judge, scorers), *_calibration(inputs, judge, settings, scorers)))


def _verdicts(inputs: Inputs, judge: Judging, scorers: Mapping[str, JudgedScorer]) -> list[Finding]:
    path = verdicts_path(inputs.config)
    if not path.exists() and judge.verdicts is None:
        return [Finding("verdicts", f"{shown(path)}: not there yet; `fieval judge sheet` asks people for them")]
    try:
        said = peoples_verdicts(inputs.config, inputs.dataset)
        by_step = judging.people_of(said, scorers)
    except FievalError as error:
        return wrong("verdicts", error)
    rest = len(said) - sum(any(each.question.startswith(f"{step}.") for step in scorers) for each in said)
    others = f", {rest} of them for no judged step" if rest else ""
    return [
        Finding("verdicts", f"{shown(path)}: {counted(len(said), 'verdict')} of people{others}", doubtful=bool(rest)),
        *(_of_step(step, scorer, by_step, inputs) for step, scorer in scorers.items()),
    ]


def _of_step(step: str, scorer: JudgedScorer, people: judging.People, inputs: Inputs) -> Finding:
    """How much of what people said is about what is compared now: outputs that changed lose their verdicts."""
    said = people.get(step, {})
    systems = [each.outputs for each in (inputs.candidate, inputs.baseline, inputs.anchor) if each is not None]
    present = {
        scorer.key(interaction, output)
        for interaction, *outputs in zip(inputs.dataset.interactions, *systems, strict=True)
        for output in outputs
        if scorer.asks(interaction, output)
    }
    gold = sum(scorer.asking.gold(each) is not None for each in inputs.dataset.interactions)
    told = f"on {len(present & said.keys())} of the {counted(len(present), 'output')} that are judged"
    lost = len(said.keys() - present)
    gone = f"; {lost} that they judged {'is' if lost == 1 else 'are'} not among these any more" if lost else ""
    labels = f"; the labels of {counted(gold, 'interaction')} count as well" if gold else ""
    return Finding(f"  {step}", told + gone + labels)


def _calibration(
    inputs: Inputs, judge: Judging, settings: Settings, scorers: Mapping[str, JudgedScorer]
) -> Iterator[Finding]:
    path = calibration_path(inputs.config)
    try:
        records = read_records(path)
        asked = AnthropicJudge(settings)
    except FievalError as error:
        yield from wrong("calibration", error)
        return
    if not records:
        yield Finding("calibration", f"{shown(path)}: not there yet: no judged metric may gate; {RUN_CALIBRATE}")
        return
    yield Finding("calibration", f"{shown(path)}: {counted(len(records), 'metric')}")
    gates = {step.name: step.gates for step in inputs.config.steps}
    for step, scorer in scorers.items():
        for metric in scorer.names:
            reason = why_not(step, metric, asked.identity(scorer.asking.prompt), records, judge.floor)
            told = f"may not gate: {reason}" if reason else "may gate"
            yield Finding(f"  {step} {metric}", told, doubtful=bool(reason) and metric in gates[step])
