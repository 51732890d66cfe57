"""Made releases for statistical claims: correlated steps on grouped interactions, through the real gate.

Each interaction has a difficulty that all steps of both systems share, each group (customer) a shift of its own, and
each system its own errors; WER carries over into the labels behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fieval.evals.label_agreement import LabelScorer
from fieval.evals.scored import ScoredStep
from fieval.gate import Scored, decision_on
from fieval.gate.verdict import Decision
from fieval.model import Card, Coverage, Dataset, Interaction, LabelSet, Rule, Significance, Source, Step
from fieval.statistics.columns import columns_of, where
from fieval.statistics.sums import Floats, Metric, Table, exact, quotient

LABELS = LabelSet(("billing", "outage", "cancel"))
SHARES = (0.55, 0.27, 0.18)
SIGNIFICANCE = Significance(resamples=999, min_interactions=20)
BY = (("product",),)
RULES = {
    "asr": {"wer": 0.01, "fail_rate": 0.02},
    "intent": {"accuracy": 0.02, "kappa": 0.03},
}


@dataclass(frozen=True)
class World:
    """A dataset of `n` interactions in customer groups of geometric size, with two products of unequal share."""

    dataset: Dataset
    groups: np.ndarray[tuple[int], np.dtype[np.intp]]
    words: Floats

    @property
    def n(self) -> int:
        return len(self.dataset.interactions)


def world(n: int, seed: int, mean_group: float = 2.0) -> World:
    rng = np.random.default_rng(seed)
    sizes = rng.geometric(1 / mean_group, n)
    groups = np.repeat(np.arange(n), sizes)[:n]
    interactions = tuple(
        Interaction(f"i{index}", "voice", "en", f"g{groups[index]}", {"product": product}, fingerprint=f"{index:06}")
        for index, product in enumerate(rng.choice(["mobile", "energy"], n, p=[0.6, 0.4]))
    )
    dataset = Dataset(Card("made", "1", cohorts=("product",)), interactions, Source("made", ""))
    return World(dataset, groups, np.round(rng.lognormal(5, 0.6, n)) + 10)


def release(made: World, rng: np.random.Generator, rise: float = 0.0) -> list[ScoredStep]:
    """Baseline and candidate outputs, scored; the candidate's true WER is higher by `rise`, its labels suffer too."""
    hard = rng.normal(0, 0.5, made.n)
    gold = rng.choice(3, made.n, p=SHARES).astype(np.float64)
    return _scored(*(_system(made, rng, hard, gold, extra) for extra in (0.0, rise)))


def ruling(made: World, steps: list[ScoredStep], significance: Significance = SIGNIFICANCE) -> Decision:
    return decision_on(Scored(steps), made.dataset, config(), significance)


def config() -> tuple[Step, ...]:
    """Twelve rules: four metrics, each on the whole and on both products."""
    gates = {
        name: {metric: (Rule("max_regression", margin, by=BY),) for metric, margin in margins.items()}
        for name, margins in RULES.items()
    }
    return tuple(Step(name, "made", {}, (), rules) for name, rules in gates.items())


def _system(made: World, rng: np.random.Generator, hard: Floats, gold: Floats, rise: float) -> tuple[Floats, Floats]:
    customer = rng.normal(0, 0.25, made.n)[made.groups]
    rate = np.clip(0.12 * np.exp(hard + customer + rng.normal(0, 0.3, made.n)) + rise, 0, 0.9)
    errors = rng.binomial(made.words.astype(int), rate)
    wer = errors / made.words
    asr = np.stack([errors, made.words, np.ones(made.n), wer > 0.25], axis=1).astype(np.float64)
    wrong = rng.random(made.n) < np.clip(0.08 + 0.8 * wer, 0, 0.9)
    guess = np.where(wrong, (gold + rng.integers(1, 3, made.n)) % 3, gold)
    return asr, np.stack([gold, guess], axis=1)


def _scored(baseline: tuple[Floats, Floats], candidate: tuple[Floats, Floats]) -> list[ScoredStep]:
    asr = (
        Metric("wer", "lower", "ratio", (0, 1), quotient),
        Metric("fail_rate", "lower", "rate", (3, 2), quotient),
    )
    scorer = LabelScorer("intent", LABELS)
    intent = tuple(metric for metric in scorer.metrics if metric.name in RULES["intent"])
    labels = [label_rows(system[1]) for system in (baseline, candidate)]
    return [_step("asr", asr, baseline[0], candidate[0]), _step("intent", intent, *labels)]


def label_rows(pairs: Floats) -> Floats:
    gold, guess = pairs.T.astype(int)
    one_hot = np.eye(3)
    right = (gold == guess).astype(np.float64)
    head = np.stack([np.ones(len(gold)), right, np.zeros(len(gold))], axis=1)
    return np.hstack([head, one_hot[gold], one_hot[guess], one_hot[gold] * right[:, None]])


def _step(name: str, metrics: tuple[Metric, ...], before: Floats, after: Floats) -> ScoredStep:
    n = len(after)
    everything = np.ones(n, dtype=bool)
    table = Table(
        np.arange(n), columns_of(exact(before)), columns_of(exact(after)), everything, np.zeros(n, dtype=bool)
    )
    return ScoredStep(name, metrics, table, Coverage(n, 0, 0, 0), baseline_answered=True)


def swapped(steps: list[ScoredStep], coins: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[ScoredStep]:
    """The same steps with the two systems exchanged where `coins` `[interactions]` says so: nothing changed at all."""
    made = []
    for step in steps:
        flip = coins[step.table.interactions]
        before, after = step.table.baseline, step.table.candidate
        assert before is not None
        table = replace(step.table, baseline=where(flip, after, before), candidate=where(flip, before, after))
        made.append(replace(step, table=table))
    return made
