"""Evaluators and functions of users, through the command line."""

import json
from pathlib import Path

import pytest

from end_to_end.command import fieval
from made_dataset import made

FUNCTION = """\
def short(interaction, output):
    if interaction.channel == "chat":
        return None
    return len(output.summary) < 40
"""
EVALUATOR = '''\
from dataclasses import dataclass
from typing import ClassVar

from fieval.evals.base import SHARE, Evaluator, Scorer
from fieval.model import MetricName
from fieval.statistics.sums import Metric, quotient


@dataclass(frozen=True, kw_only=True)
class WordCount(Evaluator):
    """Words of the summary."""

    most: int = 8

    metric_names: ClassVar = (MetricName("long_rate", "lower", limits=SHARE),)

    def scorer(self, step, card):
        return WordScorer(self.most)


class WordScorer(Scorer):
    """One row: 1 if too long, 1."""

    width = 2
    metrics = (Metric("long_rate", "lower", "rate", (0, 1), quotient),)

    def __init__(self, most):
        self.most = most

    def applies(self, interaction):
        return True

    def part(self, interaction, output):
        return output.summary or None if output else None

    def row(self, interaction, output):
        summary = self.part(interaction, output)
        return [float(summary is None or len(summary.split()) > self.most), 1.0]

    def badness(self, row):
        return row[0]

    def failed(self, row):
        return row[0] > 0

    def got_worse(self, before, after):
        return after[0] > before[0]

    def evidence(self, interaction, output):
        return {"summary": output.summary}
'''
STEPS = """\
  short:
    evaluator: custom_evaluation
    after: [asr]
    function: made_up_checks:short
    gates: {score: {min: 0.5}}
  words:
    evaluator: made_up_evaluators.counting:WordCount
    most: 6
    gates: {long_rate: {max: 0.9, max_regression: 0.5}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config with a user's evaluator and function beside it."""
    one = made(n=60)
    one.config = one.config.replace("significance:", f"{STEPS}significance:")
    (tmp_path / "made_up_checks.py").write_text(FUNCTION)
    (tmp_path / "made_up_evaluators").mkdir()
    (tmp_path / "made_up_evaluators/counting.py").write_text(EVALUATOR)
    return one.write(tmp_path)


def test_they_are_gated_like_ours(config: Path, tmp_path: Path) -> None:
    done = fieval("run", "-c", config, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "run/report.json").read_text())
    lines = list(map(json.loads, (tmp_path / "candidate.jsonl").read_text().splitlines()))
    channels = [json.loads(line)["channel"] for line in (tmp_path / "data/interactions.jsonl").read_text().splitlines()]
    whole = {(row["step"], row["metric"]): row for row in report["results"] if row["slice"] is None}
    voice = [line for line, channel in zip(lines, channels, strict=True) if channel == "voice"]
    assert whole["short", "score"]["n"] == len(voice) == 40
    assert whole["short", "score"]["candidate"] == pytest.approx(
        sum(len(line["summary"]) < 40 for line in voice) / len(voice)
    )
    assert whole["words", "long_rate"]["candidate"] == pytest.approx(
        sum(len(line["summary"].split()) > 6 for line in lines) / len(lines)
    )
    assert whole["words", "long_rate"]["verdict"] == "pass"
    assert whole["words", "missing"]["verdict"] == "pass"


@pytest.mark.parametrize("command", ["run", "check", "plan", "calibrate", "selfcheck"])
def test_every_command_knows_them(config: Path, command: str) -> None:
    more = ["--worlds", "20"] if command == "selfcheck" else []
    done = fieval(command, "-c", config, *more)
    assert done.returncode == 0, done.stderr


