"""The command line: parses, prints and returns exit codes. The only room that does.

A command is a function in one of the modules named here, in the order in which the help lists them.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import typer

from fieval.cli.app import app
from fieval.cli.helping import without_types
from fieval.cli.printing import complain, note
from fieval.errors import ExitCode, FievalError
from fieval.remote import bared

__all__ = ["run_command"]

for _module in (
    "gate",
    "starting",
    "runs",
    "studying",
    "importing",
    "labelling",
    "describing",
    "judging",
    "doctor",
    "github",
):
    import_module(f"{__name__}.{_module}")
without_types(app)

# typer carries a click of its own or uses the one that is installed, by version; this is the base class in either.
_USAGE_ERROR: type[Exception] = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")


_WORDS = {  # of pydantic, by which typer checks
    "Value error, ": "",
    r"Input should be greater than or equal to (\S+)": r"expected \1 or more",
    r"Input should be a valid integer.*": "expected a whole number",
    r"Input should be less than or equal to (\S+)": r"expected \1 or less",
}
_CHOICE = re.compile(r"'([^']+)' is not one of ('.*)")
_EXTRA = re.compile(r"unexpected extra argument\(?s?\)? \((\S+\.ya?ml)\)")

# typer leaves by itself, with 1 when nobody reads the help
_LEAVING = {"-h", "--help", "--show-completion", "--install-completion"}
_COMPLETING = "_FIEVAL_COMPLETE"


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    _print_anything()
    try:
        code = app(args=list(arguments), prog_name="fieval", standalone_mode=False)
    except FievalError as error:
        complain(error)
        return int(error.exit_code)
    except typer.Abort:
        code = ExitCode.INTERRUPTED
    except _USAGE_ERROR as error:
        error.message = _plain(error)  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):
            error.show()  # type: ignore[attr-defined]
        return int(ExitCode.INVALID)
    except (BrokenPipeError, SystemExit):
        if not (_LEAVING & set(arguments) or _COMPLETING in os.environ):
            raise
        code = ExitCode.PASS
    except OSError as error:
        return _refused(error)
    if code == ExitCode.INTERRUPTED:  # which typer, by version, raises or returns
        note("fieval: interrupted (exit 130)")
    return int(code or ExitCode.PASS)


def _plain(error: Exception) -> str:
    """What is wrong with a command line, in our words; a config needs its -c, which is forgotten most often."""
    message = bared(str(getattr(error, "message", "")))
    for theirs, ours in _WORDS.items():
        message = re.sub(theirs, ours, message)
    extra = _EXTRA.search(message)
    command = getattr(getattr(error, "ctx", None), "command", None)
    if extra and any("--config" in parameter.opts for parameter in getattr(command, "params", ())):
        return f"{message}. A config is named with -c: -c {extra.group(1)}"
    if chosen := _CHOICE.search(message):
        near = difflib.get_close_matches(chosen.group(1), re.findall(r"'([^']+)'", chosen.group(2)), n=1)
        return f"{message} Did you mean '{near[0]}'?" if near else message
    return message


def _print_anything() -> None:
    """What an encoding lacks is printed as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _refused(error: OSError) -> int:
    """A file of the user that the system refuses is no bug, wherever that was not foreseen."""
    from fieval.files import of_system, shown

    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    if not name or _ours(name):
        raise error
    found = of_system(error, shown(name))
    complain(found)
    return int(found.exit_code)


def _ours(name: str) -> bool:
    """Whether a file belongs to fieval or to Python."""
    import sysconfig

    installed = [sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
    homes = [str(Path(__file__).parents[1]), *installed]
    return any(Path(os.path.realpath(name)).is_relative_to(os.path.realpath(home)) for home in homes)
