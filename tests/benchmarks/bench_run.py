"""Whole runs against the floor, by size, by workers, on a cluster; their memory: python tests/benchmarks/bench_run.py

Every figure is of processes of their own, two of which take turns; time is the processor's, children included, and the
clock's where workers share it. Prints a table in Markdown. `--large` adds 100,000 chats and 20,000 long calls.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROGRAMS = Path(sys.executable).parent
FIEVAL, DASK = PROGRAMS / "fieval", PROGRAMS / "dask"
ROUNDS = 3
VOCABULARY = [
    f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("a", "e", "in", "o", "ur") for c in ("", "l", "ning", "s", "ter")
]
INTENTS = ["billing", "outage", "cancel", "move", "sales", "other"]
CARD = """\
name: many
version: "1"
labels:
  intent: [billing, outage, cancel, move, sales, other]
  resolution: ["yes", "no"]
cohorts: [product]
"""
CALL_STEPS = "  asr: {evaluator: asr_accuracy, gates: {wer: {max_regression: 0.01, by: [product]}}}\n"
CHAT_STEPS = """\
  intent: {evaluator: label_agreement, gates: {kappa: {max_regression: 0.03, by: [product]}}}
  resolution: {evaluator: label_agreement, after: [intent], gates: {accuracy: {max_regression: 0.03}}}
"""
CONFIG = "version: 1\ndataset: data\ncandidate: candidate.jsonl\nbaseline: baseline.jsonl\nsteps:\n"
Line = dict[str, Any]


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and of the processor, and the largest process in MB."""

    wall: float
    cpu: float
    megabytes: float


def main() -> None:
    large = "--large" in sys.argv
    print("| what | here | ratio |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        against_the_floor(calls(folder / "calls", 5_000))
        by_size([chats(folder / f"chats{n}", n) for n in (1_000, 10_000, *((100_000,) if large else ()))])
        by_workers(calls(folder / "more", 20_000 if large else 5_000))


def against_the_floor(folder: Path) -> None:
    floor, whole = in_turn(lambda: took([sys.executable, HERE / "floor.py", folder]), lambda: run(folder))
    told(
        "whole run, 5,000 calls of 1,000 words, against the floor", whole, f"{whole.cpu / floor.cpu:.2f} times its CPU"
    )


def by_size(folders: list[Path]) -> None:
    first = None
    for folder in folders:
        n = int(folder.name.removeprefix("chats"))
        found = run(folder)
        each = found.cpu / n * 1000
        first = first or each
        told(f"{n:,} chats, two labels each", found, f"{each:.2f} ms each, {each / first:.2f} times that of 1,000")


def by_workers(folder: Path) -> None:
    alone, shared = in_turn(lambda: run(folder), lambda: run(folder, "--workers", "2"))
    n = sum(1 for _ in (folder / "candidate.jsonl").open("rb"))
    told(f"{n:,} calls, 2 workers against 1", shared, f"{alone.wall / shared.wall:.2f} times as fast by the clock")
    with cluster() as address:
        away = min((run(folder, "--cluster", address) for _ in range(ROUNDS)), key=lambda each: each.wall)
    told(f"{n:,} calls, Dask with 2 workers against the pool", away, f"{away.wall / shared.wall:.2f} times as long")


def told(what: str, found: Took, ratio: str) -> None:
    here = f"{found.wall:.1f} s, {found.cpu:.1f} s of CPU, {found.megabytes:,.0f} MB"
    print(f"| {what} | {here} | {ratio} |", flush=True)


def in_turn(one: Callable[[], Took], other: Callable[[], Took]) -> tuple[Took, Took]:
    """The fastest of either, one after the other so that a slow machine is slow to both."""
    rounds = [(one(), other()) for _ in range(ROUNDS)]
    first, second = (min(each, key=lambda took: took.cpu) for each in zip(*rounds, strict=True))
    return first, second


def run(folder: Path, *more: str) -> Took:
    command: list[str | Path] = [FIEVAL, "run", "-c", folder / "fieval.yaml", "--out", folder / "out", "--quiet", *more]
    return took(command)


def took(command: list[str | Path]) -> Took:
    """A command with all its children, by the system's own account."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise RuntimeError(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return Took(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def cluster() -> Iterator[str]:
    """A Dask scheduler with two workers on this machine."""
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([DASK, "scheduler", *options], stderr=subprocess.PIPE, text=True)
    assert scheduler.stderr is not None
    address = next(found[1] for line in scheduler.stderr if (found := re.search(r"Scheduler at: +(\S+)", line)))
    worker = [DASK, "worker", address, "--nthreads", "1", "--no-dashboard"]
    workers = [subprocess.Popen(worker, stderr=subprocess.DEVNULL, text=True) for _ in range(2)]
    time.sleep(5)
    try:
        yield address
    finally:
        for process in (*workers, scheduler):
            process.terminate()
            process.wait()


def calls(folder: Path, n: int) -> Path:
    """Calls of about 1,000 words, one in ten of which is misheard."""
    rng = random.Random(1)

    def lines() -> Iterator[tuple[Line, Line, Line]]:
        for index in range(n):
            turns = [rng.choices(VOCABULARY, k=25) for _ in range(40)]
            name = {"id": f"call-{index:07}"}
            gold = {
                **name,
                "channel": "voice",
                "cohorts": {"product": rng.choice("abcd")},
                "gold": {"turns": spoken(turns)},
            }
            heard = [
                [[rng.choice(VOCABULARY) if rng.random() < 0.1 else word for word in turn] for turn in turns]
                for _ in range(2)
            ]
            yield gold, {**name, "turns": spoken(heard[0])}, {**name, "turns": spoken(heard[1])}

    return written(folder, CALL_STEPS, lines())


def chats(folder: Path, n: int) -> Path:
    """Short chats with two labels."""
    rng = random.Random(1)

    def lines() -> Iterator[tuple[Line, Line, Line]]:
        for index in range(n):
            turns = [rng.choices(VOCABULARY, k=9) for _ in range(6)]
            name = {"id": f"chat-{index:07}"}
            labels = {"intent": rng.choice(INTENTS), "resolution": rng.choice(["yes", "no"])}
            gold = {"turns": spoken(turns), "labels": labels}
            made = [{**name, "labels": guessed(labels, rng)} for _ in range(2)]
            yield (
                {**name, "channel": "chat", "cohorts": {"product": rng.choice("abcd")}, "gold": gold},
                made[0],
                made[1],
            )

    return written(folder, CHAT_STEPS, lines())


def guessed(labels: dict[str, str], rng: random.Random) -> Line:
    intent = labels["intent"] if rng.random() < 0.8 else rng.choice(INTENTS)
    resolution = labels["resolution"] if rng.random() < 0.9 else rng.choice(["yes", "no"])
    return {"intent": {"label": intent, "confidence": round(rng.random(), 3)}, "resolution": resolution}


def spoken(turns: list[list[str]]) -> list[Line]:
    return [
        {"speaker": "agent" if index % 2 else "customer", "text": " ".join(turn)} for index, turn in enumerate(turns)
    ]


def written(folder: Path, steps: str, lines: Iterator[tuple[Line, Line, Line]]) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "data/dataset.yaml").write_text(CARD)
    (folder / "fieval.yaml").write_text(CONFIG + steps)
    names = ("data/interactions.jsonl", "baseline.jsonl", "candidate.jsonl")
    files = [(folder / name).open("w") for name in names]
    for three in lines:
        for file, line in zip(files, three, strict=True):
            file.write(json.dumps(line) + "\n")
    for file in files:
        file.close()
    return folder


if __name__ == "__main__":
    main()
