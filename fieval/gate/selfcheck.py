"""How often this gate, on this dataset, would block a release that changed nothing: worlds in which it did not.

In each world a fair coin per group exchanges what the baseline and the candidate made of its interactions. Such a
release is as different from its baseline as this candidate is, and neither better nor worse; it goes through the real
judging. What it cannot show are asymmetric tails: a coin makes the two systems alike in how rarely they go wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from fieval.errors import ExitCode
from fieval.evals.scored import ScoredStep
from fieval.gate import Scored, decision_on, group_numbers
from fieval.gate.rules import leaves_open
from fieval.gate.verdict import Decision
from fieval.model import Dataset, Result, RuleKind, RuleResult, Severity, Significance, Step
from fieval.statistics.columns import where
from fieval.statistics.shares import Share, share
from fieval.statistics.sums import Bools

WORLDS = 400
HALVES = 999
_Key = tuple[str, str, tuple[tuple[str, str], ...], int]


@dataclass(frozen=True, slots=True)
class RuleShare:
    """In what share of the worlds one rule fails on one slice (None: all interactions), and in what share it makes the
    run inconclusive if nothing fails: it is unmeasured, or not proven where nothing short of proof passes.
    """

    step: str
    metric: str
    slice: Mapping[str, str] | None
    rule: RuleKind
    limit: float
    relative: bool
    severity: Severity
    waived: bool
    fails: Share
    inconclusive: Share


@dataclass(frozen=True, slots=True)
class Selfcheck:
    """In what share of the worlds the gate exits with 1 and with 3, and what each rule has to do with that.

    `exchanged` counts the interactions whose outputs differ between the systems in some step: without any, all worlds
    are the same.
    """

    worlds: int
    seed: int
    exchanged: int
    blocked: Share
    inconclusive: Share
    rules: tuple[RuleShare, ...]


def selfcheck(
    scored: Scored,
    dataset: Dataset,
    steps: Sequence[Step],
    significance: Significance,
    worlds: int = WORLDS,
    advance: Callable[[], None] = lambda: None,
) -> Selfcheck:
    """Judge so many worlds, with fresh coins and halves each; `advance` is called after each."""
    looked_at = _gated_cohorts(dataset, steps)
    codes: Counter[ExitCode] = Counter()
    fails: Counter[_Key] = Counter()
    inconclusive: Counter[_Key] = Counter()
    kinds: dict[_Key, tuple[Result, RuleResult]] = {}
    for world in range(worlds):
        decision = _judged(scored, looked_at, steps, significance, world)
        codes[decision.code] += 1
        for key, result, rule in _rules(decision):
            kinds.setdefault(key, (result, rule))
            fails[key] += rule.verdict == "fail"
            inconclusive[key] += leaves_open(rule, significance, whole=result.slice is None)
        advance()
    return Selfcheck(
        worlds=worlds,
        seed=significance.seed,
        exchanged=_exchanged(scored),
        blocked=share(codes[ExitCode.FAIL], worlds),
        inconclusive=share(codes[ExitCode.INCONCLUSIVE], worlds),
        rules=tuple(
            _rule_share(result, rule, share(fails[key], worlds), share(inconclusive[key], worlds))
            for key, (result, rule) in kinds.items()
        ),
    )


def swapped(scored: Scored, coins: Bools) -> Scored:
    """The same steps with the two systems exchanged where `coins` `[interactions]` says so and both have an output."""
    return Scored(
        [_swapped(step, coins) for step in scored.steps],
        [_followed(step, main, coins) for step, main in zip(scored.anchored, scored.steps, strict=False)],
    )


def _judged(
    scored: Scored, dataset: Dataset, steps: Sequence[Step], significance: Significance, world: int
) -> Decision:
    groups = group_numbers(dataset)
    seeds = np.random.SeedSequence([significance.seed, world])
    coins = np.random.Generator(np.random.PCG64(seeds)).random(int(groups.max()) + 1) < 0.5
    own = msgspec.structs.replace(significance, resamples=HALVES, seed=int(seeds.generate_state(1)[0]))
    return decision_on(swapped(scored, coins[groups]), dataset, steps, own)


def _swapped(step: ScoredStep, coins: Bools) -> ScoredStep:
    table = step.table
    if table.baseline is None:
        return step
    flip = coins[table.interactions] & table.compared
    before, after = where(flip, table.candidate, table.baseline), where(flip, table.baseline, table.candidate)
    return replace(step, table=replace(table, baseline=before, candidate=after))


def _followed(anchored: ScoredStep, step: ScoredStep, coins: Bools) -> ScoredStep:
    """The anchor against the world's candidate, which is the baseline where the coin says so."""
    table, main = anchored.table, step.table
    if main.baseline is None:
        return anchored
    flip = coins[table.interactions] & main.compared
    candidate = where(flip, main.baseline, table.candidate)
    unchanged = table.unchanged & (main.unchanged | ~flip)
    return replace(anchored, table=replace(table, candidate=candidate, unchanged=unchanged))


def _gated_cohorts(dataset: Dataset, steps: Sequence[Step]) -> Dataset:
    """The dataset with those cohorts only that a rule or the population looks at; other slices change no verdict."""
    rules = [rule for step in steps for each in step.gates.values() for rule in each]
    wanted = {*dataset.card.population, *(cohort for rule in rules for crossing in rule.by for cohort in crossing)}
    interactions = tuple(
        msgspec.structs.replace(each, cohorts={name: each.cohorts[name] for name in each.cohorts if name in wanted})
        for each in dataset.roster
    )
    cohorts = tuple(name for name in dataset.card.cohorts if name in wanted)
    card = msgspec.structs.replace(dataset.card, cohorts=cohorts)
    return Dataset(card, interactions, dataset.source)


def _rules(decision: Decision) -> Iterator[tuple[_Key, Result, RuleResult]]:
    for result in decision.results:
        for index, rule in enumerate(result.rules):
            yield (result.step, result.metric, tuple((result.slice or {}).items()), index), result, rule


def _rule_share(result: Result, rule: RuleResult, fails: Share, inconclusive: Share) -> RuleShare:
    waived = rule.waived is not None
    kind = rule.rule, rule.limit, rule.relative, rule.severity
    return RuleShare(result.step, result.metric, result.slice, *kind, waived, fails, inconclusive)


def _exchanged(scored: Scored) -> int:
    different = [step.table.interactions[step.table.compared & ~step.table.unchanged] for step in scored.steps]
    return len(np.unique(np.concatenate(different))) if different else 0
