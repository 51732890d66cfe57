"""Fabricated specifics and facts found, summed over summaries, and what a missing summary costs."""

from typing import Any

import numpy as np
import pytest

from fieval.evals.base import Scorer
from fieval.evals.summary_quality import SummaryQuality
from fieval.model import Card, Fact, Interaction, Output, Turn
from fieval.statistics.sums import exact

TURNS = (
    Turn(speaker="Maria", text="I was charged forty dollars on Tuesday."),
    Turn(speaker="spk_77", text="I will refund it."),
)
FACTS = (Fact("a refund of 40 dollars", ("40", "refund")), Fact("on Tuesday", ("tuesday",)))
CALL = Interaction("i", "voice", "en", "i", {}, turns=TURNS, facts=FACTS)
GOOD = "Customer was charged $40 on Tuesday and gets a refund."
BAD = "Customer was charged $45 on Friday and gets a voucher."


def scorer(**options: Any) -> Scorer:
    return SummaryQuality(**options).scorer("summary", Card("d", "1"))


def output(summary: str) -> Output:
    return Output("i", summary=summary)


def values(pairs: list[tuple[Interaction, Output | None]]) -> dict[str, float]:
    made = scorer()
    rows = exact(np.array([made.row(interaction, given) for interaction, given in pairs]))
    assert rows.shape[1] == made.width
    return {metric.name: metric.of(rows) for metric in made.metrics}


def test_a_summary_that_keeps_to_the_call() -> None:
    assert values([(CALL, output(GOOD))]) == {"fabrication_rate": 0, "fabricated_per_specific": 0, "fact_recall": 1}


def test_a_summary_that_makes_things_up() -> None:
    assert values([(CALL, output(BAD))]) == {"fabrication_rate": 1, "fabricated_per_specific": 1, "fact_recall": 0}


def test_metrics_are_ratios_of_sums() -> None:
    found = values([(CALL, output(GOOD)), (CALL, output(BAD)), (CALL, output("All is well.")), (CALL, None)])
    assert found["fabrication_rate"] == 0.5
    assert found["fabricated_per_specific"] == pytest.approx((3 + 1) / (3 + 3 + 1))
    assert found["fact_recall"] == 2 / 8


@pytest.mark.parametrize("given", [None, Output("i"), output(""), output(" \n")])
def test_missing_is_fabricated_and_finds_nothing(given: Output | None) -> None:
    made = scorer(fail_above=5)
    assert made.part(CALL, given) is None
    assert made.row(CALL, given) == [1, 1, 1, 1, 0, 2, 1]
    assert made.failed(made.row(CALL, given))


def test_without_gold_turns_only_facts_count() -> None:
    made = scorer()
    written = Interaction("i", "email", "en", "i", {}, facts=FACTS)
    assert made.applies(written)
    assert made.row(written, output(BAD)) == [0, 0, 0, 0, 0, 2, 0]
    assert made.row(written, None) == [0, 0, 0, 0, 0, 2, 1]
    assert made.failed(made.row(written, None))
    assert not made.failed(made.row(written, output(BAD)))
    assert np.isnan(values([(written, output(BAD))])["fabrication_rate"])
    assert not made.applies(Interaction("i", "email", "en", "i", {}, summary="gold"))


def test_facts_are_absent_where_people_gave_none() -> None:
    bare = Interaction("i", "chat", "en", "i", {}, turns=TURNS)
    assert np.isnan(values([(bare, output(GOOD))])["fact_recall"])


def test_names_of_speakers_were_said_and_their_numbers_were_not() -> None:
    found = scorer().evidence(CALL, output("Call with Maria about 77 dollars."))
    assert found["fabricated"] == ["number: 77"]


def test_the_language_picks_the_checks() -> None:
    spanish = Interaction("i", "chat", "es-ES", "i", {}, turns=(Turn(text="me cobraron cuarenta euros el martes"),))
    assert values([(spanish, output("Le cobraron 40 euros el martes."))])["fabrication_rate"] == 0
    assert values([(spanish, output("Le cobraron 40 euros el jueves."))])["fabrication_rate"] == 1


def test_bar_and_worsening_are_in_fabricated_specifics() -> None:
    made = scorer(fail_above=1, worse_by=1)
    none, one, three, missing = (
        made.row(CALL, given) for given in (output(GOOD), output("It was $45."), output(BAD), None)
    )
    assert [made.failed(row) for row in (none, one, three, missing)] == [False, False, True, True]
    assert [made.badness(row) for row in (none, one, three, missing)] == [0, 1, 3, 2]
    assert not made.got_worse(none, one)
    assert made.got_worse(none, three)
    assert made.got_worse(three, missing)
    assert not made.got_worse(missing, three)
    assert not made.got_worse(missing, missing)


def test_systems_are_scored_in_turn_on_their_own_interaction() -> None:
    made = scorer()
    other = Interaction("i", "chat", "en", "i", {}, turns=(Turn(text="it was $45 on Friday, here is a voucher"),))
    given = output(BAD)
    fabricated = [made.row(interaction, given)[2] for interaction in (CALL, other, other, CALL)]
    assert fabricated == [3, 0, 0, 3]


def test_evidence_names_what_is_wrong() -> None:
    evidence = scorer().evidence(CALL, output(BAD))
    assert set(evidence["fabricated"]) == {"number: $45", "date: Friday", "event: voucher"}
    assert evidence["missing_facts"] == ["a refund of 40 dollars", "on Tuesday"]
    assert evidence["summary"] == BAD
    assert scorer().evidence(CALL, None)["summary"] == ""


def test_every_metric_can_be_named_in_a_config() -> None:
    named = [(name.name, name.better) for name in SummaryQuality.metric_names if not name.judged]
    assert named == [(metric.name, metric.better) for metric in scorer().metrics]
