"""How every interaction fared in every step, read from the scores of the run; and which are the worst."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from fieval.model import Better, Report, Score
from fieval.numbers import significant

_WORSE = "worse_rate"

Pair = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """One step of one interaction. `metrics` holds (baseline, candidate); `failed` is None without a baseline.

    `worsening` is of the step's first metric, positive for the worse, 0 where it cannot be told.
    """

    metrics: Mapping[str, Pair]
    failed: tuple[bool | None, bool | None]
    worsening: float

    @property
    def worse(self) -> bool:
        """Whether it got worse by as much as the step asks for."""
        return self.metrics.get(_WORSE, (None, None))[1] == 1

    @property
    def missed(self) -> bool:
        """Whether the candidate misses the step's own bar."""
        return bool(self.failed[1])


Standings = Mapping[str, Mapping[str, Standing]]  # by id, then by step


def standings(scores: Iterable[Score], report: Report) -> Standings:
    """By interaction and step, in the order of the scores."""
    heads: dict[str, tuple[str, Better]] = {}
    for result in report.results:
        heads.setdefault(result.step, (result.metric, result.better))
    return {
        name: {step: _standing(list(own), heads.get(step)) for step, own in groupby(rows, key=lambda row: row.step)}
        for name, rows in groupby(scores, key=lambda row: row.id)
    }


def worst_first(found: Standings) -> list[str]:
    """The ids: those that got worse in most steps first, then those that miss most bars, then by how much worse."""

    def key(name: str) -> tuple[int, int, float]:
        own = found[name].values()
        worsening = sum(min(each.worsening, 1.0) for each in own if each.worsening > 0)
        return -sum(each.worse for each in own), -sum(each.missed for each in own), -significant(worsening)

    return sorted(found, key=key)


def _standing(scores: Sequence[Score], head: tuple[str, Better] | None) -> Standing:
    systems = {
        system: {score.metric: score for score in scores if score.system == system}
        for system in ("baseline", "candidate")
    }
    before, after = systems["baseline"], systems["candidate"]
    metrics = {name: (_exact(before.get(name)), _exact(after[name])) for name in after}
    failed = tuple(next((score.failed for score in each.values()), None) for each in (before, after))
    return Standing(metrics, (failed[0], failed[1]), _worsening(metrics, head))


def _exact(score: Score | None) -> float | None:
    """The value as a run folder holds it, so that a page made again from there has the same bytes."""
    return None if score is None or score.value is None else significant(score.value)


def _worsening(metrics: Mapping[str, Pair], head: tuple[str, Better] | None) -> float:
    metric, better = head or ("", "lower")
    before, after = metrics.get(metric, (None, None))
    if before is None or after is None:
        return 0.0
    if better == "zero":
        return abs(after) - abs(before)
    return before - after if better == "higher" else after - before
