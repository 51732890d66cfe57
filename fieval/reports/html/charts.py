"""Counts for the pictures of a step: what was taken for what, how sure it was, how values are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fieval.model import Inside, Interaction, Output
from fieval.reports.html.standings import Standing

_MISSING, _OUTSIDE = -1, -2  # columns beside those of the values, any of which may be called so
_BEYOND = {_MISSING: "missing", _OUTSIDE: "outside the set"}
BINS = 10
_SPREAD = 20
SYSTEMS = ("baseline", "candidate")

Systems = Sequence[tuple[str, Sequence[Output | None]]]


@dataclass(frozen=True, slots=True)
class Confusion:
    """One system's answers `[gold, predicted]`; columns end in missing and outside the set where there are any."""

    system: str
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def level(self, row: int, column: int) -> int:
        """How much of a row is in a cell, from 0 to 4, to be shaded."""
        count, total = self.counts[row][column], sum(self.counts[row])
        return -(-4 * count // total) if total else 0


@dataclass(frozen=True, slots=True)
class Sureness:
    """The answers of one system whose confidence is alike: how sure they are, how often right, how many."""

    confidence: float
    accuracy: float
    n: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How many interactions have a value from `edges[i]` to `edges[i + 1]`, by who gave it."""

    title: str
    edges: tuple[float, ...]
    counts: Mapping[str, tuple[int, ...]]


def systems(inside: Inside) -> Systems:
    """The outputs that there are, by system."""
    both = (("baseline", inside.baseline), ("candidate", inside.candidate))
    return [(name, outputs) for name, outputs in both if outputs is not None]


def confusions(inside: Inside, label: str, places: Sequence[int]) -> list[Confusion]:
    """Gold against predicted values of each system, in the interactions at these places."""
    values = inside.dataset.card.labels[label].values
    found = []
    for system, outputs in systems(inside):
        counts = Counter(
            (one.labels[label].value, _column(outputs[place], label, values))
            for place, one in _labelled(inside, label, places)
        )
        beyond = [each for each in (_MISSING, _OUTSIDE) if any(key[1] == each for key in counts)]
        table = tuple(tuple(counts[gold, each] for each in (*range(len(values)), *beyond)) for gold in values)
        found.append(Confusion(system, values, (*values, *(_BEYOND[each] for each in beyond)), table))
    return found


def sureness(inside: Inside, label: str, places: Sequence[int]) -> dict[str, list[Sureness]]:
    """By system, its answers in bins of confidence; no system that has no confidences."""
    found: dict[str, list[Sureness]] = {}
    for system, outputs in systems(inside):
        bins: dict[int, list[tuple[float, bool]]] = {}
        for place, one in _labelled(inside, label, places):
            output = outputs[place]
            given = None if output is None else output.labels.get(label)
            if given is not None and given.confidence is not None:
                right = given.label == one.labels[label].value
                bins.setdefault(min(BINS - 1, int(BINS * given.confidence)), []).append((given.confidence, right))
        if bins:
            found[system] = [_bin(bins[each]) for each in sorted(bins)]
    return found


def score_spread(inside: Inside, score: str, places: Sequence[int]) -> Spread:
    """What people and systems gave, over the scale on the card."""
    scale = inside.dataset.card.scores[score]
    people = [one.scores[score].value for one in map(inside.dataset.interactions.__getitem__, places)
              if score in one.scores]  # fmt: skip
    given = {"gold": people}
    for system, outputs in systems(inside):
        given[system] = [
            each.scores[score] for each in map(outputs.__getitem__, places) if each and score in each.scores
        ]
    return _spread(score, given, scale.min, scale.max, BINS)


def metric_spread(metric: str, title: str, found: Sequence[Standing]) -> Spread | None:
    """The values of a metric on single interactions; None where it has none."""
    columns = zip(*(each.metrics.get(metric, (None, None)) for each in found), strict=True)
    given = {
        system: [value for value in own if value is not None] for system, own in zip(SYSTEMS, columns, strict=False)
    }
    every = [value for own in given.values() for value in own]
    if not every:
        return None
    low, high = min(0.0, min(every)), max(every)
    return _spread(
        title, {name: own for name, own in given.items() if own}, low, high if high > low else low + 1, _SPREAD
    )


def _labelled(inside: Inside, label: str, places: Sequence[int]) -> Iterator[tuple[int, Interaction]]:
    for place in places:
        if label in (one := inside.dataset.interactions[place]).labels:
            yield place, one


def _column(output: Output | None, label: str, values: Sequence[str]) -> int:
    given = None if output is None else output.labels.get(label)
    if given is None or not given.label:
        return _MISSING
    return values.index(given.label) if given.label in values else _OUTSIDE


def _bin(found: Sequence[tuple[float, bool]]) -> Sureness:
    n = len(found)
    return Sureness(sum(each for each, _ in found) / n, sum(right for _, right in found) / n, n)


def _spread(title: str, given: Mapping[str, Sequence[float]], low: float, high: float, bins: int) -> Spread:
    edges = tuple(low + (high - low) * each / bins for each in range(bins + 1))
    counts = {}
    for name, values in given.items():
        tally = Counter(min(bins - 1, max(0, int(bins * (value - low) / (high - low)))) for value in values)
        counts[name] = tuple(tally[each] for each in range(bins))
    return Spread(title, edges, counts)
