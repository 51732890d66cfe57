"""`label-sheet`: interactions for people to label in a spreadsheet, and those on which they disagreed."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import harmless, note, say
from fieval.errors import ExitCode
from fieval.options import CandidateOption, ConfigOption, DatasetOption

if TYPE_CHECKING:
    from fieval.labelling import Disagreements, Request, Sheet

_EPILOG = """\b
Examples:
  fieval label-sheet -n 50 -o to_label.csv   for people to fill in
  fieval import csv to_label.csv --as gold --into golden   what they filled in
  fieval label-sheet --disagreements -o to_decide.csv   where they disagreed"""


@app.command(name="label-sheet", epilog=_EPILOG)
def label_sheet(
    target: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The CSV to write.")],
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    count: Annotated[int, typer.Option("-n", "--interactions", metavar="N", min=1, help="How many to draw.")] = 50,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME", help="Ask for this label or score only (repeatable)."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Another number draws other interactions.")] = 0,
    again: Annotated[bool, typer.Option("--again", help="Draw from what has its labels already, too.")] = False,
    disagreements: Annotated[
        bool, typer.Option("--disagreements", help="Write what several people labelled differently, to be decided.")
    ] = False,
) -> int:
    """Write interactions as a spreadsheet for people to label.

    Spread over channels, languages, cohorts and the candidate's labels, none of which but the first two are shown.
    """
    from fieval.labelling import Request, write_sheet

    request = Request(config, dataset, candidate, tuple(labels or ()), count, seed, again)
    if disagreements:
        return _disagreements(request, target)
    _tell(write_sheet(request, target), target)
    return int(ExitCode.PASS)


def _tell(sheet: Sheet, target: Path) -> None:
    """What was drawn, on stderr; of what was said, nothing."""
    from fieval.numbers import counted

    say(harmless(f"{target}: {counted(sheet.interactions, 'interaction')} of {sheet.every:,}"))
    for variable, strata in groupby(sheet.strata, key=lambda each: each.variable):
        note(f"{variable}: {', '.join(f'{each.value} {each.drawn:,} of {each.every:,}' for each in strata)}")
    if not sheet.predicted:
        note("Note: no outputs of a candidate, so labels that are rare may not be among them; --candidate names some.")
    if sheet.textless:
        note(f"Note: {counted(sheet.textless, 'interaction')} without any text: people have to listen to them.")
    if sheet.cut:
        note(f"Note: {counted(sheet.cut, 'conversation')} longer than a cell holds and cut, which its end says.")


def _disagreements(request: Request, target: Path) -> int:
    from fieval.labelling import write_disagreements
    from fieval.numbers import counted
    from fieval.pages.layout import table

    found = write_disagreements(request, target)
    header = ("", "by several", "differ", "decided", "pairs agree", "Krippendorff's alpha")
    say("\n".join(table(header, [_row(each) for each in found])))
    left = sum(each.differ - each.decided for each in found)
    if left:
        say("")
        say(harmless(f"{target}: {counted(left, 'disagreement')} to decide"))
        note("Note: what is decided counts as gold; the votes stay, since they say how far people agree.")
    else:
        say("\nNothing is left to decide; no file is written.")
    return int(ExitCode.PASS)


def _row(found: Disagreements) -> tuple[str, ...]:
    from fieval.numbers import UNKNOWN, value

    people = found.people
    agree = value("accuracy", people.pairwise.value)
    alpha = people.alpha
    interval = "" if alpha.low is None or alpha.high is None else f" ({alpha.low:.3f} to {alpha.high:.3f})"
    chance = UNKNOWN if alpha.value is None else f"{alpha.value:.3f}{interval}"
    return found.field, f"{people.n:,}", f"{found.differ:,}", f"{found.decided:,}", agree, chance
