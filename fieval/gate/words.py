"""What a rule's judgement is made of, and how amounts are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieval import numbers
from fieval.model import RuleVerdict

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one rule; `proven`: the worsening stays inside the margin beyond noise."""

    verdict: RuleVerdict
    reason: str = ""
    proven: bool = False


def slice_title(cohorts: Mapping[str, str] | None) -> str:
    """`language=es, channel=voice`; nothing for all interactions."""
    return ", ".join(f"{cohort}={value}" for cohort, value in (cohorts or {}).items())


def amount(metric: str, size: float) -> str:
    """A difference without its sign: `6.1 points`."""
    return numbers.points(metric, abs(size)).removeprefix("+")
