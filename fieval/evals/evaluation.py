"""One output scored in Python (`SummaryQuality().evaluate(input=…, output=…)`), by the very row that a gate adds up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fieval.evals import detail
from fieval.evals.base import Scorer
from fieval.evals.scored import STEP_METRICS, ScoredStep, score_step
from fieval.model import Interaction, Output

NEEDS_A_JUDGE = "needs a judge"
NEEDS_A_JUDGE_OR_A_LABEL = "needs a judge or a label"
NOTHING_TO_COMPARE = "there is nothing to compare with"

Told = Callable[[list[float]], tuple[float | None, str]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluator says of one output.

    `score` is in 0..1, higher is better; `passed` says whether the evaluator's own bar is met. Both are None where
    nothing could be measured, which is never a pass. `reason` is one sentence without anything that was said;
    `metrics` holds those that a single interaction has, `evidence` what a person needs to see.
    """

    score: float | None
    passed: bool | None
    reason: str
    metrics: Mapping[str, float]
    evidence: Mapping[str, Any]


def unmeasured(reason: str) -> Evaluation:
    """Nothing could be measured."""
    return Evaluation(None, None, reason, {}, {})


def evaluated(scorer: Scorer, interaction: Interaction, output: Output | None, told: Told) -> Evaluation:
    """The output scored; `told` makes score and reason of the scorer's row. What is missing scores 0."""
    step = score_step("", scorer, [interaction], [output], None)
    if not len(step.table.candidate):
        return unmeasured(NOTHING_TO_COMPARE)
    score, reason = told(step.table.candidate.dense()[0, : scorer.width].tolist())
    if step.coverage.candidate_missing:
        score, reason = 0.0, "the output is missing"
    return Evaluation(
        score=None if score is None else min(1.0, max(0.0, score)),
        passed=None if score is None else not step.failed(step.table.candidate)[0],
        reason=reason,
        metrics=_metrics(step, interaction),
        evidence=detail.shown(scorer, interaction, output),
    )


def _metrics(step: ScoredStep, interaction: Interaction) -> Mapping[str, float]:
    of_steps = {metric.name for metric in STEP_METRICS}
    return {
        score.metric: score.value
        for score in detail.Scores([step], [interaction])
        if score.value is not None and score.metric not in of_steps
    }
