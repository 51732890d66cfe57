"""False-fail rate, false-proof rate, coverage and power of every metric kind, with and without groups.

Too long for every run: `python -m pytest -m long -s tests/simulations/test_operating_characteristics.py` prints the
table; the nightly workflow runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from fieval.evals.label_agreement import LabelScorer
from fieval.evals.score_agreement import ScoreAgreement, ScoreScorer
from fieval.model import Card, LabelSet, ScoreRange
from fieval.statistics.compare import compare
from fieval.statistics.halves import draw_halves
from fieval.statistics.sums import Floats, Metric, quotient

from simulations.worlds import label_rows
from tables import WER, table

pytestmark = [pytest.mark.simulation, pytest.mark.long]

SIZES = (30, 100, 300, 1000)
RELEASES = 800
ALPHA = 0.05
HALVES = 999
LABELS = {metric.name: metric for metric in LabelScorer("label", LabelSet(("a", "b", "c"))).metrics}
SCORES = ScoreAgreement(score="s").scorer("s", Card("d", "1", scores={"s": ScoreRange(0, 1)}))
assert isinstance(SCORES, ScoreScorer)
PEARSON = next(metric for metric in SCORES.metrics if metric.name == "pearson")
MEAN = Metric("mean", "lower", "mean", (0, 1), quotient)
System = Callable[["Draw", float], Floats]


@dataclass(frozen=True)
class Draw:
    """What both systems share: groups, difficulty, gold, lengths; and a source of chance for what they do not."""

    groups: NDArray[np.intp]
    hard: Floats
    gold: NDArray[np.int64]
    words: Floats
    grouped: bool
    rng: np.random.Generator

    @property
    def n(self) -> int:
        return len(self.groups)

    def own(self) -> Floats:
        """A system's own noise, a third of its variance by group where there are groups."""
        noise: Floats = self.rng.normal(size=self.n)
        if not self.grouped:
            return noise
        return np.asarray(np.sqrt(1 / 3) * self.rng.normal(size=self.n)[self.groups] + np.sqrt(2 / 3) * noise)


def draw(n: int, grouped: bool, rng: np.random.Generator) -> Draw:
    sizes = rng.geometric(1 / 3, n) if grouped else np.ones(n, dtype=int)
    groups = np.repeat(np.arange(n), sizes)[:n]
    return Draw(
        groups,
        rng.normal(size=n),
        rng.choice(3, n, p=(0.6, 0.25, 0.15)),
        np.round(rng.lognormal(5, 0.7, n)) + 5,
        grouped,
        rng,
    )


def recogniser(made: Draw, harm: float) -> Floats:
    rate = np.clip(0.13 * np.exp(0.4 * made.hard + 0.3 * made.own()) + 0.05 * harm, 0, 1)
    return np.stack([made.rng.binomial(made.words.astype(int), rate), made.words], axis=1).astype(np.float64)


def classifier(made: Draw, harm: float) -> Floats:
    wrong = made.hard + 0.6 * made.own() > 1.1 - 0.5 * harm
    guess = np.where(wrong, (made.gold + made.rng.integers(1, 3, made.n)) % 3, made.gold)
    return label_rows(np.stack([made.gold, guess], axis=1).astype(np.float64))


def rater(made: Draw, harm: float) -> Floats:
    value = np.clip(0.3 + 0.1 * made.hard + 0.1 * made.own() + 0.05 * harm, 0, 1)
    return np.stack([value, np.ones(made.n)], axis=1)


def proxy(made: Draw, harm: float) -> Floats:
    gold = (made.gold - 1) * 0.3 + 0.1 * made.hard
    guess = gold + 0.15 * (1 + 0.6 * harm) * made.own()
    columns = [np.ones(made.n), guess, gold, guess**2, gold**2, guess * gold, np.abs(guess - gold), guess - gold]
    return np.stack(columns, axis=1)


KINDS: dict[str, tuple[Metric, System]] = {
    "ratio (WER)": (WER, recogniser),
    "rate (accuracy)": (LABELS["accuracy"], classifier),
    "mean": (MEAN, rater),
    "kappa": (LABELS["kappa"], classifier),
    "macro-F1": (LABELS["macro_f1"], classifier),
    "correlation": (PEARSON, proxy),
}


@cache
def truth(kind: str, harm: float) -> float:
    """The true worsening at a harm, from one very large release."""
    metric, system = KINDS[kind]
    made = draw(400_000, False, np.random.default_rng(1))
    return metric.worse_sign * (metric.of(system(made, harm)) - metric.of(system(made, 0.0)))


def rates(kind: str, n: int, grouped: bool, harm: float) -> dict[str, float]:
    """How often releases of this harm fail, are proven to be better than it, and cover the truth."""
    metric, system = KINDS[kind]
    margin = truth(kind, harm) if harm else 0.0
    failed, proven, covered, intervals = 0, 0, 0, 0
    for release in range(RELEASES):
        made = draw(n, grouped, np.random.default_rng((release, n, int(grouped), int(10 * harm))))
        before, after = system(made, 0.0), system(made, harm)
        halves = draw_halves(int(made.groups.max()) + 1, HALVES, release)
        test = compare([metric], table(before, after), made.groups, halves, ALPHA)[metric.name].test
        failed += test.p_value is not None and test.p_value < ALPHA
        proven += test.upper is not None and test.upper < margin
        if test.interval is not None:
            intervals += 1
            low, high = sorted(metric.worse_sign * end for end in test.interval)
            covered += low <= margin <= high
    return {
        "fail": failed / RELEASES,
        "proof": proven / RELEASES,
        "cover": covered / intervals if intervals else float("nan"),
        "given": intervals / RELEASES,
    }


@pytest.mark.parametrize("grouped", [False, True], ids=["single", "grouped"])
@pytest.mark.parametrize("kind", KINDS)
def test_error_rates_and_power(kind: str, grouped: bool, capsys: pytest.CaptureFixture[str]) -> None:
    lines, problems = [], []
    for n in SIZES:
        calm, harmed = rates(kind, n, grouped, 0.0), rates(kind, n, grouped, 1.0)
        lines.append(
            f"| {kind} | {'yes' if grouped else 'no'} | {n} | {calm['fail']:.1%} | {harmed['proof']:.1%} | "
            f"{calm['cover']:.1%} | {harmed['fail']:.0%} | {calm['given']:.0%} |"
        )
        if calm["fail"] > 0.075 or harmed["proof"] > 0.085 or (calm["given"] > 0.2 and not 0.85 < calm["cover"] <= 1):
            problems.append(lines[-1])
    with capsys.disabled():
        print(
            "\n| kind | groups | n | false fail | false proof | coverage | power | interval given |", *lines, sep="\n"
        )
    assert not problems
