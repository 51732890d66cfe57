"""Two steps that make the same fields, each of some interactions: who is to blame, and what runs where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import fieval
from fieval.gate.order import divided
from fieval.model import Explanation, Replayed, Report, Step
from fieval.runner import Request, run_gate

from filter_pipeline import CARD, INTENT, READING, Line, Listener, Pipeline, lose_topics

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


TWO_INTENTS = """\
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
  intent_x:
    evaluator: label_agreement
    label: intent
    where: {{site: x}}
    after: [summary]
    command: {intent}
    gates: {{accuracy: {{max_regression: 0.02}}}}
  intent_y:
    evaluator: label_agreement
    label: intent
    where: {{site: y}}
    after: [summary]
    command: {intent}
    gates: {{accuracy: {{max_regression: 0.02}}}}
  stays:
    evaluator: label_agreement
    after: [intent_x, intent_y]
    command: {intent}
    gates: {{accuracy: {{max_regression: 0.02}}}}
significance: {{resamples: 999}}
"""
STAYS = (
    READING
    + """\
    label = "no" if line["labels"]["intent"]["label"] == "cancel" else "yes"
    print(json.dumps({"id": line["id"], "labels": {"stays": label}}))
"""
)


def stays(line: Line) -> str:
    return "no" if line["labels"]["intent"] in ("cancel", {"label": "cancel", "confidence": 0.5}) else "yes"


def two_intents(folder: Path, hear: Hear) -> Path:
    """A model of intent for each site, which must not be given calls of the other, and a step behind both."""
    config = sited(Pipeline(folder, n=180, config=TWO_INTENTS), hear)
    text = config.read_text()
    for program in ("intent_x.py", "intent_y.py", "stays.py"):
        text = text.replace('"intent.py"', f'"{program}"', 1)
    config.write_text(text)
    for own, rest in (("x", 0), ("y", 1)):
        asked = f"    if int(line['id'][-3:]) % 2 != {rest}:\n        raise SystemExit('not mine')\n"
        (folder / f"intent_{own}.py").write_text(INTENT.replace("    print", f"{asked}    print"))
    (folder / "stays.py").write_text(STAYS)
    card = folder / "data" / "dataset.yaml"
    card.write_text(card.read_text().replace("cohorts", '  stays: ["yes", "no"]\ncohorts'))
    for name in ("candidate", "baseline"):
        rewrite(folder / f"{name}.jsonl", lambda _, line: line | {"labels": line["labels"] | {"stays": stays(line)}})
    rewrite(folder / "data" / "interactions.jsonl", with_gold)
    return config


def with_gold(_: int, line: Line) -> Line:
    return line | {"gold": line["gold"] | {"labels": line["gold"]["labels"] | {"stays": stays(line["gold"])}}}


def test_a_command_runs_on_its_own_calls_only_and_the_steps_behind_it_on_all(tmp_path: Path) -> None:
    listener = Listener()
    report = run_gate(Request(config=two_intents(tmp_path, lose_topics)), listener).report
    assert report.exit_code == 1
    for step in ("intent_x", "intent_y", "stays"):
        told = of(report, step)
        assert (told.kind, told.blamed) == ("replayed", "asr")
        assert found(report, step, "asr").disappears == pytest.approx(told.worsening)
    assert (found(report, "stays", "asr").reran, found(report, "stays", "intent_x").reran) == (60, 20)
    for step in ("intent_x", "intent_y"):
        assert found(report, "stays", step).disappears == pytest.approx(of(report, "stays").worsening / 2)
    # each once on its own inputs; 4 behind either repair of asr, 3 behind summary's, stays behind two of either intent
    assert listener.told == ["Replay: runs the 4 commands of intent_x, intent_y, stays, summary, 19 times."]


def test_what_broke_at_one_site_stays_there(tmp_path: Path) -> None:
    report = fieval.run(two_intents(tmp_path, of_y(lose_topics)))
    told = of(report, "stays")
    assert told.blamed == "asr"
    assert found(report, "stays", "intent_x").disappears == 0
    assert found(report, "stays", "intent_y").disappears == pytest.approx(told.worsening)
    assert set(report.provenance.commands) == {"summary", "intent_y", "stays"}
