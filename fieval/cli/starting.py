"""`init`: a gate that works, to start from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import harmless, say
from fieval.errors import ExitCode

_INIT_EPILOG = """\b
It asks nothing and overwrites nothing. What it writes works as it is:
`fieval run` passes on an invented dataset of 48 interactions, to be replaced
by your own.
\b
Example: fieval init our_gate"""


@app.command(epilog=_INIT_EPILOG)
def init(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Where to; made if it is not there.")] = ".",
) -> int:
    """Write a small gate that works: config, data, CI workflow."""
    from fieval import starter
    from fieval.files import shown
    from fieval.pages.layout import table

    starter.write_starter(folder)
    rows = [(piece.name, piece.advice) for piece in starter.PIECES]
    rows.append((starter.IGNORE_FILE, f"keep: {starter.RUNS} holds what customers said"))
    say(harmless(f"Wrote to {shown(folder)}:"))
    say("\n".join(table(("file", "what to do with it"), rows, left=2)))
    say("\nNext:")
    if Path(folder) != Path():
        say(f"  cd {harmless(shlex.quote(shown(folder)))}")
    say("  fieval run")
    return int(ExitCode.PASS)
