"""A judge against people: how often it says yes where they do and no where they do, on outputs of both systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fieval.calibration.nouns import JudgeCalibration, JudgeCohort
from fieval.calibration.people import Judged
from fieval.evals.asking.base import Verdicts, Yes
from fieval.evals.judged import JudgedScorer, Key
from fieval.judge import Answer
from fieval.judge.identity import Identity
from fieval.judge.records import JudgeRecord, Rate, below
from fieval.model import Floor, Significance
from fieval.statistics.halves import count_groups
from fieval.statistics.human import Estimate, estimate
from fieval.statistics.sums import Floats, Indices, Metric, divide, quotient

Repeats = Mapping[Key, Sequence[Answer]]  # what the judge said when it was asked the same again

_BOTH_YES, _YES, _BOTH_NO, _NO, _JUDGE_YES = range(5)


@dataclass(frozen=True, slots=True)
class Pair:
    """What people and a judge said of one thing: an interaction by its number, and whose output it was about.

    `people` and `judge` are a yes or no. A label has several values: there people's yes is any but the commonest one,
    and the judge's is the same where it gives the same value, the opposite where it gives another. So a judge that
    always gives the commonest value finds no yes at all, however common that value is.
    """

    row: int
    systems: tuple[str, ...]
    people: bool
    judge: bool
    repeats: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """The same in their own words; the judge's are those of all times it was asked."""

    row: int
    systems: tuple[str, ...]
    people: str
    judge: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """A step whose scorer has heard the judge and people, who the judge is, and what it said when asked again."""

    step: str
    scorer: JudgedScorer
    identity: Identity
    repeats: Repeats


def calibrate_judge(
    witness: Witness, judged: Judged, floor: Floor, significance: Significance
) -> Iterator[JudgeCalibration]:
    """Each judged metric of a step."""
    for measure in witness.scorer.asking.measures:
        pairs = _paired(measure, list(_told(witness.scorer, measure, judged, witness.repeats)))
        record = _record(witness, measure, pairs, judged, significance)
        yield JudgeCalibration(record, tuple(_cohorts(pairs, judged)), below(record, floor))


def _told(scorer: JudgedScorer, measure: Yes, judged: Judged, repeats: Repeats) -> Iterator[_Told]:
    for row, interaction in enumerate(judged.dataset.interactions):
        owners: dict[Key, list[str]] = {}
        outputs = {}
        for system, made in judged.systems.items():
            if scorer.asks(interaction, made[row]):
                key = scorer.key(interaction, made[row])
                owners.setdefault(key, []).append(system)
                outputs[key] = made[row]
        for key, systems in owners.items():
            answer = scorer.hearing.answers.get(key)
            people = scorer.hearing.people.get(key) or scorer.asking.gold(interaction)
            if answer is None or not people:
                continue
            again = [_said(other) for other in repeats.get(key, ())]
            for name in scorer.asking.ids(interaction, outputs[key])[measure.part.name]:
                yield from _of_one(measure, name, people, [_said(answer), *again], row, tuple(systems))


def _of_one(
    measure: Yes, name: str, people: Verdicts, said: Sequence[Verdicts], row: int, systems: tuple[str, ...]
) -> Iterator[_Told]:
    """What was said of one thing. Silent people say nothing of it."""
    given = people.get(name)
    if given is not None and given not in measure.silent:
        yield _Told(row, systems, given, tuple(verdicts[name] for verdicts in said))


def _paired(measure: Yes, every: Sequence[_Told]) -> list[Pair]:
    """Each as a yes or no of people and of the judge."""
    common = Counter(told.people for told in every)
    commonest = max(measure.part.verdicts, key=lambda value: common[value])
    return [_pair(told, measure.yes, commonest) for told in every]


def _pair(told: _Told, yes: str, commonest: str) -> Pair:
    first, *again = told.judge
    if yes:
        return Pair(told.row, told.systems, told.people == yes, first == yes, tuple(each == yes for each in again))
    people = told.people != commonest
    judge = people == (first == told.people)
    return Pair(told.row, told.systems, people, judge, tuple(judge == (each == first) for each in again))


