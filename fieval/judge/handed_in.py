"""What was handed in to a provider in batches and is not read yet; kept beside the answers, so that a kill loses none.

Keys are claimed before a batch is made and get its id after; only one process at a time does either. So whoever finds a
claim without an id knows that its process died between, or never learned what became of its call.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from fieval.errors import Unmeasurable
from fieval.files import shown
from fieval.judge.cache import Cache

_AT_ONCE = 500  # variables of one statement
_BUSY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Order:
    """One batch: how many questions are in it, those keys of them that are wanted, and when they were claimed.

    `id` is None where it is not known whether the batch was made; a `guessed` one was found in the provider's list,
    which does not say what is in it. `created` is Unix time.
    """

    number: int
    id: str | None
    size: int
    guessed: bool
    created: float
    keys: frozenset[str]


class Ledger:
    """The batches of one cache of answers."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    @contextmanager
    def alone(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Nobody else hands in meanwhile; the system itself lets go of it when the process dies."""
        path = f"{self._cache.path}-batch"
        try:
            lock = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise Unmeasurable(f"{shown(path)}: cannot be used: {error}") from error
        with closing(lock):
            while not _locked(lock, path):
                waiting()
            try:
                yield
            finally:
                lock.execute("ROLLBACK")

    def claimed(self, keys: Iterable[str]) -> dict[str, int]:
        """Those that are in batches, and in which."""
        wanted, found = list(keys), dict[str, int]()
        with self._cache.changing() as execute:
            for some in _slices(wanted):
                rows = execute(f"SELECT key, batch FROM batched WHERE key IN ({_marks(some)})", some)
                found.update(rows.fetchall())
        return found

    def orders(self, keys: Iterable[str]) -> list[Order]:
        """The batches that any of these are in, the oldest first."""
        of_batch = defaultdict[int, set[str]](set)
        for key, number in self.claimed(keys).items():
            of_batch[number].add(key)
        with self._cache.changing() as execute:
            rows = execute("SELECT number, id, size, guessed, created FROM batches ORDER BY number").fetchall()
        return [
            Order(number, name, size, bool(guessed), created, frozenset(of_batch[number]))
            for number, name, size, guessed, created in rows
            if number in of_batch
        ]

    def known(self) -> set[str]:
        """The ids of all batches that were ever made here, or turned out to be others'."""
        with self._cache.changing() as execute:
            return {name for (name,) in execute("SELECT id FROM batches WHERE id IS NOT NULL")}

    def claim(self, keys: Collection[str], now: float) -> Order:
        """Nobody else hands these in from now on."""
        with self._cache.changing() as execute:
            number = execute("INSERT INTO batches (size, created) VALUES (?, ?)", (len(keys), now)).lastrowid
            assert number is not None
            for key in keys:
                execute("INSERT INTO batched VALUES (?, ?)", (key, number))
        return Order(number, None, len(keys), False, now, frozenset(keys))

    def made(self, order: Order, name: str, *, guessed: bool = False) -> None:
        """The batch is there, under this id."""
        with self._cache.changing() as execute:
            execute("UPDATE batches SET id = ?, guessed = ? WHERE number = ?", (name, guessed, order.number))

    def refute(self, order: Order) -> None:
        """The batch that was guessed is another's; whether there is one is as unknown as before."""
        with self._cache.changing() as execute:
            execute("UPDATE batches SET id = NULL, guessed = 0 WHERE number = ? AND id = ?", (order.number, order.id))
            execute("INSERT OR IGNORE INTO batches (id, size, created) VALUES (?, 0, 0)", (order.id,))

    def drop(self, order: Order) -> None:
        """There is no such batch; everything in it may be handed in again."""
        with self._cache.changing() as execute:
            execute("DELETE FROM batched WHERE batch = ?", (order.number,))
            execute("DELETE FROM batches WHERE number = ? AND id IS NULL", (order.number,))

    def release(self, keys: Collection[str]) -> None:
        """What became of these is known; so it is of all that there are answers to."""
        with self._cache.changing() as execute:
            for some in _slices(list(keys)):
                execute(f"DELETE FROM batched WHERE key IN ({_marks(some)})", some)
            execute("DELETE FROM batched WHERE key IN (SELECT key FROM calls)")


def _locked(lock: sqlite3.Connection, path: str) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise Unmeasurable(f"{shown(path)}: cannot be used: {error}") from error
        return False
    return True


def _slices(keys: list[str]) -> Iterator[list[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
