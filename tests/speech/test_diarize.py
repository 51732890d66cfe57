"""Diarization errors against pyannote.metrics, a count over the smallest intervals, and cases worked by hand."""

import itertools
import random
import tracemalloc
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Annotation, Timeline
from pyannote.core import Segment as Span
from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

from fieval.model import Segment
from fieval.speech.diarize import Diarization, DiarizationErrors, Region

Segments = list[Segment]


def talks(*texts: str) -> Segments:
    """Segments written `a 0-5`."""
    parts = [text.replace("-", " ").split() for text in texts]
    return [Segment(speaker, float(start), float(end)) for speaker, start, end in parts]


def errors(
    reference: Sequence[Segment],
    hypothesis: Sequence[Segment],
    duration: float | None = None,
    collar: float = 0.0,
    *,
    skip_overlap: bool = False,
) -> DiarizationErrors:
    return Diarization(reference, hypothesis, Region(duration, collar, skip_overlap)).errors()


def parts(found: DiarizationErrors) -> tuple[float, float, float, float]:
    return found.missed, found.false_alarm, found.confused, found.total


def jer(found: DiarizationErrors) -> float:
    return found.jaccard / found.speakers


def later(side: Segments, seconds: float) -> Segments:
    return [Segment(one.speaker, one.start + seconds, one.end + seconds) for one in side]


# --- by hand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        (talks("a 0-5", "b 5-10"), talks("x 0-5", "y 5-10"), (0, 0, 0, 10)),
        (talks("a 0-5", "b 5-10"), talks("x 0-10"), (0, 0, 5, 10)),
        (talks("a 0-5", "b 5-10"), talks("b 0-5", "a 5-9"), (1, 0, 0, 10)),
        (talks("a 0-5"), talks("x 1-7"), (1, 2, 0, 5)),
        (talks("a 0-10"), talks("x 0-6", "y 6-10"), (0, 0, 4, 10)),
        (talks("a 0-10", "b 4-6"), talks("x 0-10"), (2, 0, 0, 12)),
        (talks("a 0-10"), talks("x 0-10", "y 4-6"), (0, 2, 0, 10)),
        (talks("a 0-10"), [], (10, 0, 0, 10)),
        ([], talks("x 0-10"), (0, 10, 0, 0)),
        ([], [], (0, 0, 0, 0)),
        # One speaker who overlaps herself speaks once (pyannote.metrics: 2 s missed of 10).
        (talks("a 0-5", "a 3-8"), talks("x 0-8"), (0, 0, 0, 8)),
        (talks("a 0-8"), talks("x 0-5", "x 3-8"), (0, 0, 0, 8)),
        # Times out of order, of no length, and reversed.
        (talks("b 5-10", "a 0-5"), talks("y 9-10", "x 0-5", "y 5-9", "z 3-3", "z 9-2"), (0, 0, 0, 10)),
    ],
)
def test_seconds(reference: Segments, hypothesis: Segments, expected: tuple[float, float, float, float]) -> None:
    assert parts(errors(reference, hypothesis)) == expected


@pytest.mark.parametrize(
    ("reference", "total"),
    [
        (talks("a 0-10"), 9.5),
        # Touching segments keep the boundary between them, as in md-eval and pyannote.metrics; spyder has 9.5.
        (talks("a 0-5", "a 5-10"), 9.0),
        (talks("a 0-5", "b 5-10"), 9.0),
        (talks("a 0-5", "b 5.4-10"), 8.6),
        (talks("a 0-5", "b 5.6-10"), 8.4),
        (talks("a 0-0.4"), 0),
        (talks("a 2-2", "b 0-10"), 9.5),
    ],
)
def test_the_collar_is_on_each_side_of_every_boundary(reference: Segments, total: float) -> None:
    assert errors(reference, reference, 12.0, 0.25).total == pytest.approx(total)
    assert errors(reference, [], 12.0, 0.25).missed == pytest.approx(total)


def test_a_boundary_beyond_the_end_of_the_call_reaches_into_it() -> None:
    assert errors(talks("a 0-10", "b 12.1-13"), talks("x 0-12"), 12.0, 0.25).false_alarm == pytest.approx(
        2 - 0.25 - 0.15
    )


