"""Traces as OpenTelemetry's SDK, livekit-agents and pipecat-ai make them today."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from fieval.importers import Reading, convert


def made(framework: str, folder: Path, **asked: str) -> dict[str, Any]:
    script = Path(__file__).with_name("frameworks.py")
    command = [sys.executable, str(script), framework, str(folder / "trace.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    convert("otlp", [folder / "trace.json"], folder / "out.jsonl", reading=Reading(mapping=asked))
    (line,) = (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[str, Any] = json.loads(line)
    assert [(turn["speaker"], turn["text"]) for turn in found["turns"]] == [
        ("customer", "hello there"),
        ("agent", "good day"),
    ]
    assert found["id"] == f"by-{framework}"
    return found


def lacking(*modules: str) -> bool:
    return not all(find_spec(module) for module in modules)


@pytest.mark.skipif(lacking("opentelemetry"), reason="needs pip install -e '.[dev]'")
def test_what_the_sdk_encodes_is_read(tmp_path: Path) -> None:
    line = made("sdk", tmp_path, checked="my")
    assert line["labels"] == {"checked": {"label": "true", "confidence": 0.5}}
    assert [(turn["start"], turn["end"]) for turn in line["turns"]] == [(0.0, 0.5), (1.0, 1.5)]


@pytest.mark.frameworks
@pytest.mark.skipif(lacking("livekit", "livekit.agents"), reason="needs pip install livekit-agents")
def test_a_session_of_livekit_agents_is_read(tmp_path: Path) -> None:
    assert made("livekit", tmp_path)["turns"][1]["end"] > 0


@pytest.mark.frameworks
@pytest.mark.skipif(lacking("pipecat"), reason="needs pip install pipecat-ai")
def test_a_turn_of_pipecat_is_read(tmp_path: Path) -> None:
    assert made("pipecat", tmp_path)["turns"][1]["end"] > 0
