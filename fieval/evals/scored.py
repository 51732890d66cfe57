"""A step scored on both systems: the scorer's own rows, and the three metrics that every step has.

`missing`, `fail_rate` and `worse_rate` need nothing of an evaluator but its bar, so they live here, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Literal

import numpy as np

from fieval.evals.base import SHARE, Scorer
from fieval.model import Coverage, Interaction, MetricName, Output
from fieval.statistics.columns import Columns, columns_of, exact_pair, joined
from fieval.statistics.sums import Bools, Floats, Indices, Metric, Table, quotient

STEP_METRICS = (
    MetricName("missing", "lower", limits=SHARE),
    MetricName("fail_rate", "lower", limits=SHARE),
    MetricName("worse_rate", "lower", limits=SHARE, gates=("max", "min", "max_regression", "max_gap")),
)
_MISSING, _FAILED, _PAIRED, _WORSE, _EXTRA = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Tracks:
    """What tells where a step's worsening came from; counts and sizes only, no texts.

    `interactions` and `unchanged` `[n]` are as in its table, and besides hold what the config's `where:` leaves out:
    a step runs there, too, and others feed on it. `faults` `[n, 2]` are the scorer's of the baseline and the candidate.
    `traced` `[n, 4]` counts what is wrong in the candidate and not in the baseline less what is so the other
    way round, in the order of `Traced`. `traceable`, `transcribes` and `makes` are the scorer's.
    """

    interactions: Indices
    unchanged: Bools
    faults: Columns
    traced: Columns
    traceable: Mapping[str, Literal["fabricated", "lost"]]
    transcribes: bool
    makes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScoredStep:
    """One step's table, the metrics that read it, what was there to be scored and, for causes, its tracks."""

    name: str
    metrics: tuple[Metric, ...]
    table: Table
    coverage: Coverage
    baseline_answered: bool
    tracks: Tracks | None = None

    def metric(self, name: str) -> Metric | None:
        """The metric of that name."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def weights(self, system: Columns) -> Floats:
        """How much each row of a system's table counts."""
        return system[:, -_EXTRA]

    def failed(self, system: Columns) -> list[bool]:
        """Whether each row of a system's table misses the step's own bar."""
        return [bool(value) for value in system[:, -_EXTRA + _FAILED]]


def step_metrics(
    width: int, bar_unmeasured: str = "", bar_ungated: str = "", bar_unprovable: str = ""
) -> tuple[Metric, ...]:
    """The metrics of every step; their columns stand behind the scorer's own `width`.

    `worse_rate` is of the pair: candidate rows count who got worse, baseline rows who got better by as much, so
    that its change is their difference and McNemar's test compares them. Without a baseline it is undefined.
    `bar_unmeasured` says why the step's own bar cannot be held against anything here, `bar_ungated` why no rule may go
    by it, and `bar_unprovable` why it proves nothing.
    """
    bar = partial(
        Metric,
        better="lower",
        kind="rate",
        value=quotient,
        unmeasured=bar_unmeasured,
        ungated=bar_ungated,
        unprovable=(lambda _before, _after, _groups: bar_unprovable) if bar_unprovable else None,
    )
    return (
        Metric("missing", "lower", "rate", (width + _MISSING, width), quotient, counted=True),
        bar("fail_rate", columns=(width + _FAILED, width)),
        bar("worse_rate", columns=(width + _WORSE, width + _PAIRED)),
    )


@dataclass(frozen=True, slots=True)
class Rows:
    """What a step's scorer makes of some interactions that it applies to, `interactions` `[n]` of the dataset.

    `counts` `[n]` is not set for those that the config leaves out; `candidate` and `baseline` `[n, k]` are sums, not
    rounded yet, which are equal without a baseline; the rest is as in `Tracks` and `Coverage`.
    """

    interactions: Indices
    counts: Bools
    candidate: Columns
    baseline: Columns
    compared: Bools
    unchanged: Bools
    faults: Columns
    traced: Columns
    unknown: int


def score_step(
    name: str,
    scorer: Scorer,
    interactions: Sequence[Interaction],
    candidate: Sequence[Output | None],
    baseline: Sequence[Output | None] | None,
) -> ScoredStep:
    """Score every interaction that the step applies to."""
    rows = score_rows(scorer, 0, interactions, candidate, baseline)
    return scored_step(name, scorer, [rows], with_baseline=baseline is not None)


def score_rows(
    scorer: Scorer,
    first: int,
    interactions: Sequence[Interaction],
    candidate: Sequence[Output | None],
    baseline: Sequence[Output | None] | None,
) -> Rows:
    """Score those of the interactions that the step applies to; `first` is the place of the first one."""
    rows = _Rows(scorer, with_baseline=baseline is not None)
    for index, interaction in enumerate(interactions):
        after, before = candidate[index], baseline[index] if baseline is not None else None
        if scorer.applies(interaction) and not _declined(scorer, interaction, after, before):
            rows.add(first + index, interaction, after, before)
    return rows.grown()


