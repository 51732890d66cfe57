"""The gate: every metric on every slice, held against the rules, made into one verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from fieval.errors import ExitCode, InvalidInput
from fieval.evals.scored import ScoredStep
from fieval.gate.cells import Asked, Cell, Key, Measuring, measure
from fieval.gate.checks import checks, crossings, gated, ruled
from fieval.gate.headline import headline
from fieval.gate.replayed import Replay, Worsened
from fieval.gate.root_cause import explain
from fieval.gate.rules import Check
from fieval.gate.scene import Scene, parts_of
from fieval.gate.slices import Slice, slices
from fieval.gate.verdict import Decision, decide
from fieval.model import RULE_KINDS, Dataset, Result, RootCause, RuleKind, Significance, Step
from fieval.statistics.halves import draw_halves, number_groups
from fieval.statistics.sums import Floats, Indices
from fieval.statistics.weights import effective_size, rake, unmet, weighted

MOST_RESAMPLES = 99_999
STANDARD_ERRORS = 3.0


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate found: all results, what the process returns, the sentence that opens the report, which step broke,
    and how many equally weighted interactions the dataset is worth (None where it is not weighted).
    """

    results: Sequence[Result]
    code: ExitCode
    headline: str
    root_cause: RootCause | None
    effective_size: float | None


@dataclass(frozen=True, slots=True)
class Scored:
    """All steps scored against the baseline, again against the anchor where there is one, and what was run again."""

    steps: Sequence[ScoredStep]
    anchored: Sequence[ScoredStep] = ()
    replays: Mapping[Worsened, Sequence[Replay]] = field(default_factory=dict)


def rule_on(scored: Scored, dataset: Dataset, steps: Sequence[Step], significance: Significance) -> Ruling:
    """Compare, correct for the number of tests, hold the results against the rules of `steps`, and say what broke."""
    material, parts, weights = _material(scored, dataset, steps)
    decision, _ = _decided(material, parts, group_numbers(dataset), steps, significance)
    coverage = {step.name: step.coverage for step in scored.steps}
    cause = _cause(decision, material, parts, dataset, steps, significance)
    told = headline(decision.results, steps, coverage, decision.code, cause)
    size = None if weights is None else effective_size(weights)
    return Ruling(decision.results, decision.code, told, cause, size)


def explained_again(
    ruling: Ruling, scored: Scored, dataset: Dataset, steps: Sequence[Step], significance: Significance
) -> Ruling:
    """The ruling with what `scored.replays` say of where it came from; verdict and results stay as they are."""
    material, parts, _ = _material(scored, dataset, steps)
    cause = _cause(ruling, material, parts, dataset, steps, significance)
    coverage = {step.name: step.coverage for step in scored.steps}
    told = headline(ruling.results, steps, coverage, ruling.code, cause)
    return replace(ruling, root_cause=cause, headline=told)


def every_check(scored: Scored, dataset: Dataset, steps: Sequence[Step], significance: Significance) -> list[Check]:
    """Every check of a run, measured on the very halves that `rule_on` judges it by."""
    material, parts, _ = _material(scored, dataset, steps)
    return _decided(material, parts, group_numbers(dataset), steps, significance, ruled(steps))[1]


def decision_on(scored: Scored, dataset: Dataset, steps: Sequence[Step], significance: Significance) -> Decision:
    """What `rule_on` decides, without the words, the search for what broke, and the rows in which no rule stands."""
    material, parts, _ = _material(scored, dataset, steps)
    return _decided(material, parts, group_numbers(dataset), steps, significance, ruled(steps))[0]


def _material(scored: Scored, dataset: Dataset, steps: Sequence[Step]) -> tuple[Scored, list[Slice], Floats | None]:
    """What is judged: the tables, weighted to production, all slices, and the weights if there are any."""
    weights = production_weights(dataset)
    parts = slices(dataset.card, dataset.roster, crossings(steps))
    return scored if weights is None else _weighted(scored, weights), parts, weights


def group_numbers(dataset: Dataset) -> Indices:
    """The number of each interaction's group `[interactions]`."""
    names = [interaction.group for interaction in dataset.roster]
    return number_groups(names, [interaction.fingerprint for interaction in dataset.roster])


