"""Human labels and scores: checked against the card, several annotators brought down to one gold value."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from fieval.data.lines import Line
from fieval.data.wire import GoldLine
from fieval.errors import suggestion
from fieval.model import Card, GoldLabel, GoldScore, LabelSet, ScoreRange


def gold_labels(line: Line, gold: GoldLine, card: Card) -> Mapping[str, GoldLabel]:
    """The gold labels of an interaction. The majority counts; ties go to the value that is first in the set."""
    check_declared(line, "gold.labels", gold.labels, card.labels)
    found: dict[str, GoldLabel] = {}
    for name, given in gold.labels.items():
        votes = tuple(vote for vote in ((given,) if isinstance(given, str) else given) if vote)
        if name in card.labels and votes:
            _check_votes(line, f"gold.labels.{name}", given, card.labels[name])
            found[name] = GoldLabel(majority(votes, card.labels[name]), votes)
    return found


def gold_scores(line: Line, gold: GoldLine, card: Card) -> Mapping[str, GoldScore]:
    """The gold scores of an interaction: the median of the annotators."""
    check_declared(line, "gold.scores", gold.scores, card.scores)
    found: dict[str, GoldScore] = {}
    for name, given in gold.scores.items():
        votes = (given,) if isinstance(given, float) else given
        if name in card.scores and votes:
            _check_range(line, f"gold.scores.{name}", given, card.scores[name])
            found[name] = GoldScore(median(votes), votes)
    return found


def majority(votes: tuple[str, ...], labels: LabelSet) -> str:
    """The most frequent vote; of several the one that is first in the label set."""
    return max(labels.values, key=votes.count, default="")


def check_declared(line: Line, where: str, given: Mapping[str, object], declared: Mapping[str, object]) -> None:
    """Complains of names that the card does not declare; what is given as empty is absent."""
    for name, value in given.items():
        if name not in declared and value not in ("", ()):
            noun = where.rpartition(".")[2].removesuffix("s")
            line.complain(f"{where}.{name}", f"the card declares no such {noun}{suggestion(name, declared)}")


def _check_votes(line: Line, where: str, given: str | tuple[str, ...], labels: LabelSet) -> None:
    for index, vote in enumerate((given,) if isinstance(given, str) else given):
        if vote and vote not in labels.values:
            place = where if isinstance(given, str) else f"{where}[{index}]"
            line.complain(place, f'"{vote}" is not in the label set{suggestion(vote, labels.values)}')


def _check_range(line: Line, where: str, given: float | tuple[float, ...], scale: ScoreRange) -> None:
    for index, vote in enumerate((given,) if isinstance(given, float) else given):
        if not scale.min <= vote <= scale.max:
            place = where if isinstance(given, float) else f"{where}[{index}]"
            line.complain(place, f"expected a score from {scale.min:.12g} to {scale.max:.12g}, got {vote:.12g}")
