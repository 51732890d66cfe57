"""`fieval compare`: two earlier runs side by side, row by row."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieval import numbers
from fieval.model import Report, Result, RuleVerdict, RunVerdict, Source
from fieval.reports import wording
from fieval.run_folder import read_run

_Key = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs."""

    run: str
    verdict: RunVerdict
    headline: str
    started: str
    candidate: Source
    baseline: Source | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One metric on one slice in either run: the candidates' values and the verdicts, None where a run has no such row.

    `difference` is second minus first, where the dataset is the same; `worse` says in which run the value is worse by
    as much as is shown. `told` are the verdicts in the words of the runs' own tables.
    """

    step: str
    metric: str
    slice: dict[str, str] | None
    first: float | None
    second: float | None
    difference: float | None
    worse: str | None
    verdicts: tuple[RuleVerdict | None, RuleVerdict | None]
    told: tuple[str, str]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs. `differs` names what makes their values hard to compare: another dataset, config,
    baseline or normalizer.
    """

    first: Side
    second: Side
    differs: tuple[str, ...]
    rows: tuple[Pair, ...]


def compare_runs(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> RunComparison:
    """Both runs, read from their folders. Raises InvalidInput where one is no run folder.

    Nothing is tested here: what two runs differ by is tested by a run that has one candidate as its baseline.
    """
    one, other = read_run(first).report, read_run(second).report
    rows = _by_key(one), _by_key(other)
    keys = sorted(dict.fromkeys([*rows[0], *rows[1]]), key=_place([*one.results, *other.results]))
    pairs = [_pair(rows[0].get(key), rows[1].get(key)) for key in keys]
    return RunComparison(_side(first, one), _side(second, other), _differs(one, other), tuple(pairs))


def _by_key(report: Report) -> dict[_Key, Result]:
    return {(row.step, row.metric, tuple(sorted((row.slice or {}).items()))): row for row in report.results}


def _place(rows: Sequence[Result]) -> Callable[[_Key], tuple[int, int, bool]]:
    """By step and metric as the reports have them, the whole before its slices."""
    steps = {name: place for place, name in enumerate(dict.fromkeys(row.step for row in rows))}
    metrics = {name: place for place, name in enumerate(dict.fromkeys((row.step, row.metric) for row in rows))}
    return lambda key: (steps[key[0]], metrics[key[:2]], bool(key[2]))


def _side(folder: str | os.PathLike[str], report: Report) -> Side:
    made = report.provenance
    return Side(os.fspath(folder), report.verdict, report.headline, made.started, made.candidate, made.baseline)


def _pair(first: Result | None, second: Result | None) -> Pair:
    there = first or second
    assert there is not None
    values = (first.candidate if first else None, second.candidate if second else None)
    return Pair(
        step=there.step,
        metric=there.metric,
        slice=dict(there.slice) if there.slice else None,
        first=values[0],
        second=values[1],
        difference=None if None in values else (values[1] or 0.0) - (values[0] or 0.0),
        worse=_worse(there, values),
        verdicts=(first.verdict if first else None, second.verdict if second else None),
        told=(wording.verdict(first) if first else "", wording.verdict(second) if second else ""),
    )


def _worse(row: Result, values: Sequence[float | None]) -> str | None:
    first, second = values
    if first is None or second is None:
        return None
    if row.better == "zero":
        first, second = abs(first), abs(second)
    if float(numbers.change(row.metric, second - first)) == 0:
        return None
    return "second" if (second > first) == (row.better != "higher") else "first"


def _differs(first: Report, second: Report) -> tuple[str, ...]:
    sources = {
        name: (getattr(first.provenance, name), getattr(second.provenance, name))
        for name in ("dataset", "config", "baseline")
    }
    differs = [name for name, (one, other) in sources.items() if _sha(one) != _sha(other)]
    steps = first.coverage.keys() & second.coverage.keys()
    if any(first.normalizers.get(step) != second.normalizers.get(step) for step in steps):
        differs.append("normalizer")
    if any(first.judges.get(step) != second.judges.get(step) for step in steps):
        differs.append("judge")
    return tuple(differs)


def _sha(source: Source | None) -> str | None:
    return source.sha256 if source else None
