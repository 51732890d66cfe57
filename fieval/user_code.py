"""Python code of a user that a config names as `package.module:name`: found, imported, and blamed for what it does.

It is looked for on Python's path and, behind that, in the config's folder, which is on the path only while importing.
What it prints goes to stderr: stdout is for results.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TypeVar, get_type_hints

import msgspec

from fieval.errors import FievalError, InvalidInput, Unmeasurable, suggestion
from fieval.model import Importable

_Result = TypeVar("_Result")


def named(reference: str, folder: Path | None = None) -> object:
    """What `package.module:name` names. Raises InvalidInput where it cannot be had.

    `folder` is that of the config which is being read; without one, what was imported before is taken as it is.
    """
    module_name, _, name = reference.partition(":")
    with _importable(folder):
        if folder is not None:
            _check_not_another(module_name)
        module = _module(module_name, folder)
    if not hasattr(module, name):
        public = [each for each in vars(module) if not each.startswith("_")]
        raise InvalidInput(f'{module_name} has no "{name}"{suggestion(name, public)}')
    return getattr(module, name)


def naming_code(kind: type) -> list[str]:
    """The options of an evaluator that name code, as `package.module:name`."""
    hints = get_type_hints(kind, include_extras=True)
    return [name for name, hint in hints.items() if hint in (Importable, Importable | None)]


class Amiss(Exception):
    """What a user's code returned cannot be used; the words are ours and hold no text of an interaction."""


def writable(value: _Result) -> _Result:
    """What a user's code returned, if it can be written to a file. Raises Amiss."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise Amiss("returned half of a surrogate pair, which is not text") from error
    return value


def ask(call: Callable[[], _Result], subject: str, blamed: object) -> _Result:
    """What a user's code answers. Whatever it raises becomes Unmeasurable, told without its words: they may be text.

    `subject` says what was asked of whom; `blamed` is the code whose line is named. Only an interrupt is not its doing.
    """
    try:
        with redirect_stdout(sys.stderr):
            return call()
    except FievalError:
        raise
    except Amiss as error:
        raise Unmeasurable(f"{subject} {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Unmeasurable(f"{subject} raised {type(error).__name__}{_line(error, blamed)}") from error


def _module(name: str, folder: Path | None) -> object:
    try:
        with redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            beside = "" if folder is None else f" or in the config's folder {folder}"
            raise InvalidInput(f"there is no module {error.name} on Python's path{beside}") from error
        raise InvalidInput(f"importing {name} failed: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise InvalidInput(f"importing {name} failed: {type(error).__name__}: {error}") from error


@contextmanager
def _importable(folder: Path | None) -> Iterator[None]:
    """The folder at the end of Python's path, so that nothing in it stands before what is installed."""
    added = None if folder is None else str(folder.resolve())
    if added is None or added in sys.path:
        yield
        return
    sys.path.append(added)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if added in sys.path:
            sys.path.remove(added)


def _check_not_another(name: str) -> None:
    """Another config's module of the same name, imported before, must not be taken for this one."""
    top = name.partition(".")[0]
    before = getattr(sys.modules.get(top), "__file__", None)
    if before is None or top == "__main__":
        return
    specs = (finder.find_spec(top, None) for finder in sys.meta_path)
    meant = next((spec for spec in specs if spec is not None), None)
    if meant is None or meant.origin is None or Path(meant.origin).resolve() != Path(before).resolve():
        raise InvalidInput(f"another module {top} was imported before, from {before}; rename one of them")


def _line(error: BaseException, blamed: object) -> str:
    """` at checks.py:12`, the innermost line of the code to blame; nothing where it has none."""
    module = sys.modules.get(getattr(blamed, "__module__", ""))
    file = getattr(module, "__file__", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" at {Path(str(file)).name}:{lines[-1]}" if lines else ""
