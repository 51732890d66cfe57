"""What a run keeps of single interactions: their values for `scores.csv`, and evidence for the worst ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fieval.evals.base import Scorer
from fieval.evals.scored import ScoredStep
from fieval.model import Evidence, Interaction, Output, Score
from fieval.statistics.sums import Floats, Metric

WORST_SHOWN = 10


def scores(steps: Sequence[ScoredStep], interactions: Sequence[Interaction]) -> list[Score]:
    """Every per-interaction value there is, in dataset order, then by step, system and metric."""
    by_interaction: dict[int, list[Score]] = {index: [] for index in range(len(interactions))}
    for step in steps:
        for index, score in _step_scores(step, interactions):
            by_interaction[index].append(score)
    return [score for rows in by_interaction.values() for score in rows]


def evidence(
    step: ScoredStep,
    scorer: Scorer,
    interactions: Sequence[Interaction],
    candidate: Sequence[Output | None],
    baseline: Sequence[Output | None] | None,
) -> list[Evidence]:
    """The interactions of a step that got worse most, then the worst ones; only such as failed or got worse."""
    after = _badness(scorer, step.table.candidate)
    before = _badness(scorer, step.table.baseline) if step.table.baseline is not None else after
    failed = step.failed(step.table.candidate)
    names = np.array([interactions[index].id for index in step.table.interactions])
    order = np.lexsort((names, -after, before - after))
    notable = [row for row in order if failed[row] or after[row] > before[row]]
    found = []
    for row in notable[:WORST_SHOWN]:
        index = int(step.table.interactions[row])
        interaction, compared = interactions[index], bool(step.table.compared[row])
        details: dict[str, Mapping[str, object]] = {"candidate": _shown(scorer, interaction, candidate[index])}
        if baseline is not None and compared:
            details["baseline"] = _shown(scorer, interaction, baseline[index])
            details.update(_origin(scorer, interaction, baseline[index], candidate[index]))
        found.append(
            Evidence(
                step=step.name,
                id=interaction.id,
                baseline_failed=_failed_before(step, row) if compared else None,
                candidate_failed=failed[row],
                worsening=float(after[row] - before[row]) if compared else None,
                details=details,
            )
        )
    return found


def _shown(scorer: Scorer, interaction: Interaction, output: Output | None) -> Mapping[str, object]:
    if scorer.part(interaction, output) is None:
        return {"missing": "no output"}
    return scorer.evidence(interaction, output)


def _origin(
    scorer: Scorer, interaction: Interaction, baseline: Output | None, candidate: Output | None
) -> dict[str, Mapping[str, object]]:
    """What is newly wrong, under where it came from; nothing where the step cannot tell."""
    if baseline is None or candidate is None:
        return {}
    traced = scorer.trace(interaction, baseline, candidate)
    found = {name: list(getattr(traced, name)) for name in traced.__slots__}
    return {"traced": found} if any(traced.counts) else {}


def _step_scores(step: ScoredStep, interactions: Sequence[Interaction]) -> Iterator[tuple[int, Score]]:
    metrics = [metric for metric in step.metrics if metric.kind != "other"]
    systems = {"candidate": (step.table.candidate, np.ones(len(step.table.candidate), dtype=bool))}
    if step.table.baseline is not None:
        systems = {"baseline": (step.table.baseline, step.table.compared), **systems}
    columns = {name: (_values(metrics, table), step.failed(table)) for name, (table, _) in systems.items()}
    for row, index in enumerate(step.table.interactions):
        for system, (_, present) in systems.items():
            if not present[row]:
                continue
            values, failed = columns[system]
            for metric, column in zip(metrics, values, strict=True):
                value = None if np.isnan(column[row]) else float(column[row])
                score = Score(interactions[index].id, system, step.name, metric.name, value, failed[row])
                yield int(index), score


def _values(metrics: Sequence[Metric], table: Floats) -> list[Floats]:
    return [metric.value(metric.rows(table)) for metric in metrics]


def _badness(scorer: Scorer, table: Floats) -> Floats:
    return np.array([scorer.badness(row[: scorer.width].tolist()) for row in table], dtype=np.float64)


def _failed_before(step: ScoredStep, row: int) -> bool | None:
    return None if step.table.baseline is None else step.failed(step.table.baseline[row : row + 1])[0]
