"""Agreement with people: how far labels and scores measure what people say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieval.calibration.labels import calibrate_label
from fieval.calibration.nouns import Calibration
from fieval.calibration.people import Judged, Subject
from fieval.calibration.scores import calibrate_score
from fieval.evals.base import Scorer
from fieval.evals.label_agreement import LabelScorer
from fieval.evals.score_agreement import ScoreScorer
from fieval.model import Card, Significance, Step

HELD_OUT_COHORTS = ("held_out", "split")
NOT_HELD_OUT = "no held-out cohort is declared: labels may have been seen in training"
NOT_LOOKED_AT = "no step has a `where:`: labels of interactions that are not held out may have been seen in training"
NOT_A_SURVEY = (
    "a proxy is not a survey: it is fitted to the few who answer, and moves with the model as well as with customers"
)

__all__ = ["HELD_OUT_COHORTS", "NOT_A_SURVEY", "NOT_HELD_OUT", "Calibration", "Judged", "calibrate"]


def calibrate(
    judged: Judged, scorers: Mapping[str, Scorer], steps: Sequence[Step], significance: Significance
) -> Calibration:
    """Every label and score that a step of the config uses, in the order of the steps."""
    labels, scores = [], []
    for subject in _subjects(scorers, steps):
        match subject.scorer:
            case LabelScorer() as scorer:
                labels.append(calibrate_label(Subject(scorer, subject.steps, subject.where), judged, significance))
            case ScoreScorer() as scorer:
                scores.append(calibrate_score(Subject(scorer, subject.steps, subject.where), judged, significance))
            case _:
                pass
    notes = [*_held_out(judged.dataset.card, steps), *([NOT_A_SURVEY] if scores else [])]
    return Calibration(tuple(labels), tuple(scores), tuple(notes), significance.alpha)


def _subjects(scorers: Mapping[str, Scorer], steps: Sequence[Step]) -> list[Subject[Scorer]]:
    """Each label and score once, however many steps use it; apart where they look at different interactions."""
    found: dict[tuple[object, ...], Subject[Scorer]] = {}
    for step in steps:
        scorer = scorers[step.name]
        name = getattr(scorer, "label", None) or getattr(scorer, "score", None)
        key = (isinstance(scorer, LabelScorer), name, *sorted(step.where.items()))
        users = found[key].steps if key in found else ()
        found[key] = Subject(found[key].scorer if key in found else scorer, (*users, step.name), step.where)
    return list(found.values())


def _held_out(card: Card, steps: Sequence[Step]) -> list[str]:
    if any(step.where for step in steps):
        return []
    return [NOT_LOOKED_AT if set(card.cohorts) & set(HELD_OUT_COHORTS) else NOT_HELD_OUT]
