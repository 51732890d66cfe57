"""`report`, `show`, `compare`, `history` and `bless`: what can be done with runs that are over."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.gate import print_report
from fieval.cli.printing import harmless, note, say
from fieval.cli.screen import show as show_page
from fieval.errors import ExitCode, InvalidInput
from fieval.numbers import counted
from fieval.options import NoTextOption, OutputFormat, PageFormat, PageOption

if TYPE_CHECKING:
    from fieval.history import Request
    from fieval.model import Blessing, Run

_FORMATS_HELP = "Print text, json, markdown, junit, github, otlp or html (repeatable). [text]"
ConfigNow = Annotated[str | None, typer.Option("-c", "--config", metavar="FILE", help="Where its config is now.")]
DatasetNow = Annotated[str | None, typer.Option("--dataset", metavar="DIR", help="Where its dataset is now.")]
CandidateNow = Annotated[str | None, typer.Option("--candidate", metavar="FILE", help="Where its candidate is now.")]
BaselineNow = Annotated[str | None, typer.Option("--baseline", metavar="FILE", help="Where its baseline is now.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The folder of a run, or its report.json.")]


@app.command(epilog="Example: fieval report RUN_FOLDER --format markdown")
def report(
    run: RunArgument,
    formats: Annotated[
        list[OutputFormat] | None,
        typer.Option("--format", metavar="FORMAT", help=_FORMATS_HELP),
    ] = None,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Show what was said in the worst interactions.")
    ] = False,
    no_text: NoTextOption = False,
    config: ConfigNow = None,
    dataset: DatasetNow = None,
    candidate: CandidateNow = None,
    baseline: BaselineNow = None,
) -> int:
    """Print a report of an earlier run again.

    The interactions of the HTML report are read from the run's inputs; the options say where they are now.
    """
    from fieval.reports.evidence_jsonl import texts_are_left_out
    from fieval.run_folder import read_run

    wanted = formats or [OutputFormat.TEXT]
    found = read_run(run, scores=OutputFormat.OTLP in wanted or OutputFormat.HTML in wanted)
    if show_text and texts_are_left_out(found):
        note("Note: nothing that people said is kept in this run folder; `fieval show` reads it from the run's inputs")
    if OutputFormat.HTML in wanted:
        found = _opened(found, config, dataset, candidate, baseline)
    for name in wanted:
        print_report(found, name, show_text=not no_text if name is OutputFormat.HTML else show_text)
    return int(ExitCode.PASS)


def _opened(found: Run, *places: str | None) -> Run:
    """The run with its interactions; without them where its inputs are not as they were, unless told where they are."""
    from fieval.earlier import Whereabouts, opened

    try:
        return opened(found, Whereabouts(*places))
    except InvalidInput as error:
        if any(place is not None for place in places):
            raise
        for problem in error.problems:
            note(f"Note: the page has no interactions: {problem}")
        return found


@app.command(epilog="Example: fieval show RUN_FOLDER call-0001 call-0002")
def show(
    run: RunArgument,
    identifiers: Annotated[list[str], typer.Argument(metavar="ID", help="The ids of interactions.")],
    config: ConfigNow = None,
    dataset: DatasetNow = None,
    candidate: CandidateNow = None,
    baseline: BaselineNow = None,
) -> int:
    """Show what was said, and each step of both systems.

    What the run read must be there as it was; the options say where, if not in its old place.
    """
    from fieval.earlier import Whereabouts
    from fieval.pages.trace import plain_trace, trace_page
    from fieval.tracing import trace

    found = trace(run, identifiers, Whereabouts(config, dataset, candidate, baseline))
    show_page(lambda width: trace_page(found, width), lambda width: plain_trace(found, width))
    return int(ExitCode.PASS)


@app.command(epilog="Example: fieval compare RUN_FOLDER ANOTHER_FOLDER")
def compare(
    first: Annotated[str, typer.Argument(metavar="RUN", help="The folder of a run.")],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The folder of another.")],
    page: PageOption = PageFormat.TEXT,
) -> int:
    """Put two earlier runs side by side."""
    from fieval import pages
    from fieval.comparing import compare_runs

    say(pages.page(compare_runs(first, second), page.value))
    return int(ExitCode.PASS)


@app.command(epilog="Example: fieval history asr.wer --slice language=es --last 20")
def history(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="STEP.METRIC, or METRIC if one step has it.")] = "",
    folders: Annotated[
        list[str] | None, typer.Argument(metavar="RUN", help="Folders of single runs [all of --runs].")
    ] = None,
    runs: Annotated[str | None, typer.Option(metavar="DIR", help="Where run folders are [.fieval/runs].")] = None,
    slices: Annotated[
        list[str] | None, typer.Option("--slice", metavar="COHORT=VALUE", help="On one slice (repeatable to cross).")
    ] = None,
    last: Annotated[int | None, typer.Option(metavar="N", min=1, help="The newest N runs only.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read all folders again.")] = False,
    page: PageOption = PageFormat.TEXT,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page of charts; without METRIC, of all that are gated."),
    ] = None,
) -> int:
    """Show the course of a metric over runs."""
    from fieval.history import Request, course
    from fieval.pages.history import SCHEMA, history_page, plain_history, symbols
    from fieval.pages.layout import as_json
    from fieval.progress import watched

    request = Request(metric, folders or (), runs, slices or (), last, rebuild)
    if html is not None:
        return _write_courses(request, html)
    if not metric:
        raise InvalidInput("METRIC is missing; expected one such as asr.wer (--html FILE draws all that are gated)")
    with watched(enabled=True, remark=note) as watching:
        found = course(request, watching)
    drawn = symbols(sys.stdout.encoding)
    if page is PageFormat.JSON:
        say(as_json(SCHEMA, found))
    else:
        show_page(lambda width: history_page(found, width, drawn), lambda width: plain_history(found, width, drawn))
    return int(ExitCode.PASS)


def _write_courses(request: Request, target: Path) -> int:
    from fieval.files import place_to_write, unwritable, write_whole
    from fieval.history import course, gated
    from fieval.pages.courses import courses_page
    from fieval.progress import watched

    place = place_to_write(target)
    with watched(enabled=True, remark=note) as watching:
        found = (course(request, watching),) if request.metric else gated(request, watching)
    try:
        write_whole(place, courses_page(found, place).encode())
    except OSError as error:
        raise unwritable(target, error) from error
    say(harmless(f"{target}: {counted(len(found), 'metric')} over {counted(found[0].runs, 'run')}"))
    return int(ExitCode.PASS)


@app.command(epilog="Example: fieval bless RUN_FOLDER")
def bless(
    run: RunArgument,
    to: Annotated[
        str | None, typer.Option("--to", metavar="FILE", help="Where the baseline is kept [the config's baseline].")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the run failed, or was compared with something else.")
    ] = False,
) -> int:
    """Make the candidate of a run the baseline."""
    from fieval.blessing import SUFFIX
    from fieval.blessing import bless as make_baseline

    path, blessing = make_baseline(run, target=to, force=force)
    copied = f"Copied {blessing.candidate.path} to {path} ({_reason(blessing)})."
    say(harmless(f"{copied} Commit it together with {path.name}{SUFFIX}."))
    if to is not None:
        note(f"Note: a config that is to compare with it says `baseline: {to}`, as seen from the config.")
    return int(ExitCode.PASS)


def _reason(blessing: Blessing) -> str:
    """What spoke for a candidate, or that nothing did."""
    verdicts = {"pass": "passed", "fail": "failed", "inconclusive": "was inconclusive"}
    told = f"that run {verdicts.get(blessing.verdict, f'ended {blessing.verdict}')}"
    if blessing.forced:
        return f"{told}; forced"
    return told if blessing.verdict == "pass" else f"{told}: there was no baseline"
