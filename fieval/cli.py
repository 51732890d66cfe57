"""The command line: parses, prints and returns exit codes. The only room that does."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from fieval import __version__
from fieval.errors import ExitCode, FievalError, InvalidInput, shown
from fieval.options import (
    BaselineOption,
    CandidateOption,
    ConfigOption,
    DatasetOption,
    IgnoreOption,
    OutputFormat,
    PageFormat,
    PageOption,
    SchemaName,
)

if TYPE_CHECKING:
    from fieval.model import Run

LONGEST_MESSAGE = 600

# typer carries a click of its own or uses the one that is installed, by version; this is the base class in either.
_USAGE_ERROR: type[Exception] = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(args=list(arguments), prog_name="fieval", standalone_mode=False)
    except FievalError as error:
        _complain(error)
        return int(error.exit_code)
    except typer.Abort:
        return int(ExitCode.INTERRUPTED)
    except _USAGE_ERROR as error:
        with contextlib.suppress(OSError):
            error.show()  # type: ignore[attr-defined]
        return int(ExitCode.INVALID)
    except (BrokenPipeError, SystemExit):  # typer exits with 1 when nobody reads the help
        if not {"-h", "--help"} & set(arguments):
            raise
        code = ExitCode.PASS
    return int(code or ExitCode.PASS)


@app.callback(
    invoke_without_command=True, epilog="Start with: fieval run, or fieval check to look at config and data first."
)
def fieval(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """A regression gate for customer interaction analytics: says whether a release may go out, and which step broke."""
    if show_version:
        _print(f"fieval {__version__}")
    elif context.invoked_subcommand is None:
        _print(context.get_help())


_FORMATS_HELP = "Print text, json, markdown or junit (repeatable); every file is written anyway. [text]"
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict line only.")] = False,
    ignore_unknown: IgnoreOption = False,
) -> int:
    """Score, compare with the baseline, exit by the verdict."""
    from fieval.progress import watched
    from fieval.reports.cleaning import one_line
    from fieval.run_folder import clear_run, write_run
    from fieval.runner import Request, run_gate

    request = Request(config, dataset, candidate, baseline, ignore_unknown)
    if out:
        clear_run(out)
    with watched(enabled=not quiet) as progress:
        found = run_gate(request, progress)
        folder = write_run(found, out)
    if quiet:
        _print(f"{found.report.verdict.upper()}: {one_line(found.report.headline)}")
    else:
        for name in formats or [OutputFormat.TEXT]:
            _print_report(found, name, show_text=show_text)
        for note in found.notes:
            _note(f"Note: {note}")
        _note(f"Run folder: {folder}")
    return found.report.exit_code


@app.command()
def check(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: Annotated[
        bool, typer.Option("--allow-uncovered", help="Accept population values without interactions.")
    ] = False,
    training: Annotated[
        str | None, typer.Option(metavar="FILE", help="Training data (id, text); refuses what is also in the dataset.")
    ] = None,
) -> int:
    """Validate config and data and count what is there; scores nothing."""
    from fieval.inventory import take_inventory, warnings
    from fieval.pages.layout import table
    from fieval.runner import Request, read_inputs
    from fieval.studies import refuse_training

    inputs = read_inputs(Request(config, dataset, candidate, baseline, ignore_unknown, allow_uncovered))
    examples = None if training is None else refuse_training(inputs, training)
    for counts in take_inventory(inputs):
        _print("\n".join([_harmless(counts.title), *table(counts.header, counts.rows, indent=0)]) + "\n")
    for warning in warnings(inputs):
        _print(f"Note: {_harmless(warning)}.")
    if examples is not None:
        _print(f"No interaction is among the {examples:,} training examples, by id or by whole text.")
    _print("Config and data are valid.")
    return int(ExitCode.PASS)


@app.command()
def plan(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    page: PageOption = PageFormat.TEXT,
) -> int:
    """Say what this dataset can show: the worsening it finds, and the interactions that a proof takes."""
    from fieval import pages, progress, studies

    request = studies.Request(config, dataset, candidate, baseline, ignore_unknown)
    with progress.watched(enabled=True) as watching:
        found = studies.plan_for(request, watching)
    _print(pages.plan_page(found, page.value))
    return int(ExitCode.PASS)


@app.command()
def selfcheck(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    worlds: Annotated[int, typer.Option(metavar="N", help="How many releases to make.")] = 400,
    page: PageOption = PageFormat.TEXT,
) -> int:
    """Say how often this gate, on this dataset, would block a release that changed nothing."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # thousands of small products, for which threads only wait
    from fieval import pages, progress, studies

    request = studies.Request(config, dataset, candidate, baseline, ignore_unknown)
    with progress.watched(enabled=True) as watching:
        found = studies.selfcheck_for(request, worlds, watching)
    _print(pages.selfcheck_page(found, page.value))
    return int(ExitCode.PASS)


@app.command()
def calibrate(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    page: PageOption = PageFormat.TEXT,
) -> int:
    """Say how far labels and scores agree with people, and people among themselves."""
    from fieval import pages, progress, studies

    request = studies.Request(config, dataset, candidate, baseline, ignore_unknown)
    with progress.watched(enabled=True) as watching:
        found = studies.calibrate_for(request, watching)
    _print(pages.calibration_page(found, page.value))
    return int(ExitCode.PASS)


@app.command()
def schema(name: Annotated[SchemaName, typer.Argument(help="Which file to describe.")]) -> int:
    """Print the JSON Schema of a file that fieval reads or writes."""
    _print(json.dumps(_schema(name), indent=2, ensure_ascii=False))
    return int(ExitCode.PASS)


def _schema(name: SchemaName) -> dict[str, Any]:
    if name is SchemaName.CONFIG:
        from fieval import config, evals

        return config.schema(evals.kinds())
    if name is SchemaName.REPORT:
        import msgspec

        from fieval.model import Report

        return msgspec.json.schema(Report)
    from fieval import data

    return data.schema("dataset" if name is SchemaName.DATASET else "outputs")


def _print_report(found: Run, name: OutputFormat, *, show_text: bool) -> None:
    from fieval import reports

    if name is OutputFormat.TEXT and sys.stdout.isatty():
        from rich.console import Console

        from fieval.reports.text import TerminalReport

        Console().print(TerminalReport(found, show_text=show_text))
        return
    _print(reports.formats()[name.value].render(found, show_text=show_text).rstrip("\n"))


def _print(text: str) -> None:
    _write(sys.stdout, text)


def _note(text: str) -> None:
    _write(sys.stderr, _harmless(text))


def _write(stream: TextIO, text: str) -> None:
    """A reader that went away (`| head`) must not turn a verdict into a crash."""
    try:
        stream.write(text + "\n")
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _complain(error: FievalError) -> None:
    problems = shown(error.problems) if isinstance(error, InvalidInput) else [str(error)]
    for problem in problems:
        _note(f"fieval: {problem}")


def _harmless(text: str) -> str:
    """Text from files and arguments on one line, without what terminals and CI logs would obey."""
    from fieval.reports.cleaning import short

    return short(text, LONGEST_MESSAGE)
