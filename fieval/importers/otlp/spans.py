"""What is kept of a trace: the spans that say something of a call, and what was said in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from fieval.importers.base import OMITTED

Framework: TypeAlias = Literal["livekit", "pipecat", "conversation"]

AGENT, CUSTOMER = "agent", "customer"

# what an import assumes, in users' words
GENERATED = "what the language model wrote was said, where no span of speech synthesis has a text"
SILENT = f"{OMITTED}messages of a transcript without a text, or of a tool or the system"
AGAIN = "of a span that comes twice and differs, the later one is taken"
SAME = "a transcript that several spans of a call have is one"
BACKWARDS = "a span that ends before it starts has no end"


class Span(msgspec.Struct, frozen=True):
    """A span of a voice framework; times in nanoseconds since 1970, `values` only those of the keys that are read."""

    trace: str
    id: str
    parent: str
    framework: Framework
    name: str
    start: int | None
    end: int | None
    values: Mapping[str, Any]

    @property
    def rank(self) -> tuple[bool, float]:
        """How near to a trace's root, then how early."""
        return bool(self.parent), math.inf if self.start is None else self.start

    def text(self, *keys: str) -> str:
        """The first text under these keys that is not blank, as it was said."""
        return next((said for key in keys if (said := spoken(self.values.get(key)))), "")


class Said(msgspec.Struct, frozen=True):
    """What one speaker said, in nanoseconds since 1970 where times are known."""

    speaker: str
    text: str
    start: int | None = None
    end: int | None = None


def spoken(value: object) -> str:
    """A text without blanks around it; nothing of what is no text."""
    return value.strip() if isinstance(value, str) else ""


def unquoted(value: object) -> str:
    """A text that an exporter may have written as JSON (`"hello"` with its quotes)."""
    text = spoken(value)
    if len(text) > 1 and text[0] == text[-1] == '"':
        decoded = parsed(text)
        return decoded.strip() if isinstance(decoded, str) else text
    return text


def parsed(value: object) -> Any:
    """What a text says as JSON; any other value, or a text that is none, as it is."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return value
