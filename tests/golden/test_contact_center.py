"""The bundled dataset is what its scripts and its pipeline make of it, as far as that can be told without audio."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import systems_table

import fieval

from pipeline import make, rows, scripts, summarise
from pipeline.classify import Classifier
from pipeline.systems import SYSTEMS, System

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "golden_datasets/contact_center"


def read(name: str) -> dict[str, dict[str, Any]]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def untimed(row: dict[str, Any]) -> dict[str, Any]:
    turns = [{key: turn[key] for key in ("speaker", "text")} for turn in row["gold"]["turns"]]
    kept = {key: value for key, value in row.items() if key != "duration"}
    return kept | {"gold": row["gold"] | {"turns": turns}}


def test_golden_interactions_are_the_scripts() -> None:
    made = {row["id"]: make.interaction(row, None) for row in scripts.golden()}
    assert {name: untimed(row) for name, row in read("interactions.jsonl").items()} == made


def test_no_line_is_in_golden_and_training_scripts() -> None:
    make.check_apart(scripts.golden())


def test_a_shared_line_is_found() -> None:
    with pytest.raises(ValueError, match="lines in golden and training"):
        make.check_apart([*scripts.golden(), scripts.training(1)[0]])


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_summaries_are_those_of_the_summariser(system: System) -> None:
    typed = {row["id"]: make.output(system, row, None) for row in scripts.golden()}
    for name, row in read(system.file).items():
        source = row if "turns" in row else typed[name]
        assert row["summary"] == summarise.summary(source, next_step=system.next_step)


def test_labels_are_those_of_the_classifier() -> None:
    """Up to what another release of the library may round otherwise."""
    typed = {row["id"]: make.output(SYSTEMS["main"], row, None) for row in scripts.golden()}
    stored = read(SYSTEMS["main"].file)
    given = [row if "turns" in row else typed[name] for name, row in stored.items()]
    made = Classifier(SYSTEMS["main"].training).step(given, ["intent"])
    labels = [(row["labels"]["intent"], stored[row["id"]]["labels"]["intent"]) for row in made]
    assert [one["label"] for one, _ in labels] == [other["label"] for _, other in labels]
    assert [one["confidence"] for one, _ in labels] == pytest.approx([c["confidence"] for _, c in labels], abs=0.002)


def test_the_readme_says_what_the_gate_finds() -> None:
    assert systems_table.written(systems_table.README.read_text("utf-8")) == systems_table.README.read_text("utf-8")


def test_a_step_is_a_filter() -> None:
    given = [
        {"id": "a", "turns": [{"speaker": "agent", "text": "You get a refund of 40 dollars."}], "labels": {"x": "y"}}
    ]
    source, target = io.StringIO("\n".join(map(json.dumps, given))), io.StringIO()
    rows.filtered(summarise.step, source, target)
    assert json.loads(target.getvalue()) == given[0] | {"summary": "Agent: You get a refund of 40 dollars."}


def test_calls_are_spoken_in_order_within_their_duration() -> None:
    calls = [row for row in read("interactions.jsonl").values() if row["channel"] == "voice"]
    for row in calls:
        starts = [turn["start"] for turn in row["gold"]["turns"]]
        assert starts == sorted(starts)
        assert max(turn["end"] for turn in row["gold"]["turns"]) < row["duration"]
    assert len(calls) > 80


@pytest.mark.parametrize(
    ("candidate", "code", "broke"),
    [
        ("fair", 0, ""),
        ("asr_8khz", 1, "asr broke: wer rose"),
        ("summary_bug", 1, "summary broke: fabrication_rate rose"),
        ("intent_retrain", 1, "intent broke: kappa fell"),
    ],
)
def test_its_gate_finds_what_was_changed(candidate: str, code: int, broke: str) -> None:
    report = systems_table.gated(candidate)
    assert report.exit_code == code
    assert report.headline.startswith(broke)


@pytest.mark.parametrize("config", ["pre_merge", "release_gate"])
@pytest.mark.parametrize(
    ("candidate", "code"), [("fair", 0), ("asr_8khz", 1), ("summary_bug", 1), ("intent_retrain", 1)]
)
def test_the_other_gates_find_it_too(config: str, candidate: str, code: int) -> None:
    path = str(FOLDER / f"candidates/{candidate}.jsonl")
    assert fieval.run(PROJECT / f"configs/{config}.yaml", candidate=path).exit_code == code


def test_replay_says_what_worse_recognition_did_to_summaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    report = fieval.run(PROJECT / "configs/replay.yaml")
    assert report.root_cause is not None
    (found,) = (each for each in report.root_cause.explanations if each.metric == "fact_recall")
    assert (found.kind, found.blamed) == ("replayed", "asr")
