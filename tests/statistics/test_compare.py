"""p-values and intervals against exhaustive enumeration, and every guard."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fieval.statistics.compare import Comparison, compare
from fieval.statistics.halves import draw_halves
from fieval.statistics.inference import Inference
from fieval.statistics.sums import Floats, Metric, divide, exact, quotient

from tables import ACCURACY, WER, table

ALPHA = 0.05


def compared(metric: Metric, baseline: Floats, candidate: Floats, groups: list[int] | None = None) -> Comparison:
    numbers = np.arange(len(candidate)) if groups is None else np.array(groups)
    halves = draw_halves(int(numbers.max()) + 1, resamples=9999, seed=1)
    return compare([metric], table(baseline, candidate), numbers, halves, ALPHA)[metric.name]


def errors(seed: int, n: int, rise: float = 0.0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    words = rng.integers(20, 200, n)
    before, after = rng.binomial(words, 0.15), rng.binomial(words, 0.15 + rise)
    return np.stack([before, words], axis=1).astype(float), np.stack([after, words], axis=1).astype(float)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(10, 13))
def test_p_value_is_the_exact_swap_test(seed: int, n: int) -> None:
    """Swapping baseline and candidate within each interaction, all 2^n ways, gives the same p."""
    before, after = errors(seed, n)
    difference = after[:, 0] - before[:, 0]
    swaps = np.array(list(product([1, -1], repeat=n)))
    expected = np.mean(swaps @ difference >= difference.sum() - 1e-9)
    result = compared(WER, before, after)
    if result.test.p_value is not None:
        assert result.test.p_value == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_bound_is_the_order_statistic_of_all_halves(seed: int) -> None:
    before, after = errors(seed, 12)
    masks = np.array(list(product([0, 1], repeat=12)))[1:]
    changes = np.sort((masks @ (after - before)[:, 0]) / (masks @ after[:, 1]))
    result = compared(WER, before, after)
    if result.test.interval is not None:
        rank = int(2**12 * ALPHA)
        assert result.test.interval == pytest.approx((changes[rank - 1], changes[-rank]))
        assert result.test.upper == pytest.approx(changes[-rank])


@pytest.mark.parametrize("seed", range(5))
def test_nonlinear_metric_is_recomputed_on_each_half(seed: int) -> None:
    def f_measure(sums: Floats) -> Floats:
        return divide(2 * sums[..., 0], sums[..., 1] + sums[..., 2])

    metric = Metric("f1", "higher", "other", (0, 1, 2), f_measure)
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 2, 13)
    rows = []
    for _ in range(2):
        guess = np.where(rng.random(13) < 0.6, gold, 1 - gold)
        rows.append(np.stack([gold * guess, gold, guess], axis=1).astype(float))
    before, after = rows
    result = compared(metric, before, after)
    if result.test.p_value is None:
        assert result.test.lacking
        return
    masks = np.array(list(product([0, 1], repeat=13)))[1:]
    changes = f_measure(masks @ after) - f_measure(masks @ before)
    not_worse = ~(-changes > 1e-12)
    assert result.test.p_value == pytest.approx((1 + not_worse.sum()) / 2**13)


def test_grouped_rate_is_the_swap_test_on_groups_with_mid_p() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(12), 3)
    before, after = (np.stack([rng.integers(0, 2, 36), np.ones(36)], axis=1).astype(float) for _ in range(2))
    change = np.array([(before - after)[groups == group, 0].sum() for group in range(12)])
    flips = np.array(list(product([1, -1], repeat=12))) @ change
    expected = np.mean(flips > change.sum()) + np.mean(flips == change.sum()) / 2
    result = compared(ACCURACY, before, after, groups.tolist())
    assert result.test.p_value == pytest.approx(expected)


def test_swapping_the_systems_mirrors_everything() -> None:
    before, after = errors(2, 60, rise=0.02)
    there, back = compared(WER, before, after), compared(WER, after, before)
    assert there.test.interval is not None
    assert back.test.interval is not None
    assert back.change == -there.change
    assert back.test.interval == pytest.approx((-there.test.interval[1], -there.test.interval[0]))


def test_power_figure_uses_the_standard_error_of_the_paired_change() -> None:
    before, after = errors(5, 400)
    result = compared(WER, before, after)
    ratio = (after[:, 0] - before[:, 0]).sum() / after[:, 1].sum()
    residuals = after[:, 0] - before[:, 0] - ratio * after[:, 1]
    error = np.sqrt((residuals**2).sum()) / after[:, 1].sum()
    expected = (stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) * error
    assert result.detectable(ALPHA) == pytest.approx(expected, rel=0.03)
    assert result.needed(expected / 2, ALPHA) == pytest.approx(4 * 400, rel=0.07)
    assert result.needed(0.0, ALPHA) is None


def constant(sums: Floats) -> Floats:
    return sums[..., 0] * 0 + 1


def needs_the_third(sums: Floats) -> Floats:
    return np.where(sums[..., 2] > 0, quotient(sums), np.nan)


ONE_BIG = [0] * 30 + list(range(1, 21))
UNTESTABLE = [
    ("one group makes up more than half of it", WER, errors(1, 50), ONE_BIG),
    ("no variation between halves of the data", Metric("c", "higher", "other", (0, 1), constant), errors(1, 40), None),
    ("undefined on too many halves of the data", Metric("u", "higher", "other", (0, 1, 2), needs_the_third),
     tuple(np.hstack([part, np.array([[1.0]] * 3 + [[0.0]] * 37)]) for part in errors(1, 40)), None),
]  # fmt: skip
UNPROVABLE = [
    ("fewer than 20 groups", Metric("k", "higher", "other", (0, 1), quotient, fewest_groups=20), errors(1, 19)),
    ("a class has fewer than 7 gold interactions",
     Metric("f", "higher", "other", (0, 1), quotient, support=(2,)),
     tuple(np.hstack([part, np.array([[1.0]] * 6 + [[0.0]] * 34)]) for part in errors(1, 40))),
    ("only 9 groups differ between baseline and candidate", WER,
     tuple(np.vstack([part[:9], errors(2, 31)[0]]) for part in errors(1, 9, rise=0.2))),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "metric", "rows", "groups"), UNTESTABLE, ids=[guard[0] for guard in UNTESTABLE])
def test_guards_take_everything_away_but_the_change(
    reason: str, metric: Metric, rows: tuple[Floats, Floats], groups: list[int] | None
) -> None:
    result = compared(metric, *rows, groups)
    assert result.test == Inference(lacking=reason)
    assert np.isfinite(result.change)


@pytest.mark.parametrize(("reason", "metric", "rows"), UNPROVABLE, ids=[guard[0] for guard in UNPROVABLE])
def test_little_data_that_differs_proves_nothing_but_may_show_harm(
    reason: str, metric: Metric, rows: tuple[Floats, Floats]
) -> None:
    result = compared(metric, *rows)
    assert result.test.lacking == reason
    assert (result.test.interval, result.test.upper) == (None, None)
    assert result.test.p_value is not None
    assert result.test.z is not None


def test_ruined_calls_are_found_even_where_they_are_few() -> None:
    """Nine of forty calls became noise: the sign of nine changes is evidence enough."""
    before, after = UNPROVABLE[2][2]
    result = compared(WER, before, after)
    assert result.test.p_value is not None
    assert result.test.p_value < 0.01


def test_signed_metric_is_better_toward_zero() -> None:
    metric = Metric("bias", "zero", "mean", (0, 1), quotient)
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, 100)
    before = np.stack([noise + 0.4, np.ones(100)], axis=1)
    after = np.stack([rng.normal(-0.7, 0.3, 100), np.ones(100)], axis=1)
    result = compared(metric, before, after)
    assert result.worsening == pytest.approx(abs(result.candidate) - abs(result.baseline))
    assert result.worsening > 0 > result.change
    assert result.test.p_value is not None
    assert result.test.p_value < 0.001
    closer = compared(metric, after, before)
    assert closer.test.p_value is not None
    assert closer.test.p_value > 0.5


def test_sums_are_the_same_to_the_bit_whatever_the_threads_do() -> None:
    before, after = errors(8, 300, rise=0.01)
    first = compared(WER, before, after)
    order = np.random.default_rng(0).permutation(300)
    halves = draw_halves(300, resamples=9999, seed=1)
    again = compare([WER], table(before[order], after[order]), order, halves, ALPHA)["wer"]
    assert (first.test.p_value, first.test.interval, first.test.standard_error) == (
        again.test.p_value, again.test.interval, again.test.standard_error,
    )  # fmt: skip


@pytest.mark.parametrize("scale", [1e-6, 1.0, 3600.0, 1e7])
def test_sums_of_rounded_rows_are_exact_in_any_order(scale: float) -> None:
    from fractions import Fraction

    rng = np.random.default_rng(2)
    rows = exact(rng.normal(0, scale, (5000, 2)))
    truth = [sum(map(Fraction, column.tolist())) for column in rows.T]
    for order in (np.arange(5000), rng.permutation(5000)):
        assert [Fraction(total) for total in rows[order].sum(axis=0)] == truth
        assert [Fraction(total) for total in np.ones(5000) @ rows[order]] == truth
