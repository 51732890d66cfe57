"""The correction against the formula on raw scores, against published software, and what it must not prove."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.statistics.booking import book
from fieval.statistics.columns import columns_of
from fieval.statistics.compare import Comparison, compare
from fieval.statistics.halves import draw_halves
from fieval.statistics.ppi import (
    WIDTH,
    corrected,
    corrected_with,
    judged_metrics,
    ppi_row,
    uncorrected,
    with_enough_labels,
)
from fieval.statistics.sums import Floats, exact

from tables import table

CORRECTED, RAW = judged_metrics("quality", "higher", 0, labelled=True)
(PLAIN,) = judged_metrics("plain", "higher", 0, labelled=False)
PEOPLE = (1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0)
JUDGED = (0.9, 0.2, 0.7, 1.0, 0.4, 0.8, 0.5, 0.1)
UNLABELLED = (0.6, 0.9, 0.3, 0.8, 1.0, 0.7, 0.2, 0.5, 0.4, 0.95)
# ppi-python 0.2.3, ppi_mean_pointestimate(PEOPLE, JUDGED, UNLABELLED, lam=…)
BY_PPI_PYTHON = [(0.0, 0.625), (0.25, 0.64), (0.5, 0.655), (1.0, 0.685)]
TUNED_BY_PPI_PYTHON = 0.6740154711673699
unit = st.floats(0, 1).map(lambda score: round(score, 3))
outputs = st.lists(st.tuples(unit, st.none() | st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=40)


def rows(judged: Floats, people: Floats) -> Floats:
    """Rows of outputs; `people` is NaN where nobody judged."""
    pairs = zip(judged.tolist(), people.tolist(), strict=True)
    made: Floats = np.array([ppi_row(score, None if np.isnan(verdict) else verdict) for score, verdict in pairs])
    return made


def straight(people: Floats, judged: Floats, unlabelled: Floats) -> float:
    """PPI++ of a mean written down on scores, not on sums."""
    ratio = len(people) / len(unlabelled)
    spread = np.var(np.concatenate([judged, unlabelled]))
    covariance = np.mean((people - people.mean()) * (judged - judged.mean()))
    lam = 0.0 if spread < 1e-9 else min(1.0, max(0.0, covariance / ((1 + ratio) * spread)))
    return float(lam * unlabelled.mean() + np.mean(people - lam * judged))


def example() -> Floats:
    labelled = [ppi_row(*pair) for pair in zip(JUDGED, PEOPLE, strict=True)]
    sums: Floats = np.array(labelled + [ppi_row(score) for score in UNLABELLED]).sum(axis=0)
    return sums


@pytest.mark.parametrize(("lam", "expected"), BY_PPI_PYTHON)
def test_given_lambda_is_what_ppi_python_computes(lam: float, expected: float) -> None:
    assert float(corrected_with(example(), lam)) == pytest.approx(expected, abs=1e-12)


def test_tuned_lambda_is_that_of_ppi_python_but_for_its_divisor() -> None:
    """There the variance is divided by the number of scores less one, the covariance by the number."""
    tuned = (TUNED_BY_PPI_PYTHON - 0.625) / (0.685 - 0.625)
    ours = (float(corrected(example())) - 0.625) / (0.685 - 0.625)
    scores = len(JUDGED) + len(UNLABELLED)
    assert ours * (scores - 1) / scores == pytest.approx(tuned, abs=1e-9)


@given(
    st.lists(st.tuples(unit, st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=30),
    st.lists(unit, min_size=1, max_size=30),
)
def test_sums_say_what_the_scores_say(labelled: list[tuple[float, float]], unlabelled: list[float]) -> None:
    sums = np.array([ppi_row(*pair) for pair in labelled] + [ppi_row(score) for score in unlabelled]).sum(axis=0)
    judged, people = np.array(labelled).T
    assert float(corrected(sums)) == pytest.approx(straight(people, judged, np.array(unlabelled)), abs=1e-7)


def test_many_sums_at_once_are_each_of_them() -> None:
    rng = np.random.default_rng(1)
    verdicts = np.where(rng.random(60) < 0.3, rng.integers(0, 2, 60), np.nan)
    made = rows(rng.random(60), verdicts)
    many = rng.integers(0, 2, (3, 5, 60)).astype(float) @ made
    for value in (corrected, uncorrected):
        found = value(many)
        assert found.shape == (3, 5)
        assert found.tolist() == [[float(value(sums)) for sums in line] for line in many]


@given(outputs, st.data())
def test_order_is_nothing(pairs: list[tuple[float, float | None]], data: st.DataObject) -> None:
    made = exact(np.array([ppi_row(*pair) for pair in pairs]))
    order = data.draw(st.permutations(range(len(made))))
    assert float(corrected(made[order].sum(axis=0))) == float(corrected(made.sum(axis=0)))


@given(outputs)
def test_labels_of_a_perfect_judge_change_nothing(pairs: list[tuple[float, float | None]]) -> None:
    """People who say what the judge says move it nowhere at λ = (n - m)/n, the best where variances are equal."""
    sums = np.array([ppi_row(score, None if people is None else score) for score, people in pairs]).sum(axis=0)
    assert float(corrected_with(sums, (sums[0] - sums[3]) / sums[0])) == pytest.approx(float(uncorrected(sums)))


def test_a_perfect_judge_is_believed() -> None:
    scores: Floats = np.random.default_rng(3).integers(0, 2, 4000).astype(float)
    sums = rows(scores, np.where(np.arange(4000) < 1000, scores, np.nan)).sum(axis=0)
    assert float(corrected(sums)) == pytest.approx(scores.mean(), abs=1e-3)
    assert abs(scores[:1000].mean() - scores.mean()) > 1e-3


EDGES = [
    ("all labelled", [0.2, 0.9, 0.4], [1.0, 0.0, 1.0], 2 / 3),
    ("none labelled", [0.2, 0.9, 0.4], [None, None, None], 0.5),
    ("a judge that always says the same", [0.7, 0.7, 0.7], [1.0, 0.0, None], 0.5),
    ("people who always say the same", [0.2, 0.9, 0.4], [1.0, 1.0, None], 1.0),
    ("a judge that says the contrary", [0.0, 1.0, 0.5], [1.0, 0.0, None], 0.5),
    ("labels that promise more than the whole judge", [0.4, 0.6, 0.6, 0.6, 0.6], [0.0, 1.0, None, None, None], 0.6),
    ("one output, labelled", [0.3], [1.0], 1.0),
    ("one output, not labelled", [0.3], [None], 0.3),
]


@pytest.mark.parametrize(
    ("judged", "people", "expected"), [edge[1:] for edge in EDGES], ids=[edge[0] for edge in EDGES]
)
def test_edges(judged: list[float], people: list[float | None], expected: float) -> None:
    sums = np.array([ppi_row(*pair) for pair in zip(judged, people, strict=True)]).sum(axis=0)
    assert float(corrected(sums)) == pytest.approx(expected)


def test_nothing_judged_is_no_value() -> None:
    nothing = np.array([ppi_row(None), ppi_row(None, 1.0)])
    assert not nothing.any()
    assert nothing.shape == (2, WIDTH)
    for metric in (CORRECTED, RAW, PLAIN):
        assert np.isnan(metric.of(nothing))


def test_weights_that_leave_only_rounding_unlabelled_do_not_show() -> None:
    """All labelled but weighted: the two counts may be rounded differently, their difference is not a count."""
    sums = rows(np.array([0.2, 0.9, 0.4]), np.array([1.0, 0.0, 1.0])).sum(axis=0)
    sums[0] *= 1 + 1e-12
    assert float(corrected_with(sums, 1.0)) == float(corrected(sums)) == pytest.approx(2 / 3)


def release(seed: int, n: int, labelled: int) -> tuple[Floats, Floats]:
    """Both systems' rows; people judged the first outputs of both, the judge is right in 85 %."""
    rng = np.random.default_rng(seed)
    systems = []
    for good in (0.8, 0.7):
        truth = (rng.random(n) < good).astype(float)
        judged = np.where(rng.random(n) < 0.85, truth, 1 - truth)
        systems.append(rows(judged, np.where(np.arange(n) < labelled, truth, np.nan)))
    return systems[0], systems[1]


