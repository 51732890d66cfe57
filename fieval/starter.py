"""What `fieval init` writes: a small gate that works, to be made one's own piece by piece."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath

from fieval import config, evals
from fieval.errors import FievalError, InvalidInput, Unmeasurable
from fieval.files import shown
from fieval.interrupting import uninterrupted
from fieval.model import Dataset

NAME = "starter"
SCHEMA_FILE = "fieval.schema.json"
IGNORE_FILE = ".gitignore"
RUNS = ".fieval/"

_INTERACTIONS = "golden/interactions.jsonl"
_ALREADY_IGNORED = {b".fieval", b".fieval/", b"/.fieval", b"/.fieval/"}
_PERHAPS_LATER = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@dataclass(frozen=True, slots=True)
class Piece:
    """One file, the template that it is copied from (none: it is made), and what its owner does with it."""

    name: str
    template: str | None
    advice: str

    def text(self) -> str:
        """What is written."""
        return _template(self.template) if self.template else _config_schema()


PIECES = (
    Piece(_INTERACTIONS, _INTERACTIONS, "replace by your own interactions, with what people say is right"),
    Piece("golden/dataset.yaml", "golden/dataset.yaml", "replace by the labels, scores and cohorts that they have"),
    Piece("outputs/baseline.jsonl", "outputs/baseline.jsonl", "replace by what your pipeline makes of them today"),
    Piece("outputs/candidate.jsonl", "outputs/candidate.jsonl", "replace by what your next release makes of them"),
    Piece("fieval.yaml", "fieval.yaml", "then edit steps and thresholds"),
    Piece(SCHEMA_FILE, None, "keep, for your editor: it knows every key of fieval.yaml"),
    Piece(
        ".github/workflows/fieval.yml",
        "workflow.yml",
        "at the root of a repository; put your pipeline in, see its comment",
    ),
)


def write_starter(folder: str) -> None:
    """Write every piece into a folder, all or none, and keep runs out of git. Raises InvalidInput or Unmeasurable.

    Nothing that is there already is overwritten.
    """
    if not folder:
        raise InvalidInput("DIR: the name of the folder is empty")
    target = Path(folder)
    _check_free(target)
    try:
        with uninterrupted(), ExitStack() as undo:
            for piece in PIECES:
                _write_new(target / piece.name, piece.text(), undo)
            _ignore_runs(target / IGNORE_FILE)
            undo.pop_all()
    except OSError as error:
        raise _unwritable(target, error) from error


def notes_on(dataset: Dataset) -> tuple[str, ...]:
    """What to say of a run that judges interactions of the starter dataset: it shows nothing of a real pipeline."""
    if dataset.card.name != NAME:
        return ()
    invented = {
        tuple(turn["text"] for turn in json.loads(line)["gold"]["turns"])
        for line in _template(_INTERACTIONS).splitlines()
    }
    left = sum(tuple(turn.text for turn in each.turns) in invented for each in dataset.interactions)
    if not left:
        return ()
    return (
        f"this is the starter dataset of `fieval init` ({left} of {len(dataset.interactions)} interactions are its "
        "invented ones): replace golden/ by your own interactions, outputs/ by what your pipeline makes of them, then "
        "the thresholds in fieval.yaml",
    )


def _config_schema() -> str:
    """The JSON Schema of configs, as `fieval schema config` prints it."""
    return json.dumps(config.schema(evals.kinds()), indent=2, ensure_ascii=False) + "\n"


def _template(name: str) -> str:
    return resources.files("fieval").joinpath("templates", name).read_text("utf-8")


def _check_free(target: Path) -> None:
    """Complains of everything that is in the way, before anything is written."""
    if os.path.lexists(target) and not os.path.isdir(target):  # noqa: PTH112 - Path.is_dir may raise
        raise InvalidInput(f"{shown(target)}: not a folder; name a folder, new or old")
    problems = list(_in_the_way(target))
    if problems:
        raise InvalidInput([*problems, "nothing was written: move them away, or name another folder, fieval init DIR"])


def _in_the_way(target: Path) -> Iterator[str]:
    for folder in dict.fromkeys(parent for piece in PIECES for parent in _folders_of(piece)):
        path = target / folder
        if os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112 - as above
            yield f"{shown(path)}: expected a folder or nothing"
    for piece in PIECES:
        if os.path.lexists(target / piece.name):
            yield f"{shown(target / piece.name)}: is there already"
    ignore = target / IGNORE_FILE
    if os.path.lexists(ignore) and not os.path.isfile(ignore):  # noqa: PTH113 - as above
        yield f"{shown(ignore)}: expected a file or nothing"


def _folders_of(piece: Piece) -> list[PurePosixPath]:
    """The folders that a piece stands in, outermost first."""
    return list(PurePosixPath(piece.name).parents)[-2::-1]


def _write_new(path: Path, text: str, undo: ExitStack) -> None:
    """A file that was not there, and the folders that it needs; `undo` takes what removes them again."""
    absent = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(absent):
        folder.mkdir()
        undo.callback(folder.rmdir)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        undo.callback(path.unlink)
        file.write(text)


def _ignore_runs(path: Path) -> None:
    """Git is told of the run folders once, on a line of its own; evidence in them holds what customers said."""
    found = path.read_bytes() if path.exists() else b""
    if _ALREADY_IGNORED.isdisjoint(line.strip() for line in found.splitlines()):
        glue = b"\n" if found and not found.endswith(b"\n") else b""
        with path.open("ab") as file:
            file.write(glue + RUNS.encode() + b"\n")


def _unwritable(target: Path, error: OSError) -> FievalError:
    where = shown(target if error.filename is None else error.filename)
    kind: type[FievalError] = Unmeasurable if error.errno in _PERHAPS_LATER else InvalidInput
    return kind(f"{where}: cannot be written: {error.strerror}; nothing was left behind")
