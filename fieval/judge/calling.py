"""Asks many questions at once and keeps each answer the moment it is there.

The threads are daemons: a server that never finishes a reply can hold up neither the end of a run nor Ctrl-C.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieval.errors import Unmeasurable
from fieval.judge.budget import Budget
from fieval.judge.cache import Cache, Record
from fieval.judge.misses import Asked
from fieval.judge.pace import Pace
from fieval.judge.protocol import Answer, CallFailed, Judge, Reply, Usage
from fieval.judge.reading import fits

Progress = Callable[[int, int], None]  # answered, of how many

_POLL = 0.1  # seconds between two looks at the clock
_TRIES = 2  # of a question whose reply is invalid
_GOLDEN_RATIO = (5**0.5 - 1) / 2
_CONTENT = ("refused", "truncated")  # failures of one conversation, which say nothing about the next


@dataclass(frozen=True)
class Calling:
    """What it takes to ask: `anew` asks although an answer is there, and replaces it; `seconds` bound one call.

    `tries` is how often a question is asked whose reply is invalid.
    """

    judge: Judge
    cache: Cache
    budget: Budget
    pace: Pace
    seconds: float
    threads: int
    anew: bool = False
    tries: int = _TRIES

    def ask_all(self, questions: Sequence[Asked], progress: Progress | None = None) -> dict[str, Reply]:
        """Replies by key. Raises Unmeasurable when it cannot go on; what was answered until then is in the cache."""
        todo: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[str, Reply | Exception]] = queue.SimpleQueue()
        for asked in _from_own_start(questions):
            todo.put(asked)
        threads = [
            threading.Thread(target=self._work, args=(todo, done), name="judge", daemon=True)
            for _ in range(min(self.threads, len(questions)))
        ]
        for thread in threads:
            thread.start()
        try:
            return self._collected(done, len(questions), progress)
        except Unmeasurable as reason:
            self._finish(threads, reason)
            raise
        except BaseException:
            self.pace.stop(Unmeasurable("interrupted"))
            raise

    def _collected(
        self, done: queue.SimpleQueue[tuple[str, Reply | Exception]], count: int, progress: Progress | None
    ) -> dict[str, Reply]:
        replies: dict[str, Reply] = {}
        unasked: list[CallFailed] = []
        while len(replies) + len(unasked) < count:
            try:
                key, outcome = done.get(timeout=_POLL)
            except queue.Empty:
                self.pace.check()
                continue
            match outcome:
                case CallFailed():
                    unasked.append(outcome)
                case Exception():
                    raise outcome
                case _:
                    replies[key] = outcome
            if progress is not None:
                progress(len(replies), count)
        if unasked:
            raise Unmeasurable(
                f"{len(unasked)} of {count} questions could not be asked: {unasked[0]}; "
                "what was answered is kept: run again"
            )
        return replies

    def _finish(self, threads: Sequence[threading.Thread], reason: Unmeasurable) -> None:
        """Nobody begins a call; those under way were paid for and may still bring their answers into the cache."""
        self.pace.stop(reason)
        ends = time.monotonic() + min(self.seconds, self.pace.left())
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _work(self, todo: queue.SimpleQueue[Asked], done: queue.SimpleQueue[tuple[str, Reply | Exception]]) -> None:
        while True:
            try:
                asked = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((asked.key, self._reply(asked)))
            except CallFailed as failed:
                done.put((asked.key, failed))
            except Exception as error:  # noqa: BLE001 - raised again by the thread that waits for it
                done.put((asked.key, error))
                return

    def _reply(self, asked: Asked) -> Reply:
        """The answer, from the cache if another process has put it there meanwhile; or the failure of all tries."""
        found = None if self.anew else self.cache.get([asked.key]).get(asked.key)
        if found is not None and fits(asked.question, found.verdicts):
            return found
        failed_before = self.cache.has_failed(asked.key)
        for _ in range(self.tries):
            try:
                reply = self.pace.run(lambda: self._try(asked))
            except CallFailed as failed:
                self.pace.count(str(failed))
                raise
            if isinstance(reply, Answer):
                self.keep(asked, reply)
            else:
                self.cache.log(asked.key, reply, reply.usage, self.budget.cost(reply.usage))
            if isinstance(reply, Answer) or reply.kind != "invalid":
                break
        if isinstance(reply, Answer):
            self.pace.count(None)
        elif reply.kind not in _CONTENT and not failed_before:  # what always fails says nothing about the others
            self.pace.count(reply.message)
        return reply

    def _try(self, asked: Asked) -> Reply:
        """One call within the budget."""
        worst = self.budget.worst(asked.question)
        self.budget.hold(worst, self.pace.check)
        used: Usage | None = None
        try:
            reply = self.judge.ask(asked.question, min(self.seconds, max(0.0, self.pace.left())))
            used = reply.usage if isinstance(reply, Answer) or reply.kind != "rejected" else None
            return reply
        except CallFailed as failed:
            used = worst if failed.billed else None
            self.cache.log(asked.key, str(failed), used or Usage(), self.budget.cost(used or Usage()))
            raise
        finally:
            self.budget.settle(worst, used)

    def keep(self, asked: Asked, answer: Answer) -> None:
        """Remember an answer; on disk when this returns."""
        question = asked.question
        record = Record(
            key=asked.key,
            judge=asked.identity.fingerprint,
            subject=question.subject,
            prompt=question.prompt.name,
            sample=question.sample,
            text=asked.text,
            answer=answer,
        )
        self.cache.put(record, asked.identity, replace=self.anew)


def _from_own_start(questions: Sequence[Asked]) -> Sequence[Asked]:
    """Each process begins at another place, so that two at once do not ask the same in step but learn from each other.

    Multiples of the golden ratio lie apart for neighbouring process ids.
    """
    start = int(len(questions) * (os.getpid() * _GOLDEN_RATIO % 1))
    return [*questions[start:], *questions[:start]]
