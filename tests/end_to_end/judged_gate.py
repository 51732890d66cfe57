"""Runs of a small gate whose steps are judged by a scripted server, each in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from end_to_end.command import fieval
from made_dataset import Made, made

CONFIG = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
judge:
  provider: anthropic
  base_url: URL
  cache: judge.sqlite
  cassette: judge.jsonl
significance: {resamples: 999}
steps:
  summary:
    evaluator: summary_quality
    rubric: {reason: It says why the customer called.}
    gates:
      fabrication_rate: {max: 0.9}
      faithfulness: {min: 0.99, max_regression: 0.0}
  resolution:
    evaluator: conversation_resolution
    gates: {accuracy: {min: 0.1}, judged_resolution: {min: 0.99}}
  coherence: {evaluator: conversation_coherence, gates: {repetition: {max: 0.9}, coherence: {min: 0.99}}}
  polite: {evaluator: custom_evaluation, prompt: polite.md, gates: {judged_score: {min: 0.99}}}
"""
ONE_STEP = CONFIG[: CONFIG.index("  resolution:")].replace(
    "    rubric: {reason: It says why the customer called.}\n", ""
)
JUDGED = {"faithfulness", "fact_coverage", "rubric", "judged_resolution", "coherence", "judged_score"}
WATCHING = """
import os, sys

def watch(event, args):
    if event in ("socket.__new__", "socket.connect", "socket.getaddrinfo"):
        os.write(2, f"WATCHED {event}\\n".encode())
    if event == "import" and args[0].split(".")[0] in ("anthropic", "httpx2"):
        os.write(2, f"WATCHED {args[0]}\\n".encode())

sys.addaudithook(watch)
"""


@dataclass(frozen=True)
class Done:
    """What a run said, and left behind."""

    process: subprocess.CompletedProcess[str]
    folder: Path

    @property
    def code(self) -> int:
        assert "Traceback" not in self.process.stderr, self.process.stderr
        return self.process.returncode

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return found

    @property
    def lasting(self) -> dict[str, Any]:
        """The report without what is of this one run and folder."""
        anywhere = json.loads(json.dumps(self.report).replace(str(self.folder.parent), "…"))
        return {name: value for name, value in anywhere.items() if name != "provenance"}

    @property
    def calls(self) -> int:
        calls: int = self.report["provenance"]["judge"]["calls"]
        return calls

    def row(self, metric: str) -> dict[str, Any]:
        """The whole's row of a metric."""
        (found,) = (row for row in self.report["results"] if row["metric"] == metric and row["slice"] is None)
        return dict(found)

    def verdicts(self, metric: str) -> dict[str, str]:
        return {rule["rule"]: rule["verdict"] for rule in self.row(metric)["rules"]}


def write(folder: Path, url: str, config: str = CONFIG, changed: Made | None = None) -> Path:
    """A small dataset, two systems and a config, whose judge is the server."""
    found = changed or made(24, seed=3, harm=0.2)
    found.config = config.replace("URL", url)
    found.write(folder)
    (folder / "polite.md").write_text("Is the summary polite?")
    return folder


def gate(
    folder: Path, *arguments: str, out: str = "run", key: str = "sk-not-a-secret", watched: bool = False, **more: str
) -> Done:
    """A run of its own process; without a `key` there are no credentials; `watched` says on stderr what it reaches."""
    own: dict[str, Any] = {"CI": "", "HOME": str(folder), "no_proxy": "127.0.0.1"}
    keyed = {"ANTHROPIC_API_KEY": key} if key else {}
    if watched:
        (folder / "site").mkdir(exist_ok=True)
        (folder / "site" / "sitecustomize.py").write_text(WATCHING)
        own["PYTHONPATH"] = str(folder / "site")
    done = fieval("run", "--out", folder / out, *arguments, "-c", folder / "gate.yaml", **own | keyed | more)
    return Done(done, folder / out)


def change(path: Path, old: str, new: str, count: int = 1) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))


def check_only_offline(found: Done) -> None:
    """What needs no judge is measured; what does is null, with a reason."""
    assert found.row("fabrication_rate")["candidate"] is not None
    assert found.verdicts("fabrication_rate") == {"max": "pass"}
    for row in found.report["results"]:
        if row["metric"] in JUDGED:
            assert (row["candidate"], row["baseline"], row["change"]) == (None, None, None)
            assert row["reason"]
            assert {rule["verdict"] for rule in row["rules"]} <= {"unmeasured"}
    said = (found.folder / "scores.csv").read_text().splitlines()
    assert any(",fabrication_rate," in line for line in said)
    assert not any(re.search(rf",{metric},[0-9]", line) for line in said for metric in JUDGED)
