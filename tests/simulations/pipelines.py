"""Made pipelines with a fault planted in one step: six steps that feed on one another, through the real gate.

Errors of ASR and diarization carry over into summaries and sentiment, those of summaries into intent, and both into
resolution. Each system has noise of its own in every step, hard calls are worse in all of them, and some calls keep
their ASR and diarization outputs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from fieval.evals.label_agreement import LabelScorer
from fieval.evals.scored import ScoredStep, Tracks
from fieval.gate import Ruling, Scored, rule_on
from fieval.model import Card, Coverage, Dataset, Interaction, LabelSet, Rule, Significance, Source, Step
from fieval.statistics.columns import columns_of
from fieval.statistics.sums import Bools, Floats, Metric, Table, exact, quotient

from simulations.worlds import label_rows

AFTER = {
    "asr": (),
    "diarization": (),
    "summary": ("asr", "diarization"),
    "intent": ("summary",),
    "sentiment": ("asr",),
    "resolution": ("summary", "intent"),
}
PRODUCTS = {"broadband": 0.4, "mobile": 0.35, "tv": 0.25}
GATES = {
    "asr": {"wer": 0.02},
    "diarization": {"der": 0.02},
    "summary": {"fabrication_rate": 0.04, "fact_recall": 0.04},
    "intent": {"accuracy": 0.03, "kappa": 0.04},
    "sentiment": {"accuracy": 0.03, "macro_f1": 0.04},
    "resolution": {"accuracy": 0.03, "kappa": 0.04},
}
SIZES = {
    "asr": (0.08, 0.16),
    "diarization": (0.10, 0.20),
    "summary": (0.12, 0.24),
    "intent": (0.15, 0.30),
    "sentiment": (0.15, 0.30),
    "resolution": (0.15, 0.30),
}
LABEL_METRICS = {"accuracy", "kappa", "macro_f1"}
SIGNIFICANCE = Significance(resamples=999)

System = Mapping[str, Floats]


@dataclass(frozen=True)
class Setting:
    """How a pipeline misleads: its noise, the share of calls and chats without any change before, and confounding.

    `confounded`: the fault hits hard calls, in which ASR noise is larger as well.
    """

    noise: float = 0.3
    kept: float = 0.3
    chats: float = 0.2
    confounded: bool = False


class Pipeline:
    """A dataset of `n` interactions and two systems that differ by noise and by planted faults."""

    def __init__(self, n: int, seed: int, setting: Setting) -> None:
        self.rng = np.random.default_rng(seed)
        self.n, self.setting = n, setting
        self.groups = np.repeat(np.arange(n), self.rng.geometric(0.5, n))[:n]
        self.product = self.rng.choice(list(PRODUCTS), n, p=list(PRODUCTS.values()))
        self.voice = self.rng.random(n) >= setting.chats
        self.hard = self.rng.normal(0, 0.5, n) + self.rng.normal(0, 0.25, n)[self.groups]
        self.words = np.round(self.rng.lognormal(5, 0.6, n)) + 10
        self.facts = self.rng.integers(2, 6, n)
        self.gold = {step: self.rng.choice(3, n, p=(0.5, 0.3, 0.2)) for step in AFTER}
        self.luck = {step: self.rng.random(n) for step in AFTER}
        self.kept = self.rng.random(n) < setting.kept

    def fault(self, step: str, product: str, size: float) -> Floats:
        """By how much a step's error rate is higher: in hard calls if confounded, by a varying amount in audio."""
        if self.setting.confounded:
            extent = 2.0 * (self.hard > 0)
        else:
            extent = self.rng.gamma(2, 0.5, self.n) if step in ("asr", "diarization") else np.ones(self.n)
        return np.asarray(size * extent * (self.product == product))

    def system(self, faults: Mapping[str, Floats], before: System | None = None) -> System:
        """Everything that one system got wrong, by interaction; some calls keep the outputs of the system `before`."""
        more = {step: faults.get(step, np.zeros(self.n)) for step in AFTER}
        wer = self._audio("asr", 0.11, more["asr"], before)
        der = self._audio("diarization", 0.08, more["diarization"], before)
        rate = np.clip(0.04 + 0.6 * wer + 0.35 * der + 0.02 * np.maximum(self.hard, 0) + more["summary"], 0, 0.95)
        lost: Floats = self.rng.binomial(self.facts, rate) / self.facts
        chance = self._chance("summary")
        made_up: Floats = (chance < rate).astype(np.float64) + (chance < rate / 4)
        some = np.minimum(made_up, 1)
        intent = self._wrong("intent", 0.06 + 0.55 * lost + 0.15 * some + more["intent"])
        return {
            "asr": wer,
            "diarization": der,
            "lost": lost * self.facts,
            "made_up": made_up,
            "intent": intent,
            "sentiment": self._wrong("sentiment", 0.12 + 0.7 * wer + more["sentiment"]),
            "resolution": self._wrong(
                "resolution", 0.06 + 0.35 * intent + 0.35 * lost + 0.1 * some + more["resolution"]
            ),
        }

    def _audio(self, step: str, rate: float, more: Floats, before: System | None) -> Floats:
        spread = self.setting.noise * np.exp(0.8 * self.hard * self.setting.confounded)
        rates = np.clip(rate * np.exp(self.hard + self.rng.normal(0, 1, self.n) * spread) + more, 0, 0.9)
        errors: Floats = self.rng.binomial(self.words.astype(int), rates) / self.words * self.voice
        return errors if before is None else np.where(self.kept & (more == 0), before[step], errors)

    def _wrong(self, step: str, rate: Floats) -> Floats:
        wrong = self._chance(step) < np.clip(rate + 0.04 * np.maximum(self.hard, 0), 0, 0.95)
        return np.asarray(wrong, dtype=np.float64)

    def _chance(self, step: str) -> Floats:
        """Shared by both systems in six of ten interactions."""
        return np.where(self.rng.random(self.n) < 0.6, self.luck[step], self.rng.random(self.n))

    def scored(self, before: System, after: System) -> list[ScoredStep]:
        """Both systems' tables, as scoring would have made them."""
        systems, everything = (before, after), np.ones(self.n, dtype=bool)
        wer, der = Metric("wer", "lower", "ratio", (0, 1), quotient), Metric("der", "lower", "ratio", (0, 1), quotient)
        summary = (
            Metric("fabrication_rate", "lower", "rate", (0, 1), quotient),
            Metric("fact_recall", "higher", "ratio", (2, 3), quotient),
        )
        return [
            self._audio_step("asr", wer, systems),
            self._audio_step("diarization", der, systems),
            _step("summary", summary, [self._summary_rows(each) for each in systems],
                  [each["made_up"] + each["lost"] for each in systems], everything),
            *(self._label_step(name, systems, everything) for name in ("intent", "sentiment", "resolution")),
        ]  # fmt: skip

    def _audio_step(self, name: str, metric: Metric, systems: tuple[System, System]) -> ScoredStep:
        rows = [np.stack([each[name] * self.words, self.words], axis=1) for each in systems]
        return _step(name, (metric,), rows, [each[name] for each in systems], self.voice)

    def _summary_rows(self, system: System) -> Floats:
        found = self.facts - system["lost"]
        return np.stack([np.minimum(system["made_up"], 1), np.ones(self.n), found, self.facts], axis=1)

    def _label_step(self, name: str, systems: tuple[System, System], rows: Bools) -> ScoredStep:
        gold = self.gold[name]
        other = (gold + 1 + (self.words.astype(int) % 2)) % 3
        pairs = [np.stack([gold, np.where(each[name] > 0, other, gold)], axis=1).astype(np.float64) for each in systems]
        metrics = LabelScorer(name, LabelSet(("a", "b", "c"))).metrics
        chosen = tuple(metric for metric in metrics if metric.name in LABEL_METRICS)
        return _step(name, chosen, [label_rows(pair) for pair in pairs], [each[name] for each in systems], rows)

    @property
    def dataset(self) -> Dataset:
        card = Card("made", "1", cohorts=("product",))
        return Dataset(card, tuple(map(self._interaction, range(self.n))), Source("made", ""))

    def _interaction(self, index: int) -> Interaction:
        cohorts = {"product": str(self.product[index])}
        channel = "voice" if self.voice[index] else "chat"
        name, group = f"i{index}", f"g{self.groups[index]}"
        return Interaction(name, channel, "en", group, cohorts, fingerprint=f"{index:06}")  # type: ignore[arg-type]


