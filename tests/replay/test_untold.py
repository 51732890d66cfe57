"""What replay cannot tell: outputs of the candidate that its commands do not reproduce, and those that it lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import fieval
from fieval.model import Explanation, Replayed, Report

from filter_pipeline import CONFIG, TOPICS, Line, Pipeline

STRICT = CONFIG.replace("0.02", "0.002")
GLITCHES = range(3, 500, 100)  # of calls that are not about a bill, which is the intent's last resort


def cough(_: int, text: str) -> str:
    """ASR that hears something more in every call, on which nothing hangs."""
    return f"{text} uh"


def of(report: Report, metric: str) -> Explanation:
    assert report.root_cause is not None
    return next(each for each in report.root_cause.explanations if each.metric == metric)


def found(report: Report) -> Replayed:
    told = of(report, "accuracy").repaired("asr")
    assert told is not None
    return told


def rewrite(path: Path, lines: list[Line]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def glitched(folder: Path, *, summary: bool) -> None:
    """A candidate that was made at a bad moment: some labels, or the summaries that they come from, are not as its
    programs make them.
    """
    lines = [json.loads(text) for text in (folder / "candidate.jsonl").read_text().splitlines()]
    for index in GLITCHES:
        if summary:
            lines[index]["summary"] = f"A call about something and {10 + index} dollars."
        lines[index]["labels"]["intent"]["label"] = "billing"
    rewrite(folder / "candidate.jsonl", lines)


@pytest.mark.parametrize("summary", [False, True])
def test_what_the_commands_do_not_reproduce_is_not_what_asr_did(tmp_path: Path, summary: bool) -> None:
    config = Pipeline(tmp_path, n=500, config=STRICT).write(cough)
    glitched(tmp_path, summary=summary)
    report = fieval.run(config)
    told, repaired = of(report, "accuracy"), found(report)
    assert told.worsening == pytest.approx(0.01)
    assert (repaired.disappears, repaired.unsteady) == (0, 0.01)
    assert repaired.unreproduced == pytest.approx(0.01)
    assert told.blamed == ("summary" if summary else None)
    assert not told.acquitted("asr")  # it may have been what the labels were made of at that moment


def test_a_true_cause_is_measured_without_it(tmp_path: Path) -> None:
    def hear(index: int, text: str) -> str:
        lost = " ".join("noise" if word in TOPICS else word for word in text.split())
        return cough(index, lost if index % 50 == 5 else text)  # none of them about a bill

    config = Pipeline(tmp_path, n=500, config=STRICT).write(hear)
    lost = sum(index % 50 == 5 and index // 3 % 3 != 0 for index in range(500)) / 500
    glitched(tmp_path, summary=False)
    report = fieval.run(config)
    told, repaired = of(report, "accuracy"), found(report)
    assert (told.kind, told.blamed) == ("replayed", "asr")
    assert told.worsening == pytest.approx(lost + 0.01)
    assert repaired.disappears == pytest.approx(lost)
    assert repaired.remains == pytest.approx(repaired.unreproduced) == pytest.approx(0.01)


def dropping(folder: Path, every: int) -> None:
    lines = [json.loads(text) for text in (folder / "candidate.jsonl").read_text().splitlines()]
    rewrite(folder / "candidate.jsonl", [line for index, line in enumerate(lines) if index % every])


def test_what_the_candidate_dropped_acquits_nobody(tmp_path: Path) -> None:
    config = Pipeline(tmp_path, n=100).write(cough)
    dropping(tmp_path, 5)
    report = fieval.run(config)
    told, repaired = of(report, "accuracy"), found(report)
    assert repaired.disappears == 0
    assert repaired.dropped == pytest.approx(told.worsening)
    assert not any(told.acquitted(step) for step in ("asr", "summary"))
    assert "no step before it explains that" not in report.headline


def test_what_disappears_is_a_part_of_all_interactions_also_of_those_that_are_lost(tmp_path: Path) -> None:
    """A third of the calls is dropped; of the rest ASR lost every second topic."""

    def hear(index: int, text: str) -> str:
        return " ".join("noise" if word in TOPICS else word for word in text.split()) if index % 2 else text

    config = Pipeline(tmp_path, n=120).write(hear)
    dropping(tmp_path, 3)
    report = fieval.run(config)
    wrong = sum(index % 3 != 0 and index % 2 != 0 and index // 3 % 3 != 0 for index in range(120)) / 120
    told, repaired = of(report, "accuracy"), found(report)
    assert told.worsening == pytest.approx(wrong + 1 / 3)
    assert repaired.disappears == pytest.approx(wrong)
    assert repaired.dropped == pytest.approx(1 / 3)
