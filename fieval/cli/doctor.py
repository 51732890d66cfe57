"""`doctor`: whether this place and this config can judge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import say
from fieval.options import ConfigOption

_EPILOG = """\b
It judges nothing and costs nothing. One request is sent, about the judge's
model: not with --offline, in CI or without credentials.
\b
Exit codes: 0 all well, 2 something is to be mended,
4 something cannot be used now.
\b
Example: fieval doctor --offline"""


@app.command(epilog=_EPILOG)
def doctor(
    config: ConfigOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Send nothing at all.")] = False,
) -> int:
    """Look at versions, credentials, judge, caches and calibration."""
    from fieval.doctor import examine
    from fieval.pages.doctor import render

    found = examine(config, datetime.now(UTC), offline=offline)
    say(render(found))
    return int(found.code)
