"""Agreement with people: how far labels and scores measure what people say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fieval.calibration.labels import calibrate_label
from fieval.calibration.nouns import Calibration
from fieval.calibration.people import Judged, Subject
from fieval.calibration.scores import calibrate_score
from fieval.evals.base import Scorer
from fieval.evals.conversation_coherence import CoherenceScorer
from fieval.evals.judged import JudgedScorer
from fieval.evals.label_agreement import LabelScorer
from fieval.evals.score_agreement import ScoreScorer
from fieval.model import Card, Significance, Step

HELD_OUT_COHORTS = ("split", "held_out")
NOT_A_SURVEY = (
    "a proxy is not a survey: it is fitted to the few who answer, and moves with the model as well as with customers"
)

__all__ = ["HELD_OUT_COHORTS", "NOT_A_SURVEY", "Calibration", "Judged", "calibrate"]


def calibrate(
    judged: Judged, scorers: Mapping[str, Scorer], steps: Sequence[Step], significance: Significance
) -> Calibration:
    """Every label and score that a step of the config uses, in the order of the steps."""
    labels, scores = [], []
    subjects = _subjects(scorers, steps)
    for subject in subjects:
        match subject.scorer:
            case LabelScorer() as scorer:
                labels.append(calibrate_label(Subject(scorer, subject.steps, subject.where), judged, significance))
            case ScoreScorer() as scorer:
                scores.append(calibrate_score(Subject(scorer, subject.steps, subject.where), judged, significance))
            case _:
                pass
    notes = [*_not_held_out(judged.dataset.card, subjects), *([NOT_A_SURVEY] if scores else [])]
    return Calibration(tuple(labels), tuple(scores), tuple(notes), significance.alpha)


def _subjects(scorers: Mapping[str, Scorer], steps: Sequence[Step]) -> list[Subject[Scorer]]:
    """Each label and score once, however many steps use it; apart where they look at different interactions."""
    found: dict[tuple[object, ...], Subject[Scorer]] = {}
    for step in steps:
        scorer = _judging(scorers[step.name])
        name = getattr(scorer, "label", None) or getattr(scorer, "score", None)
        key = (isinstance(scorer, LabelScorer), name, *sorted(step.where.items()))
        users = found[key].steps if key in found else ()
        found[key] = Subject(found[key].scorer if key in found else scorer, (*users, step.name), step.where)
    return list(found.values())


def _judging(scorer: Scorer) -> Scorer:
    """The part of a scorer that compares with people."""
    own = scorer.inner if isinstance(scorer, JudgedScorer) else scorer
    labels = own.labels if isinstance(own, CoherenceScorer) else None
    return own if labels is None else labels


def _not_held_out(card: Card, subjects: Sequence[Subject[Scorer]]) -> Iterator[str]:
    """What looks at interactions that a model may have seen, and how to say which it has not."""
    declared = [name for name in HELD_OUT_COHORTS if name in card.cohorts]
    if not declared:
        yield (
            "no held-out cohort is declared: labels may have been seen in training. Declare a cohort named "
            f"{' or '.join(HELD_OUT_COHORTS)} in the card, and restrict the steps, as in `where: {{split: held_out}}`"
        )
        return
    loose = [
        step
        for subject in subjects
        if isinstance(subject.scorer, LabelScorer | ScoreScorer) and not set(subject.where) & set(HELD_OUT_COHORTS)
        for step in subject.steps
    ]
    if loose:
        yield (
            f"{', '.join(loose)}: interactions that are not held out count, too, and may have been seen in training; "
            f"restrict the steps by `where:` to a value of {declared[0]}"
        )
