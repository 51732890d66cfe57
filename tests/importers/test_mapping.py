"""`--map`: what it may ask for, and what is said of the rest."""

from __future__ import annotations

import pytest

from fieval.errors import InvalidInput
from fieval.importers.parts.mapping import mapped


def test_labels_scores_and_summary_have_keys_and_a_bare_name_is_a_label() -> None:
    asked = mapped({"intent": "a.b", "labels.tone.of.voice": "c", "scores.csat": "d", "summary": "e"})
    assert (asked.labels, asked.scores, asked.summary) == ({"intent": "a.b", "tone.of.voice": "c"}, {"csat": "d"}, "e")
    assert list(asked) == [("summary", "e"), ("labels.intent", "a.b"), ("labels.tone.of.voice", "c"),
                           ("scores.csat", "d")]  # fmt: skip


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as raised:
        mapped({"label.intent": "a", "labels.": "b", "turns": "c", "labels": "d", "x": "a", "labels.x": "b",
                "\udcff": "e", "labels.y": "\udcff"})  # fmt: skip
    asked = "--map: expected labels.NAME, scores.NAME or summary, got "
    assert list(raised.value.problems) == [
        f'{asked}"label.intent"; did you mean "labels"?',
        f'{asked}"labels."',
        f'{asked}"turns"',
        f'{asked}"labels"',
        '--map: "x" is given twice, as a and b',
        f'{asked}"\udcff"',
        f'{asked}"labels.y"',
    ]


def test_a_name_may_be_given_twice_with_one_key() -> None:
    assert mapped({"x": "a", "labels.x": "a"}).labels == {"x": "a"}
