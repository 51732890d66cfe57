"""The course of one metric over runs: numbers, verdicts and what changed between them; no text of any interaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from fieval.model.report import RuleVerdict, RunVerdict
from fieval.model.settings import Better

Changed = Literal["dataset", "normalizer", "judge", "config", "baseline"]


class Bound(msgspec.Struct, frozen=True):
    """The limit of a `max` or `min` rule, in the metric's own unit."""

    rule: Literal["max", "min"]
    limit: float


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A metric's value in one run.

    `run_verdict` is of the whole run, `verdict` the worst of the metric's own rules and `told` the same in the words of
    reports. `change` is against the run's own baseline, `interval` that of the change, two-sided at 1 - 2 `alpha`.
    `comparable`: on the same dataset, by the same normalizer and judge as in the newest run. `changed` names what is
    not as in the run before. `blessed` is when its candidate became the baseline, as a note beside a baseline says;
    `became_baseline` also where that is seen by the baselines of later runs only.
    """

    folder: str
    started: str
    dataset: str
    run_verdict: RunVerdict
    exit_code: int
    value: float | None
    change: float | None
    interval: tuple[float, float] | None
    alpha: float
    verdict: RuleVerdict | None
    told: str
    bounds: tuple[Bound, ...]
    comparable: bool
    changed: tuple[Changed, ...]
    blessed: str | None
    became_baseline: bool


class Skipped(msgspec.Struct, frozen=True):
    """A folder that holds no run that can be read, and why."""

    folder: str
    reason: str


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A metric on one slice (None: all interactions) over runs, oldest first.

    `source` holds the folders; it is empty where single runs were named. `runs` were read; those `without` this metric
    or slice have no point, and neither have those before the last that were asked for.
    """

    step: str
    metric: str
    better: Better
    slice: Mapping[str, str] | None
    source: str
    runs: int
    without: int
    points: tuple[Point, ...]
    skipped: tuple[Skipped, ...]
