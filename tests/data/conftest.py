"""A small dataset on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

CARD = """\
name: demo
version: '1'
language: en
labels:
  intent: [billing, outage, other]
  sentiment: {values: [negative, neutral, positive], ordinal: true}
scores:
  csat: {min: 1, max: 5}
cohorts: [team]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a dataset that has a card and two interactions, `a` and `b`."""
    (tmp_path / "dataset.yaml").write_text(CARD, encoding="utf-8")
    (tmp_path / "interactions.jsonl").write_text(
        '{"id": "a", "channel": "voice"}\n{"id": "b", "channel": "chat"}\n', encoding="utf-8"
    )
    return tmp_path
