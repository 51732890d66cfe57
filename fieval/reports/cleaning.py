"""Makes strings that come from data harmless to show: ids, slice values and transcripts may be hostile."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

SHOWN_LENGTH = 160

_COMMANDS = re.compile(r":(?=:)|#(?=#)")
_SUSPECT = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # ordinary spelling in Persian and the languages of India, and harmless
_NONCHARACTERS = "\ufffe\uffff"


def one_line(text: str) -> str:
    """The text on one line; what could steer a terminal, a log or the direction of writing is shown as its escape.

    `::` and `##` are taken apart, because CI systems read lines that hold them as commands.
    """
    return _apart(_shown(" ".join(text.split())))


def in_columns(text: str) -> str:
    """One line whose blanks stay as they are, for what stands in columns."""
    return _apart(_shown(text.rstrip("\n")))


def short(text: str, length: int = SHOWN_LENGTH) -> str:
    """One line of at most so many characters."""
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 3]}..."


def flat(value: object, length: int = SHOWN_LENGTH) -> str:
    """A number, string, list or mapping of evidence as one line; `length` holds for each item of a mapping."""
    if isinstance(value, Mapping):
        shown = {key: item for key, item in value.items() if not _left_out(item)}
        return ", ".join(f"{short(str(key))}={flat(item, length)}" for key, item in shown.items())
    if isinstance(value, list | tuple):
        return short(", ".join(map(flat, value)), length)
    return short("-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value), length)


def _left_out(item: object) -> bool:
    """What says nothing, or needs several lines to be read, stays in the file of evidence."""
    return item in ([], (), "") or (isinstance(item, str) and "\n" in item)


def _apart(line: str) -> str:
    return _COMMANDS.sub(r"\g<0> ", line) if "::" in line or "##" in line else line


def _shown(text: str) -> str:
    return text if text.isprintable() else "".join(map(_visible, text))  # nothing that prints is suspect


def _visible(character: str) -> str:
    if character in _JOINERS:
        return character
    if unicodedata.category(character) in _SUSPECT or character in _NONCHARACTERS:
        return ascii(character)[1:-1]
    return character
