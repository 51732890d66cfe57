"""`fieval judge sheet`: what a judge is asked about every system's outputs, as lines for people to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieval.court import judged_scorers, verdicts_path
from fieval.data.verdicts import VerdictLine, digest, verdict_lines
from fieval.errors import InvalidInput
from fieval.evals.asking.base import Asking
from fieval.evals.judged import JudgedScorer, Key
from fieval.files import place_to_write, same_file, shown, unwritable
from fieval.importers.parts.verdict_sheet import as_sheet, is_table
from fieval.judge import Part, Prompt
from fieval.judge.support import CLAIMS
from fieval.judge.transcript import RULES
from fieval.model import Interaction, Output
from fieval.numbers import counted
from fieval.runner import Inputs, Request, read_inputs

__all__ = ["Request", "Sheet", "StepSheet", "sheet_for"]

Systems = Mapping[str, Sequence[Output | None]]  # outputs by the system's name, in the dataset's order

_OWN_QUESTION = r"The question.*? is:\n(.*)\n\nAnswer "  # where a user's own question stands in its instructions


@dataclass(frozen=True, slots=True)
class StepSheet:
    """One step's part of a sheet: how many interactions were drawn, how many of them changed, how many of all did.

    `lines` are to be filled in. `answered` need no line: people, or the dataset's own labels, say it, or a line in the
    file of verdicts waits for it. `guidance` is what the judge is told.
    """

    step: str
    interactions: int
    changed: int
    every: int
    every_changed: int
    lines: int
    answered: int
    guidance: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was written, by step, and the file that people's verdicts belong in."""

    steps: tuple[StepSheet, ...]
    verdicts: str

    @property
    def lines(self) -> int:
        return sum(step.lines for step in self.steps)


def sheet_for(request: Request, target: Path, interactions: int) -> Sheet:
    """Write the lines that people have to fill in, of so many interactions for each step; no file if there are none.

    Raises InvalidInput where no step is judged, and rather than overwrite a verdict.
    """
    inputs = read_inputs(request)
    judge, scorers = inputs.config.judge, judged_scorers(inputs.scorers)
    if judge is None or not scorers:
        raise InvalidInput(
            f"{inputs.config.source.path}: no step is judged; set `judge: {{provider: anthropic}}` and a judged metric"
        )
    place = verdicts_path(inputs.config)
    _require_no_verdicts(target)
    present = (
        {_key(line) for line in verdict_lines(place)} if place.exists() and not same_file(target, place) else set()
    )
    gold, systems = inputs.dataset.interactions, _systems(inputs)
    steps, every = [], []
    for step, scorer in scorers.items():
        drawn = draw(scorer, gold, systems, interactions)
        lines = [line for index in drawn.rows for line in asked(step, scorer, gold[index], _outputs(systems, index))]
        said = {each.id for each in gold if scorer.asking.gold(each) is not None}
        unanswered = [line for line in lines if line.id not in said and _key(line) not in present]
        every += unanswered
        steps.append(_step_sheet(step, scorer, drawn, len(unanswered), len(lines)))
    if every:
        _write(target, _by_interaction(every, gold), gold)
    return Sheet(tuple(steps), str(place))


@dataclass(frozen=True, slots=True)
class Drawn:
    """The interactions that were drawn, by number; which of them changed; and how many there are in all."""

    rows: tuple[int, ...]
    changed: frozenset[int]
    every: int
    every_changed: int


def draw(scorer: JudgedScorer, interactions: Sequence[Interaction], systems: Systems, count: int) -> Drawn:
    """So many of the interactions that are judged, those of which the judged part changed in the share of the whole.

    The order is that of their content, not of their ids or places: the same dataset gives the same sample, and a larger
    one holds it. One at least is of either kind, where there is one: without any, the rest could correct nothing.
    """
    asked_about = [
        row
        for row, one in enumerate(interactions)
        if any(scorer.asks(one, each) for each in _outputs(systems, row).values())
    ]
    ordered = sorted(asked_about, key=lambda row: (interactions[row].fingerprint, interactions[row].id))
    parts = {
        row: {scorer.asking.part(interactions[row], each) for each in _outputs(systems, row).values()}
        for row in asked_about
    }
    changed = [row for row in ordered if len(parts[row]) > 1]
    same = [row for row in ordered if len(parts[row]) == 1]
    wanted = min(count, len(ordered))
    most = _share(wanted, len(changed), len(same))
    rows = {*changed[:most], *same[: wanted - most]}
    return Drawn(tuple(row for row in ordered if row in rows), frozenset(changed[:most]), len(ordered), len(changed))


