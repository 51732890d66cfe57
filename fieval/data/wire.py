"""The shape of one line as files hold it; only this room knows it. Everything but ids and times may be absent."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from fieval.model import Channel, Prediction, Segment, Turn

_Value = TypeVar("_Value")


class FactLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact as written."""

    text: str = ""
    anchors: tuple[str, ...] = ()


class Settled(msgspec.Struct, Generic[_Value], frozen=True, forbid_unknown_fields=True):
    """What was decided of a label or score on which annotators disagreed; what they said stays."""

    value: _Value
    votes: tuple[_Value, ...] = ()


class GoldLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people said of an interaction; a label or score may be a list, one entry per annotator.

    Or it is what was decided, beside that list.
    """

    turns: tuple[Turn, ...] = ()
    segments: tuple[Segment, ...] = ()
    summary: str = ""
    facts: tuple[FactLine, ...] = ()
    labels: dict[str, str | tuple[str, ...] | Settled[str]] = {}
    scores: dict[str, float | tuple[float, ...] | Settled[float]] = {}


class InteractionLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of `interactions.jsonl`."""

    id: str
    channel: Channel
    language: str = ""
    group: str = ""
    duration: float | None = None
    cohorts: dict[str, str] = {}
    gold: GoldLine = GoldLine()
    meta: dict[str, Any] = {}


class OutputLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a file of outputs."""

    id: str
    turns: tuple[Turn, ...] = ()
    segments: tuple[Segment, ...] = ()
    summary: str = ""
    labels: dict[str, str | Prediction] = {}
    scores: dict[str, float] = {}
    meta: dict[str, Any] = {}
