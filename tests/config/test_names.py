"""Names that only the card of the dataset can confirm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieval.config import load
from fieval.errors import InvalidInput
from fieval.model import Card, Config, EvaluatorKind, LabelSet, MetricName, ScoreRange


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """An evaluator of a label."""

    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """An evaluator of a score."""

    score: str = ""


KINDS: Mapping[str, EvaluatorKind] = {
    "labelled": EvaluatorKind("labelled", Labelled, (MetricName("recall", "higher", label_class=True),)),
    "scored": EvaluatorKind("scored", Scored, (MetricName("mae", "lower"),)),
}
CARD = Card(
    "d",
    "1",
    labels={"intent": LabelSet(("billing", "outage"))},
    scores={"csat": ScoreRange(1, 5)},
    cohorts=("product_line",),
)
HEAD = "version: 1\ndataset: d\ncandidate: c\nsteps:\n"


def loaded(folder: Path, steps: str) -> Config:
    path = folder / "gate.yaml"
    path.write_text(HEAD + steps, encoding="utf-8")
    return load(path, KINDS, card=lambda dataset: CARD if dataset == f"{folder}/d" else None)


def problems(folder: Path, steps: str) -> list[str]:
    """What is wrong, without the file's name."""
    with pytest.raises(InvalidInput) as caught:
        loaded(folder, steps)
    return [problem.removeprefix(f"{folder}/gate.yaml:") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "steps",
    [
        "  intent: {evaluator: labelled, gates: {recall.outage: {min: 0, by: [channel, language, product_line]}}}\n",
        "  other: {evaluator: labelled, label: intent, gates: {recall.billing: {min: 0}}}\n",
        "  csat: {evaluator: scored, gates: {mae: {max: 1}}}\n",
    ],
)
def test_names_of_the_card_pass(tmp_path: Path, steps: str) -> None:
    assert loaded(tmp_path, steps).steps


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (
            "  intent:\n    evaluator: labelled\n    gates:\n      recall.outage:\n        min: 0\n"
            "        by: [channel, product]\n",
            '10:23: steps.intent.gates.recall.outage.by[1]: the dataset has no cohort "product"; '
            'did you mean "product_line"?',
        ),
        (
            "  intent: {evaluator: labelled, gates: {recall.outrage: {min: 0}}}\n",
            '5:41: steps.intent.gates: the label intent has no class "outrage"; did you mean "outage"?',
        ),
        (
            "  intent: {evaluator: labelled, label: intend, gates: {recall.x: {min: 0}}}\n",
            '5:40: steps.intent.label: the dataset has no label "intend"; did you mean "intent"?',
        ),
        (
            "  intention: {evaluator: labelled, gates: {recall.x: {min: 0}}}\n",
            '5:3: steps.intention.label: the dataset has no label "intention"; did you mean "intent"?',
        ),
        (
            "  csat: {evaluator: scored, score: stars, gates: {mae: {max: 1}}}\n",
            '5:36: steps.csat.score: the dataset has no score "stars"; known: csat',
        ),
    ],
)
def test_a_stranger_is_told_at_its_place(tmp_path: Path, steps: str, problem: str) -> None:
    assert problems(tmp_path, steps) == [problem]


def test_a_cohort_that_a_step_is_restricted_to_must_be_one(tmp_path: Path) -> None:
    assert problems(
        tmp_path, "  csat: {evaluator: scored, where: {team: a, channel: chat}, gates: {mae: {max: 1}}}\n"
    ) == ['5:37: steps.csat.where: the dataset has no cohort "team"; known: channel, language, product_line']


def test_each_mention_of_a_stranger_is_told_once_however_many_rules_it_belongs_to(tmp_path: Path) -> None:
    by = "by: [team, [team, channel]]"
    rules = f"[{{max: 1, max_regression: 0.1, {by}}}, {{max: 2, by: [team]}}]"
    step = f"  csat: {{evaluator: scored, gates: {{mae: {rules}}}}}"
    places = [problem.split(": ")[0].partition(":")[2] for problem in problems(tmp_path, f"{step}\n")]
    assert places == [str(found.start() + 1) for found in re.finditer("team", step)]
    assert len(places) == 3


def test_what_is_wrong_by_itself_does_not_hide_what_the_card_does_not_know(tmp_path: Path) -> None:
    steps = (
        "  intent:\n    evaluator: labeled\n    label: intnt\n"
        "    gates: {recal.outage: {min: 0}, recall.outage: {max_regresion: 0, by: [tem]}}\n"
        "  csat: {evaluator: 3, score: stars, gates: [mae]}\n"
        "  mood: {evaluator: labelled, label: [a], where: b, gates: {recall.x: {min: 0, by: team}}}\n"
    )
    found = problems(tmp_path, steps)
    for told in (
        '6:16: steps.intent.evaluator: unknown evaluator "labeled"; did you mean "labelled"?',
        '7:12: steps.intent.label: the dataset has no label "intnt"; did you mean "intent"?',
        '8:13: steps.intent.gates: unknown metric "recal.outage"',
        '8:53: steps.intent.gates.recall.outage: unknown key "max_regresion"; did you mean "max_regression"?',
        '8:76: steps.intent.gates.recall.outage.by[0]: the dataset has no cohort "tem"',
        "9:21: steps.csat.evaluator: ",
        "10:38: steps.mood.label: expected a string, got a list",
    ):
        assert [each for each in found if each.startswith(told)], (told, found)


def test_without_a_card_names_are_nobody_elses(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(
        HEAD + "  csat: {evaluator: scored, gates: {mae: {max: 1, by: [team]}}}\n", encoding="utf-8"
    )
    assert load(tmp_path / "gate.yaml", KINDS, card=lambda dataset: None).steps
    assert load(tmp_path / "gate.yaml", KINDS).steps
