"""A small folder with a gate whose steps are judged, for tests of the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from made_dataset import Made, made

CONFIG = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
judge:
  provider: anthropic
  cache: judge.sqlite
steps:
  summary:
    evaluator: summary_quality
    rubric: {reason: "It says why the customer called."}
    gates: {faithfulness: {min: 0.01}}
  resolution: {evaluator: conversation_resolution, gates: {judged_resolution: {min: 0.01}}}
  coherence: {evaluator: conversation_coherence, gates: {coherence: {min: 0.01}}}
  vouchers: {evaluator: custom_evaluation, prompt: vouchers.md, gates: {judged_score: {min: 0.01}}}
significance: {resamples: 999}
"""
QUESTION = "Are vouchers named?"


def judged(n: int = 24, harm: float = 0.2) -> Made:
    """`n` interactions of which some outputs changed."""
    found = made(n, seed=3, harm=harm)
    found.config = CONFIG
    return found


def write(made_up: Made, folder: Path) -> Path:
    """The folder's config, with a cassette that is named but not there."""
    path = made_up.write(folder)
    (folder / "vouchers.md").write_text(QUESTION)
    return path


def name_cassette(config: Path, name: str = "judge.jsonl") -> None:
    """Let the config name a cassette."""
    config.write_text(config.read_text().replace("cache: judge.sqlite", f"cache: judge.sqlite\n  cassette: {name}"))


def lines(path: Path) -> list[dict[str, Any]]:
    """A file of JSON Lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_lines(path: Path, content: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in content))
