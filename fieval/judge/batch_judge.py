"""What a provider offers that also takes many questions at once, answers them later, and asks less for it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from fieval.judge.protocol import Judge, Question
from fieval.judge.reading import Sent

Ending = Literal["succeeded", "errored", "canceled", "expired"]


class BatchState(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as its provider has it: its number of requests, when it was made (Unix time), whether it ended."""

    id: str
    size: int
    created: float
    ended: bool


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one request. `sent` is None where there is no reply that can be read; `told` says why."""

    name: str
    ending: Ending
    sent: Sent | None = None
    told: str = ""


class BatchJudge(Judge):
    """A judge that takes batches. Its calls raise as `ask` does."""

    most_requests: int
    most_bytes: int

    @abstractmethod
    def create(self, questions: Sequence[tuple[str, Question]], seconds: float) -> str:
        """Hand in questions, each under a name of up to 60 letters and digits; returns the id of the batch.

        Raises CallFailed that is `billed` where the batch may have been made all the same.
        """

    @abstractmethod
    def state(self, batch: str, seconds: float) -> BatchState | None:
        """How a batch is; None for one that is not there, or whose results are not any more."""

    @abstractmethod
    def recent(self, since: float, seconds: float) -> list[BatchState]:
        """Every batch that was made since then (Unix time), the oldest first, whoever made it."""

    @abstractmethod
    def results(self, batch: str, seconds: float, in_all: float) -> Iterator[BatchResult]:
        """The results of a batch that ended, in any order; `seconds` bound one silence, `in_all` the whole.

        Lines that cannot be read are left out.
        """
