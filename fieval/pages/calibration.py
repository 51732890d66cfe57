"""`fieval calibrate` on a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fieval import numbers
from fieval.calibration.nouns import (
    Calibration,
    CohortAgreement,
    ConfidenceBin,
    Confusion,
    JudgeCalibration,
    LabelCalibration,
    LabelShare,
    LabelSystem,
    ScoreCalibration,
)
from fieval.gate.words import slice_title
from fieval.pages.layout import listed, page, paragraph, table
from fieval.statistics.human import Annotators, Estimate

SCHEMA = "fieval.calibration/1"
WIDEST_CONFUSION = 12
CONFUSIONS_SHOWN = 10
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def render(found: Calibration) -> str:
    """The notes first, then every label and every score."""
    notes = [paragraph(f"Note: {note}.") for note in found.notes]
    labels = [block for label in found.labels for block in _label(label)]
    scores = [block for score in found.scores for block in _score(score)]
    judges = [block for judge in found.judges for block in _judge(judge)]
    legend = paragraph(f"In brackets: {numbers.confidence(found.alpha)} intervals, for groups as they are.")
    return page(["\n".join(notes), *labels, *scores, *judges, legend])


def _label(label: LabelCalibration) -> Iterator[Sequence[str]]:
    yield [_title("label", label.label, label.n, label.steps, label.where)]
    yield [
        *table(
            ("against gold", "n", "missing", "outside the set", "accuracy", "kappa"),
            [
                (each.system, f"{each.n}", f"{each.missing}", f"{each.outside}", _share(each.accuracy),
                 _number(each.kappa))
                for each in label.systems
            ],
        ),
    ]  # fmt: skip
    if label.people is not None:
        yield list(_people(label.people, label.systems))
    yield from (list(_confusion(confusion)) for confusion in label.confusions if confusion.system == "candidate")
    yield list(_cohorts(label.cohorts))
    yield list(_bins(label.bins))
    yield list(_shares(label.shares))


def _title(kind: str, name: str, n: int, steps: Sequence[str], where: Mapping[str, str]) -> str:
    used = f"step {listed(steps)}" if len(steps) == 1 else f"steps {listed(steps)}"
    only = f", {slice_title(where)} alone" if where else ""
    return paragraph(f"{kind} {name}: {numbers.counted(n, 'interaction')} with gold ({used}{only})")


def _people(people: Annotators, systems: Sequence[LabelSystem]) -> Iterator[str]:
    yield _several(people)
    yield from table(
        ("  who", "agree in"),
        [
            ("  any two people", _share(people.pairwise)),
            ("  one with most of the others (human ceiling)", _share(people.ceiling)),
            *((f"  {each.system} with any one of them", _share(each.with_people)) for each in systems),
            ("  beyond chance (Krippendorff's alpha)", _number(people.alpha)),
        ],
    )


def _several(people: Annotators) -> str:
    return paragraph(
        f"people among themselves, on the {numbers.counted(people.n, 'interaction')} that several judged "
        f"({people.unanimous} unanimous); if they were picked because they are hard, people agree more on the rest", 2,
    )  # fmt: skip


def _confusion(confusion: Confusion) -> Iterator[str]:
    yield paragraph(f"gold (rows) against the {confusion.system} (columns)", 2)
    if len(confusion.predicted) > WIDEST_CONFUSION:
        yield from _most_confused(confusion)
        return
    letters = dict(zip(confusion.predicted, _LETTERS, strict=False))
    extra = [f"{letters[name]} {name}" for name in confusion.predicted if name not in confusion.gold]
    rows = [
        (f"{letters[gold]} {gold}", *(str(count) if count else "." for count in counts))
        for gold, counts in zip(confusion.gold, confusion.counts, strict=True)
    ]
    yield from table(("", *letters.values()), rows, indent=4)
    if extra:
        yield paragraph(", ".join(extra), 4)


def _most_confused(confusion: Confusion) -> Iterator[str]:
    wrong = [
        (count, gold, predicted)
        for gold, counts in zip(confusion.gold, confusion.counts, strict=True)
        for predicted, count in zip(confusion.predicted, counts, strict=True)
        if count and gold != predicted
    ]
    for count, gold, predicted in sorted(wrong, key=lambda each: -each[0])[:CONFUSIONS_SHOWN]:
        yield paragraph(f"{count} times {gold} taken for {predicted}", 4)


def _cohorts(cohorts: Sequence[CohortAgreement]) -> Iterator[str]:
    found: dict[str, dict[str, CohortAgreement]] = {}
    for each in cohorts:
        found.setdefault(f"{each.cohort}={each.value}", {})[each.system] = each
    rows = [
        (
            title,
            str(systems["candidate"].n),
            *(_plain("accuracy", systems[name].accuracy) for name in ("candidate", "baseline") if name in systems),
            *(_plain("kappa", systems[name].kappa) for name in ("candidate", "baseline") if name in systems),
        )
        for title, systems in found.items()
    ]
    names = ("candidate", "baseline") if any(each.system == "baseline" for each in cohorts) else ("candidate",)
    header = [f"{metric} {name}" for metric in ("accuracy", "kappa") for name in names]
    if rows:
        yield from table(("by cohort", "n", *header), rows)


def _bins(bins: Sequence[ConfidenceBin]) -> Iterator[str]:
    rows = [
        (each.system, f"{each.low:.1f} to {each.high:.1f}", str(each.n), f"{each.confidence:.3f}",
         _plain("accuracy", each.accuracy))
        for each in bins
    ]  # fmt: skip
    if rows:
        yield from table(("by confidence", "from", "n", "mean confidence", "accuracy"), rows)


def _shares(shares: Sequence[LabelShare]) -> Iterator[str]:
    columns: dict[str, list[float | None]] = {
        "people": [each.gold for each in shares],
        "candidate": [each.candidate for each in shares],
        "baseline": [each.baseline for each in shares],
        "production": [each.population for each in shares],
    }
    shown = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    rows = [
        (each.value, *(_plain("fail_rate", values[index]) for values in shown.values()))
        for index, each in enumerate(shares)
    ]
    yield from table(("shares on a dashboard", *shown), rows)


def _score(score: ScoreCalibration) -> Iterator[Sequence[str]]:
    yield [_title("score", score.score, score.n, score.steps, score.where)]
    yield list(
        table(
            ("against people", "n", "missing", "spearman", "pearson"),
            [(each.system, str(each.n), str(each.missing), _number(each.spearman), _number(each.pearson))
             for each in score.systems],
        )
    )  # fmt: skip
    yield list(
        table(
            ("", "bias", "mean absolute error"),
            [(each.system, _number(each.bias), _number(each.mae)) for each in score.systems],
        )
    )
    if score.people is not None:
        yield [
            _several(score.people),
            paragraph(f"beyond chance (Krippendorff's alpha, interval): {_number(score.people.alpha)}", 4),
        ]


def _judge(judge: JudgeCalibration) -> Iterator[Sequence[str]]:
    record = judge.record
    about = ", ".join(f"{count} on the {system}'s outputs" for system, count in record.systems.items())
    yield [
        paragraph(
            f"judge {record.identity.model}, {record.step} {record.metric}: "
            f"{numbers.counted(record.labels, 'verdict')} of people in {numbers.counted(record.groups, 'group')}"
            + (f" ({about})" if record.about_outputs else "")
        )
    ]
    rates = (
        ("  people's yes that are its yes (sensitivity)", "accuracy", record.sensitivity),
        ("  people's no that are its no (specificity)", "accuracy", record.specificity),
        ("  beyond chance (Cohen's kappa)", "kappa", record.kappa),
        ("  verdicts that differ when asked again", "accuracy", record.flips),
    )
    asked = [(name, _estimated(kind, Estimate(rate.value, rate.low, rate.high))) for name, kind, rate in rates]
    yield list(table(("  agreement", ""), asked if record.flips.value is not None else asked[:-1]))
    rows = [
        (f"{each.cohort}={each.value}", str(each.n), _plain("accuracy", each.sensitivity),
         _plain("accuracy", each.specificity))
        for each in judge.cohorts
    ]  # fmt: skip
    if rows:
        yield list(table(("by cohort", "n", "sensitivity", "specificity"), rows))
    yield [paragraph(f"It may not gate: {judge.lacking}." if judge.lacking else "It may gate.", 2)]


def _share(estimate: Estimate) -> str:
    return _estimated("accuracy", estimate)


def _number(estimate: Estimate) -> str:
    return _estimated("kappa", estimate)


def _estimated(metric: str, estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return _plain(metric, estimate.value)
    bounds = numbers.interval(metric, (estimate.low, estimate.high))
    return f"{_plain(metric, estimate.value)} ({bounds})"


def _plain(metric: str, value: float | None) -> str:
    return numbers.value(metric, value)
