"""`fieval run --judge batch`: real processes, of which the first is interrupted and the second reads its batch."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieval.judge.canaries import shipped

from end_to_end.command import INSTALLED
from end_to_end.judged_gate import gate, write
from judge.batch_server import BatchServer, serving_batches
from judge.conftest import nobody
from judge.scripted_server import plausible

__all__ = ["nobody"]
CANARIES = 2 * len(shipped())


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with serving_batches() as running:
        running.decide = plausible
        yield running


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "CI": "", "ANTHROPIC_API_KEY": "sk-not-a-secret", "HOME": str(folder)}
    process = subprocess.Popen(
        [*INSTALLED, "run", "--judge", "batch", "--out", folder / "run", "-c", folder / "gate.yaml"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_an_interrupted_run_is_taken_up_and_says_what_any_run_says(server: BatchServer, tmp_path: Path) -> None:
    folder, other = write(tmp_path / "one", server.url), write(tmp_path / "two", server.url)
    server.looks = 10**6
    with started(folder) as process:
        until = time.monotonic() + 60
        while server.done["state"] == 0 and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    handed_in = len(server.submitted)
    told = f"Interrupted: {handed_in} questions in batches: these go on at the provider, and another run picks them up."
    assert told in stderr and f" {handed_in} of these go in batches at 50% of the price" in stderr
    server.looks = 0
    second = gate(folder, "--judge", "batch")
    assert second.code == 0, second.process.stderr
    assert f" {handed_in} of these go in batches ({handed_in} of them handed in before)" in second.process.stderr
    assert second.report["provenance"]["judge"]["mode"] == "batch"
    assert second.calls == handed_in and set(server.submitted.values()) == {1}
    assert len(server.requests) == CANARIES
    live = gate(other, "--judge", "record")
    assert live.lasting == second.lasting
    assert len(server.requests) == 2 * CANARIES + handed_in


def test_a_batch_over_budget_is_not_handed_in(server: BatchServer, tmp_path: Path) -> None:
    folder = write(tmp_path, server.url)
    config = folder / "gate.yaml"
    config.write_text(config.read_text().replace("cache: judge.sqlite", "cache: judge.sqlite\n  max_usd: 2"))
    found = gate(folder, "--judge", "batch")
    assert found.code == 4 and not server.made
    assert "could be crossed by a batch of" in found.report["headline"]
    assert found.verdicts("fabrication_rate") == {"max": "pass"}
