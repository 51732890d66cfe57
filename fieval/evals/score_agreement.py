"""How well a predicted score (a CSAT proxy) agrees with the human one: rank, line, distance and bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from fieval.errors import InvalidInput, suggestion
from fieval.evals.base import CORRELATION, BarScorer, Evaluator, NotNegative, Scorer
from fieval.evals.evaluation import Evaluation, evaluated
from fieval.evals.given import number_of, one
from fieval.model import Card, GoldScore, Interaction, MetricName, Output, ScoreRange
from fieval.statistics.sums import Floats, Metric, divide, quotient

FEWEST_GROUPS = 30
_RANK_DIGITS = 9  # of a scaled score: weighting and unweighting must not break ties
_RANK_GRID = 2.0**20
_CONSTANT = 1e-12  # variance, in squared widths of the scale, below which a score does not vary: sums are rounded


@dataclass(frozen=True, kw_only=True)
class ScoreAgreement(Evaluator):
    """Agreement with gold on one score of the card; `score` defaults to the step's name.

    An interaction fails when its score is off by more than `fail_above`, and is worse when that grows by more than
    `worse_by`; both in the score's own unit.
    """

    score: str = ""
    fail_above: NotNegative = 1.0
    worse_by: NotNegative = 1.0

    metric_names: ClassVar = (
        MetricName("spearman", "higher", limits=CORRELATION),
        MetricName("pearson", "higher", limits=CORRELATION),
        MetricName("mae", "lower"),
        MetricName("bias", "zero"),
    )

    def scorer(self, step: str, card: Card) -> Scorer:
        """The scorer of this score."""
        name = self.score or step
        if name not in card.scores:
            known = suggestion(name, card.scores)
            raise InvalidInput(f'steps.{step}: the dataset has no score "{name}"{known} (set it with `score:`)')
        return ScoreScorer(name, card.scores[name], self)

    def evaluate(
        self,
        input: float,  # noqa: A002 - the word that users know
        output: float | None,
        *,
        scale: tuple[float, float],
    ) -> Evaluation:
        """One score against people's, which is the input, on a scale from lowest to highest. Raises InvalidInput."""
        low, high = (number_of(end, "scale") for end in scale)
        gold = number_of(input, "input")
        if not low < high or not low <= gold <= high:
            raise InvalidInput(f"input: expected a number on the scale, got {gold:g} on {low:g} to {high:g}")
        given = {} if output is None else {"score": number_of(output, "output")}
        interaction = one(scores={"score": GoldScore(gold, (gold,))})
        scorer = ScoreScorer("score", ScoreRange(low, high), self)
        return evaluated(scorer, interaction, Output("", scores=given), self._told)

    def _told(self, row: Sequence[float]) -> tuple[float, str]:
        return 1.0 - row[6], f"the score is off by {row[6]:.1%} of its scale"


class ScoreScorer(BarScorer):
    """One row: 1, x, y, x², y², xy, |x - y|, x - y of prediction x and gold y, in widths of the scale from its middle.

    A missing score stands at the end of the scale that is farthest from gold.
    """

    options: ScoreAgreement
    width = 8

    def __init__(self, score: str, scale: ScoreRange, options: ScoreAgreement) -> None:
        self.score, self.scale, self.options = score, scale, options
        self.metrics = _metrics(scale.max - scale.min)
        self.makes = (f"scores.{score}",)

    def applies(self, interaction: Interaction) -> bool:
        return self.score in interaction.scores

    def part(self, interaction: Interaction, output: Output | None) -> float | None:
        return None if output is None else output.scores.get(self.score)

    def row(self, interaction: Interaction, output: Output | None) -> Sequence[float]:
        gold = interaction.scores[self.score].value
        answered = self.part(interaction, output)
        x, y = self._scaled(self._farthest(gold) if answered is None else answered), self._scaled(gold)
        return [1.0, x, y, x * x, y * y, x * y, abs(x - y), x - y]

    def _farthest(self, gold: float) -> float:
        low, high = self.scale.min, self.scale.max
        return high if high - gold >= gold - low else low

    def _scaled(self, score: float) -> float:
        return (score - (self.scale.min + self.scale.max) / 2) / (self.scale.max - self.scale.min)

    def badness(self, row: Sequence[float]) -> float:
        return row[6] * (self.scale.max - self.scale.min)

    def evidence(self, interaction: Interaction, output: Output | None) -> Mapping[str, Any]:
        gold = interaction.scores[self.score]
        return {"gold": gold.value, "votes": list(gold.votes), "predicted": self.part(interaction, output)}


def _metrics(width: float) -> tuple[Metric, ...]:
    """Correlations, and distances in the score's own unit."""

    def in_own_unit(sums: Floats) -> Floats:
        return width * quotient(sums)

    return (
        Metric("spearman", "higher", "other", (0, 1, 2), _correlation, rerank=_ranks, fewest_groups=FEWEST_GROUPS),
        Metric("pearson", "higher", "other", (0, 1, 2, 3, 4, 5), _correlation, fewest_groups=FEWEST_GROUPS),
        Metric("mae", "lower", "mean", (6, 0), in_own_unit, scale=width),
        Metric("bias", "zero", "mean", (7, 0), in_own_unit, scale=width),
    )


def _correlation(sums: Floats) -> Floats:
    """Pearson's r from n, x, y, x², y², xy; 0 for a constant prediction, undefined for constant gold."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread_x, spread_y = (_settled(n * squares - total**2, n) for total, squares in ((x, xx), (y, yy)))
    r = divide(n * xy - x * y, np.sqrt(spread_x * spread_y))
    return np.where((spread_x == 0) & (spread_y > 0), 0.0, np.clip(r, -1, 1))


def _settled(spread: Floats, n: Floats) -> Floats:
    """n² times a variance, 0 where that is nothing but rounding."""
    return np.where(spread <= _CONSTANT * n * n, 0.0, spread)


def _ranks(rows: Floats) -> Floats:
    """Rows w·(1, x, y) → w·(1, r, s, r², s², rs) of centred mid-ranks; multiples of ½ where weights are 1."""
    weight = rows[:, 0]
    r, s = (_mid_ranks(np.round(divide(rows[:, column], weight), _RANK_DIGITS)) for column in (1, 2))
    ranked = weight[:, None] * np.stack([np.ones(len(rows)), r, s, r * r, s * s, r * s], axis=1)
    return np.round(ranked * _RANK_GRID) / _RANK_GRID


def _mid_ranks(values: Floats) -> Floats:
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[position] - (len(values) + 1) / 2)