def test_speakers_are_paired_before_collars_are_taken_out() -> None:
    """x talks 3 s with a, all in collars, and y 2 s: without the collars, as in pyannote.metrics, a would be y."""
    short = [Segment("a", start, start + 0.5) for start in range(6)]
    reference = [*short, *talks("a 20-22")]
    hypothesis = [Segment("x", one.start, one.end) for one in short] + talks("y 20-22")
    assert parts(errors(reference, hypothesis, 30.0, 0.25)) == (0, 0, 1.5, 1.5)
    assert theirs(reference, hypothesis, 30.0, 0.25)[0] == 0
    assert errors(reference, hypothesis, 30.0, 0.25).pairing == {"a": "x"}


def test_overlap_of_two_speakers_is_left_out_on_demand_and_of_one_is_none() -> None:
    reference, hypothesis = talks("a 0-6", "b 4-10"), talks("x 0-5", "y 5-12")
    assert parts(errors(reference, hypothesis, 12.0)) == (2, 2, 0, 12)
    assert parts(errors(reference, hypothesis, 12.0, skip_overlap=True)) == (0, 2, 0, 8)
    assert errors(talks("a 0-6", "a 4-10"), [], skip_overlap=True).total == 10


def test_the_region_is_the_call_else_the_extent_of_both_sides() -> None:
    reference, hypothesis = talks("a 2-6"), talks("x 0-9")
    assert parts(errors(reference, hypothesis)) == (0, 5, 0, 4)
    assert parts(errors(reference, hypothesis, 7.0)) == (0, 3, 0, 4)
    assert parts(errors(reference, hypothesis, 4.0)) == (0, 2, 0, 2)
    assert parts(errors(reference, hypothesis, 1.0)) == (0, 1, 0, 0)
    assert errors(reference, hypothesis, 1.0).speakers == 0


def test_jaccard_error() -> None:
    assert jer(errors(talks("a 0-10", "b 10-20"), talks("x 0-10", "y 10-15"))) == 0.25
    assert jer(errors(talks("a 0-10", "b 10-20"), talks("x 0-20"))) == 0.75
    assert jer(errors(talks("a 0-10", "b 10-20"), [])) == 1
    assert jer(errors(talks("a 0-10"), talks("x 0-5", "y 5-10", "z 10-30"))) == 0.5
    assert jer(errors(talks("a 0-10", "b 0-10"), talks("x 0-10", "y 0-10"), collar=2.0, skip_overlap=True)) == 0


def test_jaccard_error_pairs_speakers_for_itself() -> None:
    """Paired by time a is x, which leaves b nobody; as dscore has it, a is y and b is x."""
    reference, hypothesis = talks("a 0-100", "b 100-110"), talks("x 0-56", "y 56-100", "x 100-110")
    found = errors(reference, hypothesis)
    assert found.pairing == {"a": "x"}
    assert found.jaccard == pytest.approx(2 - 44 / 100 - 10 / 66)


def test_the_longest_stretches_say_who_spoke_and_who_was_heard() -> None:
    reference, hypothesis = talks("a 0-10", "b 10-20", "b 30-31"), talks("x 0-7", "y 7-18", "y 22-24", "y 30-31")
    found = Diarization(reference, hypothesis, Region()).longest(3)
    told = [(each.kind, each.start, each.end, each.speakers, each.heard) for each in found]
    assert told == [
        ("confused", 7, 10, ("a",), ("y",)),
        ("missed", 18, 20, ("b",), ()),
        ("false alarm", 22, 24, (), ("y",)),
    ]
    assert Diarization(later(reference, 1e9), later(hypothesis, 1e9), Region()).longest(1)[0].start == 1e9 + 7
    assert Diarization(reference, hypothesis, Region(collar=1.0)).longest(9)[0].kind == "confused"
    assert Diarization(reference, reference, Region()).longest(9) == []
    assert Diarization(talks("a 0-10"), talks("x 0.2-9.8"), Region(collar=0.25)).longest(9) == []


# --- against a count over the smallest intervals -----------------------------------------------------------------

QUARTERS = 4
segments = st.lists(
    st.builds(
        lambda speaker, start, length: Segment(speaker, start / QUARTERS, (start + length) / QUARTERS),
        st.sampled_from("abc"),
        st.integers(0, 40),
        st.integers(0, 16),
    ),
    max_size=7,
)
durations = st.one_of(st.none(), st.integers(1, 50).map(lambda quarters: quarters / QUARTERS))
collars = st.sampled_from([0.0, 0.25, 0.5])
regions = st.builds(Region, durations, collars, st.booleans())


