"""A run in batches that is killed at any moment hands nothing in twice and loses nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from fieval.judge import Answer

from judge.asking import asked, odd_are_wrong
from judge.asking import session as any_session
from judge.batch_server import BatchServer, serving_batches
from judge.conftest import without_credentials
from judge.test_killed import remembered

COUNT, GRACE = 120, 0.4
TESTS = Path(__file__).parents[1]
STAGES = ("create", "state", "results")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-not-a-secret")
    with serving_batches() as running:
        running.verdict, running.delay, running.slow, running.looks = odd_are_wrong, 0.01, 0.01, 3
        yield running


class Runner:
    """A process that forks one that asks, each time it is told to."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "judge.batch_recording", str(COUNT), str(GRACE)],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, server: BatchServer, folder: Path) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{server.url}\t{folder}\n")
        self._process.stdin.flush()
        return self.line()

    def line(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Runner]]:
    """Two, which have imported what is needed."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as environment:
        without_credentials(environment, tmp_path_factory.mktemp("home"))
        environment.setenv("ANTHROPIC_API_KEY", "sk-not-a-secret")
        found = [Runner(), Runner()]
        for runner in found:
            stack.callback(runner.stop)
        yield found


def when_it_happens(server: BatchServer, stage: str, rng: random.Random) -> None:
    """Wait until the next call of a kind, and a little."""
    before, until = server.done[stage], time.monotonic() + 0.7
    while server.done[stage] == before and time.monotonic() < until:
        time.sleep(0.0005)
    time.sleep(rng.random() * 0.04)


def kill(child: int) -> None:
    """It may have ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def check_all(server: BatchServer, folder: Path) -> None:
    asked_before = len(server.made)
    with any_session(server, folder, mode="batch") as judge:
        replies = judge.ask_all([asked(number) for number in range(COUNT)])
    assert len(server.made) == asked_before
    for number, reply in enumerate(replies):
        assert isinstance(reply, Answer)
        assert reply.by_id()["c1"].verdict == ("contradicted" if number % 2 else "supported")


@pytest.mark.parametrize("seed", range(5))
def test_kills_hand_nothing_in_twice_and_lose_nothing(
    seed: int, server: BatchServer, runners: list[Runner], tmp_path: Path
) -> None:
    rng = random.Random(seed)
    kept: set[str] = set()
    for stage in ("create", *rng.choices(STAGES, k=4)):
        child = runners[0].start(server, tmp_path)
        when_it_happens(server, stage if server.made else "create", rng)
        kill(child)
        runners[0].line()
        now = remembered(tmp_path)
        assert kept <= now, "lost"
        kept = now
    runners[0].start(server, tmp_path)
    assert runners[0].line() == 0
    assert len(server.submitted) == COUNT
    assert set(server.submitted.values()) == {1}, "handed in twice"
    assert not server.requests
    check_all(server, tmp_path)


@pytest.mark.parametrize("seed", range(2))
def test_of_two_at_once_one_may_be_killed(
    seed: int, server: BatchServer, runners: list[Runner], tmp_path: Path
) -> None:
    rng = random.Random(seed)
    one, two = runners
    child = one.start(server, tmp_path)
    two.start(server, tmp_path)
    when_it_happens(server, "create", rng)
    kill(child)
    one.line()
    assert two.line() == 0
    assert set(server.submitted.values()) == {1} and len(server.submitted) == COUNT
    check_all(server, tmp_path)
