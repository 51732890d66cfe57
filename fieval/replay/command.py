"""Runs a step's command: outputs as JSON Lines in and out, without a shell, in the config's folder.

Whatever goes wrong with it is Unmeasurable, told with the end of what it wrote to stderr, and leaves no process behind
but such as went into a session of their own (`setsid`).
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn

from fieval.errors import Unmeasurable
from fieval.reports.cleaning import in_columns, short

MOST_BYTES = 1 << 28  # that a command may write
TAIL_LINES, TAIL_CHARACTERS = 10, 2000

_GLANCE_SECONDS = 0.2  # between two looks at how much it wrote
_TAIL_BYTES = 1 << 16
_PASSED_ON = re.compile(
    "PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|VIRTUAL_ENV|CONDA_PREFIX|SYSTEMROOT"
    "|PYTHON(PATH|HOME|HASHSEED|UTF8|IOENCODING)|(DY)?LD_LIBRARY_PATH|(OMP|MKL|OPENBLAS)_NUM_THREADS"
    "|CUDA_VISIBLE_DEVICES"
)


class CommandFailed(Unmeasurable):
    """A command did not do what it should; `said` is the end of what it wrote to stderr."""

    def __init__(self, reason: str, said: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.said = tuple(said)


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, and where and how it runs; `subject` names it to the user."""

    subject: str
    arguments: tuple[str, ...]
    folder: Path
    timeout: float
    environment: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.subject}: {short(shlex.join(self.arguments), 80)}"


@contextmanager
def ran(command: Command, lines: bytes) -> Iterator[Path]:
    """The file that the command wrote, for the time of the block. Raises CommandFailed."""
    environment = _environment(command, os.environ)
    with tempfile.TemporaryDirectory(prefix="fieval-") as name, tempfile.TemporaryFile() as said:
        written = Path(name) / "output.jsonl"
        interruptions = _Interruptions()
        with tempfile.TemporaryFile() as given, written.open("wb") as stdout, interruptions.noted():
            given.write(lines)
            given.seek(0)
            process = _started(command, (given, stdout, said), environment)
            try:
                _awaited(process, command, (stdout, said), interruptions)
            finally:
                _ended(process)
        yield written


def _environment(command: Command, whole: Mapping[str, str]) -> dict[str, str]:
    """What a program needs to find itself and others, and what the config names; no other variable, lest it learn
    secrets of the job that the gate runs in. Nothing compiled is left in the user's folder.
    """
    absent = [name for name in command.environment if name not in whole]
    if absent:
        raise CommandFailed(f"{command}: the environment has no {' and no '.join(absent)}")
    passed = {name: value for name, value in whole.items() if _PASSED_ON.fullmatch(name) or name in command.environment}
    return {**passed, "PYTHONDONTWRITEBYTECODE": "1"}


def _started(
    command: Command, streams: tuple[BinaryIO, BinaryIO, BinaryIO], environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    stdin, stdout, stderr = streams
    try:
        return subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,  # a group of its own, which can be ended as a whole
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise CommandFailed(f"{command}: cannot be started: {why}") from error


def _awaited(
    process: subprocess.Popen[bytes],
    command: Command,
    written: tuple[BinaryIO, BinaryIO],
    interruptions: _Interruptions,
) -> None:
    deadline = time.monotonic() + command.timeout
    code = None
    while code is None:
        left = deadline - time.monotonic()
        if left <= 0:
            _fail(command, f"was still running after timeout: {command.timeout:g} seconds", written[1])
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(min(_GLANCE_SECONDS, left))
        interruptions.check()
        if any(os.fstat(stream.fileno()).st_size > MOST_BYTES for stream in written):
            _fail(command, f"wrote more than {MOST_BYTES >> 20} MB", written[1])
    if code < 0:
        _fail(command, f"was ended by {_signal(-code)}", written[1])
    if code > 0:
        _fail(command, f"exited with {code}", written[1])


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _fail(command: Command, what: str, stderr: BinaryIO) -> NoReturn:
    raise CommandFailed(f"{command}: {what}", _tail(stderr))


def _tail(stderr: BinaryIO) -> list[str]:
    """The last lines, made harmless."""
    stderr.seek(max(0, os.fstat(stderr.fileno()).st_size - _TAIL_BYTES))
    lines = stderr.read().decode("utf-8", "backslashreplace").splitlines()
    shown = [in_columns(line) for line in lines if line.strip()][-TAIL_LINES:]
    while len(shown) > 1 and sum(map(len, shown)) > TAIL_CHARACTERS:
        del shown[0]
    return [line[-TAIL_CHARACTERS:] for line in shown]


def _ended(process: subprocess.Popen[bytes]) -> None:
    """The whole group is gone, also what the program itself started and left in it, and none waits to be collected."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Interruptions:
    """Notes signals that end fieval, so that none of them falls between the start of a program and the wait for it: the
    program is in a group of its own and would live on. What is ignored, as under nohup, or handled elsewhere stays so.
    """

    def __init__(self) -> None:
        self._came = False

    def check(self) -> None:
        """Raises KeyboardInterrupt where one has come."""
        if self._came:
            raise KeyboardInterrupt

    @contextmanager
    def noted(self) -> Iterator[None]:
        """For the time of the block."""
        before = {number: signal.getsignal(number) for number in _ENDING} if _in_main_thread() else {}
        ours = [number for number, handler in before.items() if handler in _DEFAULTS]
        for number in ours:
            signal.signal(number, self._note)
        try:
            yield
        finally:
            for number in ours:
                signal.signal(number, before[number])
        self.check()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True


_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
