"""Shares of a worsening, against numpy's own least squares."""

from dataclasses import replace

import numpy as np
import pytest

from fieval.statistics.attribution import Design, attribute, interval, thirds
from fieval.statistics.halves import draw_halves
from fieval.statistics.sums import Floats

N = 120


def design(seed: int, regressors: int = 2, *, weighted: bool = True) -> Design:
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 5, N).astype(np.float64) if weighted else np.ones(N)
    upstream = rng.normal(0.02, 0.1, (N, regressors)) * rng.integers(0, 2, (N, 1))
    unit = upstream @ np.linspace(0.5, 1.5, regressors) + rng.normal(0.03, 0.1, N)
    return Design(weight, weight * unit / weight.sum(), upstream, thirds(rng.random(N)))


def by_lstsq(made: Design) -> Floats:
    """Slopes of weighted least squares with one intercept per stratum."""
    root = np.sqrt(made.weight)[:, None]
    columns = np.hstack([made.upstream, made.stratum[:, None] == np.arange(3)])
    unit = made.worsening / made.weight
    return np.asarray(np.linalg.lstsq(columns * root, unit * root[:, 0], rcond=None)[0][: made.upstream.shape[1]])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("regressors", [1, 2, 3])
def test_shares_are_those_of_least_squares(regressors: int, weighted: bool) -> None:
    made = design(regressors, regressors, weighted=weighted)
    (found,) = attribute([(made, np.arange(N))], draw_halves(N, 199, 1), 0.05)
    explained = by_lstsq(made) * (made.weight @ made.upstream)
    assert found.shares[:-1] == pytest.approx(explained, abs=1e-12)
    assert found.shares.sum() == pytest.approx(made.worsening.sum(), abs=1e-15)
    assert (found.intervals[:, 0] < found.shares).all()
    assert (found.shares < found.intervals[:, 1]).all()


def test_what_an_earlier_step_passes_on_is_its_own() -> None:
    """Level by level: the earlier step's share is that of a regression on it alone, all together that of one on all."""
    made = design(7, 3)
    (found,) = attribute([(replace(made, levels=(0, 0, 1)), np.arange(N))], draw_halves(N, 199, 1), 0.05)
    first = replace(made, upstream=made.upstream[:, :2])
    earlier = by_lstsq(first) * (made.weight @ first.upstream)
    together = by_lstsq(made) @ (made.weight @ made.upstream)
    assert found.shares[:2] == pytest.approx(earlier, abs=1e-12)
    assert found.shares[2] == pytest.approx(together - earlier.sum(), abs=1e-12)
    assert found.shares.sum() == pytest.approx(made.worsening.sum(), abs=1e-15)


def test_a_later_step_that_only_passes_on_has_no_share() -> None:
    made = design(3, 1)
    chain = replace(made, upstream=np.column_stack([made.upstream, 2 * made.upstream]), levels=(0, 1))
    halves = draw_halves(N, 99, 1)
    (one,), (two,) = (attribute([(each, np.arange(N))], halves, 0.05) for each in (made, chain))
    assert two.shares == pytest.approx([one.shares[0], 0, one.shares[1]], abs=1e-12)
    assert two.intervals[1] == pytest.approx([0, 0], abs=1e-12)


def test_halves_recompute_the_regression_on_their_own_rows() -> None:
    made, halves = design(5, weighted=False), draw_halves(N, 99, 1)
    drawn = made.shares(halves.sums(made.rows(), np.arange(N)).T)
    mask = np.unpackbits(halves.bits, axis=1, count=99)[:, 7].astype(bool)
    half = Design(made.weight[mask], made.worsening[mask], made.upstream[mask], made.stratum[mask])
    slopes = by_lstsq(Design(half.weight, half.worsening, half.upstream, half.stratum))
    assert drawn[7][:-1] == pytest.approx(slopes * half.upstream.sum(axis=0) / mask.sum(), abs=1e-9)


def test_several_designs_are_drawn_at_once_and_stay_apart() -> None:
    halves = draw_halves(N, 99, 1)
    first, second = design(1, 1), design(2, 3)
    rows = np.arange(N)
    together = attribute([(first, rows), (second, rows)], halves, 0.05)
    for one, found in zip((first, second), together, strict=True):
        (alone,) = attribute([(one, rows)], halves, 0.05)
        assert found.intervals.tolist() == alone.intervals.tolist()


def test_a_step_that_did_not_change_has_no_share() -> None:
    made = design(3, 2)
    still = Design(made.weight, made.worsening, made.upstream * [1.0, 0.0], made.stratum)
    (found,) = attribute([(still, np.arange(N))], draw_halves(N, 99, 1), 0.05)
    assert found.shares[1] == 0
    assert found.intervals[1].tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_a_step_that_changed_alike_everywhere_has_no_slope(seed: int) -> None:
    """What is left of it around its mean is rounding, also beside a step that changed here and there."""
    rng = np.random.default_rng(seed)
    everywhere, rarely = np.full(N, 1 / 12), 0.5 * (rng.random(N) < 0.02)
    worsening, one = (np.arange(N) % 20 == 0) / N, np.zeros(N, dtype=np.intp)
    for upstream in (everywhere[:, None], np.column_stack([everywhere, rarely])):
        made = Design(rng.random(N) + 0.5, worsening, upstream, one, (0, 1)[: upstream.shape[1]])
        (found,) = attribute([(made, np.arange(N))], draw_halves(N, 999, 1), 0.05)
        assert found.shares[0] == 0
        assert found.intervals[0].tolist() == [0, 0]


def test_steps_that_cannot_be_told_apart_share_evenly() -> None:
    made = design(3, 1)
    twice = Design(made.weight, made.worsening, np.repeat(made.upstream, 2, axis=1), made.stratum)
    halves = draw_halves(N, 99, 1)
    (one,), (two,) = (attribute([(each, np.arange(N))], halves, 0.05) for each in (made, twice))
    assert two.shares == pytest.approx([one.shares[0] / 2, one.shares[0] / 2, one.shares[1]])


def test_thirds_keep_equal_values_together() -> None:
    assert thirds(np.array([5.0, 1.0, 3.0, 2.0, 4.0, 6.0])).tolist() == [2, 0, 1, 0, 1, 2]
    assert thirds(np.zeros(5)).tolist() == [0] * 5
    assert thirds(np.zeros(0)).tolist() == []


def test_undefined_halves_widen_an_interval() -> None:
    values = np.arange(100.0)
    assert interval(values, 0.05).tolist() == [4, 95]
    values[:6] = np.nan
    assert interval(values, 0.05)[0] == -np.inf
