"""The index of run folders: SQLite with a write-ahead log. It is never the truth: whatever is amiss with it, it is made
anew from the folders, and where it cannot be kept, it is made in memory for this once.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from fieval.history.rows import Cell, Head, Name

IN_MEMORY = ":memory:"

_APPLICATION, _FORMAT = 0x66696869, 1  # marks the file as ours
_BUSY_SECONDS = 30.0
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT UNIQUE NOT NULL, changed INTEGER NOT NULL,
    size INTEGER NOT NULL, problem TEXT NOT NULL, head BLOB
);
CREATE TABLE IF NOT EXISTS names (
    number INTEGER PRIMARY KEY, step TEXT NOT NULL, metric TEXT NOT NULL, cohorts TEXT NOT NULL,
    UNIQUE (step, metric, cohorts)
);
CREATE TABLE IF NOT EXISTS cells (
    run INTEGER NOT NULL, name INTEGER NOT NULL, cell BLOB NOT NULL, PRIMARY KEY (run, name)
) WITHOUT ROWID;
"""

_head = msgspec.msgpack.Decoder(Head)
_cell = msgspec.msgpack.Decoder(Cell)


class Stamp(NamedTuple):
    """How a `report.json` looked when it was read: time of change in nanoseconds, and bytes."""

    changed: int
    size: int


class Entry(NamedTuple):
    """What is known of one folder: a run, or why there is none that can be read."""

    folder: str
    stamp: Stamp
    head: Head | None
    problem: str = ""


class BrokenIndex(Exception):
    """The file is no index of this version, or is damaged; it can be removed."""


class Index:
    """One file (or `IN_MEMORY`), for one folder of runs. May be used by several processes at once.

    Raises BrokenIndex, and sqlite3.OperationalError where the file cannot be used at all.
    """

    def __init__(self, path: Path | str) -> None:
        self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            with self.sound():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def sound(self) -> Iterator[None]:
        """Tells a damaged file from one that cannot be reached."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "no such" in str(error) or "malformed" in str(error):  # table or column of a foreign file
                raise BrokenIndex from error
            raise
        except (sqlite3.DatabaseError, msgspec.DecodeError, ValueError) as error:
            raise BrokenIndex from error

    def entries(self) -> dict[str, Entry]:
        """Everything that is known, by folder."""
        rows = self._connection.execute("SELECT folder, changed, size, head, problem FROM runs")
        return {
            folder: Entry(folder, Stamp(changed, size), None if head is None else _head.decode(head), problem)
            for folder, changed, size, head, problem in rows
        }

    def put(self, entry: Entry, cells: Iterable[tuple[Name, Cell]]) -> None:
        """Remember a folder in place of what was known of it."""
        with self._transaction():
            self._forget(entry.folder)
            head = None if entry.head is None else msgspec.msgpack.encode(entry.head)
            added = self._connection.execute(
                "INSERT INTO runs (folder, changed, size, problem, head) VALUES (?, ?, ?, ?, ?)",
                (entry.folder, *entry.stamp, entry.problem, head),
            )
            run = added.lastrowid
            rows = [(*_key(name), run, msgspec.msgpack.encode(cell)) for name, cell in cells]
            self._connection.executemany("INSERT OR IGNORE INTO names (step, metric, cohorts) VALUES (?, ?, ?)",
                                         [row[:3] for row in rows])  # fmt: skip
            self._connection.executemany(
                "INSERT OR REPLACE INTO cells SELECT ?4, number, ?5 FROM names "
                "WHERE step = ?1 AND metric = ?2 AND cohorts = ?3", rows,
            )  # fmt: skip

    def drop(self, folders: Iterable[str]) -> None:
        """Forget folders that are gone, and names that no other run has."""
        with self._transaction():
            for folder in folders:
                self._forget(folder)
            self._connection.execute("DELETE FROM names WHERE number NOT IN (SELECT DISTINCT name FROM cells)")

    def names(self) -> list[Name]:
        """What is known of any run, and perhaps of one that is no more."""
        rows = self._connection.execute("SELECT step, metric, cohorts FROM names ORDER BY number")
        return [Name(step, metric, _cohorts(cohorts)) for step, metric, cohorts in rows]

    def cells(self, name: Name) -> dict[str, Cell]:
        """The cells of one name, by folder."""
        rows = self._connection.execute(
            "SELECT folder, cell FROM runs JOIN cells ON run = runs.number AND name = "
            "(SELECT number FROM names WHERE step = ? AND metric = ? AND cohorts = ?)", _key(name),
        )  # fmt: skip
        return {folder: _cell.decode(cell) for folder, cell in rows}

    def close(self) -> None:
        self._connection.close()

    def _forget(self, folder: str) -> None:
        self._connection.execute("DELETE FROM cells WHERE run IN (SELECT number FROM runs WHERE folder = ?)", (folder,))
        self._connection.execute("DELETE FROM runs WHERE folder = ?", (folder,))

    def _prepare(self) -> None:
        self._check()
        _patiently(self._connection, "PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")  # what a crash takes is read again
        with self._transaction():
            self._check()  # nobody else can change anything now
            for statement in _TABLES.split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {_FORMAT}")

    def _check(self) -> None:
        ask = self._connection.execute
        marks = ask("PRAGMA application_id").fetchone()[0], ask("PRAGMA user_version").fetchone()[0]
        if ask("SELECT count(*) FROM sqlite_master").fetchone()[0] and marks != (_APPLICATION, _FORMAT):
            raise BrokenIndex

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _key(name: Name) -> tuple[str, str, str]:
    return name.step, name.metric, json.dumps(name.cohorts)


def _cohorts(stored: str) -> tuple[tuple[str, str], ...]:
    return tuple((cohort, value) for cohort, value in json.loads(stored))


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Changing to a write-ahead log does not wait for another process that does the same; so wait here."""
    ends = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > ends:
                raise
            time.sleep(0.02)
        else:
            return
