"""Runs the command line as users do, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
INSTALLED = [str(Path(sys.executable).with_name("fieval"))]
MODULE = [sys.executable, "-m", "fieval"]


def fieval(
    *arguments: str | Path, folder: Path = PROJECT, command: list[str] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """One command line; `environment` is added to a plain one without colours or terminal."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("COLUMNS", "FORCE_", "TERM"))}
    return subprocess.run(
        [*(command or INSTALLED), *map(str, arguments)],
        cwd=folder,
        env={**plain, "NO_COLOR": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=False,
    )
