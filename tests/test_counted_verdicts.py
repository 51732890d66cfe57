"""Which of people's verdicts count beside the judge's: those that stand for the whole."""

from __future__ import annotations

from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_judging import OTHER, SAME, court, interactions, outputs, scorers, session, verdict

from fieval.evals.given import gold_label
from fieval.judge import Session
from fieval.judging import Court, Kind, Watching, _in_proportion, hear, labelled, people_of
from fieval.model import Floor

from judge.conftest import nobody, server
from judge.scripted_server import Item, Server

__all__ = ["nobody", "server", "session"]


def test_people_count_where_both_systems_outputs_have_a_verdict(session: Session, server: Server) -> None:
    server.decide = lambda item: "contradicted" if item.canary else item.verdicts[0]
    made = {"summary": scorers()["summary"]}
    candidate, baseline = outputs(SAME, SAME, SAME, SAME), outputs(OTHER, OTHER, OTHER, OTHER)
    said = {("call-0", SAME): "ab", ("call-0", OTHER): "ab", ("call-1", SAME): "ab", ("call-2", SAME): "a"}
    given = [
        verdict(f"summary.{'s1' if each == 'a' else 's2'}", "supported", text, name=name)
        for (name, text), claims in said.items()
        for each in claims
    ]
    people = people_of(given, made)
    hear(made, interactions(), [candidate, baseline], Court(session, people, (), Floor()), Watching())
    assert made["summary"].hearing.labelled == {"faithfulness": frozenset({"call-0"}), "fact_coverage": frozenset()}
    assert labelled(made["summary"], interactions(), [candidate]) == {
        "faithfulness": frozenset({"call-0", "call-1"}),
        "fact_coverage": frozenset(),
    }


def test_peoples_labels_of_the_dataset_count_as_verdicts(session: Session, server: Server) -> None:
    def decide(item: Item) -> str:
        return "contradicted" if item.canary else "unclear" if "call 3" in item.text else item.verdicts[0]

    server.decide = decide
    made = {"resolution": scorers()["resolution"]}
    every = interactions()
    every[1:] = [msgspec.structs.replace(each, labels={"resolution": gold_label("open")}) for each in every[1:]]
    hear(made, every, [outputs(*[SAME] * 4)], court(session), Watching())
    assert made["resolution"].hearing.labelled == {"judged_resolution": frozenset({"call-1", "call-2"})}


def test_missing_outputs_count_beside_what_people_said_of_the_others(session: Session, server: Server) -> None:
    """A mean of what is there alone would hide what is not."""
    server.decide = lambda item: "contradicted" if item.canary else item.verdicts[0]
    made = {"summary": scorers()["summary"]}
    candidate = outputs(SAME, None, SAME, "")
    given = [verdict(f"summary.s{claim}", "supported", name=f"call-{call}") for call in (0, 2) for claim in (1, 2)]
    hear(made, interactions(), [candidate], Court(session, people_of(given, made), (), Floor()), Watching())
    counted = made["summary"].hearing.labelled
    assert counted["faithfulness"] == frozenset(each.id for each in interactions())
    assert counted["fact_coverage"] == frozenset()
    rows = np.array([made["summary"].row(*pair) for pair in zip(interactions(), candidate, strict=True)])
    faithfulness = next(metric for metric in made["summary"].metrics if metric.name == "faithfulness")
    assert float(faithfulness.value(rows[:, faithfulness.columns].sum(axis=0))) == 0.5
    made["summary"].where = {"team": "red"}
    assert labelled(made["summary"], interactions(), [candidate])["faithfulness"] == frozenset()


@pytest.mark.parametrize(
    ("said_of_changed", "said_of_same", "changed", "same", "kept"),
    [
        (10, 10, 10, 10, (10, 10)),
        (10, 40, 50, 50, (10, 10)),
        (20, 10, 25, 75, (3, 10)),
        (5, 0, 10, 0, (5, 0)),
        (0, 10, 0, 10, (0, 10)),
        (0, 5, 5, 5, (0, 0)),
        (0, 0, 5, 5, (0, 0)),
    ],
)
def test_changed_and_unchanged_outputs_count_as_often_as_there_are_of_them(
    said_of_changed: int, said_of_same: int, changed: int, same: int, kept: tuple[int, int]
) -> None:
    whole = _kinds("changed", changed) | _kinds("same", same)
    ids = [f"c{number}" for number in range(said_of_changed)] + [f"s{number}" for number in range(said_of_same)]
    found = _in_proportion(ids, whole)
    assert (sum(each[0] == "c" for each in found), sum(each[0] == "s" for each in found)) == kept


def _kinds(kind: Kind, count: int) -> dict[str, Kind]:
    return {f"{kind[0]}{number}": kind for number in range(count)}


@given(st.lists(st.tuples(st.sampled_from(get_args(Kind)), st.booleans()), min_size=1, max_size=60))
def test_what_counts_is_in_proportion_to_within_one(every: list[tuple[Kind, bool]]) -> None:
    kinds = {str(index): kind for index, (kind, _) in enumerate(every)}
    ids = [str(index) for index, (_, said) in enumerate(every) if said]
    found = _in_proportion(ids, kinds)
    assert found <= set(ids)
    for kind in set(kinds.values()):
        share = sum(each == kind for each in kinds.values()) / len(kinds)
        assert abs(sum(kinds[each] == kind for each in found) - share * len(found)) <= 1.5
    if set(ids) == set(kinds):
        assert found == set(ids)
