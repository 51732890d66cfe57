"""Samples for people: in proportion, with some of what is rare, and the same ones every time."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from fieval.statistics.sampling import floor, stratified


@given(
    some.lists(some.tuples(some.sampled_from("ab"), some.sampled_from("cdefg")), max_size=60),
    some.integers(1, 70),
)
def test_as_many_as_asked_for_none_twice_and_every_value_where_there_is_room(
    strata: list[tuple[str, str]], count: int
) -> None:
    order = [f"{(7 * row) % 61:02}" for row in range(len(strata))]
    drawn = stratified(strata, order, count)
    assert len(drawn) == len(set(drawn)) == min(count, len(strata))
    assert [order[row] for row in drawn] == sorted(order[row] for row in drawn)
    values = {(place, value) for row in strata for place, value in enumerate(row)}
    if count >= 2 * len(values):
        held = Counter((place, value) for row in drawn for place, value in enumerate(strata[row]))
        every = Counter((place, value) for row in strata for place, value in enumerate(row))
        for value in values:
            assert held[value] >= min(floor(len(values), count), every[value])


def test_what_is_rare_is_there_and_all_else_in_proportion() -> None:
    die = np.random.default_rng(1)
    labels = [str(label) for label in die.choice(["a", "b", "rare"], size=2000, p=[0.7, 0.295, 0.005])]
    channels = [str(channel) for channel in die.choice(["voice", "chat"], size=2000, p=[0.8, 0.2])]
    order = [f"{number:.9f}" for number in die.random(2000)]
    drawn = stratified(list(zip(channels, labels, strict=True)), order, 100)
    held = Counter(labels[row] for row in drawn)
    assert held["rare"] == 5
    assert abs(held["a"] - 70) <= 5
    assert abs(Counter(channels[row] for row in drawn)["chat"] - 20) <= 3


def test_the_order_of_the_rows_does_not_matter() -> None:
    strata = [("x", "y")[row % 2] for row in range(40)]
    order = [f"{(13 * row) % 41:02}" for row in range(40)]
    once = {order[row] for row in stratified([(each,) for each in strata], order, 9)}
    back = {order[::-1][row] for row in stratified([(each,) for each in strata[::-1]], order[::-1], 9)}
    assert once == back
