"""What a plan says of each kind of rule, on hand-made cells."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from fieval.gate.cells import Cell
from fieval.gate.plan import COUNTED, NO_MARGIN, UNCHANGED, PlanRow, plan
from fieval.gate.rules import Check, judge
from fieval.gate.slices import Slice
from fieval.model import Rule, Significance
from fieval.statistics.compare import Comparison
from fieval.statistics.inference import Inference

from tables import WER

TEST = Inference(interval=(0.01, 0.03), upper=0.03, p_value=0.2, standard_error=0.01, z=1.0, null=np.zeros(9))
LACKING = replace(TEST, interval=None, upper=None, lacking="only 4 groups differ")
WHOLE = Slice((), np.ones(1, dtype=bool))
SPANISH = Slice((("language", "es"),), np.ones(1, dtype=bool))
COMPARED = Comparison(110, 85, 100, 80, 0.10, 0.12, 0.02, 0.02, TEST)
CELL = Cell("asr", WER, WHOLE, COMPARED, small="", few_pairs="", incomparable="", unchanged=False)


def row(cell: Cell, limit: float = 0.01, **more: object) -> PlanRow:
    rule = Rule("max_regression", limit, **more)  # type: ignore[arg-type]
    (found,) = plan([Check(rule, cell, cell)], Significance()).rows
    return found


def test_a_plan_says_what_is_found_and_what_a_proof_takes() -> None:
    found = row(CELL)
    assert found.detectable == pytest.approx(0.0249, abs=1e-4)
    assert found.needed == COMPARED.needed(0.01, 0.05)
    assert found.needed is not None
    assert found.needed > 100
    assert found.needed_groups == int(np.ceil(found.needed * 0.8))
    assert (found.n, found.groups, found.enough, found.reason) == (100, 80, False, "")


def test_the_same_number_stands_on_an_undecided_row() -> None:
    check = Check(Rule("max_regression", 0.01), CELL, CELL)
    (found,) = plan([check], Significance()).rows
    assert (
        f"about {found.needed:,} interactions in {found.needed_groups:,} groups"
        in judge(check, [0.2], Significance()).reason
    )


def test_enough_is_enough() -> None:
    found = row(CELL, limit=0.05)
    assert found.enough
    assert found.needed == 100


def test_a_relative_margin_is_a_share_of_the_baseline() -> None:
    assert row(CELL, limit=0.05, relative=True).margin == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("cell", "limit", "reason"),
    [
        (CELL, 0.0, NO_MARGIN),
        (replace(CELL, metric=replace(WER, counted=True)), 0.0, COUNTED),
        (replace(CELL, incomparable="no baseline yet: bless one"), 0.01, "no baseline yet: bless one"),
        (replace(CELL, few_pairs="5 interactions, fewer than 20"), 0.01, "5 interactions, fewer than 20"),
        (replace(CELL, unchanged=True), 0.01, UNCHANGED),
        (replace(CELL, comparison=replace(COMPARED, worsening=nan)), 0.01, "the change cannot be computed here"),
        (replace(CELL, comparison=replace(COMPARED, test=Inference(lacking="no variation"))), 0.01, "no variation"),
    ],
)
def test_what_cannot_be_planned_says_why(cell: Cell, limit: float, reason: str) -> None:
    found = row(cell, limit)
    assert found.reason == reason
    assert (found.needed, found.needed_groups, found.enough) == (None, None, False)


def test_a_guard_is_told_besides_the_number() -> None:
    found = row(replace(CELL, comparison=replace(COMPARED, test=LACKING)), limit=0.05)
    assert found.needed == 100
    assert not found.enough
    assert found.reason == "only 4 groups differ"


def test_slices_stand_under_their_metric_and_bounds_are_left_out() -> None:
    other = replace(CELL, metric=replace(WER, name="cer"))
    cells = [CELL, other, replace(CELL, slice=SPANISH)]
    checks = [Check(rule, cell, cell) for cell in cells for rule in (Rule("max", 0.2), Rule("max_regression", 0.01))]
    rows = plan(checks, Significance()).rows
    assert [(found.metric, found.slice) for found in rows] == [
        ("wer", None),
        ("wer", {"language": "es"}),
        ("cer", None),
    ]


def test_a_candidate_that_is_the_baseline_is_told() -> None:
    same, other = replace(CELL, unchanged=True), replace(CELL, metric=replace(WER, name="cer"))
    counted = replace(same, metric=replace(WER, name="missing", counted=True))
    limit = Rule("max_regression", 0.01)

    def told(*cells: Cell) -> bool:
        return plan([Check(limit, cell, cell) for cell in cells], Significance()).same

    assert told(same, counted)
    assert told(same, replace(CELL, slice=SPANISH))
    assert not told(same, other)
    assert not told(CELL)
    assert not told()
    assert not plan([Check(Rule("max_drift", 0.01), same, same)], Significance()).same
