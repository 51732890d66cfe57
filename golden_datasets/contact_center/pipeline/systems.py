"""The versions of the pipeline whose outputs lie here: the baseline, and what was changed in each candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Training(NamedTuple):
    """How models are trained: the inverse strength of the penalty, and how much of the Spanish intents see."""

    penalty: float = 6.0
    spanish: float = 1.0


class System(NamedTuple):
    """One version of the pipeline."""

    file: str
    line: int = 0  # which of its noises the telephone line makes
    narrowband: str = ""  # the site whose calls come over a narrowband line
    next_step: bool = False
    training: Training = Training()


SYSTEMS: Mapping[str, System] = {
    "main": System("baselines/main.jsonl"),
    "fair": System("candidates/fair.jsonl", line=1, training=Training(penalty=2.0)),
    "asr_8khz": System("candidates/asr_8khz.jsonl", narrowband="hillside"),
    "summary_bug": System("candidates/summary_bug.jsonl", next_step=True),
    "intent_retrain": System("candidates/intent_retrain.jsonl", training=Training(spanish=0.03)),
}


def named(words: Sequence[str]) -> System:
    """The system that a command names first, the baseline without a word."""
    name = words[0] if words else "main"
    if name not in SYSTEMS:
        raise SystemExit(f"no system {name}; known: {', '.join(SYSTEMS)}")
    return SYSTEMS[name]
