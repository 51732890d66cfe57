"""Which steps come before which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fieval.model import Step


def in_order(steps: Sequence[Step]) -> list[str]:
    """Step names so that each comes after those that it feeds on, else in the order of the config."""
    ordered: list[str] = []
    waiting = list(steps)
    while waiting:
        step = next(step for step in waiting if set(step.after) <= set(ordered))
        ordered.append(step.name)
        waiting.remove(step)
    return ordered


def upstream_of(name: str, steps: Mapping[str, Step]) -> list[str]:
    """All steps that a step feeds on, directly or through others, nearest first."""
    reached: list[str] = []
    waiting = list(steps[name].after)
    while waiting:
        step = waiting.pop(0)
        if step not in reached:
            reached.append(step)
            waiting.extend(steps[step].after)
    return reached


def levels_of(steps: Mapping[str, Step]) -> Mapping[str, int]:
    """How many steps there are on the longest way to each step, in order."""
    levels: dict[str, int] = {}
    for name in in_order(list(steps.values())):
        levels[name] = 1 + max((levels[before] for before in steps[name].after), default=-1)
    return levels


def divided(steps: Sequence[Step], makes: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The steps with fields that others make, too, elsewhere: each makes them only where its own `where:` holds.

    The `where:` of any other step says what is scored; the step itself runs on every interaction.
    """
    return frozenset(
        one.name
        for one in steps
        for other in steps
        if one.where != other.where and not set(makes[one.name]).isdisjoint(makes[other.name])
    )