def counted(reference: Segments, hypothesis: Segments, region: Region) -> tuple[list[list[Fraction]], Fraction]:
    """Every (missed, false alarm, confused, total) that a best pairing gives, and the least sum of Jaccard errors."""
    step = Fraction(1, QUARTERS)
    cells = range(int((region.duration or 100) * QUARTERS))
    sides = [
        [{each.speaker for each in side if each.start <= cell * step < each.end} for cell in cells]
        for side in (reference, hypothesis)
    ]
    ends = [time for each in reference if each.start < each.end for time in (each.start, each.end)]
    scored = [
        not any(time - region.collar <= cell * step < time + region.collar for time in ends)
        and not (region.skip_overlap and len(sides[0][cell]) > 1)
        for cell in cells
    ]
    every = [dict(zip("abc", names, strict=True)) for names in itertools.permutations("abc")]

    def agreeing(pairing: dict[str, str], kept: Sequence[bool]) -> int:
        return sum(
            len({pairing[name] for name in real} & heard)
            for real, heard, keep in zip(*sides, kept, strict=True)
            if keep
        )

    whole = [agreeing(pairing, [True] * len(cells)) for pairing in every]
    both = [(len(real), len(heard)) for real, heard, keep in zip(*sides, scored, strict=True) if keep]
    missed = sum(max(real - heard, 0) for real, heard in both) * step
    false_alarm = sum(max(heard - real, 0) for real, heard in both) * step
    least = sum(map(min, both))
    total = sum(real for real, _ in both) * step
    results = [
        [missed, false_alarm, (least - agreeing(pairing, scored)) * step, total]
        for pairing, agreed in zip(every, whole, strict=True)
        if agreed == max(whole)
    ]
    return results, min(sum((jaccard(name, pairing[name], sides) for name in "abc"), Fraction()) for pairing in every)


def jaccard(real: str, heard: str, sides: list[list[set[str]]]) -> Fraction:
    pairs = [(real in one, heard in other) for one, other in zip(*sides, strict=True)]
    if not any(one for one, _ in pairs):
        return Fraction(0)
    return 1 - Fraction(sum(one and other for one, other in pairs), sum(one or other for one, other in pairs))


