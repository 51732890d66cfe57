"""Blocks of CXone's transcripts → turns: spoken ones in seconds or milliseconds, written ones with date and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fieval.importers.base import Unit
from fieval.importers.parts.node import Node, span
from fieval.importers.parts.roles import in_order, speaker
from fieval.model import Channel, Turn

_PER_SECOND = {"s": 1.0, "ms": 1000.0}
_WORDS = {"s": "seconds", "ms": "milliseconds"}
_SLOWEST = 0.2  # characters a second; of speech there are 3 and more, of milliseconds of it a thousandth
_FITS = 5.0  # times the segment's length: so far may the last block reach; milliseconds reach a thousand times


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
    """What times are in: what fits the segment's length, else the speed of speech. What is assumed is said."""
    timed = [(start, end, said) for start, end, said in map(_extent, blocks) if end > start >= 0]
    if not timed:
        return "s"
    last = max(end for _, end, _ in timed)
    if length is not None:
        unit: Unit = "s" if last <= length * _FITS else "ms"
        blocks[0].assume(f"times are {_WORDS[unit]}, by the length of the segment (--unit)")
        return unit
    rate = sum(said for _, _, said in timed) / sum(end - start for start, end, _ in timed)
    unit = "s" if rate > _SLOWEST else "ms"
    blocks[0].assume(f"times are {_WORDS[unit]}, by the speed of speech (--unit)")
    return unit


def _extent(block: Node) -> tuple[float, float, int]:
    """Start, end and the number of characters; NaN where times are none, which is complained about elsewhere."""
    times = block.get("voiceMetadata")
    text = block.get("text").value
    said = len("".join(text.split())) if isinstance(text, str) else 0
    return times.get("startTime").rough(), times.get("endTime").rough(), said
