"""Whether the interactions cover the production mix that the card states."""

from __future__ import annotations

from collections.abc import Sequence

from fieval.errors import InvalidInput
from fieval.files import Location, shown
from fieval.model import Card, Interaction


def check_population(
    card_file: Location, card: Card, interactions: Sequence[Interaction], *, allow_uncovered: bool
) -> None:
    """Raises InvalidInput for values of the population without interactions, and for interactions outside it."""
    problems = []
    for name, shares in card.population.items():
        found = [value for interaction in interactions if (value := interaction.value_of(name))]
        for value, share in shares.items():
            if value not in found and not allow_uncovered:
                problems.append(
                    f"population.{name}.{value}: no interaction, but a share of {share:.0%} in production; with "
                    "--allow-uncovered the others make up for it"
                )
        for value in sorted(set(found) - set(shares)):
            problems.append(f'population.{name}: {found.count(value)} interactions are "{value}", which has no share')
    if problems:
        raise InvalidInput([f"{shown(card_file)}: {problem}" for problem in problems])
