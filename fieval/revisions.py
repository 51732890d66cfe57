"""Files at another revision of a git repository, named `git:REVISION:PATH`.

As in git itself, PATH is seen from the root of the repository, and `./PATH` from a folder: the one that the config is
in, or, on the command line, the one that one stands in.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath

from fieval.errors import InvalidInput

FORM = "git:REVISION:PATH"
_NAME = re.compile(r"(?:(?P<folder>.*?)/)?git:(?P<rest>.*)", re.DOTALL)
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_LARGE_FILE = b"version https://git-lfs"
_NEAR = 5
_SIMILAR = 0.8


@dataclass(frozen=True, slots=True)
class Revised:
    """A file at a revision of the repository that `folder` lies in; `path` is from its root, `./path` from `folder`."""

    folder: str
    revision: str
    path: str

    def __str__(self) -> str:
        name = f"git:{self.revision}:{self.path}"
        return name if self.folder == "." else f"{self.folder.rstrip('/')}/{name}"


def revised(name: str | os.PathLike[str]) -> Revised | None:
    """What a name says, `FOLDER/git:REVISION:PATH` or without folder; None where it is that of an ordinary file.

    Raises InvalidInput where it begins so, but lacks revision or path.
    """
    match = _NAME.fullmatch(os.fspath(name))
    if match is None:
        return None
    revision, _, path = match["rest"].partition(":")
    if not revision or not path:
        raise InvalidInput(f"{os.fspath(name)}: expected {FORM}, such as git:main:outputs/baseline.jsonl")
    folder = "." if match["folder"] is None else match["folder"] or "/"
    return Revised(folder, revision, path)


def pinned(file: Revised) -> Revised:
    """The same file at the very commit that the revision names now. Raises InvalidInput where there is no such file."""
    commit = _at_commit(file)
    _blob(file, commit)
    return commit


def content(file: Revised) -> bytes:
    """The bytes of the file. Raises InvalidInput where there is no such file."""
    return _blob(file, _at_commit(file))


def _at_commit(file: Revised) -> Revised:
    if _COMMIT.fullmatch(file.revision):
        return file
    found = _git(file, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{file.revision}^{{commit}}")
    if found is None:
        raise _no_revision(file)
    return replace(file, revision=found.decode().strip())


def _blob(file: Revised, commit: Revised) -> bytes:
    """The bytes at a commit; what is wrong is told of the file as the user named it."""
    found = _git(commit, "cat-file", "blob", f"{commit.revision}:{commit.path}")
    if found is None:
        raise _no_file(file, commit)
    if found.startswith(_LARGE_FILE):
        raise InvalidInput(f"{file}: kept in Git LFS, and git has a pointer only; check it out and name the file")
    return found


def _no_revision(file: Revised) -> InvalidInput:
    if _git(file, "rev-parse", "--git-dir") is None:
        where = "this folder" if file.folder == "." else file.folder
        return InvalidInput(f"{file}: {where} is in no git repository")
    return InvalidInput(f"{file}: no such revision here; fetch it first (in CI, check out whole history)")


def _no_file(file: Revised, commit: Revised) -> InvalidInput:
    listed = _git(commit, "ls-tree", "-r", "--name-only", "--full-tree", "-z", commit.revision)
    if listed is None:
        return _no_revision(file)
    near = _near(file.path, [name for name in listed.decode("utf-8", "replace").split("\0") if name])
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return InvalidInput(f"{file}: no such file at that revision{hint}")


def _near(path: str, names: Sequence[str]) -> list[str]:
    """The files of that name in other folders, else those that are called nearly so; a few of them at most."""
    same = [name for name in names if PurePosixPath(name).name == PurePosixPath(path).name]
    return same[:_NEAR] or difflib.get_close_matches(path, names, n=_NEAR, cutoff=_SIMILAR)


def _git(file: Revised, *arguments: str) -> bytes | None:
    """What git prints, or None where it fails."""
    try:
        inherited = {name: value for name, value in os.environ.items() if name not in _of_one_repository()}
        done = subprocess.run(["git", "-C", file.folder, *arguments], env=inherited, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise InvalidInput(f"{file}: needs git, which is not installed") from error
    except ValueError as error:
        raise InvalidInput(f"{file}: not a name that git can have: {error}") from error
    return done.stdout if done.returncode == 0 else None


@cache
def _of_one_repository() -> frozenset[str]:
    """Variables such as GIT_DIR, which a hook sets, and which would have git look into another repository."""
    none_set = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", "rev-parse", "--local-env-vars"], env=none_set, capture_output=True, check=False)
    return frozenset(done.stdout.decode().split())