def test_what_comes_after_a_run_knows_them(config: Path, tmp_path: Path) -> None:
    first = tmp_path / "baseline.jsonl"
    first.unlink()
    done = fieval("run", "-c", config, "--out", tmp_path / "run")
    assert done.returncode == 3
    assert "fieval bless" in done.stderr
    assert fieval("bless", tmp_path / "run").returncode == 0
    shown = fieval("show", tmp_path / "run", "call-001", "call-000")
    assert shown.returncode == 0, shown.stderr
    assert "made_up_checks:short" in shown.stdout


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("raise KeyError(output.summary)", "of call-000 raised KeyError at made_up_checks.py:2"),
        ("return output.summary", "of call-000 is of type str; expected a number from 0 to 1"),
        ("return 1 if 'vouchers' in output.summary else None", "gives None for one output of "),
        ("raise SystemExit(0)", "of call-000 raised SystemExit"),
    ],
)
def test_4_a_function_that_fails_is_no_score(config: Path, tmp_path: Path, broken: str, told: str) -> None:
    (tmp_path / "made_up_checks.py").write_text(f"def short(interaction, output):\n    {broken}\n")
    done = fieval("run", "-c", config, "--out", tmp_path / "run")
    assert done.returncode == 4
    assert f"fieval: steps.short: made_up_checks:short() {told}" in done.stderr
    assert "customer said" not in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run/report.json").exists()


def test_4_an_evaluator_that_fails_is_no_score(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "made_up_evaluators/counting.py"
    path.write_text(path.read_text().replace("return row[0] > 0", "return row[7] > 0"))
    done = fieval("run", "-c", config)
    assert done.returncode == 4
    assert (
        "steps.words: made_up_evaluators.counting:WordCount: failed() raised IndexError at counting.py:" in done.stderr
    )


def test_2_what_cannot_be_imported_stops_the_run(config: Path, tmp_path: Path) -> None:
    (tmp_path / "made_up_checks.py").write_text("import made_up_absent\n")
    (tmp_path / "made_up_evaluators/counting.py").write_text("")
    done = fieval("run", "-c", config)
    assert done.returncode == 2
    evaluator, function = done.stderr.splitlines()
    assert 'steps.words.evaluator: made_up_evaluators.counting has no "WordCount"' in evaluator + function
    assert "steps.short.function: importing made_up_checks failed: No module named 'made_up_absent'" in done.stderr


def test_2_a_function_that_scores_nothing(config: Path, tmp_path: Path) -> None:
    (tmp_path / "made_up_checks.py").write_text("def short(interaction, output):\n    return None\n")
    done = fieval("run", "-c", config)
    assert done.returncode == 2
    assert "steps.short: its code finds nothing to score in any interaction" in done.stderr


def test_coherence_goes_through_the_gate_and_calibration(tmp_path: Path) -> None:
    one = made(n=60)
    one.card = one.card.replace("labels:\n", "labels:\n  coherence: [sound, broken]\n")
    for index, (gold, before, after) in enumerate(zip(one.gold, one.baseline, one.candidate, strict=True)):
        if index % 2:
            gold["gold"]["labels"]["coherence"] = "sound"
            before["labels"]["coherence"] = after["labels"]["coherence"] = "broken" if index % 4 == 1 else "sound"
        after["turns"] = [*after["turns"], {"text": " ".join(turn["text"] for turn in after["turns"])}]
    step = "  coherence: {evaluator: conversation_coherence, gates: {repetition: {max_regression: 0.05}}}\n"
    one.config = one.config.replace("significance:", f"{step}significance:")
    path = one.write(tmp_path)
    assert fieval("run", "-c", path, "--out", tmp_path / "run").returncode == 1
    report = json.loads((tmp_path / "run/report.json").read_text())
    rows = {row["metric"]: row for row in report["results"] if row["step"] == "coherence" and row["slice"] is None}
    assert rows["repetition"]["verdict"] == "fail"
    assert rows["repetition"]["candidate"] > 0.4 > 0.1 > rows["repetition"]["baseline"]
    assert rows["repetition"]["n"] == 40
    assert rows["accuracy"]["n"] == rows["kappa"]["n"] == rows["macro_f1"]["n"] == 30
    assert rows["turn_order"]["candidate"] is None
    told = json.loads(fieval("calibrate", "-c", path, "--format", "json").stdout)
    assert next(label["n"] for label in told["labels"] if label["label"] == "coherence") == 30
