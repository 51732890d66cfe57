"""How fast the judge is asked: as many calls at once as it bears, one pause for all when it is busy, and an end.

The number of calls at once grows by one a round and is halved when the judge says that it is busy (AIMD); near where
that happened it grows slowly. The waits of the SDK are not used: it would sleep for a day if told to.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from fieval.errors import Unmeasurable
from fieval.judge.protocol import CallFailed

_Result = TypeVar("_Result")
_POLL = 0.1  # seconds between two looks at the clock
_START = 4
_FIRST_WAIT, _LONGER = 0.25, 4.0  # seconds without any advice: 0.25, 1, 4, 16, 60
_BACK = 0.5  # what a busy judge leaves of the number
_NEAR, _SLOWLY = 0.8, 0.1  # share of the number that was too much, from where on growth is only so much a round


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a run: calls at once, tries of one call, seconds to wait at most, seconds in all, failures in a row."""

    threads: int = 16
    attempts: int = 6
    longest_wait: float = 60.0
    deadline: float = 3600.0
    failures: int = 5


class Pace:
    """Shared by all threads that ask. `clock` and `sleep` are in seconds."""

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._limits, self._clock = limits, clock
        self._ended = threading.Event()
        self._sleep = sleep or self._ended.wait
        self._room = threading.Condition()
        self._allowed = float(min(_START, limits.threads))
        self._too_many = math.inf
        self._active = 0
        self._failures = 0
        self._pauses = 0  # in a row, without a success between them
        self._paused_until = -math.inf
        self._ends = clock() + limits.deadline
        self._reason: Unmeasurable | None = None
        self._trouble = ""  # of the last call, if it failed

    @property
    def allowed(self) -> int:
        """Calls that may run at once now."""
        return int(self._allowed)

    def left(self) -> float:
        """Seconds until the deadline."""
        return self._ends - self._clock()

    def run(self, attempt: Callable[[], _Result]) -> _Result:
        """Do it, and again after failures that may pass.

        Raises the last CallFailed when it never succeeded, and Unmeasurable when all is to end.
        """
        for number in itertools.count(1):
            with self._slot():
                try:
                    result = attempt()
                except CallFailed as error:
                    self._trouble = f"; the last call failed: {error}"
                    wait = self._wait_after(error, number)
                    if number >= self._limits.attempts:
                        raise
                    alone = not error.busy
                else:
                    self._trouble = ""
                    self._speed_up()
                    return result
            if alone:
                self._sleep(min(wait, max(0.0, self.left())))
        raise AssertionError("the count never ends")

    def check(self) -> None:
        """Raises Unmeasurable when all is to end: somebody stopped it, or the time is up."""
        if self._reason is None and self.left() <= 0:
            told = f"the judge took longer than {self._limits.deadline:g} seconds in all{self._trouble}"
            self.stop(Unmeasurable(told))
        if self._reason is not None:
            raise self._reason

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the time is up, which raises as `check` does."""
        self.check()
        self._sleep(min(seconds, max(0.0, self.left())))
        self.check()

    def stop(self, reason: Unmeasurable) -> None:
        """End all: nobody begins another call. The first reason stands."""
        with self._room:
            self._reason = self._reason or reason
            self._ended.set()
            self._room.notify_all()

    def count(self, failed: str | None) -> None:
        """Tell how a question ended. Too many failures in a row end all, since something is wrong with all."""
        with self._room:
            self._failures = self._failures + 1 if failed else 0
            broken = self._failures >= self._limits.failures
        if broken:
            self.stop(Unmeasurable(f"the judge failed {self._failures} times in a row; the last time: {failed}"))

    @contextmanager
    def _slot(self) -> Iterator[None]:
        while (pause := self._try_to_enter()) is not None:
            self._sleep(min(pause, max(0.0, self.left())))
        try:
            yield
        finally:
            with self._room:
                self._active -= 1
                self._room.notify_all()

    def _try_to_enter(self) -> float | None:
        """None when inside; else the seconds to wait before the next try."""
        self.check()
        with self._room:
            pause = self._paused_until - self._clock()
            if pause > 0:
                return pause
            if self._active < int(self._allowed):
                self._active += 1
                return None
            self._room.wait(_POLL)
            return 0.0

    def _speed_up(self) -> None:
        with self._room:
            more = _SLOWLY if self._allowed > _NEAR * self._too_many else 1.0
            self._allowed = min(float(self._limits.threads), self._allowed + more / self._allowed)
            self._pauses = 0

    def _wait_after(self, error: CallFailed, number: int) -> float:
        """Seconds to wait before the next try. A busy judge makes everybody wait, once."""
        if error.wait is not None and error.wait > self._limits.longest_wait:
            told = f"{error}; it asks to wait {error.wait:.0f} seconds, which is too long: run again later"
            self.stop(Unmeasurable(told))
            self.check()
        if not error.busy:
            return self._usual(number) if error.wait is None else error.wait
        with self._room:
            now = self._clock()
            if now >= self._paused_until:
                self._too_many = self._allowed
                self._allowed = max(1.0, self._allowed * _BACK)
                self._pauses += 1
            wait = self._usual(self._pauses) if error.wait is None else error.wait
            self._paused_until = max(self._paused_until, now + wait)
        return wait

    def _usual(self, number: int) -> float:
        return min(self._limits.longest_wait, _FIRST_WAIT * _LONGER ** (number - 1))