def _record(
    witness: Witness, measure: Yes, pairs: Sequence[Pair], judged: Judged, significance: Significance
) -> JudgeRecord:
    rows, groups = _rows(pairs), _groups(pairs, judged)
    flipped = np.array([[float(each != pair.judge), 1.0] for pair in pairs for each in pair.repeats]).reshape(-1, 2)
    of_repeats = np.array([judged.groups[pair.row] for pair in pairs for _ in pair.repeats], dtype=np.intp)
    return JudgeRecord(
        step=witness.step,
        metric=measure.metric,
        identity=witness.identity,
        labels=len(pairs),
        yes=sum(pair.people for pair in pairs),
        groups=count_groups(groups),
        systems=dict(sorted(Counter(system for pair in pairs for system in pair.systems).items())),
        about_outputs=witness.scorer.asking.about_outputs,
        sensitivity=_rate(_SENSITIVITY, rows, groups, judged, significance),
        specificity=_rate(_SPECIFICITY, rows, groups, judged, significance),
        kappa=_rate(_KAPPA, rows, groups, judged, significance),
        flips=_rate(_FLIPS, flipped, of_repeats, judged, significance),
    )


def _cohorts(pairs: Sequence[Pair], judged: Judged) -> Iterator[JudgeCohort]:
    interactions = judged.dataset.interactions
    found: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        for cohort, value in interactions[pair.row].cohorts.items():
            found.setdefault((cohort, value), []).append(pair)
    for (cohort, value), own in sorted(found.items()):
        rows = _rows(own)
        yield JudgeCohort(cohort, value, len(own), _value(_SENSITIVITY, rows), _value(_SPECIFICITY, rows))


def _rows(pairs: Sequence[Pair]) -> Floats:
    made = [
        [pair.people and pair.judge, pair.people, not (pair.people or pair.judge), not pair.people, pair.judge]
        for pair in pairs
    ]
    return np.array(made, dtype=np.float64).reshape(len(pairs), 5)


def _groups(pairs: Sequence[Pair], judged: Judged) -> Indices:
    return judged.groups[np.array([pair.row for pair in pairs], dtype=np.intp)]


def _rate(metric: Metric, rows: Floats, groups: Indices, judged: Judged, significance: Significance) -> Rate:
    counted = rows[:, metric.columns[1]] > 0 if metric.kind == "rate" else np.ones(len(rows), dtype=bool)
    if not counted.any():
        return Rate(None)
    found: Estimate = estimate(metric, rows[counted], groups[counted], judged.halves(significance), significance.alpha)
    return Rate(found.value, found.low, found.high)


def _value(metric: Metric, rows: Floats) -> float | None:
    value = metric.of(rows)
    return value if np.isfinite(value) else None


def _said(answer: Answer) -> Verdicts:
    return {each.id: each.verdict for each in answer.verdicts}


def _kappa(sums: Floats) -> Floats:
    """Cohen's kappa of yes and no (Cohen 1960, equation 1), sums `[..., 5]` → `[...]`."""
    yes, no, judge_yes = sums[..., _YES], sums[..., _NO], sums[..., _JUDGE_YES]
    total = yes + no
    observed = divide(sums[..., _BOTH_YES] + sums[..., _BOTH_NO], total)
    expected = divide(yes * judge_yes + no * (total - judge_yes), total * total)
    return divide(observed - expected, 1.0 - expected)


_SENSITIVITY = Metric("sensitivity", "higher", "rate", (_BOTH_YES, _YES), quotient)
_SPECIFICITY = Metric("specificity", "higher", "rate", (_BOTH_NO, _NO), quotient)
_KAPPA = Metric("kappa", "higher", "other", (_BOTH_YES, _YES, _BOTH_NO, _NO, _JUDGE_YES), _kappa)
_FLIPS = Metric("flips", "lower", "rate", (0, 1), quotient)
