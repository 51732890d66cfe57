"""Channels of a call: two people on two channels must not become one because they have the same name."""

from __future__ import annotations

from fieval.importers.base import Row


class Channels:
    """Where each speaker of each call was first heard."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], tuple[str, int]] = {}
        self._told: set[tuple[str, str]] = set()

    def check(self, row: Row, identifier: str, channel: str, speaker: str) -> None:
        """Complains, once for each, of a speaker on a second channel."""
        who = identifier, speaker
        first, line = self._first.setdefault(who, (channel, row.number))
        if first != channel and who not in self._told:
            self._told.add(who)
            row.complain(f'speaker "{speaker}" is on channel {channel} and, in line {line}, on channel {first}; '
                         "give two people two names, or one person one channel")  # fmt: skip