@settings(max_examples=250, deadline=None)
@given(segments, segments, regions)
def test_seconds_equal_a_count_over_the_smallest_intervals(
    reference: Segments, hypothesis: Segments, region: Region
) -> None:
    found = Diarization(reference, hypothesis, region).errors()
    results, least = counted(reference, hypothesis, region)
    assert [Fraction(seconds) for seconds in parts(found)] in results
    assert found.jaccard == pytest.approx(float(least), abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(segments, regions)
def test_what_is_identical_has_no_errors(reference: Segments, region: Region) -> None:
    found = Diarization(reference, reference, region).errors()
    assert (found.wrong, found.jaccard) == (0, 0)


@settings(max_examples=150, deadline=None)
@given(segments, segments, durations)
def test_swapped_sides_swap_what_is_missed_and_made_up(
    reference: Segments, hypothesis: Segments, duration: float | None
) -> None:
    one, other = errors(reference, hypothesis, duration), errors(hypothesis, reference, duration)
    assert (one.missed, one.false_alarm, one.confused) == (other.false_alarm, other.missed, other.confused)


@settings(max_examples=200, deadline=None)
@given(segments, segments, regions, st.permutations("xyz"), st.randoms(use_true_random=False))
def test_neither_names_nor_order_matter(
    reference: Segments, hypothesis: Segments, region: Region, names: list[str], rng: random.Random
) -> None:
    renamed = [Segment(dict(zip("abc", names, strict=True))[one.speaker], one.start, one.end) for one in hypothesis]
    shuffled = reference.copy()
    rng.shuffle(renamed)
    rng.shuffle(shuffled)
    before, after = (
        Diarization(one, other, region).errors() for one, other in ((reference, hypothesis), (shuffled, renamed))
    )
    assert (*parts(before), before.jaccard, before.speakers) == (*parts(after), after.jaccard, after.speakers)


@settings(max_examples=150, deadline=None)
@given(segments, segments, durations, st.floats(0.0, 1.0))
def test_a_cut_segment_changes_nothing_without_a_collar(
    reference: Segments, hypothesis: Segments, duration: float | None, where: float
) -> None:
    def cut(side: Segments) -> Segments:
        middles = [one.start + where * (one.end - one.start) for one in side]
        pairs = zip(side, middles, strict=True)
        return [
            piece
            for one, middle in pairs
            for piece in (Segment(one.speaker, one.start, middle), Segment(one.speaker, middle, one.end))
        ]

    whole, pieces = errors(reference, hypothesis, duration), errors(cut(reference), cut(hypothesis), duration)
    assert (*parts(whole), whole.jaccard) == (*parts(pieces), pieces.jaccard)


@settings(max_examples=150, deadline=None)
@given(segments, segments, regions)
def test_errors_keep_their_bounds(reference: Segments, hypothesis: Segments, region: Region) -> None:
    found = Diarization(reference, hypothesis, region).errors()
    assert min(parts(found)) >= 0
    assert found.missed + found.confused <= found.total
    assert 0 <= found.jaccard <= found.speakers
    assert all(each.start < each.end for each in Diarization(reference, hypothesis, region).longest(99))


# --- against pyannote.metrics ------------------------------------------------------------------------------------


def annotation(side: Sequence[Segment]) -> Annotation:
    made = Annotation()
    for number, one in enumerate(side):
        made[Span(one.start, one.end), number] = one.speaker
    return made


def theirs(
    reference: Segments, hypothesis: Segments, duration: float, collar: float, *, skip_overlap: bool = False
) -> tuple[float, ...]:
    """DER, missed, false alarm, confused and total of pyannote.metrics, whose collar is that of both sides."""
    metric = DiarizationErrorRate(collar=2 * collar, skip_overlap=skip_overlap)
    sides = annotation(reference), annotation(hypothesis)
    found = metric(*sides, uem=Timeline([Span(0, duration)]), detailed=True)
    names = ("diarization error rate", "missed detection", "false alarm", "confusion", "total")
    return tuple(float(found[name]) for name in names)


def call(rng: random.Random, seconds: float = 300.0) -> tuple[Segments, Segments]:
    """A call of two to four speakers who now and then overlap each other, and what a fair pipeline makes of it."""
    speakers = rng.randint(2, 4)
    reference: Segments = []
    free = dict.fromkeys(range(speakers), 0.0)
    time = 0.0
    while time < seconds:
        who, length = rng.randrange(speakers), 0.3 + rng.expovariate(0.4)
        start = max(0.0, time, free[who])
        reference.append(Segment(f"speaker {who}", round(start, 3), round(start + length, 3)))
        free[who] = start + length + 0.01
        time = start + length + rng.uniform(-0.6, 0.8)
    return reference, [
        Segment(one.speaker.replace("speaker", "spk"), round(one.start + rng.uniform(0, 0.1), 3), round(one.end, 3))
        if rng.random() < 0.9
        else Segment(f"spk {rng.randrange(5)} again", one.start, one.end)
        for one in reference
        if rng.random() > 0.1
    ]


@pytest.mark.parametrize(("collar", "skip_overlap"), [(0.0, False), (0.0, True), (0.25, False), (0.25, True)])
def test_calls_equal_pyannote_metrics(collar: float, skip_overlap: bool) -> None:
    rng = random.Random(20261120)
    for _ in range(25):
        reference, hypothesis = call(rng)
        found = errors(reference, hypothesis, 300.0, collar, skip_overlap=skip_overlap)
        der, *seconds = theirs(reference, hypothesis, 300.0, collar, skip_overlap=skip_overlap)
        assert parts(found) == pytest.approx(seconds, abs=1e-6)
        assert found.wrong / found.total == pytest.approx(der, abs=1e-9)
        assert 0.05 < der < 0.5


def test_jaccard_errors_equal_pyannote_metrics_where_speakers_are_paired_alike() -> None:
    rng = random.Random(7)
    for _ in range(15):
        reference, hypothesis = call(rng)
        found = errors(reference, hypothesis, 300.0)
        sides = annotation(reference), annotation(hypothesis)
        expected = JaccardErrorRate()(*sides, uem=Timeline([Span(0, 300)]))  # type: ignore[no-untyped-call]
        assert jer(found) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(segments, segments, st.integers(1, 50), collars)
def test_without_pairing_seconds_equal_pyannote_metrics_on_any_segments(
    reference: Segments, hypothesis: Segments, quarters: int, collar: float
) -> None:
    """Each speaker's own overlap is taken out first, which pyannote.metrics counts twice."""
    one, other = disjoint(reference), disjoint(hypothesis)
    found = errors(one, other, quarters / QUARTERS, collar)
    _, missed, false_alarm, confused, total = theirs(one, other, quarters / QUARTERS, collar)
    assert (found.missed, found.false_alarm, found.total) == pytest.approx((missed, false_alarm, total), abs=1e-6)
    assert found.confused >= confused - 1e-6
    if not collar:
        assert found.confused == pytest.approx(confused, abs=1e-6)


def disjoint(side: Segments) -> Segments:
    free: dict[str, float] = {}
    kept = []
    for one in sorted(side, key=lambda each: each.start):
        start = max(one.start, free.get(one.speaker, 0.0))
        if start < one.end:
            kept.append(Segment(one.speaker, start, one.end))
            free[one.speaker] = one.end
    return kept


# --- long and odd calls ------------------------------------------------------------------------------------------


def long_call(count: int = 5_000, speakers: int = 12) -> Segments:
    """Three hours of turns of 2.125 s with 0.035 s in between, by many speakers in turn."""
    return [Segment(f"speaker {number % speakers}", number * 2.16, number * 2.16 + 2.125) for number in range(count)]


def peak_megabytes(reference: Segments, hypothesis: Segments, region: Region) -> tuple[DiarizationErrors, float]:
    tracemalloc.start()
    try:
        found = Diarization(reference, hypothesis, region).errors()
        return found, tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def test_three_hours_with_12_speakers() -> None:
    gold = long_call()
    moved = [
        Segment("thirteenth" if number % 10 == 0 else f"spk {one.speaker}", one.start, one.end)
        for number, one in enumerate(gold)
        if number % 10 != 1
    ]
    found, megabytes = peak_megabytes(gold, moved[::-1], Region(10_800.0))
    assert parts(found) == pytest.approx((500 * 2.125, 0, 500 * 2.125, 5_000 * 2.125), abs=1e-6)
    assert megabytes < 12


def test_an_endless_turn() -> None:
    gold = long_call()
    for end in (10_800.0, 1e7, 1e308):
        found = errors(gold, [Segment("spk", 0.0, end)], 10_800.0)
        assert (found.missed, found.total) == pytest.approx((0, 5_000 * 2.125), abs=1e-6)
        assert found.false_alarm == pytest.approx(5_000 * 0.035, abs=1e-6)
        assert found.confused == pytest.approx((5_000 - 417) * 2.125, abs=1e-6)
    assert errors(talks("a 0-10"), [Segment("x", 0.0, 1e308)]).false_alarm == 2**20 - 10


def test_two_thousand_overlapping_segments() -> None:
    """All talk at once, each a little longer than the one before: half of them are heard."""
    gold = [Segment(f"speaker {number % 12}", 0.0, 1.0 + number) for number in range(2_000)]
    found, megabytes = peak_megabytes(gold, gold[1::2], Region())
    # Each speaker has talked once, as long as his longest segment; those with an even number are not heard.
    longest = [1.0 + max(range(speaker, 2_000, 12)) for speaker in range(12)]
    assert found.total == sum(longest)
    assert found.missed == sum(longest[::2])
    assert (found.false_alarm, found.confused) == (0, 0)
    assert megabytes < 8


def test_a_speaker_for_every_segment_takes_no_more_memory_than_the_few_real_ones() -> None:
    gold = long_call()
    each = [Segment(str(number), one.start, one.end) for number, one in enumerate(gold)]
    for reference, hypothesis in ((gold, each), (each, gold)):
        found, megabytes = peak_megabytes(reference, hypothesis, Region(10_800.0, 0.25))
        assert parts(found) == pytest.approx((0, 0, (5_000 - 12) * 1.625, 5_000 * 1.625), abs=1e-6)
        assert megabytes < 16


def test_times_may_count_from_anywhere() -> None:
    rng = random.Random(3)
    reference, hypothesis = call(rng)
    found = errors(later(reference, 1.7e9), later(hypothesis, 1.7e9))
    assert parts(found) == pytest.approx(parts(errors(reference, hypothesis)), abs=1e-4)
