"""Writes small golden datasets and outputs of made systems to disk, for tests over the whole run."""

from __future__ import annotations

import copy
import gzip
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = dict[str, Any]

TALK = "the router light was red since monday and my bill says forty pounds more than last month please"
WORDS = tuple(TALK.split())
CARD = """\
name: made
version: "1"
labels:
  intent: [billing, outage, cancel]
  mood: {values: [bad, fair, good], ordinal: true}
  resolution: [resolved, open]
scores:
  csat: {min: 1, max: 5}
terms: [router]
cohorts: [product]
"""
CONFIG = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
steps:
  asr:
    evaluator: asr_accuracy
    gates:
      wer: {max: 0.5, max_regression: 0.02, by: [product]}
  summary:
    evaluator: summary_quality
    after: [asr]
    gates:
      fabrication_rate: {max_regression: 0.10}
  intent:
    evaluator: label_agreement
    after: [asr]
    gates:
      kappa: {max_regression: 0.05}
      fail_rate: {max_regression: 0.05, by: [channel]}
  mood:
    evaluator: label_agreement
    gates:
      weighted_kappa: {max_regression: 0.10}
  resolution:
    evaluator: conversation_resolution
    gates:
      accuracy: {max_regression: 0.05}
  csat:
    evaluator: score_agreement
    gates:
      mae: {max_regression: 0.2}
      spearman: {min: 0.1}
significance: {resamples: 999}
"""


@dataclass
class Made:
    """A dataset with two systems, as lists of lines that a test may change before they are written."""

    gold: list[Line]
    baseline: list[Line]
    candidate: list[Line]
    card: str = CARD
    config: str = CONFIG
    files: dict[str, Path] = field(default_factory=dict)

    def copy(self) -> Made:
        return copy.deepcopy(self)

    def write(self, folder: Path, *, compressed: bool = False) -> Path:
        """Write everything into a folder and return the config's path."""
        (folder / "data").mkdir(parents=True, exist_ok=True)
        (folder / "data" / "dataset.yaml").write_text(self.card, encoding="utf-8")
        ending = ".jsonl.gz" if compressed else ".jsonl"
        for name, lines in (
            ("data/interactions", self.gold),
            ("baseline", self.baseline),
            ("candidate", self.candidate),
        ):
            content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
            (folder / f"{name}{ending}").write_bytes(gzip.compress(content) if compressed else content)
        path = folder / "gate.yaml"
        path.write_text(self.config.replace(".jsonl\n", f"{ending}\n"), encoding="utf-8")
        return path


def made(n: int = 60, seed: int = 1, harm: float = 0.0) -> Made:
    """`n` interactions, two in three voice; `harm` makes the candidate worse in every step."""
    rng = random.Random(seed)
    gold = [_gold(index, rng) for index in range(n)]
    return Made(gold, [_output(line, rng, 0.0) for line in gold], [_output(line, rng, harm) for line in gold])


def _gold(index: int, rng: random.Random) -> Line:
    turns = [
        {"speaker": speaker, "text": " ".join(rng.choices(WORDS, k=rng.randint(6, 20))) + f" {rng.randint(10, 99)}"}
        for speaker in ("agent", "customer", "agent")
    ]
    number = turns[0]["text"].rsplit(" ", 1)[1]
    return {
        "id": f"call-{index:03}",
        "channel": "chat" if index % 3 == 0 else "voice",
        "group": f"customer-{index // 2 if index % 5 else index}",
        "cohorts": {"product": "mobile" if index % 2 else "energy"},
        "gold": {
            "turns": turns,
            "summary": f"The customer said {number}.",
            "facts": [{"text": f"{number} was said", "anchors": [number]}],
            "labels": {
                "intent": rng.choice(["billing", "billing", "outage", "cancel"]),
                "mood": [rng.choice(["bad", "fair", "good"])] * 3,
                "resolution": rng.choice(["resolved", "open"]),
            },
            "scores": {"csat": rng.randint(1, 5)},
        },
    }


def _output(gold: Line, rng: random.Random, harm: float) -> Line:
    labels = gold["gold"]["labels"]
    mood = labels["mood"][0]
    return {
        "id": gold["id"],
        "turns": [{"text": _misheard(turn["text"], rng, 0.1 + harm)} for turn in gold["gold"]["turns"]],
        "summary": gold["gold"]["summary"] if rng.random() > 0.1 + harm else "The customer was promised 777 vouchers.",
        "labels": {
            "intent": {"label": _guess(labels["intent"], ["billing", "outage", "cancel"], rng, 0.15 + harm),
                       "confidence": round(rng.uniform(0.4, 1), 2)},
            "mood": _guess(mood, ["bad", "fair", "good"], rng, 0.2 + harm),
            "resolution": _guess(labels["resolution"], ["resolved", "open"], rng, 0.1 + harm),
        },
        "scores": {"csat": round(min(5, max(1, gold["gold"]["scores"]["csat"] + rng.gauss(0, 0.6 + 3 * harm))), 2)},
    }  # fmt: skip


def _misheard(text: str, rng: random.Random, rate: float) -> str:
    return " ".join("noise" if rng.random() < rate else word for word in text.split())


def _guess(truth: str, values: list[str], rng: random.Random, rate: float) -> str:
    return rng.choice([value for value in values if value != truth]) if rng.random() < rate else truth
