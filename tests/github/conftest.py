"""What the tests of this room share."""

import os
from collections.abc import Iterator

import pytest

from github.fake_github import FakeGitHub, serving


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where these tests run in a workflow themselves, its files and its token are not theirs; nor is a proxy."""
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "RUNNER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[FakeGitHub]:
    with serving() as running:
        yield running
