"""Runs the command line in a process of its own that need not import numpy, scipy and the like again.

One process per test session has imported them, and nothing of fieval. For each command line it forks a child, which
becomes what a shell would have started: folder, environment, streams, and the installed script run from its first line.
It takes half the time.
"""

from __future__ import annotations

import atexit
import functools
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

IMPORTED = (
    "anthropic",
    "jinja2",
    "jiwer",
    "jsonschema",
    "msgspec",
    "numpy.typing",
    "pydantic",
    "rapidfuzz.process",
    "scipy.special",
    "typer",
    "yaml",
)
READ_AT_THE_START = ("DYLD_", "LANG", "LC_", "LD_", "MKL_", "OMP_", "OPENBLAS_", "PYTHON")
"""Variables with these beginnings are read once, by the interpreter or by what it imports."""


def can_run(environment: Mapping[str, str]) -> bool:
    """Whether a child can be given this environment after it was started."""
    return hasattr(os, "fork") and _settled(environment) == _settled(os.environ)


def _settled(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_THE_START)}


def run(
    program: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` with captured output."""
    with tempfile.TemporaryDirectory() as made:
        streams = [Path(made, name) for name in ("out", "err")]
        asked = [program, *arguments], str(folder), dict(environment), [str(stream) for stream in streams]
        code = _parent().ask(json.dumps(asked), timeout)
        out, err = (stream.read_bytes().decode("utf-8", "replace") for stream in streams)
    return subprocess.CompletedProcess([program, *arguments], code, _lines(out), _lines(err))


def _lines(text: str) -> str:
    """As `subprocess` has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Parent:
    """The process that forks, in a session of its own, and the pipes to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        atexit.register(self.end)

    def ask(self, request: str, timeout: float) -> int:
        """The exit code of one command line, negative for a signal."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(request.encode() + b"\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            self.end()
            _parent.cache_clear()
            raise subprocess.TimeoutExpired(request, timeout)
        return int(self.process.stdout.readline())

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@functools.cache
def _parent() -> _Parent:
    return _Parent()


def _serve() -> None:
    """Fork for every line of stdin and tell the exit code; returns in the children only."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(*json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(arguments: list[str], folder: str, environment: dict[str, str], streams: list[str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate([os.devnull, *streams]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = arguments
    sys.path[0] = str(Path(arguments[0]).parent)
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as ended:
        _end(int(ended.code or 0))


def _end(code: int) -> None:
    """Like the interpreter, but without taking every object apart, which takes longer than most commands."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    for _name in IMPORTED:
        import_module(_name)
    gc.freeze()  # what is never looked at again is never copied
    _serve()
