"""Times of turns and segments: what is wrong with them, and the segments that timed turns make."""

from __future__ import annotations

from collections.abc import Sequence

from fieval.data.lines import Line
from fieval.model import Segment, Turn


def check_times(line: Line, prefix: str, turns: Sequence[Turn], segments: Sequence[Segment]) -> None:
    """Complains of negative and reversed times, and of segments without a speaker."""
    for index, turn in enumerate(turns):
        if turn.start is not None or turn.end is not None:
            _check_span(line, f"{prefix}turns[{index}]", turn.start, turn.end)
    for index, segment in enumerate(segments):
        _check_span(line, f"{prefix}segments[{index}]", segment.start, segment.end)
        if not segment.speaker:
            line.complain(f"{prefix}segments[{index}].speaker", "required, but absent or empty")


def spoken(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns that hold anything: text, or a stretch of time."""
    return tuple(turn for turn in turns if turn.text or (turn.start is not None and turn.end is not None))


def segments_of(turns: Sequence[Turn], segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments given, else those of the timed turns."""
    if segments:
        return tuple(segments)
    return tuple(
        Segment(turn.speaker, turn.start, turn.end) for turn in turns if turn.start is not None and turn.end is not None
    )


def _check_span(line: Line, where: str, start: float | None, end: float | None) -> None:
    for name, time in (("start", start), ("end", end)):
        if time is not None and time < 0:
            line.complain(f"{where}.{name}", f"expected seconds from 0 on, got {time:.12g}")
    if start is not None and end is not None and end < start:
        line.complain(f"{where}.end", f"the end ({end:.12g}) is before the start ({start:.12g})")
