"""Votes of annotators on one label or score, who may be named, and what becomes of them when more are said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieval.data.lines import Problems, read_lines
from fieval.importers.parts.said import Value

NAMES = "votes_by"  # in the meta of an interaction: the annotators of each field's votes, in their order

Names = Mapping[str, Sequence[str]]  # of the annotators, by field


@dataclass(frozen=True, slots=True)
class Votes:
    """What annotators say, and their names: one for each vote, empty for nobody."""

    values: tuple[Value, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[Value], names: Sequence[str]) -> Votes:
        """The votes of these people, or of nobody where it is not known of each who it was."""
        known = len(names) == len(values) and len(set(names)) == len(names) and all(names)
        return cls(tuple(values), tuple(names) if known else ("",) * len(values))

    def with_more(self, given: Votes, *, add: bool) -> Votes:
        """What stands when these are said, too: people who are named speak for themselves, and only once."""
        if not given.values:
            return self
        if all(given.names) and all(self.names):
            both = dict(zip(self.names, self.values, strict=True)) | dict(zip(given.names, given.values, strict=True))
            return Votes(tuple(both.values()), tuple(both))
        if add:
            return Votes.of(self.values + given.values, self.names + given.names)
        return self if Counter(self.values) == Counter(given.values) and not any(given.names) else given

    def is_within(self, other: Votes) -> bool:
        """Whether all of these votes are among the others."""
        return not Counter(self.values) - Counter(other.values)

    def written(self, settled: Value | None) -> object:
        """A label or score as a dataset has it: a value, the votes of several, or both where something was decided."""
        plain = [_plain(vote) for vote in self.values]
        if settled is not None and plain:
            return {"value": _plain(settled), "votes": plain}
        if settled is not None:
            return _plain(settled)
        return plain[0] if len(plain) == 1 else plain


class _Line(msgspec.Struct):
    id: str
    meta: dict[str, Any] | None = None


def names_in(path: Path) -> Mapping[str, Names]:
    """Who voted in a dataset that was read before, by interaction."""
    lines = (msgspec.json.decode(line.content, type=_Line) for line in read_lines(path, Problems(path)))
    return {line.id: _names((line.meta or {}).get(NAMES)) for line in lines}


def _names(held: object) -> Names:
    """The names, where they are what an import wrote."""
    try:
        return msgspec.convert(held, dict[str, list[str]])
    except msgspec.ValidationError:
        return {}


def _plain(value: Value) -> str | float:
    return int(value) if isinstance(value, float) and value.is_integer() else value
