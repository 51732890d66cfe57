"""Names that only the card of the dataset can confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieval.config import check_names, load
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
    return load(path, KINDS)


@pytest.mark.parametrize(
    "steps",
    [
        "  intent: {evaluator: labelled, gates: {recall.outage: {min: 0, by: [channel, language, product_line]}}}\n",
        "  other: {evaluator: labelled, label: intent, gates: {recall.billing: {min: 0}}}\n",
        "  csat: {evaluator: scored, gates: {mae: {max: 1}}}\n",
    ],
)
def test_names_of_the_card_pass(tmp_path: Path, steps: str) -> None:
    check_names(loaded(tmp_path, steps), CARD)


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (
            "  intent:\n    evaluator: labelled\n    gates:\n      recall.outage:\n        min: 0\n"
            "        by: [channel, product]\n",
            '10:23: steps.intent.gates.recall.outage.by: the dataset has no cohort "product"; '
            'did you mean "product_line"?',
        ),
        (
            "  intent: {evaluator: labelled, gates: {recall.outrage: {min: 0}}}\n",
            '5:41: steps.intent.gates.recall.outrage: the label intent has no class "outrage"; did you mean "outage"?',
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
    config = loaded(tmp_path, steps)
    with pytest.raises(InvalidInput) as caught:
        check_names(config, CARD)
    assert caught.value.problems == (f"{config.source.path}:{problem}",)


def test_a_file_that_has_changed_since_is_no_longer_trusted_for_places(tmp_path: Path) -> None:
    config = loaded(tmp_path, "  csat: {evaluator: scored, gates: {mae: {max: 1, by: [team]}}}\n")
    Path(config.source.path).write_text("# all gone\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r":5:43: steps\.csat\.gates\.mae\.by: the dataset has no cohort"):
        check_names(config, CARD)
