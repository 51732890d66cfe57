"""`run` and `check`: the gate, and a look at what it would judge."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.closing import close
from fieval.cli.printing import harmless, note, say
from fieval.cli.screen import show
from fieval.errors import ExitCode
from fieval.options import (
    BaselineOption,
    CandidateOption,
    ConfigOption,
    DatasetOption,
    IgnoreOption,
    JudgeOption,
    NoTextsOption,
    OutputFormat,
    RedactedName,
    RedactedOption,
    ReplayOption,
    UncoveredOption,
)

if TYPE_CHECKING:
    from fieval.data.training import Examples
    from fieval.model import JudgeMode, Redacted, Run

_FORMATS_HELP = (
    "Print text, json, markdown, junit, github, otlp or html (repeatable); every file is written anyway. [text]"
)
_RUN_EPILOG = """\b
Examples:
  fieval run                                    the config of this folder
  fieval run -c configs/default.yaml            another one
  fieval run --candidate outputs/next.jsonl     another candidate
  fieval run --format markdown > summary.md     for a pull request
\b
Exit codes: 0 pass, 1 fail, 2 bad usage, config or data, 3 inconclusive,
4 cannot be measured now, 70 bug in fieval, 130 interrupted."""


@app.command(epilog=_RUN_EPILOG)
def run(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Run folder [.fieval/runs/<time>-<fingerprint>].")
    ] = None,
    formats: Annotated[
        list[OutputFormat] | None,
        typer.Option("--format", metavar="FORMAT", help=_FORMATS_HELP),
    ] = None,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Show what was said in the worst interactions.")
    ] = False,
    no_text: NoTextsOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict line only.")] = False,
    judge: JudgeOption = None,
    replay: ReplayOption = None,
    redacted: RedactedOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: UncoveredOption = False,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Processes to score with.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to score with, as tcp://host:8786.")
    ] = None,
) -> int:
    """Score, compare with the baseline, exit by the verdict."""
    from fieval.engine.hands import hands
    from fieval.progress import watched
    from fieval.reports.wording import verdict_line
    from fieval.run_folder import clear_run, write_run
    from fieval.runner import Request, run_gate

    mode: JudgeMode | None = None if judge is None else judge.value
    files = Request(config, dataset, candidate, baseline, ignore_unknown, allow_uncovered, redacted=_redacted(redacted))
    request = replace(files, judge=mode, replay=replay, inside=True, page=not no_text, workers=workers, cluster=cluster)
    if out:
        clear_run(out)
    progressing = watched(enabled=not quiet, remark=None if quiet else note)
    with hands(workers, cluster, alone=True) as others, progressing as progress:
        found = run_gate(request, progress, others)
        folder = write_run(found, out, texts=not no_text)
    if quiet:
        say(verdict_line(found.report))
    else:
        printed = formats or [OutputFormat.TEXT]
        for name in printed:
            print_report(found, name, show_text=not no_text if name is OutputFormat.HTML else show_text)
        _remark(found, mode)
        if OutputFormat.TEXT in printed:
            close(found, folder)
        else:
            note(f"Run folder: {folder}")
    return found.report.exit_code


def _remark(found: Run, mode: JudgeMode | None) -> None:
    """What is to be said beside the report."""
    for remark in found.report.notes:
        note(f"Note: {remark}")
    use = found.report.provenance.judge
    if use is not None and use.calls:
        note(f"Judge: {use.calls:,} calls" + ("" if use.usd is None else f", ${use.usd:.2f}") + ".")
    elif use is None and mode not in (None, "off"):
        note(f"Note: --judge {mode} asks nobody: this config has no judge, or nothing to ask it")


@app.command(epilog="Example: fieval check -c configs/default.yaml --candidate outputs/next.jsonl")
def check(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: UncoveredOption = False,
    redacted: RedactedOption = None,
    training: Annotated[
        str | None, typer.Option(metavar="FILE", help="Training data (id, text); refuses what is also in the dataset.")
    ] = None,
) -> int:
    """Validate config and data and count them; score nothing."""
    from fieval.court import remarks_on_people
    from fieval.inventory import take_inventory, warnings
    from fieval.pages.layout import paragraph, table
    from fieval.runner import Request, read_inputs
    from fieval.studies import refuse_training

    request = Request(
        config, dataset, candidate, baseline, ignore_unknown, allow_uncovered, redacted=_redacted(redacted)
    )
    inputs = read_inputs(request)
    examples = None if training is None else refuse_training(inputs, training)
    for counts in take_inventory(inputs):
        say("\n".join([harmless(counts.title), *table(counts.header, counts.rows, indent=0)]) + "\n")
    for warning in (*warnings(inputs), *remarks_on_people(inputs.config, inputs.dataset, inputs.scorers)):
        say(paragraph(f"Note: {harmless(warning)}{'' if warning.endswith('?') else '.'}"))
    if examples is not None:
        say(_not_seen(examples))
    say("Config and data are valid.")
    return int(ExitCode.PASS)


def _redacted(given: RedactedName | None) -> Redacted | None:
    return None if given is None else given.value


def _not_seen(examples: Examples) -> str:
    """What the dataset was held against: ids alone do not find what was renamed."""
    told = f"No interaction is among the {examples.total:,} training examples"
    if not examples.texts:
        return f"{told}, by id. None of them has a text, so an interaction under another id would not have been found."
    return f"{told}, by id ({examples.ids:,} of them) or by whole text ({examples.texts:,} of them)."


def print_report(found: Run, name: OutputFormat, *, show_text: bool) -> None:
    """A report on stdout, as wide as the terminal or the environment says."""
    from fieval import reports

    if name is OutputFormat.GITHUB:
        from fieval.github.publishing import in_workspace

        found = in_workspace(found, os.environ.get("GITHUB_WORKSPACE"))
    if name is not OutputFormat.TEXT:
        for part in reports.formats()[name.value].parts(found, show_text=show_text):
            say(part.rstrip("\n"))
        return
    from fieval.reports.text import TerminalReport, plain

    show(
        lambda _: TerminalReport(found, show_text=show_text),
        lambda width: plain(found, width=width, show_text=show_text),
    )
