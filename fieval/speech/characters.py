"""Unicode forms of characters that are the same letter, digit or word to a reader, in any language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

_PIECE = 1024


class Signs(dict[int, str | int]):
    """A table for `str.translate` that keeps letters, marks and digits and turns everything else into a blank."""

    def __missing__(self, code: int) -> str | int:
        kept = unicodedata.category(chr(code))[0] in "LMN"
        self[code] = code if kept else " "
        return code if kept else " "


def has_any(text: str, signs: Iterable[str]) -> bool:
    """Whether one of these stands in a text, which is told much faster than any pattern is looked for."""
    return any(map(text.__contains__, signs))


def folded(text: str) -> str:
    """NFKC, case folding and ASCII digits, until nothing changes; characters that cannot be seen are dropped."""
    if text.isascii():
        return text.lower()
    text = "".join(character for character in text if not _invisible(character))
    for _ in range(4):
        before, text = text, compatible(text).casefold()
        if text == before:
            break
    return "".join(map(_ascii_digit, text))


def compatible(text: str) -> str:
    """The text in NFKC."""
    return in_form("NFKC", text)


def in_form(form: Literal["NFC", "NFD", "NFKC"], text: str) -> str:
    """A normal form, piece by piece for very long texts: ordering many combining marks at once takes quadratic time."""
    if len(text) <= _PIECE:
        return unicodedata.normalize(form, text)
    pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    return "".join(unicodedata.normalize(form, piece) for piece in pieces)


def by_character(text: str) -> str:
    """Blanks around each character of a script that sets none between words; its marks stay with it."""
    return text if text.isascii() else _UNSPACED.sub(r" \g<0> ", text)


def without_accents(text: str) -> str:
    """Latin letters without their marks, for languages to which those are foreign; other scripts keep theirs."""
    return text if text.isascii() else _LATIN_MARKS.sub(r"\1", in_form("NFD", text))


def _invisible(character: str) -> bool:
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return selector or unicodedata.category(character) == "Cf"


def _ascii_digit(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.decimal(character))


_LATIN_MARKS = re.compile("([a-z])[\u0300-\u036f]+")

# Thai and Lao, Myanmar, Khmer, kana and bopomofo, Han; and the marks that stand on their letters.
_LETTERS = (
    "\u0e01-\u0e4e\u0e81-\u0eff\u1000-\u109f\u1780-\u17dd\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u3041-\u312f\u31a0-\u31bf\u31f0-\u31ff\U0001b000-\U0001b16f"
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
_MARKS = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059"
    "\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d\u17b4-\u17d3\u17dd"
    "\u302a-\u302f\u3099-\u309a\ua9e5\uaa7b-\uaa7d"
)
_UNSPACED = re.compile(f"[{_LETTERS}][{_MARKS}]*")
