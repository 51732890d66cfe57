"""Questions and sessions for tests."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieval.judge import Question, Session, Settings, open_judge
from fieval.judge.pace import Limits, Pace
from fieval.judge.support import question
from fieval.model import Turn

if TYPE_CHECKING:
    from judge.scripted_server import Server  # which imports the network

TURNS = (Turn("customer", "My bill is 40 dollars too high."), Turn("agent", "I will look into it."))
SECRET = "zucchini"  # a word that stands in transcripts only


def asked(number: int, sample: int = 0, turns: Sequence[Turn] = TURNS) -> Question:
    """A question of its own for each number; an odd number's claim is not supported."""
    spoken = [*turns, Turn("customer", f"My number is {number}, my word is {SECRET}.")]
    claims = {"c1": f"The number is {number}.", "c2": "The bill is too high."}
    return question(spoken, claims, f"call-{number:04}", sample)


def odd_are_wrong(text: str) -> str:
    """The verdict on a claim of `asked`."""
    digits = "".join(letter for letter in text if letter.isdigit())
    return "contradicted" if digits and int(digits) % 2 else "supported"


class MadeTime:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def clock(self) -> float:
        with self._lock:
            return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds

    def pace(self, limits: Limits) -> Pace:
        return Pace(limits, self.clock, self.sleep)


def session(server: Server, folder: Path, time: MadeTime | None = None, **changes: object) -> Session:
    """A session that records, with a made clock where waits are not to be waited for."""
    chosen = {"mode": "record", "base_url": server.url, "cache": folder / "judge.sqlite", "seconds": 5.0, **changes}
    opened = open_judge(Settings(**chosen), pacing=time.pace if time else Pace)  # type: ignore[arg-type]
    assert opened is not None
    return opened
