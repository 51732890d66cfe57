"""Runs the command line as users do, in a process of its own."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

from end_to_end import warm

PROJECT = Path(__file__).parents[2]
INSTALLED = [str(Path(sys.executable).with_name("fieval"))]
MODULE = [sys.executable, "-m", "fieval"]
SECONDS = 120


def fieval(
    *arguments: str | Path, folder: Path = PROJECT, command: list[str] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """One command line; `environment` is added to a plain one without colours or terminal.

    Where a `command` is given, or what the interpreter reads at its start, it starts from nothing.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("COLUMNS", "FORCE_", "TERM"))}
    settled = {**plain, "NO_COLOR": "1", **environment}
    if command is None and warm.can_run(settled):
        return warm.run(INSTALLED[0], [*map(str, arguments)], folder, settled, SECONDS)
    return subprocess.run(
        [*(command or INSTALLED), *map(str, arguments)],
        cwd=folder,
        env=settled,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
        check=False,
    )


@functools.cache
def printed(*arguments: str) -> str:
    """What a command that only prints says about the bundled dataset; several tests look at it."""
    done = fieval(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout
