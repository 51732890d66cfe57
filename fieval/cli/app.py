"""The command that all commands hang on."""

from __future__ import annotations

from typing import Annotated

import typer

from fieval import __version__
from fieval.cli.printing import say

app = typer.Typer(
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(
    invoke_without_command=True, epilog="Start with: fieval run, or fieval check to look at config and data first."
)
def fieval(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """A regression gate for customer interaction analytics: says whether a release may go out, and which step broke."""
    if show_version:
        say(f"fieval {__version__}")
    elif context.invoked_subcommand is None:
        say(context.get_help())
