"""Commands that end at any moment: forks of one warm process, each hit by a signal while it touches files.

`python -m security.dying FOLDER SIGNAL STEP COMMAND…` runs the command again and again, each time in a copy of FOLDER,
and sends the signal when it opens, makes, renames or removes something there for the first time, then for that plus
STEP, and so on until it comes through; by turns at once and a little later. It prints one JSON object for each: the
copy and the exit code, which is negative for a signal. A fork costs a tenth of what a process of its own costs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

COPIES = "copies"
LATER = 0.003  # seconds, at most

_TOUCHING = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.chmod", "os.truncate", "tempfile.mkstemp"}


def main(folder: Path, number: int, step: int, command: Sequence[str]) -> None:
    """Until the command has come through twice."""
    rng = random.Random(number)
    turn, through = 0, 0
    while through < 2:
        copy = _copy(folder, f"{turn:03}")
        later = rng.uniform(0, LATER) if turn % 2 else 0.0
        code = _ended(copy, command, number, 1 + turn * step, later)
        through = through + 1 if code >= 0 and code != 130 else 0
        turn += 1
        print(json.dumps({"copy": str(copy), "code": code}), flush=True)


def _copy(folder: Path, name: str) -> Path:
    copy = folder.parent / COPIES / name
    shutil.copytree(folder, copy, symlinks=True)
    return copy


def _ended(folder: Path, command: Sequence[str], number: int, touch: int, later: float) -> int:
    """How a fork of this process ended that ran the command."""
    child = os.fork()
    if child == 0:
        _run(folder, command, number, touch, later)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(folder: Path, command: Sequence[str], number: int, touch: int, later: float) -> NoReturn:
    """The command line, as `python -m fieval` runs it."""
    code = 70
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), number))
        from fieval.__main__ import main as fieval

        os.chdir(folder)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - as long as the fork lives
        sys.argv = ["fieval", *command]
        sys.addaudithook(_Signal(folder, number, touch, later).heard)
        fieval()
    except SystemExit as left:
        code = int(left.code or 0)
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(code)


class _Signal:
    """Sends a signal to this process when it touches something in a folder for the n-th time."""

    def __init__(self, folder: Path, number: int, touch: int, later: float) -> None:
        self._folder, self._number, self._left, self._later = str(folder), number, touch, later

    def heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in _TOUCHING or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if not path.startswith(self._folder):
            return
        self._left -= 1
        if self._left:
            return
        if self._later:
            signal.setitimer(signal.ITIMER_REAL, self._later)
        else:
            os.kill(os.getpid(), self._number)


if __name__ == "__main__":
    for module in ("cli", "runner", "run_folder", "blessing", "importers.parts.conversion", "importers.parts.joining"):
        import_module(f"fieval.{module}")  # before the first fork
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
