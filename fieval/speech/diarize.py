"""Who spoke when against who really did: errors in seconds, by one sweep over all boundaries.

The convention is that of NIST md-eval (RT-09), so that rates can be set beside those of evaluations that use it:

- A collar is seconds on each side of every boundary of the reference (pyannote.metrics names the sum of both sides).
  Touching segments of one speaker have a boundary between them: how people cut the reference changes what is scored.
- Speakers are paired where they talk longest at the same time, on the whole scored region, before collars and overlap
  are taken out (pyannote.metrics takes them out first, so that leaving something out can change who is who).
- Where a speaker's own segments overlap, they speak once (pyannote.metrics counts twice); only two speakers make
  overlap that `skip_overlap` leaves out, while md-eval and pyannote.metrics also leave out one speaker's own.
- The region is the call, [0, duration]. Without a duration it is the extent of both sides, as in dscore: md-eval takes
  that of the reference, and would never see what a pipeline makes up before and after it.

The Jaccard error (DIHARD II, as dscore has it) knows neither collars nor overlap, and pairs speakers for itself.

Times are kept to 2⁻³² s, so that sums are exact: neither order nor cut of segments nor names of speakers changes them.
Of s segments and r and h speakers: time O(s·log s + s·min(r, h) + r·h), memory O(s·min(r, h) + r·h).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fieval.model import Segment
from fieval.speech.speakers import Floats, Indices, best_pairs

Bools = NDArray[np.bool_]
StretchKind = Literal["missed", "false alarm", "confused"]

_GRID = 2.0**32  # of a second
_LONGEST = 2.0**20  # seconds from the start of a call, 12 days: nothing is later


@dataclass(frozen=True, slots=True)
class Region:
    """What of a call is scored: up to its duration, without `collar` seconds on each side of a gold boundary."""

    duration: float | None = None
    collar: float = 0.0
    skip_overlap: bool = False


@dataclass(frozen=True, slots=True)
class DiarizationErrors:
    """Seconds of speech missed, made up, and given to the wrong speaker, of `total` seconds of speech.

    `jaccard` is the sum of the Jaccard errors of the real `speakers`; `pairing` is from real to heard speakers.
    """

    missed: float
    false_alarm: float
    confused: float
    total: float
    jaccard: float
    speakers: int
    pairing: Mapping[str, str]

    @property
    def wrong(self) -> float:
        """All wrong seconds, which may be more than there were."""
        return self.missed + self.false_alarm + self.confused


@dataclass(frozen=True, slots=True)
class Stretch:
    """A scored stretch of a call with one kind of error, and who really spoke and was heard in it."""

    kind: StretchKind
    start: float
    end: float
    speakers: tuple[str, ...]
    heard: tuple[str, ...]


class Diarization:
    """The segments of a call and those that a pipeline made of it, in any order; what has no length counts nothing."""

    def __init__(self, reference: Sequence[Segment], hypothesis: Sequence[Segment], region: Region) -> None:
        self.region = region
        sides = reference, hypothesis
        self._origin = 0.0 if region.duration is not None else _first_start(sides)
        times = [_times(segments, self._origin) for segments in sides]
        within = [self._cut(each) for each in times]
        self.edges = _distinct(np.concatenate([each.ravel() for each in within]))
        self.lengths: Floats = np.diff(self.edges)
        self.reference, self.hypothesis = (
            _Side(segments, self.edges.searchsorted(own), len(self.lengths))
            for segments, own in zip(sides, within, strict=True)
        )
        self._boundaries = _distinct(times[0][times[0][:, 0] < times[0][:, 1]].ravel())

    def errors(self) -> DiarizationErrors:
        """The errors of the call. Without real speech within the region, `total` and `speakers` are 0."""
        real, heard, scored = self.reference.active, self.hypothesis.active, self._scored
        both = np.minimum(real, heard)
        talked = self._together if scored is self.lengths else self._talked_together(scored)
        names = self.reference.names, self.hypothesis.names
        return DiarizationErrors(
            missed=float((real - both) @ scored),
            false_alarm=float((heard - both) @ scored),
            confused=float(both @ scored) - sum(float(talked[pair]) for pair in self._pairs),
            total=float(real @ scored),
            jaccard=self._jaccard(),
            speakers=len(names[0]),
            pairing={names[0][real]: names[1][heard] for real, heard in self._pairs},
        )

    def longest(self, count: int) -> list[Stretch]:
        """The longest stretches with errors, longest first."""
        found = [
            (-float(self._scored[start:end].sum()), start, end, kind)
            for kind, wrong in self._wrong().items()
            for start, end in _runs(wrong & (self._scored > 0))
        ]
        return [
            Stretch(
                kind=kind,
                start=self._origin + float(self.edges[start]),
                end=self._origin + float(self.edges[end]),
                speakers=self.reference.within(start, end),
                heard=self.hypothesis.within(start, end),
            )
            for _, start, end, kind in sorted(found)[:count]
        ]

    def _cut(self, times: Floats) -> Floats:
        return times if self.region.duration is None else times.clip(0.0, _on_grid(self.region.duration))

    @cached_property
    def _together(self) -> Floats:
        return self._talked_together(self.lengths)

    def _talked_together(self, lengths: Floats) -> Floats:
        """Seconds that each real and each heard speaker talk at the same time `[r, h]`, where intervals count so."""
        if len(self.reference.names) <= len(self.hypothesis.names):
            return self.hypothesis.talk(self.reference.time(lengths))
        return self.reference.talk(self.hypothesis.time(lengths)).T

    @cached_property
    def _pairs(self) -> list[tuple[int, int]]:
        return [pair for pair in best_pairs(-self._together) if self._together[pair] > 0]

    @cached_property
    def _scored(self) -> Floats:
        """How many of the seconds between each two edges are scored."""
        scored = self.lengths
        if self.region.collar and len(self._boundaries):
            scored = scored - np.diff(_covered(self.edges, self._boundaries, self.region.collar))
        if self.region.skip_overlap:
            scored = np.where(self.reference.active < 2, scored, 0.0)
        return scored

    def _wrong(self) -> Mapping[StretchKind, Bools]:
        """Where anybody is missed, made up and confused, between each two edges."""
        real, heard = self.reference.active, self.hypothesis.active
        pairs = np.array(self._pairs, dtype=np.intp).reshape(-1, 2)
        right = (self.reference.activity(pairs[:, 0]) & self.hypothesis.activity(pairs[:, 1])).sum(axis=0)
        return {"missed": real > heard, "false alarm": heard > real, "confused": np.minimum(real, heard) > right}

    def _jaccard(self) -> float:
        """The sum over real speakers of 1 - intersection / union; 1 for one whom nobody is paired with."""
        own, other = (side.talk(self.edges[None, :])[0] for side in (self.reference, self.hypothesis))
        similar = self._together / (own[:, None] + other - self._together)
        return len(own) - sum(float(similar[pair]) for pair in best_pairs(-similar))


class _Side:
    """One side's speakers, each with the spans in which they talk: indices of edges, by speaker and time, disjoint.

    Speakers are in the order of their spans, so that no name decides between pairings that are equally good.
    `active` is how many of them talk between each two of `width` + 1 edges.
    """

    def __init__(self, segments: Sequence[Segment], spans: Indices, width: int) -> None:
        numbers: dict[str, int] = {}
        speakers = np.array([numbers.setdefault(each.speaker, len(numbers)) for each in segments], dtype=np.intp)
        speakers, spans = _joined(speakers, spans)
        order = _by_content(speakers, spans, len(numbers))
        names = list(numbers)
        self.names = tuple(names[number] for number in order)
        rank = np.zeros(len(names), dtype=np.intp)
        rank[order] = np.arange(len(order))
        in_order = rank[speakers].argsort(kind="stable")
        self.speakers: Indices = rank[speakers][in_order]
        self.spans: Indices = spans[in_order]
        self.width = width
        self.active = _depth(self.spans, width).astype(np.float64)

    def activity(self, speakers: Indices) -> Bools:
        """Whether each of some speakers talks between each two edges `[speakers, width]`."""
        row_of = np.full(len(self.names), -1)
        row_of[speakers] = np.arange(len(speakers))
        rows = row_of[self.speakers]
        wanted = rows >= 0
        in_rows = self.spans[wanted] + rows[wanted, None] * (self.width + 1)
        depth = _depth(in_rows, len(speakers) * (self.width + 1))
        return depth.reshape(len(speakers), self.width + 1)[:, : self.width] > 0

    def time(self, lengths: Floats) -> Floats:
        """How long each speaker has talked up to each edge `[speakers, width + 1]`, where intervals count so."""
        passed = np.zeros((len(self.names), self.width + 1))
        np.cumsum(self._activity * lengths, axis=1, out=passed[:, 1:])
        return passed

    def talk(self, passed: Floats) -> Floats:
        """What has passed while each speaker talks; `passed` `[k, width + 1]` counts up → `[k, speakers]`."""
        if not self.names:
            return np.zeros((len(passed), 0))
        gained = passed[:, self.spans[:, 1]] - passed[:, self.spans[:, 0]]
        return np.add.reduceat(gained, self.speakers.searchsorted(np.arange(len(self.names))), axis=1)

    @cached_property
    def _activity(self) -> Bools:
        return self.activity(np.arange(len(self.names)))

    def within(self, start: int, end: int) -> tuple[str, ...]:
        """Who talks anywhere between two edges."""
        there = (self.spans[:, 0] < end) & (self.spans[:, 1] > start)
        return tuple(self.names[speaker] for speaker in np.unique(self.speakers[there]))


def _first_start(sides: Sequence[Sequence[Segment]]) -> float:
    """Where the reference starts, else the hypothesis: times may count from anywhere."""
    return next((min(each.start for each in segments) for segments in sides if segments), 0.0)


def _times(segments: Sequence[Segment], origin: float) -> Floats:
    """Starts and ends `[n, 2]`."""
    starts = np.array([each.start for each in segments], dtype=np.float64)
    ends = np.array([each.end for each in segments], dtype=np.float64)
    return _on_grid((np.stack([starts, ends], axis=1) - origin).clip(-_LONGEST, _LONGEST))


def _on_grid(times: Floats | float) -> Floats:
    return np.asarray(np.rint(np.multiply(times, _GRID)) / _GRID)


def _covered(times: Floats, boundaries: Floats, collar: float) -> Floats:
    """How many seconds before each of some times are in the collars of sorted boundaries."""
    half = _on_grid(min(collar, _LONGEST))
    ends = boundaries + half
    starts = np.maximum(boundaries - half, np.concatenate([[-np.inf], ends[:-1]]))
    passed = np.cumsum(ends - starts)
    last = starts.searchsorted(times, side="right") - 1  # the collar that has begun; -1 for none
    return np.where(last < 0, 0.0, passed[last] - np.maximum(ends[last] - times, 0.0))


def _distinct(times: Floats) -> Floats:
    times.sort()
    return times[np.diff(times, prepend=-np.inf) > 0]


def _joined(speakers: Indices, spans: Indices) -> tuple[Indices, Indices]:
    """Spans by speaker and time: none of no length or reversed, those of one speaker that touch or overlap made one."""
    kept = spans[:, 0] < spans[:, 1]
    speakers, spans = speakers[kept], spans[kept]
    row = speakers * (spans.max(initial=0) + 1)
    order = (row + spans[:, 0]).argsort(kind="stable")
    speakers, row, spans = speakers[order], row[order], spans[order]
    reach = np.maximum.accumulate(row + spans[:, 1])
    apart = row[1:] + spans[1:, 0] > reach[:-1]
    first, last = np.ones(len(spans), dtype=bool), np.ones(len(spans), dtype=bool)
    first[1:], last[:-1] = apart, apart
    return speakers[first], np.stack([spans[first, 0], (reach - row)[last]], axis=1)


def _by_content(speakers: Indices, spans: Indices, count: int) -> list[int]:
    """Those of `count` speakers who have spans, in the order of these."""
    bounds = speakers.searchsorted(np.arange(count + 1)).tolist()
    content = spans.astype(">i8").tobytes()  # compares like the numbers
    keys = [content[16 * start : 16 * end] for start, end in pairwise(bounds)]
    return sorted((speaker for speaker in range(count) if keys[speaker]), key=keys.__getitem__)


def _depth(spans: Indices, width: int) -> Indices:
    """How many spans of edges cover each of `width` intervals."""
    starts, ends = (np.bincount(spans[:, side], minlength=width + 1) for side in (0, 1))
    return (starts - ends).cumsum()[:width]


def _runs(marked: Bools) -> list[tuple[int, int]]:
    """Start and end of each run of marked intervals, in edges."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in changes.reshape(-1, 2)]
