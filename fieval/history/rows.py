"""What of a report the course of a metric is made of: numbers, digests and names of fieval's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from fieval.model import Better, Bound, Report, Result, RuleVerdict, RunVerdict, Source
from fieval.reports import wording

Cohorts = tuple[tuple[str, str], ...]


class Name(NamedTuple):
    """A metric of a step on a slice; no cohorts mean all interactions."""

    step: str
    metric: str
    cohorts: Cohorts = ()


class Head(msgspec.Struct, frozen=True, array_like=True):
    """A run without its results. `normalizers` and `judges` hold, by step, what its numbers can be compared by."""

    started: str
    verdict: RunVerdict
    exit_code: int
    dataset: str
    alpha: float
    dataset_sha: str
    config_sha: str
    candidate_sha: str
    baseline_sha: str | None
    config: str
    baseline: str | None
    normalizers: Mapping[str, tuple[str, ...]]
    judges: Mapping[str, str]


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """One row of a report, without the statistics that only the report itself needs."""

    better: Better
    value: float | None
    change: float | None
    interval: tuple[float, float] | None
    verdict: RuleVerdict | None
    told: str
    bounds: tuple[Bound, ...]


def head(report: Report) -> Head:
    """The run that a report is of."""
    made = report.provenance
    return Head(
        started=made.started,
        verdict=report.verdict,
        exit_code=report.exit_code,
        dataset=report.dataset,
        alpha=report.alpha,
        dataset_sha=made.dataset.sha256,
        config_sha=made.config.sha256,
        candidate_sha=made.candidate.sha256,
        baseline_sha=_sha(made.baseline),
        config=made.config.path,
        baseline=made.baseline.path if made.baseline else None,
        normalizers=report.normalizers,
        judges={step: judge.fingerprint for step, judge in report.judges.items()},
    )


def cells(report: Report) -> Iterator[tuple[Name, Cell]]:
    """Its rows, by name."""
    for result in report.results:
        yield Name(result.step, result.metric, tuple(sorted((result.slice or {}).items()))), _cell(result)


def _cell(result: Result) -> Cell:
    bounds = {rule.rule: rule.limit for rule in result.rules if rule.rule in ("max", "min")}
    return Cell(
        better=result.better,
        value=result.candidate,
        change=result.change,
        interval=result.interval,
        verdict=result.verdict,
        told=wording.verdict(result),
        bounds=tuple(Bound(rule, bounds[rule]) for rule in ("max", "min") if rule in bounds),
    )


def _sha(source: Source | None) -> str | None:
    return source.sha256 if source else None
