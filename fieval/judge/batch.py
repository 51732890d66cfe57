"""Questions that can wait, asked in batches: handed in, waited for and read, in as many processes as it takes.

What a batch leaves without an answer is asked one by one. Nothing is handed in twice: see `handed_in`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import msgspec

from fieval.errors import Unmeasurable
from fieval.judge.batch_judge import BatchJudge
from fieval.judge.calling import Calling, Progress
from fieval.judge.handed_in import Ledger, Order
from fieval.judge.heard import Heard
from fieval.judge.misses import Asked
from fieval.judge.protocol import CallFailed, Question, Reply
from fieval.numbers import counted

_NAME = 60  # characters of a key, which names a request; 64 are allowed
_FIRST_LOOK, _SLOWER, _LONGEST_LOOK = 1.0, 1.5, 60.0  # seconds between two looks at a batch
_GRACE = 60.0  # seconds until a batch whose making was not heard of must stand in the provider's list
_SKEW = 3600.0  # seconds that its clock and this one may differ by
_TRIES = 6  # to hand in one batch
_READINGS = 2  # of results that are not all there
_WRAPPING = 100  # bytes around a request

_Result = TypeVar("_Result")


class _Unheard(Exception):
    """The batch may have been made or not."""


@dataclass(frozen=True)
class Batching:
    """What it takes to ask in batches; `calling` asks one by one what cannot wait or was left."""

    judge: BatchJudge
    calling: Calling
    ledger: Ledger
    made_here: set[int] = field(default_factory=set)  # numbers of batches

    def ask_all(self, questions: Sequence[Asked], progress: Progress | None = None) -> dict[str, Reply]:
        """Replies by key. Raises Unmeasurable when it cannot go on; what was handed in is then read by the next run."""
        now = [asked for asked in questions if not asked.question.batchable]
        later = {asked.key: asked for asked in questions if asked.question.batchable}
        told = _after(progress, 0, len(questions))
        replies = self.calling.ask_all(now, told) if now else {}
        if not later:
            return replies
        heard = Heard(later, self.calling, lambda done: _tell(_after(progress, len(now), len(questions)), done))
        self._hear_all(heard)
        replies |= heard.replies
        for left, tries in ((heard.unanswered, self.calling.tries), (heard.invalid, 1)):
            if left:
                one_by_one = replace(self.calling, tries=tries)
                replies |= one_by_one.ask_all(list(left.values()), _after(progress, len(replies), len(questions)))
        self.ledger.release(later)
        return replies

    def _hear_all(self, heard: Heard) -> None:
        try:
            while heard.left():
                self._read_all(self._orders(heard), heard)
        except Unmeasurable as reason:
            raise Unmeasurable(f"{reason}{self._hint(heard)}") from reason
        except KeyboardInterrupt:
            raise KeyboardInterrupt(self._hint(heard).lstrip("; ")) from None

    def _hint(self, heard: Heard) -> str:
        count = len(self.ledger.claimed(heard.left()))
        if not count:
            return ""
        return f"; {counted(count, 'question')} in batches: these go on at the provider, and another run picks them up"

    def _orders(self, heard: Heard) -> list[Order]:
        """The batches that the rest is in, after all of it was handed in."""
        with self.ledger.alone(self.calling.pace.check):
            for order in self.ledger.orders(heard.left()):
                if order.id is None:
                    self._recover(order)
            claimed = self.ledger.claimed(heard.left())
            heard.remember(key for key in heard.left() if key not in claimed)
            free = [heard.todo[key] for key in heard.left() if key not in claimed]
            if free:
                self._hand_in(free, heard)
            return self.ledger.orders(heard.left())

    def _recover(self, order: Order) -> None:
        """Its process died before it knew of the batch, or heard nothing of it."""
        found = self._found(order, order.created)
        if found is None:
            self.ledger.drop(order)
        else:
            self.ledger.made(order, found, guessed=True)

    def _found(self, order: Order, sent: float) -> str | None:
        """The batch in the provider's list that can be this one: of its size, nobody's, and made about then."""
        wait = _FIRST_LOOK
        while True:
            late = time.time() >= sent + _GRACE
            known = self.ledger.known()
            listed = self._surely(lambda: self.judge.recent(order.created - _SKEW, self.calling.seconds))
            near = [state for state in listed if state.size == order.size and state.id not in known]
            if near:
                return min(near, key=lambda state: abs(state.created - order.created)).id
            if late:
                return None
            self.calling.pace.wait(min(wait, _GRACE))
            wait *= _SLOWER

    def _hand_in(self, free: Sequence[Asked], heard: Heard) -> None:
        heard.hold(free)
        for chunk in self._chunks(free):
            order = self.ledger.claim([asked.key for asked in chunk], time.time())
            self._make(order, [(asked.key[:_NAME], asked.question) for asked in chunk])
            self.made_here.add(order.number)

    def _chunks(self, free: Sequence[Asked]) -> Iterator[list[Asked]]:
        chunk: list[Asked] = []
        size = 0
        for asked in free:
            more = len(msgspec.json.encode(self.judge.request(asked.question))) + _WRAPPING
            if chunk and (len(chunk) == self.judge.most_requests or size + more > self.judge.most_bytes):
                yield chunk
                chunk, size = [], 0
            chunk.append(asked)
            size += more
        yield chunk

    def _make(self, order: Order, questions: Sequence[tuple[str, Question]]) -> None:
        """Raises Unmeasurable where it is not made; while that is not known, the claim stands."""
        for _ in range(_TRIES):
            try:
                self.ledger.made(order, self.calling.pace.run(lambda: self._try(questions)))
                return
            except _Unheard as unheard:
                told = str(unheard)
            except (CallFailed, Unmeasurable) as failed:
                self.ledger.drop(order)
                raise Unmeasurable(f"no batch could be handed in: {failed}") from failed
            found = self._found(order, time.time())
            if found is not None:
                self.ledger.made(order, found, guessed=True)
                return
        self.ledger.drop(order)
        raise Unmeasurable(f"no batch could be handed in: {told}")

    def _try(self, questions: Sequence[tuple[str, Question]]) -> str:
        try:
            return self.judge.create(questions, self.calling.seconds)
        except CallFailed as failed:
            if failed.billed:
                raise _Unheard(str(failed)) from failed
            raise

    def _read_all(self, orders: Sequence[Order], heard: Heard) -> None:
        """Wait for these batches and read each when it has ended."""
        waiting, wait = list(orders), _FIRST_LOOK
        while waiting:
            waiting = [order for order in waiting if not self._done(order, heard)]
            if waiting:
                self.calling.pace.wait(wait)
                wait = min(_LONGEST_LOOK, wait * _SLOWER)

    def _done(self, order: Order, heard: Heard) -> bool:
        """Look at a batch; whether nothing more is to be had of it. Failures to look are only too much in a row."""
        pace, name = self.calling.pace, order.id
        assert name is not None
        try:
            state = pace.run(lambda: self.judge.state(name, self.calling.seconds))
        except CallFailed as failed:
            pace.count(str(failed))
            return False
        pace.count(None)
        if state is None:
            self._gone(order)
        elif not state.ended:
            return False
        else:
            self._read(order, name, heard)
        return True

    def _gone(self, order: Order) -> None:
        if order.number in self.made_here:
            raise Unmeasurable(f"the provider does not know its own batch {order.id}")
        if order.guessed:
            self.ledger.refute(order)
        else:
            self.ledger.drop(order)

    def _read(self, order: Order, name: str, heard: Heard) -> None:
        """Hear all results; what has none is left unanswered. A guessed batch without any of ours is not ours."""
        heard.remember(order.keys)
        seen: set[str] = set()
        for _ in range(_READINGS):
            self._surely(lambda: self._stream(order, name, heard, seen))
            if len(seen) >= order.size:
                break
        if order.guessed and not any(key[:_NAME] in seen for key in order.keys):
            self.ledger.refute(order)
            return
        for key in sorted(order.keys):
            if not heard.knows(key):
                heard.nothing(key, "in a batch it got no result")

    def _stream(self, order: Order, batch: str, heard: Heard, seen: set[str]) -> None:
        keys = {key[:_NAME]: key for key in order.keys}
        for result in self.judge.results(batch, self.calling.seconds, self.calling.pace.left()):
            seen.add(result.name)
            key = keys.get(result.name)
            if key is not None:
                heard.hear(key, result, batch)

    def _surely(self, action: Callable[[], _Result]) -> _Result:
        """Do it, however often it takes within the usual bounds."""
        try:
            return self.calling.pace.run(action)
        except CallFailed as failed:
            raise Unmeasurable(str(failed)) from failed


def _after(progress: Progress | None, before: int, count: int) -> Progress | None:
    """The progress of a part of the questions as that of all."""
    return None if progress is None else lambda done, _: progress(before + done, count)


def _tell(progress: Progress | None, done: int) -> None:
    if progress is not None:
        progress(done, 0)
