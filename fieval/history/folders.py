"""Run folders, and the index brought up to them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from fieval.errors import InvalidInput
from fieval.files import shown, unreadable
from fieval.history.index import IN_MEMORY, BrokenIndex, Entry, Index, Stamp
from fieval.history.rows import cells, head
from fieval.run_folder import IGNORE, REPORT, RUNS, read_report
from fieval.watching import Progress

HOME = RUNS.parent
NO_REPORT = f"no {REPORT}: that run did not end, or it is no run"
_ABSENT = Stamp(0, -1)

_Found = TypeVar("_Found")


def folders_in(root: Path) -> list[Path]:
    """The folders that may be runs, by name. Raises InvalidInput where there is nothing of the kind."""
    if (root / REPORT).is_file():
        raise InvalidInput(f"{shown(root)}: is the folder of a run; expected one that holds such folders")
    try:
        with os.scandir(root) as found:
            names = sorted(each.name for each in found if each.is_dir() and not each.name.startswith("."))
    except FileNotFoundError as error:
        raise InvalidInput(f"{shown(root)}: no such folder; `fieval run` makes .fieval/runs") from error
    except NotADirectoryError as error:
        raise InvalidInput(f"{shown(root)}: is a file; expected a folder of run folders") from error
    except OSError as error:
        raise unreadable(root, error) from error
    return [root / name for name in names]


def named(folders: Iterable[str]) -> list[Path]:
    """Run folders, or their reports, as a user names them. Raises InvalidInput for what is not there."""
    paths = [Path(folder).parent if Path(folder).name == REPORT else Path(folder) for folder in folders]
    absent = [f"{shown(path)}: no such folder" for path in paths if not path.is_dir()]
    if absent:
        raise InvalidInput(absent)
    return list(dict.fromkeys(paths))


def with_index(
    root: Path | None, folders: Sequence[Path], use: Callable[[Index], _Found], watching: Progress, *, rebuild: bool
) -> _Found:
    """What `use` finds in an index of these folders as they are now; one is kept where they are all of a `root`."""

    def used(path: Path | str) -> _Found:
        with contextlib.closing(_opened(path)) as index, index.sound():
            _update(index, root, folders, watching)
            return use(index)

    if root is None:
        return used(IN_MEMORY)
    path = HOME / _file_name(root)
    try:
        if rebuild:
            _remove(path)
        try:
            return used(path)
        except BrokenIndex:
            watching.announce(f"Note: {shown(path)}: damaged, or not an index of this version; made anew")
            _remove(path)
            return used(path)
    except (BrokenIndex, sqlite3.OperationalError, OSError) as error:
        why = str(error) or "damaged again"
        watching.announce(f"Note: {shown(path)}: the index cannot be kept ({why}); made in memory for this once")
        return used(IN_MEMORY)


def _file_name(root: Path) -> str:
    """One file for each folder of runs, since they share nothing."""
    if os.path.realpath(root) == os.path.realpath(RUNS):
        return "history.sqlite"
    return f"history-{hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:8]}.sqlite"


def _opened(path: Path | str) -> Index:
    if isinstance(path, Path) and not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True)
        (path.parent / IGNORE).write_text("*\n", encoding="utf-8")
    return Index(path)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(f"{path.name}{ending}").unlink()


def _update(index: Index, root: Path | None, folders: Sequence[Path], watching: Progress) -> None:
    """Read what is new, not as it was or could not be read; forget what is gone, seen now and not in an old listing."""
    known = index.entries()
    runs = {shown(folder.name if root else folder): folder for folder in folders}
    stamps = {name: _stamp(folder) for name, folder in runs.items()}
    stale = [name for name, stamp in stamps.items() if name not in known or not _settled(known[name], stamp)]
    watching.stage("reading runs", len(stale))
    for name in stale:
        _read(index, name, runs[name], stamps[name])
        watching.advance()
    gone = [name for name in known.keys() - runs.keys() if root is None or not (root / name).exists()]
    if gone:
        index.drop(gone)


def _settled(entry: Entry, now: Stamp) -> bool:
    return entry.stamp == now and (entry.head is not None or now == _ABSENT)


def _stamp(folder: Path) -> Stamp:
    try:
        found = (folder / REPORT).stat()
    except OSError:
        return _ABSENT
    return Stamp(found.st_mtime_ns, found.st_size)


def _read(index: Index, name: str, folder: Path, stamp: Stamp) -> None:
    """Put a run into the index, or why there is none."""
    if stamp == _ABSENT:
        index.put(Entry(name, stamp, None, NO_REPORT), ())
        return
    try:
        report = read_report(folder / REPORT)
    except (InvalidInput, OSError) as error:
        index.put(Entry(name, stamp, None, str(error).removeprefix(f"{shown(folder / REPORT)}: ")), ())
        return
    index.put(Entry(name, stamp, head(report)), cells(report))
