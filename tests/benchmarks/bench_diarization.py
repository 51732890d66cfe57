"""Diarization errors against pyannote.metrics, by hand: python tests/benchmarks/bench_diarization.py.

500 made calls of seven minutes with two to four speakers, DER with and without collar and overlap; pyannote.metrics
gets fewer of them, whose time is scaled up. We compute JER at the same time, they do not. Then one long call.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Callable, Sequence
from functools import partial

from pyannote.core import Annotation, Timeline
from pyannote.core import Segment as Span
from pyannote.metrics.diarization import DiarizationErrorRate

from fieval.model import Segment
from fieval.speech.diarize import Diarization, Region
from fieval.speech.speakers import misattributed_words, permuted_word_errors, spoken

CALLS, THEIR_CALLS, SECONDS, ROUNDS = 500, 50, 420.0, 3
Call = tuple[list[Segment], list[Segment]]


def main() -> None:
    rng = random.Random(20261120)
    calls = [made(rng) for _ in range(CALLS)]
    print(f"{CALLS} calls, {sum(len(gold) for gold, _ in calls)} gold segments")
    for collar in (0.0, 0.25):
        for skip_overlap in (False, True):
            compared(calls, Region(SECONDS, collar, skip_overlap))
    long_call()


def made(rng: random.Random) -> Call:
    """A call, and what a fair pipeline makes of it; nobody overlaps himself."""
    speakers, at = rng.randint(2, 4), 0.0
    free = dict.fromkeys(range(speakers), 0.0)
    gold: list[Segment] = []
    while at < SECONDS:
        who, length = rng.randrange(speakers), 0.3 + rng.expovariate(0.4)
        start = max(0.0, at, free[who])
        gold.append(Segment(f"speaker {who}", round(start, 3), round(start + length, 3)))
        free[who] = start + length + 0.01
        at = start + length + rng.uniform(-0.6, 0.8)
    return gold, [
        Segment(
            f"spk {one.speaker if rng.random() < 0.9 else rng.randrange(5)}", one.start + rng.uniform(0, 0.2), one.end
        )
        for one in gold
        if rng.random() > 0.1
    ]


def compared(calls: Sequence[Call], region: Region) -> None:
    found = [Diarization(*call, region).errors() for call in calls]
    ours = best(lambda: [Diarization(*call, region).errors() for call in calls]) / len(calls)
    metric = DiarizationErrorRate(collar=2 * region.collar, skip_overlap=region.skip_overlap)
    parts: list[dict[str, float]] = []

    def theirs() -> None:
        parts[:] = [
            metric(annotation(gold), annotation(heard), uem=Timeline([Span(0, SECONDS)]), detailed=True)
            for gold, heard in calls[:THEIR_CALLS]
        ]

    seconds = best(theirs) / THEIR_CALLS
    apart = max(
        abs(mine - other[name])
        for one, other in zip(found, parts, strict=False)
        for name, mine in (
            ("missed detection", one.missed),
            ("false alarm", one.false_alarm),
            ("confusion", one.confused),
            ("total", one.total),
        )
    )
    der = sum(one.wrong for one in found) / sum(one.total for one in found)
    print(
        f"collar {region.collar:4} skip_overlap {region.skip_overlap!s:5}: DER {der:.4%}, {1 / ours:5.0f} calls/s, "
        f"pyannote.metrics {1 / seconds:3.0f}: {seconds / ours:.0f} times; at most {apart:.1e} s apart"
    )


def annotation(side: Sequence[Segment]) -> Annotation:
    whole = Annotation()
    for number, one in enumerate(side):
        whole[Span(one.start, one.end), number] = one.speaker
    return whole


def best(work: Callable[[], object]) -> float:
    """Processor seconds of the best round."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def long_call() -> None:
    """Three hours, 12 speakers, 5,000 turns, 30,000 words, of which nothing is right, and a loop ten times as long."""
    rng = random.Random(1)
    words = [f"word{number}" for number in range(3000)]
    gold, heard = ([(f"speaker {n % 12}", rng.choices(words, k=6)) for n in range(5_000)] for _ in range(2))
    loop = [*heard, *([("speaker 1", ["thank", "you"])] * 135_000)]
    times = [Segment(name, n * 2.16, n * 2.16 + 2.1) for n, (name, _) in enumerate(gold)]
    seconds = best(lambda: Diarization(times, times, Region(1e4)).errors())
    print(f"three hours, 5,000 segments, DER and JER: {seconds:.3f} s")
    for name, side in (("30,000 other words", heard), ("these and a loop of 270,000", loop)):
        wder, cpwer = (
            best(partial(rate, spoken(gold), spoken(side))) for rate in (misattributed_words, permuted_word_errors)
        )
        print(f"against {name}: WDER {wder:.2f} s, cpWER {cpwer:.2f} s")
    print(f"peak of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