def _step(
    name: str, metrics: tuple[Metric, ...], rows: list[Floats], faults: list[Floats], applies: Bools
) -> ScoredStep:
    before, after = (np.hstack([own, np.ones((len(own), 1)), np.zeros((len(own), 4))])[applies] for own in rows)
    interactions, unchanged = np.flatnonzero(applies), (before == after).all(axis=1)
    everything = np.ones(len(after), dtype=bool)
    table = Table(interactions, columns_of(exact(before)), columns_of(exact(after)), everything, unchanged)
    bad = [own[applies] for own in faults]
    tracks = Tracks(
        interactions,
        unchanged,
        columns_of(np.column_stack(bad)),
        columns_of(np.zeros((len(after), 4))),
        {},
        transcribes=False,
    )
    return ScoredStep(name, metrics, table, Coverage(len(after), 0, 0, 0), baseline_answered=True, tracks=tracks)


def judged(pipeline: Pipeline, faults: Mapping[str, Floats], ungated: Collection[str] = ()) -> Ruling:
    """The gate's ruling on a candidate with these faults; `ungated` steps have no rule."""
    before = pipeline.system({})
    after = pipeline.system(faults, before)
    return rule_on(Scored(pipeline.scored(before, after)), pipeline.dataset, config(ungated), SIGNIFICANCE)


def config(ungated: Collection[str] = ()) -> tuple[Step, ...]:
    """One or two rules for each step, on the whole and on every product."""
    return tuple(
        Step(name, "made", {}, after, {} if name in ungated else {key: _rules(GATES[name][key]) for key in GATES[name]})
        for name, after in AFTER.items()
    )


def _rules(margin: float) -> tuple[Rule, ...]:
    return (Rule("max_regression", margin, by=(("product",),)),)
