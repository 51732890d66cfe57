"""The card of a dataset, and every way it can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieval.data import read_card
from fieval.errors import InvalidInput
from fieval.model import Card, LabelSet, ScoreRange

HEAD = "name: demo\nversion: '1'\n"
FULL = """\
name: demo
version: 1.0
language: no
description: |
  Two lines
  of text
license: CC0
labels:
  resolution: [yes, no, 1, 010, true, ~]
  sentiment: {values: [negative, neutral, positive], ordinal: true}
scores:
  csat: {min: 1, max: 5}
terms: [router, 42, direct debit]
cohorts: [product_line]
"""


def card(folder: Path, text: str) -> Card:
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    return read_card(folder)


def test_texts_are_what_is_written(tmp_path: Path) -> None:
    assert card(tmp_path, FULL) == Card(
        name="demo",
        version="1.0",
        language="no",
        description="Two lines\nof text\n",
        license="CC0",
        labels={
            "resolution": LabelSet(("yes", "no", "1", "010", "true", "~")),
            "sentiment": LabelSet(("negative", "neutral", "positive"), ordinal=True),
        },
        scores={"csat": ScoreRange(1.0, 5.0)},
        terms=("router", "42", "direct debit"),
        cohorts=("product_line",),
    )


def test_absent_null_and_empty_are_the_same(tmp_path: Path) -> None:
    empty = "language:\ndescription: ''\nlabels: {}\nscores:\nterms: []\ncohorts: ~\n"
    assert card(tmp_path, HEAD + empty) == card(tmp_path, HEAD) == Card("demo", "1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version: '1'\n", "1:1: name: required, but absent or empty"),
        ("name: x\nversion: ''\n", "1:1: version: required, but absent or empty"),
        ("name: [x]\nversion: 1\n", "1:7: name: expected a string, got a list"),
        (HEAD + "lables: {}\n", '3:1: unknown key "lables"; did you mean "labels"?'),
        (
            HEAD + "population: {team: {a: 1}}\n",
            '3:14: population: "team" is no cohort or label; known: channel, language',
        ),
        (
            HEAD + "population: {language: {en: 0.5, es: 0.2}}\n",
            "3:14: population: the shares add up to 0.7, not to 1",
        ),
        (
            HEAD + "population: {language: {en: 1, es: 0}}\n",
            "3:36: population.language.es: expected a share above 0 and up to 1, got 0",
        ),
        (HEAD + "labels: [a]\n", "3:9: labels: expected a mapping, got a list"),
        (HEAD + "labels: {'': [a]}\n", "3:10: labels: a name must not be empty"),
        (HEAD + "labels: {a: []}\n", '3:10: labels: the label set "a" is empty; list its values'),
        (HEAD + "labels: {a: }\n", '3:10: labels: the label set "a" is empty; list its values'),
        (HEAD + "labels: {a: {ordinal: true}}\n", '3:10: labels: the label set "a" is empty; list its values'),
        (
            HEAD + "labels: {a: {values: [b], ordinall: true}}\n",
            '3:27: labels.a: unknown key "ordinall"; did you mean "ordinal"?',
        ),
        (
            HEAD + "labels: {a: {values: [b], ordinal: yes}}\n",
            "3:36: labels.a.ordinal: expected true or false, got a string",
        ),
        (HEAD + "labels: {a: {values: b}}\n", "3:22: labels.a.values: expected a list, got a string"),
        (HEAD + "labels: {a: [b, c, b]}\n", '3:20: labels.a[2]: "b" is given twice'),
        (HEAD + "labels: {a: [1, '1']}\n", '3:17: labels.a[1]: "1" is given twice'),
        (HEAD + "labels: {a: [b, '']}\n", "3:17: labels.a[1]: must not be empty"),
        (HEAD + "labels: {a: [[b]]}\n", "3:14: labels.a[0]: expected a string, got a list"),
        (HEAD + "scores: {a: 3}\n", "3:13: scores.a: expected a mapping with min and max, got a whole number"),
        (HEAD + "scores: {a: {min: 1}}\n", "3:10: scores.a.max: required, but absent"),
        (HEAD + "scores: {a: {min: 5, max: 5}}\n", "3:13: scores.a: min must be below max, got min 5 and max 5"),
        (HEAD + "scores: {a: {min: low, max: 5}}\n", "3:19: scores.a.min: expected a number, got a string"),
        (HEAD + "scores: {a: {min: 1, max: .inf}}\n", "3:27: scores.a.max: expected a finite number"),
        (HEAD + "scores: {a: {min: 1, max: 5, step: 1}}\n", '3:30: scores.a: unknown key "step"; known: max, min'),
        (HEAD + "cohorts: team\n", "3:10: cohorts: expected a list, got a string"),
        (HEAD + "cohorts: [a, a]\n", '3:14: cohorts[1]: "a" is given twice'),
        (HEAD + "terms: {a: 1}\n", "3:8: terms: expected a list, got a mapping"),
        (HEAD + "name: again\n", '3:1: the key "name" is given twice; it was first given at 1:1'),
    ],
)
def test_a_wrong_card_is_told_so_at_the_very_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        card(tmp_path, text)
    assert caught.value.problems == (f"{tmp_path / 'dataset.yaml'}:{problem}",)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        card(tmp_path, "name: [x]\nlabels: {a: [b, b]}\nmore: 1\n")
    assert len(caught.value.problems) == 4


def test_folders_that_hold_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere: no such folder; looked for .*nowhere/dataset\.yaml"):
        read_card(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match=r"dataset\.yaml: no such file"):
        read_card(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"expected a folder with dataset\.yaml and interactions\.jsonl, got a file"):
        read_card(tmp_path / "file")
