"""1,000 judged summaries from the cache and from a cassette, by hand: python tests/benchmarks/bench_judge.py.

Each transcript has about 3,100 characters and each question 12 claims. Recorded against a local server that answers
at once, so that its time is our own cost of a call.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fieval.judge import Question, Settings, open_judge
from fieval.judge.support import question
from fieval.model import Turn

from judge.scripted_server import Server, serving

COUNT, ROUNDS = 1000, 5


def main() -> None:
    os.environ.update(ANTHROPIC_API_KEY="sk-not-a-secret", no_proxy="127.0.0.1")
    with tempfile.TemporaryDirectory() as name, serving() as server:
        folder = Path(name)
        cassette = folder / "judge.jsonl"
        recorded = timed(lambda: ask(server, folder, "record", cassette=None, export=cassette))
        print(f"recorded: {recorded:.2f} s, {COUNT / recorded:.0f} calls a second, SDK import included")
        absent = folder / "absent"
        cached = [timed(lambda: ask(server, folder, "record", None)) for _ in range(ROUNDS)]
        replayed = [timed(lambda: ask(server, absent, "replay", cassette)) for _ in range(ROUNDS)]
        print(
            f"from the cache: {statistics.median(cached):.3f} s; from a cassette: {statistics.median(replayed):.3f} s"
        )
        size, lines = (folder / "judge.sqlite").stat().st_size, cassette.stat().st_size
        print(f"cache {size / COUNT:.0f} bytes an answer, cassette {lines / COUNT:.0f}; calls {len(server.requests)}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, server included")


def ask(server: Server, folder: Path, mode: str, cassette: Path | None, export: Path | None = None) -> None:
    settings = Settings(mode=mode, base_url=server.url, cache=folder / "judge.sqlite", cassette=cassette)  # type: ignore[arg-type]
    opened = open_judge(settings)
    assert opened is not None
    with opened as judge:
        judge.ask_all([made(number) for number in range(COUNT)])
        if export is not None:
            judge.export(export, reasons=True)


def made(number: int) -> Question:
    turns = [Turn("agent" if turn % 2 else "customer", f"{number} {turn} " + "word " * 20) for turn in range(28)]
    return question(
        turns, {f"s{claim}": f"Claim {claim} of summary {number}." for claim in range(12)}, f"call-{number}"
    )


def timed(function: Callable[[], None]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
