"""What became of questions that were handed in: each answer is kept the moment it is read, and its cost booked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from fieval.judge.batch_judge import BatchResult
from fieval.judge.calling import Calling
from fieval.judge.misses import Asked
from fieval.judge.protocol import Answer, Reply, Usage
from fieval.judge.reading import fits, read_reply


@dataclass
class Heard:
    """The questions `todo` by key, and what became of each: a reply, an invalid one, or none at all.

    `held` is the budget that is set aside for those that this process handed in.
    """

    todo: Mapping[str, Asked]
    calling: Calling
    progress: Callable[[int], None]
    held: dict[str, Usage] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    invalid: dict[str, Asked] = field(default_factory=dict)
    unanswered: dict[str, Asked] = field(default_factory=dict)

    def knows(self, key: str) -> bool:
        return key in self.replies or key in self.invalid or key in self.unanswered

    def left(self) -> list[str]:
        """The keys of which nothing is known."""
        return [key for key in self.todo if not self.knows(key)]

    def hold(self, questions: Iterable[Asked]) -> None:
        """Set aside what these can cost in a batch. Raises Unmeasurable where that could be too much."""
        budget = self.calling.budget
        worst = {each.key: budget.worst(each.question) for each in questions if each.key not in self.held}
        budget.hold_batch(list(worst.values()))
        self.held.update(worst)

    def remember(self, keys: Iterable[str]) -> None:
        """Another process may have read some of these meanwhile."""
        for key, answer in self.calling.cache.get([key for key in keys if not self.knows(key)]).items():
            if fits(self.todo[key].question, answer.verdicts):
                self._settle(key, None)
                self._reply(key, answer)

    def hear(self, key: str, result: BatchResult, batch: str) -> None:
        """One result; only the first of a question counts."""
        if self.knows(key):
            return
        if result.sent is None:
            paid = result.ending == "succeeded"  # and cannot be read
            self.nothing(key, result.told, self.calling.budget.worst(self.todo[key].question) if paid else None)
            return
        asked = self.todo[key]
        reply = read_reply(asked.question, msgspec.structs.replace(result.sent, request_id=batch))
        self._keep(asked, reply)
        self._settle(key, reply.usage)

    def nothing(self, key: str, told: str, used: Usage | None = None) -> None:
        """There is no reply to this one, and why."""
        self._log(key, told, used or Usage())
        self.unanswered[key] = self.todo[key]
        self._settle(key, used)

    def _keep(self, asked: Asked, reply: Reply) -> None:
        if isinstance(reply, Answer):
            self.calling.keep(asked, reply)
            self._reply(asked.key, reply)
        elif reply.kind == "invalid":
            self._log(asked.key, f"in a batch {reply.message}", reply.usage)
            self.invalid[asked.key] = asked
        else:
            cost = self.calling.budget.cost(reply.usage, batched=True)
            self.calling.cache.log(asked.key, reply, reply.usage, cost)
            self._reply(asked.key, reply)

    def _reply(self, key: str, reply: Reply) -> None:
        self.replies[key] = reply
        self.progress(len(self.replies))

    def _log(self, key: str, told: str, used: Usage) -> None:
        self.calling.cache.log(key, told, used, self.calling.budget.cost(used, batched=True))

    def _settle(self, key: str, used: Usage | None) -> None:
        worst = self.held.pop(key, None)
        if worst is not None:
            self.calling.budget.settle(worst, used, batched=True)
        elif used is not None:
            self.calling.budget.book_batched(used)
