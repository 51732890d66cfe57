"""Plug-ins that other installed distributions offer through entry points: which there are, and where they come from.

Nothing is imported here, and nothing is looked for unless a name is not one of ours or all plug-ins are to be listed:
looking through everything that is installed takes its time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Literal

from fieval.errors import InvalidInput
from fieval.model import IMPORTABLE

Group = Literal["evaluators", "importers"]


@dataclass(frozen=True, slots=True)
class Offered:
    """A plug-in by the name that users know, as `package.module:name`, and the distribution that it came with."""

    group: Group
    name: str
    reference: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f'{self.distribution} {self.version}: its {self.group[:-1]} "{self.name}"'

    def wrong(self, error: InvalidInput) -> InvalidInput:
        """What is wrong with it, told of the distribution that can be mended or uninstalled."""
        return InvalidInput([f"{self}: {problem}" for problem in error.problems])


def offered(group: Group, ours: Collection[str]) -> Mapping[str, Offered]:
    """The plug-ins of a group by name. Raises InvalidInput for names that are taken, and for what cannot be imported.

    `ours` are the names of those that ship with fieval.
    """
    found: dict[str, Offered] = {}
    problems = []
    for each in _installed(group):
        if not re.search(IMPORTABLE, each.reference):
            problems.append(f"{each}: expected package.module:name, got {each.reference}")
        elif each.name in ours:
            problems.append(f"{each} has the name of one that ships with fieval; uninstall it, or have it renamed")
        elif each.name in found:
            problems.append(f"{each} has the name of one of {found[each.name].distribution}; uninstall one of them")
        found.setdefault(each.name, each)
    if problems:
        raise InvalidInput(problems)
    return found


@cache
def _installed(group: Group) -> tuple[Offered, ...]:
    points = entry_points(group=f"fieval.{group}")
    return tuple(sorted((_offered(group, point) for point in points), key=lambda each: (each.name, each.distribution)))


def _offered(group: Group, point: EntryPoint) -> Offered:
    reference = point.value.partition("[")[0].strip()  # extras are old and mean nothing here
    distribution = "" if point.dist is None else point.dist.name
    return Offered(group, point.name, reference, distribution, "" if point.dist is None else point.dist.version)
