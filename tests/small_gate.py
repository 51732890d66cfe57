"""A gate of few interactions, for tests that need some run and none in particular: it takes a fourth of the time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from made_dataset import made

BROKEN = "broken.jsonl"  # the candidate again, but that its recognition broke
CONFIG = "fieval.yaml"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a bare `fieval run` passes, and one with `--candidate broken.jsonl` fails; not to be changed."""
    folder = tmp_path_factory.mktemp("small")
    one = made(n=40)
    one.write(folder).rename(folder / CONFIG)
    worse = zip(one.candidate, made(n=40, harm=0.4).candidate, strict=True)
    broken = [line | {"turns": heard["turns"]} for line, heard in worse]
    (folder / BROKEN).write_text("".join(json.dumps(line) + "\n" for line in broken), encoding="utf-8")
    return folder
