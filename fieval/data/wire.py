"""The shape of one line as files hold it; only this room knows it. Everything but ids and times may be absent."""

from __future__ import annotations

from typing import Any

import msgspec

from fieval.model import Channel, Prediction, Segment, Turn


class FactLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact as written."""

    text: str = ""
    anchors: tuple[str, ...] = ()


class GoldLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people said of an interaction; a label or score may be a list, one entry per annotator."""

    turns: tuple[Turn, ...] = ()
    segments: tuple[Segment, ...] = ()
    summary: str = ""
    facts: tuple[FactLine, ...] = ()
    labels: dict[str, str | tuple[str, ...]] = {}
    scores: dict[str, float | tuple[float, ...]] = {}


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