def compared(labelled: int, spread: int = 1, n: int = 300, same_verdicts: bool = False) -> dict[str, Comparison]:
    before, after = release(5, n, labelled)
    if same_verdicts:
        after[:labelled] = before[:labelled]
    groups = np.arange(n) // spread
    halves = draw_halves(int(groups.max()) + 1, 999, 1)
    return dict(compare([CORRECTED, RAW, PLAIN], table(before, after), groups, halves, 0.05))


def test_enough_labels_correct_and_can_prove() -> None:
    found = compared(labelled=80)["quality"]
    assert found.test.lacking == ""
    assert found.test.upper is not None
    assert found.n == found.groups == 300


@pytest.mark.parametrize(
    ("labelled", "spread", "same_verdicts", "reason"),
    [
        (12, 1, False, "not corrected: people's verdicts on 12 outputs, fewer than 50"),
        (49, 1, False, "not corrected: people's verdicts on 49 outputs, fewer than 50"),
        (60, 5, False, "people's verdicts in 12 groups, fewer than 20"),
        (80, 1, True, "people's verdicts differ in 0 groups, fewer than 5"),
    ],
)
def test_too_few_labels_take_the_bound_but_neither_interval_nor_p(
    labelled: int, spread: int, same_verdicts: bool, reason: str
) -> None:
    test = compared(labelled, spread, same_verdicts=same_verdicts)["quality"].test
    assert (test.upper, test.lacking) == (None, reason)
    assert test.interval is not None
    assert test.p_value is not None
    assert test.z is not None
    assert test.upper_beyond(0.1, 0.05) is None


