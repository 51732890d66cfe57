"""Word errors by count_errors, by jiwer and by rapidfuzz's distance alone: python tests/benchmarks/bench_wer.py.

2,000 calls of about 1,000 words with one error in ten, normalisation apart, side by side in one run on one core's time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import jiwer
from rapidfuzz.distance import Levenshtein

from fieval.speech.align import count_errors

CALLS, VOCABULARY, ROUNDS = 2_000, 8_000, 3

Pair = tuple[str, str]


def main() -> None:
    calls = [made(random.Random(seed)) for seed in range(CALLS)]
    print(f"{CALLS:,} calls, {sum(len(said.split()) for said, _ in calls):,} words")
    floor = seconds(lambda said, heard: Levenshtein.distance(said.split(), heard.split()), calls)
    ours = seconds(lambda said, heard: count_errors(said.split(), heard.split()), calls)
    peer = seconds(jiwer.process_words, calls)
    for name, taken in (("rapidfuzz distance", floor), ("fieval count_errors", ours), ("jiwer process_words", peer)):
        print(f"  {name:22} {CALLS / taken:8,.0f} calls/s, {taken / floor:5.2f} times the floor")
    print(f"  jiwer takes {peer / ours:.2f} times as long as fieval")


def made(rng: random.Random) -> Pair:
    """What was said, and what was heard of it: six in ten errors are other words, the rest lost or put in."""
    shares = [1 / rank for rank in range(1, VOCABULARY + 1)]
    said = [f"w{place}" for place in rng.choices(range(VOCABULARY), shares, k=rng.randint(500, 1500))]
    heard = []
    for word in said:
        kind = rng.random()
        if kind >= 0.02:
            heard.append(f"w{rng.randrange(VOCABULARY)}" if kind < 0.08 else word)
        if kind >= 0.98:
            heard.append(f"w{rng.randrange(VOCABULARY)}")
    return " ".join(said), " ".join(heard)


def seconds(function: Callable[[str, str], object], calls: list[Pair]) -> float:
    return min(once(function, calls) for _ in range(ROUNDS))


def once(function: Callable[[str, str], object], calls: list[Pair]) -> float:
    start = time.process_time()
    for said, heard in calls:
        function(said, heard)
    return time.process_time() - start


if __name__ == "__main__":
    main()
