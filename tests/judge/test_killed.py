"""A run that is killed at any moment loses no verdict that it had, and asks for none again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fieval.judge import Answer
from fieval.judge.cache import Cache
from fieval.judge.identity import digest

from judge.asking import asked, odd_are_wrong, session
from judge.scripted_server import Server

COUNT, KILLS = 300, 30
TESTS = Path(__file__).parents[1]


class Recorder:
    """A process that forks one that records, each time it is told to."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "judge.recording", server.url, folder, str(COUNT)],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> int:
        """The id of a fresh process."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self._line()

    def code(self) -> int:
        """How the last one ended."""
        return self._line()

    def stop(self) -> None:
        self._process.communicate(timeout=20)

    def _line(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def recording(server: Server, folder: Path) -> Iterator[Recorder]:
    recorder = Recorder(server, folder)
    try:
        yield recorder
    finally:
        recorder.stop()


def remembered(folder: Path) -> set[str]:
    """Digests of what was asked and is in the cache."""
    cache = Cache(folder / "judge.sqlite")
    try:
        return {record.text for record in cache.records()}
    finally:
        cache.close()


def digests(server: Server) -> list[str]:
    return [digest(request.content) for request in server.requests]


def test_thirty_kills_lose_nothing_and_repeat_nothing(server: Server, tmp_path: Path) -> None:
    server.verdict, server.delay = odd_are_wrong, 0.003
    rng = random.Random(20261120)
    kept: set[str] = set()
    with recording(server, tmp_path) as recorder:
        for number in range(KILLS):
            sent, acknowledged = len(server.requests), tmp_path / f"acknowledged {number}"
            child = recorder.start()
            more = rng.randrange(1, 13)
            until = time.monotonic() + 30
            while len(server.requests) < min(COUNT, sent + more) and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(rng.random() * 0.01)
            os.kill(child, signal.SIGKILL)
            assert recorder.code() == -signal.SIGKILL
            assert not kept & set(digests(server)[sent:]), "asked again"
            now = remembered(tmp_path)
            assert kept <= now, "lost"
            assert len(now - kept) >= acknowledged.stat().st_size, "told and not kept"
            kept = now
        assert 0 < len(kept) < COUNT
        sent = len(server.requests)
        recorder.start()
        assert recorder.code() == 0
    assert sorted(digests(server)[sent:]) == sorted({digest(asked(n).content) for n in range(COUNT)} - kept)
    check_every_verdict(server, tmp_path)


def check_every_verdict(server: Server, folder: Path) -> None:
    """Everything is there, and each verdict belongs to its question."""
    sent = len(server.requests)
    with session(server, folder) as judge:
        replies = judge.ask_all([asked(number) for number in range(COUNT)])
    assert len(server.requests) == sent
    for number, reply in enumerate(replies):
        assert isinstance(reply, Answer)
        assert reply.by_id()["c1"].verdict == ("contradicted" if number % 2 else "supported")


def test_two_processes_at_once_share_what_they_learn(server: Server, tmp_path: Path) -> None:
    server.verdict, server.delay = odd_are_wrong, 0.003
    with recording(server, tmp_path) as one, recording(server, tmp_path) as two:
        one.start()
        two.start()
        assert (one.code(), two.code()) == (0, 0)
    assert len(remembered(tmp_path)) == COUNT
    assert len(server.requests) < 2 * COUNT
    check_every_verdict(server, tmp_path)
