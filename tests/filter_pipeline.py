"""A made pipeline whose text steps are programs: ASR (a file) → summary → intent, each a filter of JSON Lines.

Outputs are made by the very programs that the config names, so that what replay should find is known beforehand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieval.watching import Silence

Line = dict[str, Any]

TOPICS = {"bill": "billing", "outage": "outage", "leave": "cancel"}
READING = """\
import json, sys
for text in sys.stdin:
    line = json.loads(text)
    words = " ".join(turn["text"] for turn in line.get("turns", [])).split()
"""
SUMMARY = (
    READING
    + """\
    topic = next((word for word in words if word in ("bill", "outage", "leave")), "something")
    amount = next((word for word in words if word.isdigit()), "some")
    print(json.dumps({"id": line["id"], "summary": f"A call about {topic} and {amount} dollars."}))
"""
)
INTENT = (
    READING
    + """\
    topics = {"bill": "billing", "outage": "outage", "leave": "cancel"}
    label = next((topics[word] for word in line["summary"].split() if word in topics), "billing")
    if "--broken" in sys.argv and int(line["id"][-3:]) % 3 == 0:
        label = {"billing": "outage", "outage": "cancel", "cancel": "billing"}[label]
    print(json.dumps({"id": line["id"], "labels": {"intent": {"label": label, "confidence": 0.5}}}))
"""
)
CARD = """\
name: filtered
version: "1"
labels:
  intent: [billing, outage, cancel]
"""
CONFIG = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
replay: true
steps:
  asr: {{evaluator: asr_accuracy, gates: {{wer: {{max: 0.9}}}}}}
  summary:
    evaluator: summary_quality
    after: [asr]
    command: {summary}
    gates: {{fact_recall: {{max_regression: 0.02}}}}
  intent:
    evaluator: label_agreement
    after: [summary]
    command: {intent}
    timeout: 60
    gates: {{accuracy: {{max_regression: 0.02}}}}
significance: {{resamples: 999}}
"""


@dataclass
class Pipeline:
    """A folder with a dataset, programs and the outputs of two systems. `summary` and `intent` are the arguments that
    the candidate's programs are called with, `programs` others than the usual ones.
    """

    folder: Path
    n: int = 60
    summary: Sequence[str] = ()
    intent: Sequence[str] = ()
    config: str = CONFIG
    programs: Mapping[str, str] = field(default_factory=dict)
    baseline_hears: Callable[[int, str], str] = field(default=lambda index, text: text)
    gold: list[Line] = field(default_factory=list)

    def write(self, hear: Callable[[int, str], str]) -> Path:
        """Everything in its place; `hear` is the candidate's ASR: what it makes of the text of each call."""
        (self.folder / "data").mkdir(parents=True)
        (self.folder / "data" / "dataset.yaml").write_text(CARD)
        for name, program in ({"summary": SUMMARY, "intent": INTENT} | dict(self.programs)).items():
            self.program(name, program)
        self.gold = [_call(index) for index in range(self.n)]
        _write(self.folder / "data" / "interactions.jsonl", self.gold)
        self._system("baseline", self.baseline_hears, (), ())
        self._system("candidate", hear, self.summary, self.intent)
        path = self.folder / "gate.yaml"
        commands = {name: json.dumps(self.command(name)) for name in ("summary", "intent")}
        path.write_text(self.config.format(**commands))
        return path

    def command(self, step: str) -> list[str]:
        """The candidate's version of a step."""
        return [sys.executable, f"{step}.py", *(self.summary if step == "summary" else self.intent)]

    def program(self, step: str, text: str) -> None:
        """Another program in the place of a step's."""
        (self.folder / f"{step}.py").write_text(text)

    def _system(
        self, name: str, hear: Callable[[int, str], str], summary: Sequence[str], intent: Sequence[str]
    ) -> None:
        lines = [
            {"id": call["id"], "turns": [{**turn, "text": hear(index, turn["text"])} for turn in call["gold"]["turns"]]}
            for index, call in enumerate(self.gold)
        ]
        for step, arguments in (("summary", summary), ("intent", intent)):
            given = "".join(json.dumps(line) + "\n" for line in lines)
            done = subprocess.run(
                [sys.executable, f"{step}.py", *arguments],
                cwd=self.folder,
                input=given,
                capture_output=True,
                text=True,
                check=True,
            )
            lines = [one | json.loads(new) for one, new in zip(lines, done.stdout.splitlines(), strict=True)]
        _write(self.folder / f"{name}.jsonl", lines)


class Listener(Silence):
    """Keeps what a user would read."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def announce(self, text: str) -> None:
        self.told.append(text)


def lose_topics(index: int, text: str) -> str:
    """ASR that misses what the call is about in every third call."""
    words = ["noise" if word in TOPICS else word for word in text.split()]
    return " ".join(words) if index % 3 == 0 else text


def lose_greetings(index: int, text: str) -> str:
    """ASR that misses words on which nothing hangs, in every third call."""
    return text.replace("good morning to you", "noise") if index % 3 == 0 else text


def hear_well(index: int, text: str) -> str:
    """ASR that changed nothing."""
    return text


def _call(index: int) -> Line:
    topic, amount = list(TOPICS)[index // 3 % 3], 10 + index
    said = f"good morning to you it is about the {topic} of {amount} dollars"
    return {
        "id": f"call-{index:03}",
        "channel": "voice",
        "gold": {
            "turns": [{"speaker": "customer", "text": said}],
            "facts": [{"text": topic, "anchors": [topic]}, {"text": "how much", "anchors": [str(amount)]}],
            "labels": {"intent": TOPICS[topic]},
        },
    }


def _write(path: Path, lines: Sequence[Line]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
