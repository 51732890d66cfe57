"""Blocks of CXone's transcripts → turns: spoken ones in seconds or milliseconds, written ones with date and time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from fieval.importers.base import Unit
from fieval.importers.parts.node import Node, span
from fieval.importers.parts.roles import in_order, speaker
from fieval.model import Channel, Turn

_PER_SECOND = {"s": 1.0, "ms": 1000.0}
_UNITS: tuple[Unit, ...] = ("s", "ms")
_WORDS = {"s": "seconds", "ms": "milliseconds"}
_SLOWEST, _FASTEST = 0.2, 50.0  # characters a second; of speech there are 3 to 25, fewer where blocks hold silence
_FITS, _SLACK = 1.02, 2.0  # times the segment's length, and seconds: so far may the last block reach


def channel_of_blocks(blocks: Sequence[Node]) -> Channel:
    """The channel that the blocks' own times are for."""
    if any(block.get("emailMetadata") for block in blocks):
        return "email"
    return "chat" if any(block.get("chatMetadata") for block in blocks) else "voice"


def turns_of_blocks(blocks: Sequence[Node], medium: Channel, unit: Unit, length: float | None) -> tuple[Turn, ...]:
    """The blocks that hold text, in the order of time; `length` is the segment's, in seconds."""
    if medium == "voice":
        return in_order(_spoken(blocks, _PER_SECOND[_unit(blocks, length) if unit == "auto" else unit]))
    return tuple(_written(blocks))


def _spoken(blocks: Sequence[Node], per_second: float) -> Iterator[Turn]:
    for block in blocks:
        times = block.get("voiceMetadata")
        start, end = span(times.get("startTime"), times.get("endTime"), per_second)
        if text := block.get("text").text():
            yield Turn(_who(block), text, start, end)


def _written(blocks: Sequence[Node]) -> Iterator[Turn]:
    """Messages in the order of the file, in seconds from the first."""
    begin: float | None = None
    for block in blocks:
        at = (block.get("chatMetadata").get("timestamp") or block.get("emailMetadata").get("sentDate")).moment()
        begin = at if begin is None else begin
        if text := block.get("text").text():
            yield Turn(_who(block), text, None if at is None or begin is None else round(max(at - begin, 0.0), 6))


def _who(block: Node) -> str:
    """The role that any of its names tells, else the first name."""
    names = [name for key in ("channelName", "userType", "channelType") if (name := block.get(key).name())]
    known = (role for name in names if (role := speaker(name)) in ("agent", "customer"))
    return next(known, names[0] if names else "")


def _unit(blocks: Sequence[Node], length: float | None) -> Unit:
    """What times are in, by the speed of speech and the segment's length; a complaint where these leave it open."""
    extents = [each for each in map(_extent, blocks) if each[2]]
    last = max((time for start, end, _ in extents for time in (start, end) if math.isfinite(time)), default=0.0)
    if last <= 0:
        return "s"
    spoken, fitting = _by_speed(extents), _by_length(last, length)
    told = "the speed of speech" if length is None else "the speed of speech and the length of the segment"
    if not spoken and len(fitting) == 1:
        spoken, told = fitting, "the length of the segment"
    if len(spoken) != 1 or not spoken <= fitting:
        _ask(blocks[0], last, spoken, length)
        return "s"
    unit = next(iter(spoken))
    blocks[0].assume(f"times are {_WORDS[unit]}, by {told} (--unit)")
    return unit


def _by_speed(extents: Sequence[tuple[float, float, int]]) -> frozenset[Unit]:
    """The one unit in which people speak as fast as people do; none where there is none."""
    timed = [(end - start, said) for start, end, said in extents if end > start >= 0]
    if not timed:
        return frozenset()
    rate = sum(said for _, said in timed) / sum(lasting for lasting, _ in timed)
    return frozenset(unit for unit in _UNITS if _SLOWEST <= rate * _PER_SECOND[unit] <= _FASTEST)


def _by_length(last: float, length: float | None) -> frozenset[Unit]:
    """The units in which the last block is within the segment."""
    most = math.inf if length is None else length * _FITS + _SLACK
    return frozenset(unit for unit in _UNITS if last / _PER_SECOND[unit] <= most)


def _ask(block: Node, last: float, spoken: frozenset[Unit], length: float | None) -> None:
    """Complains that the unit is open, and says why."""
    reach = f"they reach {last:.15g}" + ("" if length is None else f" in a segment of {length:.15g} s")
    units = [_WORDS[unit] for unit in _UNITS if unit in spoken]
    speed = f"but by the speed of speech they are {units[0]}" if units else "and neither gives the speed of speech"
    block.complain(f"times may be seconds or milliseconds: {reach}, {speed}; say which with --unit s or --unit ms")


def _extent(block: Node) -> tuple[float, float, int]:
    """Start, end and the number of characters; NaN where times are none, which is complained about elsewhere."""
    times = block.get("voiceMetadata")
    text = block.get("text").value
    said = len("".join(text.split())) if isinstance(text, str) else 0
    return times.get("startTime").rough(), times.get("endTime").rough(), said