def asked(
    step: str, scorer: JudgedScorer, interaction: Interaction, outputs: Mapping[str, Output | None]
) -> Iterator[VerdictLine]:
    """The lines about one interaction: each text once, in an order that does not tell whose it is."""
    owners: dict[Key, str] = {}
    for system, output in outputs.items():
        if scorer.asks(interaction, output):
            owners.setdefault(scorer.key(interaction, output), system)
    for key in sorted(owners):
        output, asking = outputs[owners[key]], scorer.asking
        texts = _texts(asking, interaction, output)
        ids = asking.ids(interaction, output)
        for part in asking.prompt.parts:
            for name in ids[part.name]:
                yield VerdictLine(
                    id=interaction.id,
                    system=owners[key],
                    question=f"{step}.{name}",
                    output=key[1],
                    text=texts.get(name) or _told(asking.prompt, name),
                    meta=_meta(part, asking, interaction, output),
                )


def guidance(prompt: Prompt) -> str:
    """What the judge is told to go by, without what only a machine needs to hear: people should judge by the same."""
    return prompt.system.replace(f"{RULES}\n\n", "").strip()


def _share(wanted: int, changed: int, same: int) -> int:
    """How many of the wanted are to be changed ones."""
    if not (changed and same):
        return min(wanted, changed)
    return max(1, min(round(wanted * changed / (changed + same)), wanted - 1)) if wanted > 1 else 1


def _texts(asking: Asking, interaction: Interaction, output: Output | None) -> dict[str, str]:
    """Claims, facts and items of a rubric by their ids, as the judge sees them."""
    content = asking.question(interaction, output).content
    lines = (json.loads(line) for line in content.split("\n") if line.startswith('{"id":'))
    return {line["id"]: line["text"] for line in lines}


def _told(prompt: Prompt, name: str) -> str:
    """A check as its instructions word it, else the user's own question, else what the instructions begin with."""
    check = re.search(rf"^- {re.escape(name)}: (.*)$", prompt.system, re.MULTILINE)
    own = re.search(_OWN_QUESTION, prompt.system, re.DOTALL)
    found = check or own
    return found[1] if found else prompt.system.partition("\n")[0]


def _meta(part: Part, asking: Asking, interaction: Interaction, output: Output | None) -> dict[str, Any]:
    """The verdicts to choose from and, unless the text is all of it, what of the output is to be judged."""
    verdicts = {"verdicts": list(part.verdicts)}
    made = asking.material(interaction, output)
    if not made or output is None or part == CLAIMS:
        return verdicts
    if made == output.summary:
        return {**verdicts, "summary": made}
    return {**verdicts, "turns": [f"{turn.speaker}: {turn.text}" for turn in output.turns]}


def _step_sheet(step: str, scorer: JudgedScorer, drawn: Drawn, lines: int, every: int) -> StepSheet:
    return StepSheet(
        step=step,
        interactions=len(drawn.rows),
        changed=len(drawn.changed),
        every=drawn.every,
        every_changed=drawn.every_changed,
        lines=lines,
        answered=every - lines,
        guidance=guidance(scorer.asking.prompt),
    )


def _systems(inputs: Inputs) -> Systems:
    """All that a run compares: a correction needs people's verdicts on every one of them."""
    systems = {"baseline": inputs.baseline, "candidate": inputs.candidate, "anchor": inputs.anchor}
    return {name: system.outputs for name, system in systems.items() if system is not None}


def _outputs(systems: Systems, row: int) -> dict[str, Output | None]:
    return {name: outputs[row] for name, outputs in systems.items()}


def _by_interaction(lines: Sequence[VerdictLine], interactions: Sequence[Interaction]) -> list[VerdictLine]:
    """All lines about a conversation together, so that people read it once; the conversations by their content."""
    ordered = sorted(interactions, key=lambda each: (each.fingerprint, each.id))
    place = {each.id: number for number, each in enumerate(ordered)}
    return sorted(lines, key=lambda line: place[line.id])


def _key(line: VerdictLine) -> tuple[str, str, str]:
    return line.id, line.output or digest(""), line.question


def _require_no_verdicts(target: Path) -> None:
    """Whatever is there may be replaced only if it is a sheet that nobody has begun to fill in."""
    place_to_write(target)
    if not target.exists() or not target.stat().st_size:
        return
    if is_table(target):
        raise InvalidInput(f"{shown(target)}: is there already, and perhaps filled in; name another file")
    try:
        filled = sum(bool(line.verdict) for line in verdict_lines(target))
    except InvalidInput as error:
        raise InvalidInput(f"{shown(target)}: is there and no sheet; name another file") from error
    if filled:
        raise InvalidInput(f"{shown(target)}: holds {counted(filled, 'verdict')}; name another file")


def _write(target: Path, lines: Sequence[VerdictLine], gold: Sequence[Interaction]) -> None:
    if is_table(target):
        content = as_sheet(lines, gold)
    else:
        content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    try:
        place_to_write(target).write_bytes(content)
    except OSError as error:
        raise unwritable(target, error) from error
