"""Who speaks: `agent` or `customer` where a platform says so in any of its words, else the platform's own name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from fieval.importers.parts.node import Node
from fieval.model import Channel, Turn

Timed = TypeVar("Timed")

_ROLES = {
    "agent": "agent",
    "internal": "agent",
    "user": "agent",
    "client": "customer",
    "customer": "customer",
    "external": "customer",
}
_CHANNELS: dict[str, Channel] = {
    "call": "voice",
    "callback": "voice",
    "chat": "chat",
    "digital": "chat",
    "email": "email",
    "message": "chat",
    "messaging": "chat",
    "phone": "voice",
    "phone_call": "voice",
    "sms": "chat",
    "voice": "voice",
    "webmessaging": "chat",
}


def speaker(name: str) -> str:
    """`agent` of AGENT and internal, `customer` of CLIENT and external."""
    return _ROLES.get(name.casefold(), name)


def channel(name: str) -> Channel | None:
    """The channel that a platform's medium is; None where it is another."""
    return _CHANNELS.get(name.casefold())


def in_order(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Turns in the order of time, those without one after the turn that they stand behind."""
    return tuple(by_time(turns, lambda turn: turn.start))


def by_time(items: Iterable[Timed], start: Callable[[Timed], float | None]) -> list[Timed]:
    """Things in the order of time, those without one after the thing that they stand behind."""
    last = 0.0
    placed = []
    for index, item in enumerate(items):
        begun = start(item)
        last = last if begun is None else begun
        placed.append((last, index, item))
    return [item for _, _, item in sorted(placed, key=lambda each: each[:2])]


def remark(document: Node, turns: Collection[Turn]) -> None:
    """Says of a transcript that it is empty, or tells no speakers apart."""
    if not turns:
        document.assume("nothing was said where a transcript is empty")
    elif not any(turn.speaker for turn in turns):
        document.assume("one speaker said everything where a transcript tells none apart")
