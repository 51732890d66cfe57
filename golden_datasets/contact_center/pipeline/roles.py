"""Which of two voices is the agent, by what they say; and words and voices put together to turns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from math import log
from typing import Any

from pipeline.recognise import Word
from pipeline.scripts import training

PAUSE = 0.7  # seconds of silence that end a turn of the same speaker
OPENS = 3.0  # logarithm of how much likelier the agent is to speak first
TRAINING = 600  # scripts that the words of agents and customers are counted in


def turns(words: Sequence[Word], voices: Sequence[tuple[int, float, float]]) -> list[dict[str, Any]]:
    """The words in turns of the voice that speaks in the middle of each; the agent is called agent."""
    runs: list[tuple[int, list[Word]]] = []
    for word in words:
        voice = _voice_at((word.start + word.end) / 2, voices)
        if runs and runs[-1][0] == voice and word.start - runs[-1][1][-1].end < PAUSE:
            runs[-1][1].append(word)
        else:
            runs.append((voice, [word]))
    names = roles([(voice, " ".join(word.text for word in run)) for voice, run in runs])
    return [
        {
            "speaker": names[voice],
            "text": " ".join(word.text for word in run),
            "start": run[0].start,
            "end": run[-1].end,
        }
        for voice, run in runs
    ]


def roles(said: Sequence[tuple[int, str]]) -> dict[int, str]:
    """agent and customer for voices 0 and 1, whichever way round the words are likelier."""
    odds = agent_odds()
    score = [0.0, 0.0]
    score[said[0][0] if said else 0] += OPENS
    for voice, text in said:
        score[voice] += sum(odds.get(word, 0.0) for word in text.lower().split())
    agent = int(score[1] > score[0])
    return {agent: "agent", 1 - agent: "customer"}


@cache
def agent_odds() -> Mapping[str, float]:
    """Logarithm of how much likelier an agent says a word than a customer, in the English training scripts."""
    counts: dict[str, Counter[str]] = {"agent": Counter(), "customer": Counter()}
    for row in training(TRAINING):
        for turn in row["turns"] if row["language"] == "en" else ():
            for who, text in turn.items():
                counts[who].update(set(re.findall(r"[a-z']+", text.lower())))
    total = {who: counter.total() for who, counter in counts.items()}
    words = set(counts["agent"]) | set(counts["customer"])
    rate = {who: {word: (counts[who][word] + 5) / (total[who] + 5 * len(words)) for word in words} for who in counts}
    return {word: log(rate["agent"][word] / rate["customer"][word]) for word in words}


def _voice_at(at: float, voices: Sequence[tuple[int, float, float]]) -> int:
    return min(voices, key=lambda row: max(row[1] - at, at - row[2], 0.0))[0]
