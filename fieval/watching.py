"""Whoever watches a run: how far it is, and what should be read before it goes on."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Whoever wants to know how far a run is."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage began; `total` counts what it will go through, where that is known."""

    def advance(self) -> None:
        """One more is done."""

    def announce(self, text: str) -> None:
        """Something that a user should read now, before it costs money."""


class Silence:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""

    def announce(self, text: str) -> None:
        """Say nothing."""
