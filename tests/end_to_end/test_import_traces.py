"""From traces of calls to a verdict, as a user types it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from end_to_end.command import PROJECT, fieval

SAMPLES = PROJECT / "tests" / "importers" / "samples" / "otlp"
README = PROJECT / "README.md"
CARD = """
name: calls
version: "1"
labels: {intent: [billing_dispute, order_status, other]}
"""
CONFIG = """
version: 1
dataset: golden
candidate: candidate.jsonl
steps:
  asr: {evaluator: asr_accuracy, gates: {wer: {max: 0.01}}}
  intent: {evaluator: label_agreement, label: intent, gates: {accuracy: {min: 0.9}}}
"""
LIVEKIT = [
    ("agent", "Hello, this is the billing desk. How can I help?"),
    ("customer", "My last bill is twenty pounds higher than the one before."),
    ("agent", "I see a roaming charge of 18 pounds."),
    ("customer", "No, just take it off, please."),
    ("agent", "It is taken off."),
]
PIPECAT = [
    ("agent", "Welcome to the shop."),
    ("customer", "Where is my order? The one from Monday."),
    ("agent", "It left our warehouse. You get it tomorrow."),
    ("customer", "Can you send it to my office?"),
    ("agent", "Yes, what is the address of it?"),
]


def gate(folder: Path, identifier: str, gold: list[tuple[str, str]], intent: str) -> None:
    (folder / "golden").mkdir()
    (folder / "golden" / "dataset.yaml").write_text(CARD, encoding="utf-8")
    turns = [{"speaker": speaker, "text": text} for speaker, text in gold]
    line = {"id": identifier, "channel": "voice", "gold": {"turns": turns, "labels": {"intent": intent}}}
    (folder / "golden" / "interactions.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (folder / "fieval.yaml").write_text(CONFIG, encoding="utf-8")


@pytest.mark.parametrize(
    ("sample", "key", "identifier", "gold", "intent"),
    [
        ("livekit_1_6.json", "billing.intent", "AJ_first", LIVEKIT, "billing_dispute"),
        ("pipecat.json", "shop.intent", "conv-77", PIPECAT, "order_status"),
    ],
)
def test_a_trace_is_gated(
    tmp_path: Path, sample: str, key: str, identifier: str, gold: list[tuple[str, str]], intent: str
) -> None:
    gate(tmp_path, identifier, gold, intent)
    (tmp_path / "traces").mkdir()
    text = (SAMPLES / sample).read_text(encoding="utf-8")
    for heard, code, word in (
        (text, 0, "PASS"),
        (text.replace(" pounds", " rounds").replace(" order", " border"), 1, "FAIL"),
    ):
        (tmp_path / "traces" / sample).write_text(heard, encoding="utf-8")
        done = fieval("import", "otlp", "traces/", "-o", "candidate.jsonl", "--map", f"intent={key}",
                      "--dataset", "golden", folder=tmp_path)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout == "candidate.jsonl: 1 interaction\n1 of them are in the dataset, which has 1\n"
        ran = fieval("run", folder=tmp_path)
        assert ran.returncode == code, ran.stdout + ran.stderr
        assert word in ran.stdout.upper()


def test_what_was_left_out_is_said_in_the_end(tmp_path: Path) -> None:
    done = fieval("import", "otlp", SAMPLES / "livekit_1_7.jsonl", "-o", "out.jsonl", folder=tmp_path)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "Assumed: a span that comes twice (same trace and span id) is one",
        "Left out: traces without spans of a voice framework, which are no calls",
    ]


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    text = (SAMPLES / "livekit_1_7.jsonl").read_text(encoding="utf-8").replace("AJ_second", "\\u001b[2Jx")
    (tmp_path / "t.jsonl").write_text(text.replace("user_turn", "x"), encoding="utf-8")
    done = fieval("import", "otlp", "t.jsonl", "-o", "out.jsonl", "--map", "intent=\u001b[2J", folder=tmp_path)
    assert done.returncode == 2
    assert "\x1b" not in done.stdout + done.stderr
    done = fieval("import", "otlp", "t.jsonl", "-o", "out.jsonl", folder=tmp_path)
    assert "some calls have no words of the customer" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_the_help_names_the_formats_there_are() -> None:
    from fieval.importers import importers

    shown = " ".join(fieval("import", "--help").stdout.split())
    assert f"One of {', '.join(sorted(importers()))}." in shown


def test_the_readme_shows_what_happens(tmp_path: Path) -> None:
    shown = re.search(
        r"<!-- traces -->\n```console\n\$ fieval (.*?)\n(.*?)```", README.read_text(encoding="utf-8"), re.S
    )
    assert shown is not None, "traces"
    (tmp_path / "traces").mkdir()
    for sample in ("livekit_1_6.json", "livekit_1_7.jsonl"):
        shutil.copy(SAMPLES / sample, tmp_path / "traces")
    done = fieval(*shown[1].split(), folder=tmp_path)
    assert done.stdout + done.stderr == shown[2]
