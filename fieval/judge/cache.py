"""Verdicts on disk: SQLite with a write-ahead log, so that a process can be killed at any moment and two can share it.

Only complete, valid answers stand in `calls`. Neither prompts nor transcripts are stored: of them only digests, enough
to say why a question is not found. What was paid for without an answer stands in `attempts`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from fieval.errors import InvalidInput, Unmeasurable
from fieval.files import shown
from fieval.judge.identity import Identity
from fieval.judge.protocol import CANARY, Answer, Failure, Usage, Verdict

IN_MEMORY = ":memory:"

_Result = TypeVar("_Result")
_APPLICATION, _FORMAT = 0x66696576, 1  # marks the file as ours
_BUSY_SECONDS = 30.0
_AT_ONCE = 500  # variables of one statement
_TABLES = """
CREATE TABLE IF NOT EXISTS calls (
    key TEXT PRIMARY KEY, judge TEXT NOT NULL, subject TEXT NOT NULL, prompt TEXT NOT NULL, sample INTEGER NOT NULL,
    text TEXT NOT NULL, verdicts TEXT NOT NULL, model TEXT NOT NULL, usage TEXT NOT NULL, request_id TEXT NOT NULL,
    output INTEGER NOT NULL, created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS calls_by_text ON calls (text);
CREATE INDEX IF NOT EXISTS calls_by_subject ON calls (subject, prompt);
CREATE TABLE IF NOT EXISTS judges (fingerprint TEXT PRIMARY KEY, identity TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, usage TEXT NOT NULL,
    usd REAL, created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS attempts_by_key ON attempts (key);
CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, size INTEGER NOT NULL, guessed INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS batched (key TEXT PRIMARY KEY, batch INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS batched_by_batch ON batched (batch);
"""
_COLUMNS = "key, judge, subject, prompt, sample, text, verdicts, model, usage, request_id"

_verdicts = msgspec.json.Decoder(tuple[Verdict, ...])
_usage = msgspec.json.Decoder(Usage)
_identity = msgspec.json.Decoder(Identity)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One remembered answer; `judge` is the fingerprint of an identity, `text` the digest of what was asked about."""

    key: str
    judge: str
    subject: str
    prompt: str
    sample: int
    text: str
    answer: Answer


class Cache:
    """One file of verdicts (or `IN_MEMORY`). May be used from several threads, and by several processes.

    Raises InvalidInput for a file that is no cache of this version, Unmeasurable where the disk fails.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known_judges: set[str] = set()
        with self._explained():
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                _patiently(self._prepare)
            except BaseException:
                self._connection.close()
                raise

    def get(self, keys: Collection[str]) -> dict[str, Answer]:
        """The answers that are there, by key."""
        wanted = list(keys)
        found: dict[str, Answer] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            found |= {record.key: record.answer for record in self._records(f"key IN ({_marks(some)})", some)}
        return found

    def put(self, record: Record, identity: Identity, *, replace: bool = False) -> None:
        """Remember an answer; on disk when this returns. The first one stands unless it is to be replaced."""
        answer = record.answer
        row = (
            *(record.key, record.judge, record.subject, record.prompt, record.sample, record.text),
            *(_text(answer.verdicts), answer.model, _text(answer.usage), answer.request_id),
        )
        verb = "REPLACE" if replace else "INSERT OR IGNORE"
        with self._explained(), self._lock, self._transaction():
            if record.judge not in self._known_judges:
                judge = (record.judge, _text(identity))
                self._connection.execute("INSERT OR IGNORE INTO judges VALUES (?, ?)", judge)
            self._connection.execute(
                f"{verb} INTO calls ({_COLUMNS}, output) VALUES ({_marks((*row, 0))})", (*row, answer.usage.output)
            )
        self._known_judges.add(record.judge)

    def log(self, key: str, failure: Failure | str, usage: Usage, usd: float | None) -> None:
        """Note a call that brought no answer, with what it took."""
        kind, message = ("failed", failure) if isinstance(failure, str) else (failure.kind, failure.message)
        with self._explained(), self._lock:
            self._connection.execute(
                "INSERT INTO attempts (key, kind, message, usage, usd) VALUES (?, ?, ?, ?, ?)",
                (key, kind, message, _text(usage), usd),
            )

    def records(self, keys: Collection[str] | None = None) -> Iterator[Record]:
        """Everything, or what stands under these keys, in no order."""
        for record in self._records("TRUE", ()):
            if keys is None or record.key in keys:
                yield record

    def near(self, subject: str, prompt: str, text: str) -> list[Record]:
        """What was asked about the same text or, by the same prompt, about the same subject; the newest first."""
        same = "text = ? OR (subject = ? AND subject <> '' AND prompt = ?) ORDER BY created DESC, key"
        return self._records(same, (text, subject, prompt))

    def identities(self) -> dict[str, Identity]:
        """The judges whose answers are here, by fingerprint."""
        with self._explained(), self._lock:
            rows = self._connection.execute("SELECT fingerprint, identity FROM judges ORDER BY fingerprint").fetchall()
            return {fingerprint: _identity.decode(identity) for fingerprint, identity in rows}

    def reply_tokens(self, model: str, prompt: str) -> list[int]:
        """Tokens that replies of this model to this prompt took; not those about canaries, which are shorter."""
        found = "SELECT output FROM calls WHERE model = ? AND prompt = ? AND substr(subject, 1, ?) <> ?"
        with self._explained(), self._lock:
            rows = self._connection.execute(found, (model, prompt, len(CANARY), CANARY))
            return [tokens for (tokens,) in rows]

    def attempts(self) -> list[tuple[str, str]]:
        """Kind and message of every call that brought no answer, oldest first."""
        with self._explained(), self._lock:
            return list(self._connection.execute("SELECT kind, message FROM attempts ORDER BY number"))

    def has_failed(self, key: str) -> bool:
        """Whether a call brought a failure for this question before."""
        with self._explained(), self._lock:
            found = "SELECT 1 FROM attempts WHERE key = ? AND kind <> 'failed'"
            return self._connection.execute(found, (key,)).fetchone() is not None

    @property
    def path(self) -> Path | str:
        """Where it is."""
        return self._path

    @contextmanager
    def changing(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """For tables that others keep here: all that is executed in the block happens, or nothing of it."""
        with self._explained(), self._lock, self._transaction():
            yield self._connection.execute

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _records(self, where: str, values: Sequence[str]) -> list[Record]:
        with self._explained(), self._lock:
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM calls WHERE {where}", values)
            return [_record(row) for row in rows]

    def _prepare(self) -> None:
        """Make or check the tables, one process at a time."""
        ask = self._connection.execute
        with self._transaction("DEFERRED"):  # so that another's tables are seen with their marks or not at all
            self._check()  # before anything is changed
        if self._path != IN_MEMORY:
            ask("PRAGMA journal_mode = WAL")
            ask("PRAGMA synchronous = NORMAL")
        with self._transaction():
            self._check()  # nobody else can change anything now
            for statement in _TABLES.split(";"):
                ask(statement)
            ask(f"PRAGMA application_id = {_APPLICATION}")
            ask(f"PRAGMA user_version = {_FORMAT}")

    def _check(self) -> None:
        ask = self._connection.execute
        marks = ask("PRAGMA application_id").fetchone()[0], ask("PRAGMA user_version").fetchone()[0]
        if ask("SELECT count(*) FROM sqlite_master").fetchone()[0] and marks != (_APPLICATION, _FORMAT):
            raise InvalidInput(f"{shown(self._path)}: not a cache of verdicts of this version; name another file")

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        self._connection.execute(f"BEGIN {kind}")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.NotSupportedError, sqlite3.DataError, msgspec.DecodeError) as error:
            raise InvalidInput(f"{shown(self._path)}: not a cache of verdicts: {error}; remove it") from error
        except sqlite3.OperationalError as error:
            raise Unmeasurable(f"{shown(self._path)}: the cache of verdicts cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise InvalidInput(f"{shown(self._path)}: not a cache of verdicts: {error}; remove it") from error


def open_cache(path: Path) -> Cache:
    """The cache at this place, made where there is none; what judges say about people is for nobody else to see."""
    try:
        made = not path.parent.exists()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if made:
            (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{shown(path)}: the cache of verdicts cannot be made: {error.strerror}") from error
    return Cache(path)


def _record(row: Sequence[str]) -> Record:
    key, judge, subject, prompt, sample, text, verdicts, model, usage, request_id = row
    answer = Answer(verdicts=_verdicts.decode(verdicts), model=model, usage=_usage.decode(usage), request_id=request_id)
    return Record(key=key, judge=judge, subject=subject, prompt=prompt, sample=int(sample), text=text, answer=answer)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _patiently(action: Callable[[], _Result]) -> _Result:
    """Changing to a write-ahead log does not wait for another process that does the same; so wait here."""
    ends = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > ends:
                raise
            time.sleep(0.02)
