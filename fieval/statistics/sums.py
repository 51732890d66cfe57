"""The one idea: a metric is a function of column sums, and a table holds one row of addable numbers per interaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fieval.model import Better
from fieval.statistics.columns import Bools, Columns, Floats, Indices, columns_of, grid_of

__all__ = ["Bools", "Floats", "Indices", "Kind", "Metric", "Table", "divide", "exact", "quotient"]

Kind = Literal["ratio", "mean", "rate", "other"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number over many interactions.

    `columns` are the indices that it reads of its step's table; `value` maps their sums `[..., len(columns)]` to
    `[...]`, NaN where undefined. For the kinds ratio, mean and rate these are (numerator, denominator), and a rate's
    are 0 or 1. `undefined_because` says in whose hands an undefined value lies. `rerank` makes the columns anew from
    the rows of a slice (rank correlation). `support` are columns of class counts that must not be thin, and
    `fewest_groups` is how many groups a test needs. `scale` is the most that one interaction can change a bounded mean
    by, in its own unit (0: not bounded). A metric that is not `tested` is reported without p and interval;
    a `counted` one is a fact of this dataset, not an estimate: its worsening is the share of interactions that got
    worse, and any excess over the margin fails. `unprovable` says, from its columns of the baseline's and the
    candidate's rows (not reranked) and the rows' groups, why no worsening can be ruled out here, or an empty string.
    `unmeasured` says why it has no value at all here, `ungated` why no rule on it may gate; empty where all is well.
    """

    name: str
    better: Better
    kind: Kind
    columns: tuple[int, ...]
    value: Callable[[Floats], Floats]
    undefined_because: Literal["gold", "system"] = "gold"
    rerank: Callable[[Floats], Floats] | None = None
    support: tuple[int, ...] = ()
    fewest_groups: int = 8
    scale: float = 0.0
    tested: bool = True
    counted: bool = False
    unmeasured: str = ""
    ungated: str = ""
    unprovable: Callable[[Floats, Floats, Indices], str] | None = None

    def rows(self, table: Floats | Columns) -> Floats:
        """The metric's own columns of a step's rows `[n, k]` → `[n, len(columns)]`."""
        own = table[:, self.columns]
        return self.rerank(own) if self.rerank else own

    def kept(self, table: Columns) -> Columns:
        """The same, as they are kept where they need not be made anew."""
        return columns_of(self.rows(table)) if self.rerank else table.picked(self.columns)

    def of(self, table: Floats | Columns) -> float:
        """The value over the rows of a step's table `[n, k]`."""
        sums = self.kept(table).sums() if isinstance(table, Columns) else self.rows(table).sum(axis=0)
        return float(self.value(sums))

    @property
    def worse_sign(self) -> int:
        """What turns a change so that positive is worse (not for metrics that are better toward zero)."""
        return -1 if self.better == "higher" else 1


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one step, both systems side by side, for the interactions it applies to.

    `interactions` are indices into the dataset; `baseline` and `candidate` are `[n, k]`; `compared` marks the rows
    that both systems' files have a line for; `unchanged` those where the step's part of both outputs is identical.
    Rows are rounded (see `exact`), so that every float64 sum of them is the same in any order and on any machine.
    """

    interactions: Indices
    baseline: Columns | None
    candidate: Columns
    compared: Bools
    unchanged: Bools

    def within(self, rows: Bools | slice) -> Table:
        """The table of some rows, given as a mask over this table's or as a stretch of them."""
        if not isinstance(rows, slice) and rows.all():
            return self
        return Table(
            interactions=self.interactions[rows],
            baseline=None if self.baseline is None else self.baseline[rows],
            candidate=self.candidate[rows],
            compared=self.compared[rows],
            unchanged=self.unchanged[rows],
        )


def exact(rows: Floats) -> Floats:
    """Rows `[n, k]` rounded, column by column, to a grid on which float64 adds them without error (see `grid_of`)."""
    grid = grid_of(np.abs(rows).max(axis=0, initial=0.0), len(rows))
    return np.asarray(np.round(rows / grid) * grid)


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator, NaN where the denominator is 0."""
    empty = denominator == 0
    return np.where(empty, np.nan, numerator / np.where(empty, 1.0, denominator))


def quotient(sums: Floats) -> Floats:
    """The value of every ratio, mean and rate: the first sum over the second."""
    return divide(sums[..., 0], sums[..., 1])
