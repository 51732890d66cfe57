"""Two steps that make the same fields, each of some interactions: who is to blame, and what runs where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import fieval
from fieval.gate.order import divided
from fieval.model import Explanation, Replayed, Report, Step

from filter_pipeline import CARD, Line, Pipeline, lose_topics

Hear = Callable[[int, str], str]
SITES = "cohorts: [site]\n"
TWO_ASR = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
replay: true
steps:
  asr_x: {{evaluator: asr_accuracy, where: {{site: x}}, gates: {{wer: {{max: 0.9}}}}}}
  asr_y: {{evaluator: asr_accuracy, where: {{site: y}}, gates: {{wer: {{max: 0.9}}}}}}
  summary:
    evaluator: summary_quality
    after: [asr_x, asr_y]
    command: {summary}
    gates: {{fact_recall: {{max_regression: 0.02}}}}
  intent:
    evaluator: label_agreement
    after: [summary]
    command: {intent}
    gates: {{accuracy: {{max_regression: 0.02}}}}
significance: {{resamples: 999}}
"""


def site(index: int) -> str:
    return "xy"[index % 2]


def of_y(hear: Hear) -> Hear:
    return lambda index, text: hear(index, text) if site(index) == "y" else text


def lose_amounts(index: int, text: str) -> str:
    return text.replace(str(10 + index), "noise") if index % 3 == 0 else text


def sited(one: Pipeline, hear: Hear) -> Path:
    """The pipeline over two sites, every other call from each."""
    config = one.write(hear)
    (one.folder / "data" / "dataset.yaml").write_text(CARD + SITES)
    rewrite(one.folder / "data" / "interactions.jsonl", lambda index, line: line | {"cohorts": {"site": site(index)}})
    return config


def rewrite(path: Path, change: Callable[[int, Line], Line]) -> None:
    lines = [json.loads(text) for text in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(change(index, line)) + "\n" for index, line in enumerate(lines)))


def of(report: Report, step: str) -> Explanation:
    assert report.root_cause is not None
    return next(each for each in report.root_cause.explanations if each.step == step)


def found(report: Report, step: str, upstream: str) -> Replayed:
    told = of(report, step).repaired(upstream)
    assert told is not None
    return told


def test_the_one_that_broke_is_blamed_for_all_of_it_and_the_other_for_nothing(tmp_path: Path) -> None:
    config = sited(Pipeline(tmp_path, n=120, config=TWO_ASR), of_y(lose_topics))
    lost = sum(site(index) == "y" and index % 3 == 0 and index // 3 % 3 != 0 for index in range(120)) / 120
    report = fieval.run(config)
    told = of(report, "intent")
    assert (told.kind, told.blamed) == ("replayed", "asr_y")
    assert told.worsening == pytest.approx(lost)
    assert found(report, "intent", "asr_y").disappears == pytest.approx(lost)
    assert (found(report, "intent", "asr_x").disappears, found(report, "intent", "asr_x").reran) == (0, 0)
    assert told.acquitted("asr_x")
    assert report.headline.endswith("Look at asr_y first.")


def test_so_it_is_for_what_goes_with_them(tmp_path: Path) -> None:
    config = sited(Pipeline(tmp_path, n=120, config=TWO_ASR), of_y(lose_topics))
    told = of(fieval.run(config, replay=False), "intent")
    assert (told.kind, told.blamed) == ("associated", "asr_y")
    shares = {share.step: share.share for share in told.shares}
    assert shares["asr_x"] == shares["summary"] == 0
    assert shares["asr_y"] == pytest.approx(told.worsening)
    assert told.control is not None
    assert (told.control.n, told.control.worsening) == (100, 0)


def test_so_it_is_for_what_is_looked_up(tmp_path: Path) -> None:
    config = sited(Pipeline(tmp_path, n=120, config=TWO_ASR), of_y(lose_amounts))
    told = of(fieval.run(config, replay=False), "summary")
    assert (told.kind, told.blamed) == ("traced", "asr_y")
    assert [(each.step, each.items) for each in told.traced or ()] == [("asr_x", 0), ("asr_y", 20), ("summary", 0)]
    assert "20 of 20 facts newly left out are missing from the transcript of asr_y" in told.statement


def test_a_step_runs_everywhere_where_none_makes_the_same() -> None:
    def step(name: str, **where: str) -> Step:
        return Step(name, "e", {}, (), {}, where=where)

    steps = [step("asr", site="x"), step("intent"), step("held", split="h"), step("x", site="x"), step("y", site="y")]
    makes = {"asr": ("turns.text",), "intent": ("labels.i",), "held": ("labels.i",), "x": ("summary",)}
    assert divided(steps, makes | {"y": ()}) == {"intent", "held"}
    assert divided(steps, makes | {"y": ("summary", "segments")}) == {"intent", "held", "x", "y"}
