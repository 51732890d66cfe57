"""Human labels and scores: checked against the card, several annotators brought down to one gold value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import TypeVar

from fieval.data.lines import Line
from fieval.data.wire import GoldLine, Settled
from fieval.errors import SHOWN_PROBLEMS, suggestion
from fieval.model import Card, GoldLabel, GoldScore, LabelSet

_Vote = TypeVar("_Vote", str, float)


def gold_labels(line: Line, gold: GoldLine, card: Card) -> Mapping[str, GoldLabel]:
    """The gold labels of an interaction. The majority counts; ties go to the value that is first in the set.

    Where people decided in spite of the votes, that counts.
    """
    check_declared(line, "gold.labels", gold.labels, card.labels)
    found: dict[str, GoldLabel] = {}
    for name, given in gold.labels.items():
        settled = given.value if isinstance(given, Settled) else ""
        votes = tuple(vote for vote in _votes(given) if vote) or ((settled,) if settled else ())
        if name in card.labels and votes:
            for place, vote in _placed(f"gold.labels.{name}", given):
                if vote and vote not in card.labels[name].values:
                    line.complain(
                        place, f'"{vote}" is not in the label set{suggestion(vote, card.labels[name].values)}'
                    )
            known = settled in card.labels[name].values
            found[name] = GoldLabel(settled if known else majority(votes, card.labels[name]), votes, known)
    return found


def gold_scores(line: Line, gold: GoldLine, card: Card) -> Mapping[str, GoldScore]:
    """The gold scores of an interaction: the median of the annotators, or what people decided in spite of it."""
    check_declared(line, "gold.scores", gold.scores, card.scores)
    found: dict[str, GoldScore] = {}
    for name, given in gold.scores.items():
        settled = given.value if isinstance(given, Settled) else None
        votes = _votes(given) or (() if settled is None else (settled,))
        if name in card.scores and votes:
            scale = card.scores[name]
            for place, vote in _placed(f"gold.scores.{name}", given):
                if not scale.min <= vote <= scale.max:
                    what = f"expected a score from {scale.min:.12g} to {scale.max:.12g}, got {vote:.12g}"
                    line.complain(place, what)
            found[name] = GoldScore(median(votes) if settled is None else settled, votes, settled is not None)
    return found


def majority(votes: tuple[str, ...], labels: LabelSet) -> str:
    """The most frequent vote; of several the one that is first in the label set."""
    return max(labels.values, key=votes.count, default="")


def check_declared(line: Line, where: str, given: Mapping[str, object], declared: Mapping[str, object]) -> None:
    """Complains of names that the card does not declare; what is given as empty is absent."""
    strange = [name for name, value in given.items() if name not in declared and value not in ("", ())]
    plainly = f"the card declares no such {where.rpartition('.')[2].removesuffix('s')}"
    for name in strange[:SHOWN_PROBLEMS]:
        line.complain(f"{where}.{name}", f"{plainly}{suggestion(name, declared)}", plainly)
    if len(strange) > SHOWN_PROBLEMS:
        line.complain(where, f"the card does not declare {len(strange)} names here", plainly)


def _placed(where: str, given: _Vote | tuple[_Vote, ...] | Settled[_Vote]) -> Iterator[tuple[str, _Vote]]:
    """Every value that is given, with the field that it stands in."""
    if isinstance(given, Settled):
        yield f"{where}.value", given.value
        where = f"{where}.votes"
    if not isinstance(given, tuple | Settled):
        yield where, given
        return
    for index, vote in enumerate(_votes(given)):
        yield f"{where}[{index}]", vote


def _votes(given: _Vote | tuple[_Vote, ...] | Settled[_Vote]) -> tuple[_Vote, ...]:
    if isinstance(given, Settled):
        return given.votes
    return given if isinstance(given, tuple) else (given,)