def scored_step(name: str, scorer: Scorer, parts: Sequence[Rows], *, with_baseline: bool) -> ScoredStep:
    """The step made of the rows of all interactions, in the order of the dataset."""
    rows = gathered(parts)
    counts = rows.counts
    baseline, candidate = exact_pair(rows.baseline[counts], rows.candidate[counts])
    missing = scorer.width + _MISSING
    bars = scorer.bar_unmeasured, scorer.bar_ungated, scorer.bar_unprovable
    return ScoredStep(
        name=name,
        metrics=(*scorer.metrics, *step_metrics(scorer.width, *bars)),
        table=Table(
            interactions=rows.interactions[counts],
            baseline=baseline if with_baseline else None,
            candidate=candidate,
            compared=rows.compared[counts],
            unchanged=rows.unchanged[counts],
        ),
        coverage=Coverage(
            applicable=len(candidate),
            candidate_missing=int(candidate[:, missing].sum()),
            baseline_missing=int(baseline[:, missing].sum()) if with_baseline else 0,
            unknown_labels=rows.unknown,
        ),
        baseline_answered=with_baseline and bool((baseline[:, missing] == 0).any()),
        tracks=Tracks(
            interactions=rows.interactions,
            unchanged=rows.unchanged,
            faults=rows.faults,
            traced=rows.traced,
            traceable=scorer.traceable,
            transcribes=scorer.transcribes,
            makes=scorer.makes,
        ),
    )


def gathered(parts: Sequence[Rows]) -> Rows:
    """Rows below rows, in the order of the dataset."""
    if len(parts) == 1:
        return parts[0]
    found: dict[str, Any] = {}
    for name in (each.name for each in fields(Rows) if each.name != "unknown"):
        some = [getattr(part, name) for part in parts]
        found[name] = joined(some) if isinstance(some[0], Columns) else np.concatenate(some)
    return Rows(**found, unknown=sum(part.unknown for part in parts))


def _declined(scorer: Scorer, interaction: Interaction, *outputs: Output | None) -> bool:
    return any([scorer.declines(interaction, output) for output in outputs if output is not None])


class _Rows:
    """Grows the two tables of one step side by side."""

    def __init__(self, scorer: Scorer, *, with_baseline: bool) -> None:
        self.scorer = scorer
        self.with_baseline = with_baseline
        self.interactions: list[int] = []
        self.counts: list[bool] = []
        self.candidate: list[list[float]] = []
        self.baseline: list[list[float]] = []
        self.compared: list[bool] = []
        self.unchanged: list[bool] = []
        self.faults: list[tuple[float, float]] = []
        self.traced: list[tuple[int, ...]] = []
        self.unknown = 0

    def add(self, index: int, interaction: Interaction, candidate: Output | None, baseline: Output | None) -> None:
        unchanged = not self.with_baseline or self.scorer.unchanged(interaction, baseline, candidate)
        after = self._row(interaction, candidate)
        before = after if unchanged and self._known(after) else self._row(interaction, baseline)
        paired = self.with_baseline and baseline is not None
        worse = paired and self._got_worse(before, after)
        better = paired and self._got_worse(after, before)
        counts = self.scorer.counts(interaction)
        self.interactions.append(index)
        self.counts.append(counts)
        self.candidate.append([*after, float(paired), float(worse)])
        self.baseline.append([*before, float(paired), float(better)])
        self.compared.append(paired)
        self.unchanged.append(unchanged)
        self.faults.append((self._faults(before), self._faults(after)))
        self.traced.append(self._trace(interaction, baseline, candidate))
        self.unknown += counts and self.scorer.unknown(candidate)

    def _row(self, interaction: Interaction, output: Output | None) -> list[float]:
        missing = self.scorer.part(interaction, output) is None
        own = self.scorer.row(interaction, output)
        return [*own, 1.0, float(missing), float(missing or self.scorer.failed(own))]

    def _known(self, row: list[float]) -> bool:
        """Whether the same part has this row wherever it comes from; there is none where the answer is missing."""
        answered = not row[self.scorer.width + _MISSING]
        return not self.with_baseline or (self.scorer.goes_by_part and answered)

    def _got_worse(self, before: list[float], after: list[float]) -> bool:
        """An answer that went missing got worse, whatever the step's bar; one that came back did not."""
        missing = self.scorer.width + _MISSING
        if before[missing] != after[missing]:
            return after[missing] > before[missing]
        return self.scorer.got_worse(before, after)

    def _faults(self, row: list[float]) -> float:
        return self.scorer.faults(row[: self.scorer.width])

    def _trace(self, interaction: Interaction, baseline: Output | None, candidate: Output | None) -> tuple[int, ...]:
        if not self.scorer.traceable or baseline is None or candidate is None:
            return (0, 0, 0, 0)
        new = self.scorer.trace(interaction, baseline, candidate).counts
        gone = self.scorer.trace(interaction, candidate, baseline).counts
        return tuple(more - less for more, less in zip(new, gone, strict=True))

    def grown(self) -> Rows:
        """All rows that were added."""
        return Rows(
            interactions=np.array(self.interactions, dtype=np.intp),
            counts=np.array(self.counts, dtype=bool),
            candidate=self._table(self.candidate),
            baseline=self._table(self.baseline),
            compared=np.array(self.compared, dtype=bool),
            unchanged=np.array(self.unchanged, dtype=bool),
            faults=columns_of(np.array(self.faults, dtype=np.float64).reshape(-1, 2)),
            traced=columns_of(np.array(self.traced, dtype=np.float64).reshape(-1, 4)),
            unknown=self.unknown,
        )

    def _table(self, rows: list[list[float]]) -> Columns:
        return columns_of(np.array(rows, dtype=np.float64).reshape(len(rows), self.scorer.width + _EXTRA))
