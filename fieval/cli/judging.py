"""`judge export` and `judge sheet`: a judge's answers as a file to commit, and its questions as one for people."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import harmless, note, say
from fieval.errors import ExitCode
from fieval.options import (
    BaselineOption,
    CandidateOption,
    ConfigOption,
    DatasetOption,
    IgnoreOption,
    UncoveredOption,
)

if TYPE_CHECKING:
    from fieval.sheet import Sheet

judge = typer.Typer(
    no_args_is_help=True,
    help="Keep what a judge said, and let people judge the same.",
    epilog="Example: fieval judge export -o judge.jsonl",
)
app.add_typer(judge, name="judge")

TargetOption = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The JSON Lines to write.")]
SheetOption = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", help="The JSON Lines to write, or a spreadsheet: .csv.")
]


@judge.command(epilog="Example: fieval judge export -o judge.jsonl")
def export(
    target: TargetOption,
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: UncoveredOption = False,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="With the judge's reasons, which can repeat what people said.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Every answer that is remembered, not only what this config asks.")
    ] = False,
) -> int:
    """Write the judge's answers to a file that CI can replay.

    It holds the answers to what a run of this config asks, and no transcript.
    """
    from fieval.numbers import counted
    from fieval.recording import Request, export_for

    request = Request(config, dataset, candidate, baseline, ignore_unknown, allow_uncovered)
    found = export_for(request, target, reasons=reasons, everything=everything)
    say(harmless(f"{target}: {counted(found.answers, 'answer')}"))
    path = os.path.relpath(target, Path(found.config).parent)
    named = f"{found.config} names it already" if found.named else f"Name it in {found.config}, to replay it"
    say(harmless(f"{named}: judge: {{cassette: {path}}}"))
    for remark in found.notes:
        note(f"Note: {remark}.")
    return int(ExitCode.PASS)


@judge.command(epilog="Example: fieval judge sheet -o to-judge.jsonl --interactions 60")
def sheet(
    target: SheetOption,
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: UncoveredOption = False,
    interactions: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many interactions people are asked about.")
    ] = 60,
) -> int:
    """Write what the judge is asked as lines for people to fill in.

    About the outputs of all systems. What people have answered already is left out. A spreadsheet (-o FILE.csv) shows
    the conversations and not whose output it is.
    """
    from fieval.sheet import Request, sheet_for

    request = Request(config, dataset, candidate, baseline, ignore_unknown, allow_uncovered)
    found = sheet_for(request, target, interactions)
    say(_sheet_page(found, target))
    return int(ExitCode.PASS)


def _sheet_page(found: Sheet, target: Path) -> str:
    """How much there is to do, by what to judge, and where to put it."""
    from fieval.importers.parts.verdict_sheet import is_table
    from fieval.numbers import counted
    from fieval.pages.layout import page, paragraph, table

    rows = [
        (step.step, f"{step.interactions} of {step.every}", f"{step.changed} of {step.every_changed}",
         f"{step.lines:,}", f"{step.answered:,}")
        for step in found.steps
    ]  # fmt: skip
    counts = table(("step", "interactions", "changed", "lines", "answered before"), rows)
    if not found.lines:
        return page([list(counts), "Nothing is left to ask; no file is written. --interactions asks about more."])
    choices, then, command = "`meta.verdicts`", f" Then the lines belong in {found.verdicts}.", ""
    if is_table(target):
        into = shlex.quote(str(Path(found.verdicts).parent))
        command = f"  {harmless(f'fieval import csv {shlex.quote(str(target))} --as verdicts --into {into}')}"
        choices, then = "`choices`", " Then join them by the command below."
    how = (
        f"Fill in `verdict` with one of {choices}, by what people said in the interaction, and `by` with who you "
        f"are.{then} `fieval calibrate` holds the judge against them."
    )
    told = [[f"{harmless(step.step)}: what the judge is told", *_indented(step.guidance)] for step in found.steps]
    asked = [each for each, step in zip(told, found.steps, strict=True) if step.lines]
    return page([paragraph(f"{target}: {counted(found.lines, 'line')}"), list(counts), paragraph(how), command, *asked])


def _indented(text: str) -> list[str]:
    from fieval.pages.layout import paragraph

    return [paragraph(line, 2) for line in text.splitlines()]
