"""How a judge is asked: which model, how it may be paid for, and where its verdicts are kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec

from fieval.errors import InvalidInput
from fieval.model import JudgeEffort, JudgeMode

Mode = JudgeMode
Effort = JudgeEffort

DEFAULT_MODEL = "claude-sonnet-5-5"
LEAST_MAX_TOKENS = 8192  # thinking counts too; less cuts verdicts off
MOST_THREADS = 16
DEADLINE = 3600.0  # seconds
BATCH_DEADLINE = 90_000.0  # a batch has ended after 24 hours; one more for what it left unanswered
CACHE = Path(".fieval/judge.sqlite")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set. Raises InvalidInput for values that cannot work.

    `mode` None means: replay in CI or without credentials, else record. `max_usd` and `max_calls` are those of one
    process; `seconds` is the longest that one call may take, `deadline` (seconds) all calls of one list of questions,
    where None means an hour, and 25 where they go in batches.
    """

    model: str = DEFAULT_MODEL
    effort: Effort = "low"
    max_tokens: int = LEAST_MAX_TOKENS
    base_url: str | None = None
    mode: Mode | None = None
    cache: Path = CACHE
    cassette: Path | None = None
    max_usd: float | None = None
    max_calls: int | None = None
    threads: int = MOST_THREADS
    seconds: float = 120.0
    deadline: float | None = None

    def __post_init__(self) -> None:
        if problems := [*self._words(), *self._numbers()]:
            raise InvalidInput(problems)

    def longest(self, mode: Mode) -> float:
        """Seconds that all calls of one list of questions may take."""
        if self.deadline is not None:
            return self.deadline
        return BATCH_DEADLINE if mode == "batch" else DEADLINE

    def _words(self) -> Iterator[str]:
        if self.mode is not None and self.mode not in get_args(Mode):
            yield f'judge mode "{self.mode}": expected one of {", ".join(get_args(Mode))}'
        if self.effort not in get_args(Effort):
            yield f'judge effort "{self.effort}": expected one of {", ".join(get_args(Effort))}'

    def _numbers(self) -> Iterator[str]:
        if self.max_tokens < LEAST_MAX_TOKENS:
            yield f"judge max_tokens {self.max_tokens}: at least {LEAST_MAX_TOKENS}, since thinking counts too"
        if not 1 <= self.threads <= MOST_THREADS:
            yield f"judge threads {self.threads}: expected 1 to {MOST_THREADS}"
        if self.max_calls is not None and self.max_calls < 0:
            yield f"judge max_calls {self.max_calls}: expected 0 or more"
        if self.max_usd is not None and not (math.isfinite(self.max_usd) and self.max_usd >= 0):
            yield f"judge max_usd {self.max_usd}: expected an amount of 0 or more"
        for name, seconds in (("seconds", self.seconds), ("deadline", self.longest("record"))):
            if not (math.isfinite(seconds) and seconds > 0):
                yield f"judge {name} {seconds}: expected more than 0 seconds"
