"""What is remembered, and whether it can be read: counts of a cache or cassette by judge, and the file's own health."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fieval.judge.cache import Cache
from fieval.judge.identity import Identity


@dataclass(frozen=True, slots=True)
class Holding:
    """How many answers of one judge there are to one kind of question."""

    identity: Identity
    answers: int


@dataclass(frozen=True, slots=True)
class FileHealth:
    """Sizes in bytes of a cache and of its write-ahead log, how it is journalled, and what SQLite finds broken."""

    size: int
    log_size: int
    journal: str
    broken: tuple[str, ...]


def holdings(store: Cache) -> tuple[Holding, ...]:
    """Every judge that there is an answer of, by prompt, the most answers first. Reads each of them."""
    counts = Counter(record.judge for record in store.records())
    known = store.identities()
    found = [Holding(known[judge], count) for judge, count in counts.items() if judge in known]
    return tuple(sorted(found, key=lambda each: (each.identity.prompt, -each.answers, each.identity.fingerprint)))


def file_health(path: Path) -> FileHealth:
    """The health of a cache that is there, by SQLite's own check of all its pages."""
    log = path.with_name(f"{path.name}-wal")
    size, log_size = path.stat().st_size, log.stat().st_size if log.exists() else 0
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True)) as connection:
            journal = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        return FileHealth(size, log_size, "", (str(error),))
    return FileHealth(size, log_size, journal, () if found == ["ok"] else tuple(found))