def production_weights(dataset: Dataset) -> Floats | None:
    """The weight of each interaction by the card's `population`; None without one."""
    population = dataset.card.population
    if not population:
        return None
    values = {name: [each.value_of(name) for each in dataset.roster] for name in population}
    weights = rake(values, population)
    missed = unmet(weights, values, population)
    if missed:
        names = " and ".join(population)
        raise InvalidInput(f"population: the shares of {names} cannot all hold at once on these interactions")
    return weights


def _schedule(resamples: int) -> Iterator[int]:
    yield resamples
    if resamples < MOST_RESAMPLES:
        yield min(MOST_RESAMPLES, 10 * resamples + 9)


def _decided(
    scored: Scored,
    parts: Sequence[Slice],
    groups: Indices,
    steps: Sequence[Step],
    significance: Significance,
    asked: Asked | None = None,
) -> tuple[Decision, list[Check]]:
    """Where a p-value lies so near to alpha that chance in the halves could turn a verdict, all is done again on ten
    times as many.
    """
    for resamples in _schedule(significance.resamples):
        own = msgspec.structs.replace(significance, resamples=resamples)
        cells, found = _checked(scored, parts, groups, steps, own, asked)
        decision = decide(cells, found, own)
        if decision.margin >= STANDARD_ERRORS * (own.alpha * (1 - own.alpha) / resamples) ** 0.5:
            break
    return decision, [check for each in found.values() for check in each]


def _cause(
    decision: Decision | Ruling,
    scored: Scored,
    parts: Sequence[Slice],
    dataset: Dataset,
    steps: Sequence[Step],
    significance: Significance,
) -> RootCause | None:
    if decision.code is not ExitCode.FAIL:
        return None
    groups = group_numbers(dataset)
    scene = Scene(
        steps={step.name: step for step in steps},
        scored={
            "baseline": {step.name: step for step in scored.steps},
            "anchor": {step.name: step for step in scored.anchored},
        },
        parts=parts,
        groups=groups,
        halves=draw_halves(int(groups.max()) + 1, significance.resamples, significance.seed),
        alpha=significance.alpha,
        ids=[interaction.id for interaction in dataset.roster],
        parts_of=parts_of(steps, scored.steps, dataset.roster),
        replays=scored.replays,
    )
    return explain(decision.results, scene)


def _checked(
    scored: Scored,
    parts: Sequence[Slice],
    groups: Indices,
    steps: Sequence[Step],
    significance: Significance,
    asked: Asked | None,
) -> tuple[list[Cell], dict[Key, list[Check]]]:
    halves = draw_halves(int(groups.max()) + 1, significance.resamples, significance.seed)
    measuring = Measuring(groups, halves, significance, gated(steps, RULE_KINDS), asked=asked)
    cells = measure(scored.steps, parts, measuring)
    return cells, checks(cells, _drifts(scored, parts, steps, measuring), scored.steps, parts, steps, measuring)


def _drifts(scored: Scored, parts: Sequence[Slice], steps: Sequence[Step], measuring: Measuring) -> dict[Key, Cell]:
    """The cells of the metrics with a drift rule, measured against the anchor."""
    kinds: tuple[RuleKind, ...] = ("max_drift",)
    wanted = gated(steps, kinds)
    anchored = [
        replace(step, metrics=tuple(metric for metric in step.metrics if (step.name, metric.name) in wanted))
        for step in scored.anchored
    ]
    found = measure(anchored, parts, replace(measuring, against="anchor"))
    return {cell.key: cell for cell in found}


def _weighted(scored: Scored, weights: Floats) -> Scored:
    return Scored(
        [replace(step, table=weighted(step.table, weights)) for step in scored.steps],
        [replace(step, table=weighted(step.table, weights)) for step in scored.anchored],
        {key: [_reweighted(each, weights) for each in found] for key, found in scored.replays.items()},
    )


def _reweighted(replay: Replay, weights: Floats) -> Replay:
    return replace(replay, scored=replace(replay.scored, table=weighted(replay.scored.table, weights)))
