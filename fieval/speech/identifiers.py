"""Identifiers such as `AB12` or `INV-2209`: told from quantities, and read as they are spelled out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fieval.speech.numbers import number_spans
from fieval.speech.vocabulary import word_set

IDENTIFIER = re.compile(r"[A-Za-z0-9]+(?:[-#/_][A-Za-z0-9]+)*(?![.,][0-9])")
_QUANTITY = re.compile(
    r"[0-9]+(?:st|nd|rd|th|s|k|m|mm|bn|b|am|pm|g|gb|mb|tb|kb|mbps|gbps|kbps|h|hr|hrs|min|mins|sec|secs|ms|d|x|ft|in|cm|"
    r"km|kg|lb|lbs|oz|ml|l|kwh|kw|w|v|hz|ghz|mhz|p|c|usd|eur|gbp|er|ro|do|ra|da|to|ta|e|º|ª)",
    re.IGNORECASE,
)
_SPELLED = re.compile(r"\b([a-z]) (?:as in|for|like|de) [^\W\d_]+")
_NATO = {
    word: word[0]
    for word in word_set(
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec "
        "romeo sierra tango uniform victor whiskey xray yankee zulu"
    )
}


def is_identifier(token: str) -> bool:
    """Whether letters and digits make an identifier (`AB12`, `INV-2209`) rather than a quantity (`3pm`, `40-day`)."""
    if token.isalpha():
        return False  # nearly every word
    pieces = re.split(r"[-#/_]", token)
    mixed = [piece for piece in pieces if not piece.isalpha() and not piece.isdigit()]
    if mixed:
        return not all(_QUANTITY.fullmatch(piece) for piece in mixed)
    return any(piece.isdigit() for piece in pieces) and any(piece.isalpha() and piece.isupper() for piece in pieces)


def spoken(tokens: Sequence[str], language: str) -> list[str]:
    """Tokens with numbers as runs of digits and the words of the spelling alphabet as letters."""
    said: list[str] = []
    position = 0
    for span in number_spans(tokens, language):
        said.extend(_NATO.get(token, token) for token in tokens[position : span.start])
        said.append(span.run)
        position = span.end
    return [*said, *(_NATO.get(token, token) for token in tokens[position:])]


def without_explanations(text: str) -> str:
    """`a` of `a as in apple`."""
    return _SPELLED.sub(r"\1", text)


def squash(identifier: str) -> str:
    """Letters and digits only, in lower case."""
    return "".join(filter(str.isalnum, identifier)).lower()
