"""What a run keeps of single interactions: their values for `scores.csv`, and evidence for the worst ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
from numpy.typing import NDArray

from fieval.evals.base import Scorer
from fieval.evals.scored import STEP_METRICS, ScoredStep
from fieval.model import Dataset, Evidence, Interaction, Looked, Output, Result, Score
from fieval.speech.align import printed, runs
from fieval.statistics.columns import Columns
from fieval.statistics.sums import Bools, Floats, Metric

WORST_SHOWN = 10
_AT_ONCE = 4096
_TOLERANCE = 1e-9
_OF_MANY = {metric.name for metric in STEP_METRICS}  # of one interaction they say what `failed` says
_BARS = ("fail_above", "fail_below")
_NOTHING = {"missing": "no output"}


class Scores:
    """Every per-interaction value there is, in dataset order, then by step, system and metric.

    Made anew each time they are gone through: there may be more of them than memory.
    """

    def __init__(self, steps: Sequence[ScoredStep], interactions: Sequence[Interaction]) -> None:
        self._steps, self._interactions = steps, interactions

    def __iter__(self) -> Iterator[Score]:
        for first in range(0, len(self._interactions), _AT_ONCE):
            some = self._interactions[first : first + _AT_ONCE]
            by_interaction: list[list[Score]] = [[] for _ in some]
            for step in self._steps:
                for place, score in _step_scores(step, first, some):
                    by_interaction[place].append(score)
            yield from chain.from_iterable(by_interaction)


def evidence(
    step: ScoredStep,
    scorer: Scorer,
    dataset: Dataset,
    candidate: Sequence[Output | None],
    baseline: Sequence[Output | None] | None,
    results: Sequence[Result] = (),
) -> list[Evidence]:
    """The interactions of a step to look at, at most ten: for each metric with a failed rule those that show it, by
    turns; then those that got worse most by the step's own bar, and the worst; only such as failed or got worse.
    """
    bar = _bar(step, scorer, dataset.roster)
    showing = _showing(step, bar, dataset.roster, results)
    rows = list(dict.fromkeys([*_by_turns(showing.values()), *bar.ranking]))[:WORST_SHOWN]
    found = []
    for row in rows:
        index = int(step.table.interactions[row])
        interaction, compared = dataset.interactions[index], bool(step.table.compared[row])
        details: dict[str, Mapping[str, object]] = {"candidate": shown(scorer, interaction, candidate[index])}
        if baseline is not None and compared:
            details["baseline"] = shown(scorer, interaction, baseline[index])
            details.update(origin(scorer, interaction, baseline[index], candidate[index]))
        found.append(
            Evidence(
                step=step.name,
                id=interaction.id,
                baseline_failed=_failed_before(step, row) if compared else None,
                candidate_failed=bar.failed[row],
                worsening=float(bar.after[row] - bar.before[row]) if compared else None,
                details=details,
                metrics=tuple(metric for metric, ranking in showing.items() if row in ranking),
            )
        )
    return found


def shown(scorer: Scorer, interaction: Interaction, output: Output | None) -> Mapping[str, object]:
    """What a person needs to see of one output of a step, or that there is none."""
    if scorer.part(interaction, output) is None:
        return _NOTHING
    alignment = scorer.alignment(interaction, output)
    printing = {} if alignment is None else {"alignment": printed(alignment)}
    return {**scorer.evidence(interaction, output), **printing}


def looked(scorer: Scorer, interaction: Interaction, output: Output | None) -> Looked:
    """The same, with the alignment in runs."""
    if scorer.part(interaction, output) is None:
        return Looked(_NOTHING)
    alignment = scorer.alignment(interaction, output)
    return Looked(scorer.evidence(interaction, output), None if alignment is None else runs(alignment))


def origin(
    scorer: Scorer, interaction: Interaction, baseline: Output | None, candidate: Output | None
) -> dict[str, Mapping[str, object]]:
    """What is newly wrong, under where it came from; nothing where the step cannot tell."""
    if baseline is None or candidate is None:
        return {}
    traced = scorer.trace(interaction, baseline, candidate)
    found = {name: list(getattr(traced, name)) for name in traced.__slots__}
    return {"traced": found} if any(traced.counts) else {}


def said_by_the_answer(metric: str) -> bool:
    """Whether a metric of one interaction says no more than whether its answer is right, or there at all."""
    return metric in _OF_MANY or metric == "accuracy" or metric.startswith("recall.")


def bar(options: Mapping[str, object]) -> str:
    """The options that say when an interaction fails, where a step has them."""
    given = ((name, options.get(name)) for name in _BARS)
    return ", ".join(f"{name} {value:g}" for name, value in given if isinstance(value, int | float))


def _step_scores(step: ScoredStep, first: int, some: Sequence[Interaction]) -> Iterator[tuple[int, Score]]:
    """The scores of some interactions, the first of which has the place `first`, each with its place among them."""
    metrics = [metric for metric in step.metrics if metric.kind != "other"]
    start, stop = np.searchsorted(step.table.interactions, [first, first + len(some)])
    table = step.table.within(slice(start, stop))
    systems = {"candidate": (table.candidate, np.ones(len(table.candidate), dtype=bool))}
    if table.baseline is not None:
        systems = {"baseline": (table.baseline, table.compared), **systems}
    columns = {
        name: ([values.tolist() for values in _values(metrics, rows)], step.failed(rows), present.tolist())
        for name, (rows, present) in systems.items()
    }
    for row, index in enumerate((table.interactions - first).tolist()):
        for system, (values, failed, present) in columns.items():
            if not present[row]:
                continue
            for metric, column in zip(metrics, values, strict=True):
                value = None if math.isnan(column[row]) else column[row]
                yield index, Score(some[index].id, system, step.name, metric.name, value, failed[row])


def _values(metrics: Sequence[Metric], table: Columns) -> list[Floats]:
    return [metric.value(metric.rows(table)) for metric in metrics]


@dataclass(frozen=True, slots=True)
class _Bar:
    """The rows of a step `[n]` by its own bar; `ranking` holds those that failed or got worse, the worst first."""

    names: NDArray[np.str_]
    before: Floats
    after: Floats
    failed: Sequence[bool]
    ranking: list[int]


def _bar(step: ScoredStep, scorer: Scorer, interactions: Sequence[Interaction]) -> _Bar:
    after = _badness(scorer, step.table.candidate)
    before = _badness(scorer, step.table.baseline) if step.table.baseline is not None else after
    failed = step.failed(step.table.candidate)
    names = np.array([interactions[index].id for index in step.table.interactions])
    order = np.lexsort((names, -after, before - after))
    return _Bar(names, before, after, failed, [int(row) for row in order if failed[row] or after[row] > before[row]])


def _showing(
    step: ScoredStep, bar: _Bar, interactions: Sequence[Interaction], results: Sequence[Result]
) -> dict[str, list[int]]:
    """For each metric with a failed rule, the rows that show why, the worst first; metrics that block come first."""
    failed: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda result: not any(rule.blocks for rule in result.rules)):
        if result.step == step.name and any(rule.verdict == "fail" for rule in result.rules):
            failed.setdefault(result.metric, []).append(result)
    found = {}
    for name, own in failed.items():
        metric = step.metric(name)
        if metric is not None:
            cohorts = [interactions[index].cohorts for index in step.table.interactions]
            found[name] = _ranking(step, metric, bar, _within(cohorts, own), regressed=_regressed(own))
    return found


def _ranking(step: ScoredStep, metric: Metric, bar: _Bar, within: Bools, *, regressed: bool) -> list[int]:
    """The rows that got worse most in a metric or, where no regression failed, are at least as bad as all together.

    A metric that a single interaction has no value of goes by the step's own bar.
    """
    if metric.kind == "other":
        return [row for row in bar.ranking if within[row]]
    total = metric.of(step.table.candidate[within])
    after = _bad(metric, metric.value(metric.rows(step.table.candidate)), total)
    if regressed and step.table.baseline is not None:
        key = after - _bad(metric, metric.value(metric.rows(step.table.baseline)), total)
        chosen = within & step.table.compared & (key > 0)
    else:
        key = after
        chosen = within & (after >= _bad(metric, np.array(total), total) - _TOLERANCE)
    order = np.lexsort((bar.names, -bar.after, bar.before - bar.after, -after, -key))
    return [int(row) for row in order if chosen[row]]


def _bad(metric: Metric, values: Floats, total: float) -> Floats:
    """Values of which more is worse; of a metric that is better toward zero, more in the direction of `total`."""
    if metric.better == "zero":
        return values * (-1.0 if total < 0 else 1.0)
    return values * metric.worse_sign


def _regressed(results: Sequence[Result]) -> bool:
    return any(rule.verdict == "fail" and rule.rule == "max_regression" for row in results for rule in row.rules)


def _within(cohorts: Sequence[Mapping[str, str]], results: Sequence[Result]) -> Bools:
    """Which rows are in one of the slices."""
    slices = [dict(result.slice or {}) for result in results]
    return np.array([any(each.items() <= dict(own).items() for each in slices) for own in cohorts], dtype=bool)


def _by_turns(rankings: Iterable[Sequence[int]]) -> list[int]:
    """The first of each ranking, then the second of each, and so on."""
    return [row for turn in zip_longest(*rankings) for row in turn if row is not None]


def _badness(scorer: Scorer, table: Columns) -> Floats:
    own = table.picked(range(scorer.width))
    found = np.zeros(len(table))
    for first in range(0, len(table), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        found[some] = [scorer.badness(row) for row in own[some].dense().tolist()]
    return found


def _failed_before(step: ScoredStep, row: int) -> bool | None:
    return None if step.table.baseline is None else step.failed(step.table.baseline[row : row + 1])[0]
