"""What the tests of this room share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.scripted_server import Server, serving


def without_credentials(environment: pytest.MonkeyPatch, home: Path) -> None:
    """No credentials, profiles or proxies but those that a test makes itself; and no real API."""
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_") or name == "CI"]:
        environment.delenv(name)
    environment.setenv("HOME", str(home))
    environment.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody can be asked by accident."""
    without_credentials(monkeypatch, tmp_path)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A scripted server, and a key for it."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-not-a-secret")
    with serving() as running:
        yield running
