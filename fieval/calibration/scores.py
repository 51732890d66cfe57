"""One score: a proxy against what people answered."""

from __future__ import annotations

from fieval.calibration.nouns import ScoreCalibration, ScoreSystem
from fieval.calibration.people import Judged, Subject, people, table
from fieval.evals.score_agreement import ScoreScorer
from fieval.model import Significance
from fieval.statistics.human import estimate
from fieval.statistics.sums import Indices


def calibrate_score(subject: Subject[ScoreScorer], judged: Judged, significance: Significance) -> ScoreCalibration:
    """Both systems against gold, and people among themselves."""
    scorer, rows = subject.scorer, judged.having_gold(subject)
    votes = [each.scores[scorer.score].votes for each in judged.interactions(rows)]
    halves = judged.halves(significance)
    return ScoreCalibration(
        score=scorer.score,
        steps=subject.steps,
        where=subject.where,
        n=len(rows),
        systems=tuple(_system(scorer, name, judged, rows, significance) for name in judged.systems),
        people=people(votes, "interval", judged.groups[rows], halves, significance.alpha),
    )


def _system(scorer: ScoreScorer, name: str, judged: Judged, rows: Indices, significance: Significance) -> ScoreSystem:
    outputs = judged.systems[name]
    own = table(scorer, judged, rows, outputs)
    metrics = {metric.name: metric for metric in scorer.metrics}
    found = {
        wanted: estimate(metrics[wanted], own, judged.groups[rows], judged.halves(significance), significance.alpha)
        for wanted in ("spearman", "pearson", "bias", "mae")
    }
    missing = sum(scorer.part(judged.dataset.interactions[row], outputs[row]) is None for row in rows)
    return ScoreSystem(name, len(rows), missing, **found)
