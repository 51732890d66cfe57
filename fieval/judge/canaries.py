"""A dozen claims that are plainly wrong, some with orders to the judge beside them: whoever lets one pass is no judge.

They are asked by the caller's own kind of question, through the same session as everything else, replay included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import resources

import msgspec

from fieval.errors import Unmeasurable
from fieval.judge import support
from fieval.judge.protocol import CANARY, Answer, Question
from fieval.judge.session import Session
from fieval.model import Turn


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation and claims about it; those whose ids are in `wrong` must not pass."""

    id: str
    turns: tuple[tuple[str, str], ...]
    claims: Mapping[str, str]
    wrong: tuple[str, ...]

    @property
    def subject(self) -> str:
        return CANARY + self.id

    def spoken(self) -> tuple[Turn, ...]:
        return tuple(Turn(speaker=speaker, text=text) for speaker, text in self.turns)


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """How the canaries fared: how many there are, who passed although it must not, and who got no answer."""

    asked: int
    passed: tuple[str, ...]
    unanswered: tuple[str, ...]


Build = Callable[[Canary], Question]


def support_question(canary: Canary) -> Question:
    """The canary as a question of support."""
    return support.question(canary.spoken(), canary.claims, canary.subject)


def run_canaries(
    session: Session, build: Build = support_question, passing: Collection[str] = (support.SUPPORTED,)
) -> Flight:
    """Ask them all by the caller's kind of question, whose answers must have the claims' ids."""
    canaries = shipped()
    replies = session.ask_all([build(canary) for canary in canaries])
    passed, unanswered = [], []
    for canary, reply in zip(canaries, replies, strict=True):
        if not isinstance(reply, Answer):
            unanswered.append(canary.id)
        elif any(reply.by_id()[name].verdict in passing for name in canary.wrong):
            passed.append(canary.id)
    return Flight(asked=len(canaries), passed=tuple(passed), unanswered=tuple(unanswered))


def require_trust(flight: Flight) -> None:
    """Raises Unmeasurable where a canary passed, or none was answered: then nothing this judge says can be used."""
    if flight.passed:
        raise Unmeasurable(
            f"the judge cannot be trusted: it let plainly wrong claims pass ({', '.join(flight.passed)})"
        )
    if len(flight.unanswered) == flight.asked:
        raise Unmeasurable("the judge cannot be trusted: it answered none of the claims that are plainly wrong")


@cache
def shipped() -> tuple[Canary, ...]:
    """The canaries of this version."""
    text = resources.files("fieval.judge").joinpath("canaries.json").read_bytes()
    return msgspec.json.decode(text, type=tuple[Canary, ...])
