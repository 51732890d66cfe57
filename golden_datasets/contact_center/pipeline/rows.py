"""Rows of outputs as the text steps read and write them: JSON Lines, one interaction each."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

Json = dict[str, Any]

_SPANISH = frozenset(
    re.findall(r"\w+", "de la que el en los se por con una su para es lo las del no me mi le ha gracias factura")
)
_ENGLISH = frozenset(
    re.findall(r"\w+", "the to and a of is i you it in that for on my your have thank we this not with at")
)


def filtered(step: Callable[[list[Json]], list[Json]], source: TextIO = sys.stdin, target: TextIO = sys.stdout) -> None:
    """Run a step as a filter: rows of outputs in, the same rows with the step's part anew out."""
    write(step([json.loads(line) for line in source if line.strip()]), target)


def write(rows: Iterable[Json], target: TextIO) -> None:
    """One line a row."""
    target.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def said(row: Json, speaker: str | None = None) -> str:
    """What one speaker, or everybody, said in an interaction."""
    return " ".join(turn["text"] for turn in row.get("turns", ()) if speaker in (None, turn.get("speaker")))


def language(row: Json) -> str:
    """`en` or `es`, by the little words of the text."""
    words = re.findall(r"[^\W\d_]+", said(row).lower())
    return "es" if sum(word in _SPANISH for word in words) > sum(word in _ENGLISH for word in words) else "en"
