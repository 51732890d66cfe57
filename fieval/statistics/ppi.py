"""Prediction-powered inference: a judge's scores, corrected by people's verdicts on a part of the outputs.

A row is (n, f, f², m, Y, f_L, Y·f_L): judged or not, the judge's score f in 0..1, and, where people judged the same
output as well (L), their score Y. The corrected mean is a function of the sums of such rows, so that it goes through
the halves like any other metric. It is unbiased only where the labelled outputs are a random part of all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fieval.model import Better
from fieval.statistics.halves import count_groups
from fieval.statistics.sums import Floats, Indices, Metric, divide, quotient

WIDTH = 7
FEWEST_LABELS = 50
FEWEST_LABELLED_GROUPS = 20
FEWEST_DIFFERING_GROUPS = 5  # with 5 a margin is falsely proven in 0-6 % where faults are rare, without in up to 12 %
_JUDGED, _SCORE, _SQUARE, _LABELLED, _PEOPLE = range(5)
_NEGLIGIBLE = 1e-9  # of a weight or a variance: nothing but rounding


def ppi_row(judged: float | None, people: float | None = None) -> tuple[float, ...]:
    """The `WIDTH` columns of one output, from the judge's score and people's, both in 0..1; zeros if not judged."""
    if judged is None:
        return (0.0,) * WIDTH
    own = (1.0, judged, judged * judged)
    return (*own, 0.0, 0.0, 0.0, 0.0) if people is None else (*own, 1.0, people, judged, people * judged)


def corrected(sums: Floats) -> Floats:
    """The mean that people would give, sums `[..., WIDTH]` → `[...]`, at the λ of least variance (PPI++).

    λ* = cov(Y, f) / ((1 + m/(n-m)) var f), the variance over all rows, clipped to 0..1: the power tuning of a mean in
    Angelopoulos, Duchi and Zrnic (2023), "PPI++: Efficient Prediction-Powered Inference" (arXiv 2311.01453).
    """
    return corrected_with(sums, _best_lambda(sums))


def corrected_with(sums: Floats, lam: Floats | float) -> Floats:
    """θ_λ = λ·mean(f_U) + mean(Y_L - λ·f_L) (the same paper), sums `[..., WIDTH]` and λ `[...]` → `[...]`.

    Of labelled rows alone it is mean(Y), of unlabelled ones alone mean(f), of nothing NaN.
    """
    _, score, _, labels, people, labelled, _ = np.moveaxis(sums, -1, 0)
    rest = _unlabelled(sums)
    moved = np.where(rest > 0, divide(score - labelled, rest) - divide(labelled, labels), 0.0)
    return np.where(labels > 0, divide(people, labels) + lam * moved, uncorrected(sums))


def uncorrected(sums: Floats) -> Floats:
    """The judge's own mean over all rows, sums `[..., WIDTH]` → `[...]`."""
    return divide(sums[..., _SCORE], sums[..., _JUDGED])


def with_enough_labels(rows: Floats) -> Floats:
    """A slice's rows `[n, WIDTH]`, people's verdicts forgotten where fewer than `FEWEST_LABELS` outputs have one.

    A label counts only where the outputs of both systems have one; so on a slice both are corrected, or neither.
    """
    if (rows[:, _LABELLED] > 0).sum() >= FEWEST_LABELS:
        return rows
    return _without(rows)


def comparable(metric: Metric, slices: Sequence[Floats]) -> tuple[list[Floats], str]:
    """Rows `[n, WIDTH]` of slices whose values are held against each other, and why they are not corrected, if so.

    All are corrected or none is: a judge's own mean beside a corrected one differs from it by the judge's bias. Rows of
    other metrics are left as they are.
    """
    if metric.rerank is not with_enough_labels or all((rows[:, _LABELLED] > 0).any() for rows in slices):
        return list(slices), ""
    return [_without(rows) for rows in slices], f"not corrected: some with fewer than {FEWEST_LABELS} people's verdicts"


def judged_metrics(name: str, better: Better, start_column: int, labelled: bool) -> tuple[Metric, ...]:
    """The metrics of a judge's scores whose rows stand at `start_column`: the judge's own mean, which proves nothing,
    and before it, if `labelled`, the corrected one.

    A missing output has the score 0, so that without a value there was nothing to judge: never the system's doing.
    """
    mean = (start_column + _SCORE, start_column + _JUDGED)
    if not labelled:
        return (Metric(name, better, "mean", mean, quotient, scale=1.0, unprovable=_without_labels),)
    columns = tuple(range(start_column, start_column + WIDTH))
    return (
        Metric(name, better, "other", columns, corrected, rerank=with_enough_labels,
               fewest_groups=FEWEST_LABELLED_GROUPS, unprovable=_with_few_labels),
        Metric(f"{name}_raw", better, "mean", mean, quotient, scale=1.0, unprovable=_by_choice),
    )  # fmt: skip


def _without(rows: Floats) -> Floats:
    """Rows without people's verdicts."""
    return np.hstack([rows[:, :_LABELLED], np.zeros_like(rows[:, _LABELLED:])])


def _without_labels(_before: Floats, _after: Floats, _groups: Indices) -> str:
    return "not corrected: no people's verdicts"


def _by_choice(_before: Floats, _after: Floats, _groups: Indices) -> str:
    return "not corrected: the judge's own mean"


def _with_few_labels(before: Floats, after: Floats, groups: Indices) -> str:
    """Why the correction is not sure enough: where verdicts hardly differ, halves cannot show how much they might."""
    labelled = (before[:, _LABELLED] > 0) & (after[:, _LABELLED] > 0)
    count, in_groups = int(labelled.sum()), count_groups(groups[labelled])
    differing = count_groups(groups[labelled & (before[:, _PEOPLE] != after[:, _PEOPLE])])
    if count < FEWEST_LABELS:
        return f"not corrected: people's verdicts on {count} outputs, fewer than {FEWEST_LABELS}"
    if in_groups < FEWEST_LABELLED_GROUPS:
        return f"people's verdicts in {in_groups} groups, fewer than {FEWEST_LABELLED_GROUPS}"
    if differing < FEWEST_DIFFERING_GROUPS:
        return f"people's verdicts differ in {differing} groups, fewer than {FEWEST_DIFFERING_GROUPS}"
    return ""


def _best_lambda(sums: Floats) -> Floats:
    judged, score, square, labels, people, labelled, product = np.moveaxis(sums, -1, 0)
    covariance = divide(product, labels) - divide(people, labels) * divide(labelled, labels)
    variance = divide(square, judged) - divide(score, judged) ** 2
    constant = ~(variance > _NEGLIGIBLE)
    best = covariance * divide(_unlabelled(sums), judged) / np.where(constant, 1.0, variance)
    return np.where(constant, 0.0, np.clip(best, 0.0, 1.0))


def _unlabelled(sums: Floats) -> Floats:
    """The weight of the rows without a label: 0 where only rounding is left of it."""
    rest = sums[..., _JUDGED] - sums[..., _LABELLED]
    return np.where(rest > _NEGLIGIBLE * sums[..., _JUDGED], rest, 0.0)