def test_the_judges_own_mean_proves_nothing() -> None:
    found = compared(labelled=80)
    for name, reason in (("quality_raw", "the judge's own mean"), ("plain", "no people's verdicts")):
        test = found[name].test
        assert (test.upper, test.lacking) == (None, f"not corrected: {reason}")
        assert test.interval is not None
        assert test.p_value is not None


def test_a_slice_with_too_few_labels_shows_what_the_judge_says() -> None:
    raw = compared(labelled=49)
    assert raw["quality"].candidate == raw["quality_raw"].candidate
    assert raw["quality"].change == raw["quality_raw"].change
    enough = compared(labelled=50)
    assert enough["quality"].candidate != enough["quality_raw"].candidate


def test_labels_are_counted_by_outputs_whatever_they_weigh() -> None:
    enough, fewer = 0.5 * release(5, 300, 50)[0], 2 * release(5, 300, 49)[0]
    assert with_enough_labels(enough).tolist() == enough.tolist()
    kept = with_enough_labels(fewer)
    assert kept[:, :3].tolist() == fewer[:, :3].tolist()
    assert not kept[:, 3:].any()


@pytest.mark.parametrize("column", [1, 4])
def test_a_change_of_either_verdict_counts_as_differing(column: int) -> None:
    """Nine groups differ, in the judge's score or in people's: too few for an interval."""
    before, _ = release(5, 300, 80)
    after = before.copy()
    for row in range(9):
        score, people = before[row, 1], before[row, 4]
        after[row] = ppi_row(1 - score, people) if column == 1 else ppi_row(score, 1 - people)
    found = compare([CORRECTED], table(before, after), np.arange(300), draw_halves(300, 999, 1), 0.05)["quality"]
    assert found.test.lacking == "only 9 groups differ between baseline and candidate"
    assert (found.test.interval, found.test.upper) == (None, None)


def test_a_change_is_booked_to_interactions_without_remainder() -> None:
    before, after = release(5, 300, 80)
    booked = book(CORRECTED, columns_of(before), columns_of(after))
    worsening = CORRECTED.of(before) - CORRECTED.of(after)
    assert booked.sum() == pytest.approx(worsening, abs=1e-6)
    assert np.abs(booked).max() < 0.1


def test_columns_stand_where_the_step_puts_them() -> None:
    before, _ = release(5, 300, 80)
    shifted = np.hstack([np.full((300, 4), 9.0), before])
    for moved, metric in zip(judged_metrics("quality", "higher", 4, labelled=True), (CORRECTED, RAW), strict=True):
        assert moved.of(shifted) == metric.of(before)
    assert judged_metrics("q", "higher", 4, labelled=False)[0].of(shifted[:, :6]) == RAW.of(before)
