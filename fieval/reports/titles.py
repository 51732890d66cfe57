"""What metrics, slices and rows are called in prose; names that come from data are made harmless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieval import numbers
from fieval.model import Result
from fieval.reports.cleaning import one_line, short
from fieval.reports.findings import Finding

_TITLES = {
    "wer": "WER",
    "cer": "CER",
    "der": "DER",
    "jer": "JER",
    "wder": "WDER",
    "cpwer": "cpWER",
    "ece": "ECE",
    "mae": "mean absolute error",
    "brier": "Brier score",
    "macro_f1": "macro-F1",
    "missing": "share of missing outputs",
}


def metric_title(metric: str) -> str:
    """A metric's name in prose."""
    family, _, label = metric.partition(".")
    name = _TITLES.get(family, one_line(family).replace("_", " "))
    return f"{name} of {short(label)}" if label else name


def slice_title(cohorts: Mapping[str, str] | None) -> str:
    """`language=es`, or nothing for all interactions."""
    return ", ".join(f"{short(cohort)}={short(name)}" for cohort, name in (cohorts or {}).items())


def plain_subject(result: Result) -> str:
    """Metric and slice within a sentence."""
    where = slice_title(result.slice)
    return f"{metric_title(result.metric)} for {where}" if where else metric_title(result.metric)


def subject(result: Result) -> str:
    """What a sentence is about: metric and, where it is not all interactions, slice."""
    where = slice_title(result.slice)
    title = metric_title(result.metric)
    title = title if any(map(str.isupper, title)) else f"{title[:1].upper()}{title[1:]}"
    return f"{title} for {where}" if where else title


def titled(title: str, rows: Sequence[Finding]) -> str:
    """A title over rows, with the number of checks where a row has several, as the counts are of checks."""
    checks = sum(len(row.rules) for row in rows)
    told = f"{numbers.counted(checks, 'check')} on {numbers.counted(len(rows), 'row')}"
    return title if checks == len(rows) else f"{title}: {told}"
