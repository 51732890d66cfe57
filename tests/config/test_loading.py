"""Configs that load, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from fieval.config import load
from fieval.errors import InvalidInput
from fieval.model import EvaluatorKind, MetricName, Place, Rule, Significance


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """How loud it is.

    More than anybody wants to know.
    """

    unit: Literal["db", "sone"] = "db"
    limit: float | None = None

    def __post_init__(self) -> None:
        if self.limit == 13:
            raise ValueError("13 brings bad luck")


KINDS: Mapping[str, EvaluatorKind] = {
    "loudness": EvaluatorKind("loudness", Loudness, (MetricName("peak", "lower"), MetricName("missing", "lower")))
}
TEXT = """\
version: 1
dataset: ../data
candidate: ../data/next.jsonl
baseline: main.jsonl
steps:
  mic:
    evaluator: loudness
    limit: 3
    gates:
      peak:
        max_regression: 0
        max: 2
        by: [language]
        severity: warn
  speaker: {evaluator: loudness, after: [mic], gates: {missing: {max: 0.5, critical: true}}}
significance: {alpha: 0.1}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes a config into `configs/` of an empty current folder and gives its relative path."""
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()

    def written(text: str) -> Path:
        path = Path("configs/gate.yaml")
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_paths_are_relative_to_the_file(write: Callable[[str], Path]) -> None:
    config = load(write(TEXT), KINDS)
    assert (config.dataset, config.candidate, config.baseline) == ("data", "data/next.jsonl", "configs/main.jsonl")
    assert config.source.path == "configs/gate.yaml"
    assert len(config.source.sha256) == 64


def test_paths_given_win_and_are_relative_to_the_current_folder(write: Callable[[str], Path]) -> None:
    config = load(write(TEXT), KINDS, dataset="d", candidate="c.jsonl", baseline="/b.jsonl")
    assert (config.dataset, config.candidate, config.baseline) == ("d", "c.jsonl", "/b.jsonl")


def test_a_folder_that_is_a_link_keeps_its_parent(write: Callable[[str], Path]) -> None:
    """`link/../data` is beside what the link leads to, not beside the link."""
    path = write(TEXT)
    Path("far/away").mkdir(parents=True)
    Path("link").symlink_to(Path("far/away"))
    Path("link/gate.yaml").write_bytes(path.read_bytes())
    assert load(Path("link/gate.yaml"), KINDS).dataset == "link/../data"


def test_each_threshold_is_a_rule_at_its_own_place(write: Callable[[str], Path]) -> None:
    peak = load(write(TEXT), KINDS).steps[0].gates["peak"]
    assert peak == (
        Rule("max_regression", 0.0, by=(("language",),), severity="warn", place=Place("configs/gate.yaml", 11, 9)),
        Rule("max", 2.0, by=(("language",),), severity="warn", place=Place("configs/gate.yaml", 12, 9)),
    )


def test_steps_keep_options_with_defaults_order_and_place(write: Callable[[str], Path]) -> None:
    mic, speaker = load(write(TEXT), KINDS).steps
    assert mic.options == {"unit": "db", "limit": 3.0}
    assert (mic.after, speaker.after) == ((), ("mic",))
    assert str(speaker.place) == "configs/gate.yaml:15:3"


def test_missing_is_gated_where_there_is_a_baseline(write: Callable[[str], Path]) -> None:
    mic, speaker = load(write(TEXT), KINDS).steps
    assert mic.gates["missing"] == (Rule("max_regression", 0.0, place=mic.place, automatic=True),)
    assert [(rule.kind, rule.automatic) for rule in speaker.gates["missing"]] == [
        ("max", False),
        ("max_regression", True),
    ]


def test_missing_is_not_gated_without_a_baseline(write: Callable[[str], Path]) -> None:
    path = write(TEXT.replace("baseline: main.jsonl\n", ""))
    assert "missing" not in load(path, KINDS).steps[0].gates
    assert "missing" in load(path, KINDS, baseline="b.jsonl").steps[0].gates


def test_significance_has_defaults(write: Callable[[str], Path]) -> None:
    path = write(TEXT)
    assert load(path, KINDS).significance == Significance(alpha=0.1)


def test_dataset_and_candidate_come_from_one_or_the_other(write: Callable[[str], Path]) -> None:
    path = write(TEXT.replace("dataset: ../data\ncandidate: ../data/next.jsonl\n", ""))
    assert load(path, KINDS, dataset="d", candidate="c").candidate == "c"
    with pytest.raises(InvalidInput) as caught:
        load(path, KINDS)
    assert caught.value.problems == (
        "configs/gate.yaml:1:1: candidate: required here, or as --candidate",
        "configs/gate.yaml:1:1: dataset: required here, or as --dataset",
    )


def test_an_option_that_the_evaluator_refuses(write: Callable[[str], Path]) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(write(TEXT.replace("limit: 3", "limit: 13")), KINDS)
    assert caught.value.problems == ("configs/gate.yaml:7:5: steps.mic: 13 brings bad luck",)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.yaml: no such file"):
        load(Path("nowhere.yaml"), KINDS)
