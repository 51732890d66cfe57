"""One label: accuracy and kappa, confusions, cohorts, confidences and shares, against what people said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from fieval.calibration.nouns import (
    CohortAgreement,
    ConfidenceBin,
    Confusion,
    LabelCalibration,
    LabelShare,
    LabelSystem,
)
from fieval.calibration.people import Judged, Subject, people, table
from fieval.evals.label_agreement import BINS, LabelScorer
from fieval.model import Output, Significance
from fieval.statistics.human import Estimate, estimate
from fieval.statistics.sums import Floats, Indices, Metric, quotient

MISSING = "(missing)"
OUTSIDE = "(outside)"
_Outputs = Sequence[Output | None]


def calibrate_label(subject: Subject[LabelScorer], judged: Judged, significance: Significance) -> LabelCalibration:
    """Both systems against gold, and people among themselves."""
    scorer, rows = subject.scorer, judged.having_gold(subject)
    given = {name: _given(scorer, outputs, rows) for name, outputs in judged.systems.items()}
    ordinal = any(metric.name == "weighted_kappa" for metric in scorer.metrics)
    votes = [each.labels[scorer.label].votes for each in judged.interactions(rows)]
    return LabelCalibration(
        label=scorer.label,
        steps=subject.steps,
        where=subject.where,
        n=len(rows),
        systems=tuple(_system(scorer, name, judged, rows, significance) for name in given),
        people=people(
            [[float(scorer.values.index(vote)) for vote in each] for each in votes],
            "ordinal" if ordinal else "nominal",
            judged.groups[rows],
            judged.halves(significance),
            significance.alpha,
        ),
        confusions=tuple(_confusion(scorer, name, judged, rows, labels) for name, labels in given.items()),
        cohorts=tuple(found for name in given for found in _cohorts(scorer, name, judged, rows)),
        bins=tuple(found for name in given for found in _bins(scorer, name, judged, rows)),
        shares=tuple(_shares(scorer, judged, rows, given)),
    )


def _system(scorer: LabelScorer, name: str, judged: Judged, rows: Indices, significance: Significance) -> LabelSystem:
    outputs = judged.systems[name]
    own = table(scorer, judged, rows, outputs)
    groups, halves = judged.groups[rows], judged.halves(significance)
    accuracy, kappa = (estimate(_metric(scorer, each), own, groups, halves, significance.alpha)
                       for each in ("accuracy", "kappa"))  # fmt: skip
    given = Counter(_given(scorer, outputs, rows))
    return LabelSystem(
        name, len(rows), given[MISSING], given[OUTSIDE], accuracy, kappa,
        _with_people(scorer, outputs, judged, rows, significance),
    )  # fmt: skip


def _with_people(
    scorer: LabelScorer, outputs: _Outputs, judged: Judged, rows: Indices, significance: Significance
) -> Estimate:
    """The mean share of annotators that a system agrees with, where several judged."""
    votes = [each.labels[scorer.label].votes for each in judged.interactions(rows)]
    given = _given(scorer, outputs, rows)
    several = [index for index, each in enumerate(votes) if len(each) > 1]
    if not several:
        return Estimate(None)
    agreed = np.array([[votes[i].count(given[i]) / len(votes[i]), 1.0] for i in several])
    mean = Metric("with_people", "higher", "mean", (0, 1), quotient)
    return estimate(mean, agreed, judged.groups[rows][several], judged.halves(significance), significance.alpha)


def _confusion(scorer: LabelScorer, system: str, judged: Judged, rows: Indices, given: Sequence[str]) -> Confusion:
    gold = [each.labels[scorer.label].value for each in judged.interactions(rows)]
    counts = Counter(zip(gold, given, strict=True))
    predicted = (*scorer.values, *(name for name in (MISSING, OUTSIDE) if name in given))
    table_of = tuple(tuple(counts[value, name] for name in predicted) for value in scorer.values)
    return Confusion(system, scorer.values, predicted, table_of)


def _cohorts(scorer: LabelScorer, system: str, judged: Judged, rows: Indices) -> Iterator[CohortAgreement]:
    own = table(scorer, judged, rows, judged.systems[system])
    interactions = judged.interactions(rows)
    for cohort in dict.fromkeys(name for each in interactions for name in each.cohorts):
        values = np.array([each.cohorts.get(cohort, "") for each in interactions], dtype=object)
        for value in sorted(set(values.tolist()) - {""}):
            part = own[np.asarray(values == value)]
            accuracy, kappa = (_value(_metric(scorer, name), part) for name in ("accuracy", "kappa"))
            yield CohortAgreement(system, cohort, value, len(part), accuracy, kappa)


def _bins(scorer: LabelScorer, system: str, judged: Judged, rows: Indices) -> Iterator[ConfidenceBin]:
    """Ten equal bins of confidence; those without a prediction are left out."""
    gold = [each.labels[scorer.label].value for each in judged.interactions(rows)]
    found: dict[int, list[tuple[float, bool]]] = {}
    for row, truth in zip(rows, gold, strict=True):
        output = judged.systems[system][row]
        prediction = None if output is None else output.labels.get(scorer.label)
        if prediction is not None and prediction.confidence is not None:
            index = min(BINS - 1, int(prediction.confidence * BINS))
            found.setdefault(index, []).append((prediction.confidence, prediction.label == truth))
    for index, pairs in sorted(found.items()):
        sure, right = np.array(pairs, dtype=np.float64).mean(axis=0)
        yield ConfidenceBin(system, index / BINS, (index + 1) / BINS, len(pairs), float(sure), float(right))


def _shares(scorer: LabelScorer, judged: Judged, rows: Indices, given: dict[str, list[str]]) -> Iterator[LabelShare]:
    gold = Counter(each.labels[scorer.label].value for each in judged.interactions(rows))
    counts = {name: Counter(labels) for name, labels in given.items()}
    population = judged.dataset.card.population.get(scorer.label)
    n = max(1, len(rows))
    extra = [name for name in (MISSING, OUTSIDE) if any(each[name] for each in counts.values())]
    for value in (*scorer.values, *extra):
        yield LabelShare(
            value=value,
            gold=gold[value] / n,
            candidate=counts["candidate"][value] / n,
            baseline=counts["baseline"][value] / n if "baseline" in counts else None,
            population=None if population is None else population.get(value, 0.0),
        )


def _given(scorer: LabelScorer, outputs: _Outputs, rows: Indices) -> list[str]:
    """The labels of a system; what it left out and what the set does not have, by their own names."""
    found = []
    for row in rows:
        output = outputs[row]
        prediction = None if output is None else output.labels.get(scorer.label)
        known = prediction is not None and prediction.label in scorer.values
        found.append(prediction.label if prediction is not None and known else OUTSIDE if prediction else MISSING)
    return found


def _metric(scorer: LabelScorer, name: str) -> Metric:
    return next(metric for metric in scorer.metrics if metric.name == name)


def _value(metric: Metric, rows: Floats) -> float | None:
    value = metric.of(rows)
    return value if np.isfinite(value) else None
