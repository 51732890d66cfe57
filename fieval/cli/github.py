"""`github publish` and `github comment`: what the GitHub Action calls once a run has ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import note, say
from fieval.errors import ExitCode, FievalError, InvalidInput
from fieval.options import CommentMode

if TYPE_CHECKING:
    from fieval.github.commenting import Posting
    from fieval.github.pull_requests import Target

github = typer.Typer(
    no_args_is_help=True,
    help="Tell GitHub how a run ended, as the Action of fieval does.",
    epilog="Example: fieval github publish RUN_FOLDER",
)
app.add_typer(github, name="github")

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]
ExitCodeOption = Annotated[
    int | None, typer.Option("--exit-code", metavar="N", help="How fieval run ended [RUN/exit-code.txt].")
]
StderrOption = Annotated[
    Path | None, typer.Option("--stderr", metavar="FILE", help="What it wrote to stderr [RUN/stderr.txt].")
]
PullRequestOption = Annotated[int | None, typer.Option(metavar="N", min=1, help="Which one [of the event].")]


@github.command(epilog="Example: fieval github publish RUN_FOLDER")
def publish(
    run: RunArgument,
    exit_code: ExitCodeOption = None,
    stderr: StderrOption = None,
    summary: Annotated[bool, typer.Option(help="Append the report to $GITHUB_STEP_SUMMARY.")] = True,
    annotations: Annotated[bool, typer.Option(help="Print annotations.")] = True,
) -> int:
    """Write job summary, annotations and step outputs of a run."""
    from fieval.github import publishing
    from fieval.github.outcome import read_outcome
    from fieval.reports.github import command

    outcome = read_outcome(run, exit_code, stderr)
    if annotations:
        say(publishing.annotated(outcome, os.environ.get("GITHUB_WORKSPACE")).rstrip("\n"))
    try:
        page, values = os.environ.get("GITHUB_STEP_SUMMARY"), os.environ.get("GITHUB_OUTPUT")
        if values:
            publishing.append_outputs(publishing.outputs(outcome, run), Path(values))
        if summary and page and not publishing.append_summary(outcome, Path(page)):
            say(command("warning", "fieval: no job summary", "There is no room left in the summary of this step."))
    except OSError as error:
        raise InvalidInput(f"GITHUB_OUTPUT or GITHUB_STEP_SUMMARY cannot be written: {error.strerror}") from error
    return int(ExitCode.PASS)


@github.command(epilog="Example: fieval github comment RUN_FOLDER --mode always")
def comment(
    run: RunArgument,
    key: Annotated[str, typer.Option(metavar="KEY", help="One comment per key on a pull request.")] = "fieval",
    mode: Annotated[CommentMode, typer.Option(metavar="MODE", help="always, on-failure or never.")] = (
        CommentMode.ON_FAILURE
    ),
    repository: Annotated[
        str, typer.Option(metavar="OWNER/NAME", envvar="GITHUB_REPOSITORY", help="Where it is.")
    ] = "",
    pull_request: PullRequestOption = None,
    head_sha: Annotated[str | None, typer.Option(metavar="SHA", help="Find it by its head: the commit.")] = None,
    head_repository: Annotated[str, typer.Option(metavar="OWNER/NAME", help="The head's repository.")] = "",
    head_branch: Annotated[str, typer.Option(metavar="NAME", help="The head's branch.")] = "",
    author: Annotated[str, typer.Option(metavar="LOGIN", help="Whose comments are ours.")] = "github-actions[bot]",
    exit_code: ExitCodeOption = None,
    stderr: StderrOption = None,
) -> int:
    """Comment on the pull request, or renew the comment there.

    The token is taken from $GITHUB_TOKEN. What fails here is a warning: the verdict is what it is.
    """
    from fieval.github.commenting import Posting, check_repository
    from fieval.github.writing import marker
    from fieval.reports.github import command

    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    posting = Posting(check_repository(repository), marker(key), mode.value, author, server)
    try:
        target = _target(pull_request, head_sha, head_repository, head_branch)
        note(_commented(run, posting, target, exit_code, stderr, explicit=pull_request is not None))
    except FievalError as error:
        say(command("warning", "fieval: no comment", str(error)))
    return int(ExitCode.PASS)


def _commented(
    folder: Path, posting: Posting, target: Target, exit_code: int | None, stderr: Path | None, *, explicit: bool
) -> str:
    from fieval.github.client import DEFAULT_URL, Client
    from fieval.github.commenting import hindrance, post
    from fieval.github.outcome import read_outcome

    reason = hindrance(posting, target, explicit=explicit)
    if reason is not None:
        return reason
    outcome = read_outcome(folder, exit_code, stderr)
    client = Client(os.environ.get("GITHUB_API_URL") or DEFAULT_URL, os.environ.get("GITHUB_TOKEN", ""))
    return post(client, posting, target, outcome)


def _target(number: int | None, sha: str | None, repository: str, branch: str) -> Target:
    """What was named, else what the event names. The workflow run is that of the event, or this one."""
    from fieval.github.pull_requests import Branch, Repository, Target, read_event

    event = os.environ.get("GITHUB_EVENT_PATH")
    told = read_event(Path(event)) if event else Target(None, None)
    named = Branch(sha, branch, Repository(repository) if repository else None) if sha else None
    this = os.environ.get("GITHUB_RUN_ID", "")
    run_id = told.run_id or (int(this) if this.isascii() and this.isdigit() else None)
    if number is None and named is None:
        return Target(told.number, told.head, run_id)
    return Target(number, named or told.head, run_id)
