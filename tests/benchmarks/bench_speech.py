"""Normalisers against `str.lower().split()`, by hand: python tests/benchmarks/bench_speech.py [INTERACTIONS.jsonl].

Words a second of one core's time, on made calls and on the gold turns of a dataset, the first time and again, when the
spelling of each word is known; whisper-normalizer beside them where it is installed. The ratio tells more than the
speed, as machines differ and are busy.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from fieval.speech import normalize

CALLS, WORDS, VOCABULARY = 400, 900, 8_000
ROUNDS = 5
SAID = """
    $3.5 million|twenty twenty|4417 22|nine one nine six nine six|3:30 PM|don't|it's|I would|Q3 2020|105%|May 5th|
    a hundred and five percent|the third quarter|uh|umm|I B M|non-refundable|re-open|e-mail|one of them|two and a half
"""

Normalize = Callable[[str], object]


def main() -> None:
    texts = {"made calls": made_calls()}
    for path in sys.argv[1:]:
        texts[Path(path).parent.name] = gold_calls(Path(path))
    for name, calls in texts.items():
        print(f"{name}: {len(calls)} calls, {sum(len(call.split()) for call in calls)} words")
        plain = best(lower_and_split, calls)
        for normalizer in ("english", "basic"):
            normalize._shared.cache_clear()
            one = normalize.normalizer(normalizer, "")
            report(f"{normalizer}, first time", seconds(one, calls), plain, calls)
            report(normalizer, best(one, calls), plain, calls)
        for peer, function in peers().items():
            report(peer, seconds(function, calls), plain, calls)


def report(name: str, taken: float, plain: float, calls: Sequence[str]) -> None:
    words = sum(len(call.split()) for call in calls)
    print(f"  {name:32} {words / taken / 1e6:6.2f} million words/s, {taken / plain:6.1f} times as long")


def lower_and_split(text: str) -> list[str]:
    return text.lower().split()


def made_calls() -> list[str]:
    """Calls with Zipf's share of each word, and a number, a contraction or the like at every twentieth place."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghilmnoprstu", k=rng.randint(3, 9))) for _ in range(VOCABULARY)]
    shares = [1 / rank for rank in range(1, VOCABULARY + 1)]
    said = [phrase.strip() for phrase in SAID.split("|")]
    calls = []
    for _ in range(CALLS):
        call = rng.choices(words, shares, k=WORDS)
        call = [rng.choice(said) if rng.random() < 0.05 else word for word in call]
        calls.append(" ".join(word + rng.choice(["", "", "", "", ",", "."]) for word in call))
    return calls


def gold_calls(path: Path) -> list[str]:
    gold = [json.loads(line)["gold"] for line in path.read_text(encoding="utf-8").splitlines()]
    return ["\n".join(turn["text"] for turn in each["turns"]) for each in gold]


def peers() -> dict[str, Normalize]:
    try:
        return {"whisper-normalizer": import_module("whisper_normalizer.english").EnglishTextNormalizer()}
    except ImportError:
        return {}


def best(function: Normalize, calls: Sequence[str]) -> float:
    return min(seconds(function, calls) for _ in range(ROUNDS))


def seconds(function: Normalize, calls: Sequence[str]) -> float:
    start = time.process_time()
    for call in calls:
        function(call)
    return time.process_time() - start


if __name__ == "__main__":
    main()
