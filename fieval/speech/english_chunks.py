"""One blank-separated chunk of English → its words, and tokens for what can only be read beside other words.

Those tokens are numerals (`3.5`, `21st`, `1/2`), signs of currency, `-` between two numerals, and `:00`.
`english_rules` turns them into words; none of them is left after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fieval.speech.characters import Signs, by_character, folded, in_form, without_accents
from fieval.speech.english_words import Words, written

RANGE = "-"  # between two numerals
FULL_HOUR = ":00"  # behind the hour


def prepared(text: str) -> str:
    """The text with the key that callers are asked to press as it is said: `press * 0`."""
    return _STAR.sub(" star ", text) if "*" in text else text


def english_words(chunk: str) -> Words:
    """The words and tokens of a chunk."""
    plain = chunk.rstrip(".,?!").lower()
    if plain.isascii():
        if plain.isalpha():
            return written(plain)
        if plain.isdigit():
            return (plain,)
        parts = plain.split("-")
        if "".join(parts).isalpha():
            return tuple(word for part in parts if part for word in written(part))
    text = folded(chunk.translate(_TYPOGRAPHY))
    if not text.isascii():
        text = by_character(without_accents(text))
    found: list[str] = []
    done = 0
    for match in _TOKENS.finditer(text):
        found += _plain(text[done : match.start()])
        found += _TOKEN_READERS[match.lastgroup or ""](match[0])
        done = match.end()
    found += _plain(text[done:])
    return tuple(found)


def _plain(text: str) -> list[str]:
    text = _LOOSE_APOSTROPHES.sub(" ", _APOSTROPHES.sub(_kept, text.translate(_SIGNS)))
    if not text.isascii():
        text = in_form("NFC", text)  # a mark may have come to stand beside another letter
    return [word for chunk in text.split() for word in written(chunk)]


def _kept(match: re.Match[str]) -> str:
    """A word that has its apostrophe outside, such as `'cause`, as it is written out."""
    return " ".join(written(match[0]))


_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("’‘ʼ‛`´′", "'")
    | dict.fromkeys("™®©", " ")
    | dict.fromkeys("‐‑‒–−", "-")
    | {"ŉ": "'n", "½": " 1/2 ", "⅓": " 1/3 ", "⅔": " 2/3 ", "¼": " 1/4 ", "¾": " 3/4 "}
)
_STAR = re.compile(r"\*(?<![*\w]\*)\s*(?=[0-9]|(?i:zero|one|two|three|four|five|six|seven|eight|nine)\b)")
_SIGNS = Signs()
_SIGNS.update({ord(sign): f" {word} " for sign, word in {"&": "and", "@": "at", "°": "degrees"}.items()})
_SIGNS[ord("'")] = "'"
_APOSTROPHES = re.compile(r"(?<!\w)'(?:cause|cuz|coz|em|bout|til|re|ve|ll|m)(?![\w'])|(?<!\w)[a-z]+in'(?!\w)")
_LOOSE_APOSTROPHES = re.compile(r"(?<!\w)'|'(?!\w)")

_SITE = (
    r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,8}\.(?:com|org|net|gov|edu|info|biz|io|ai|co\.[a-z]{2}|uk|ca|au|de|eu)"
)
_TOKENS = re.compile(
    "|".join(
        rf"(?P<{name}>{pattern})"
        for name, pattern in {
            "address": rf"(?<![a-z0-9_-])(?:[a-z0-9._+-]{{1,64}}@)?{_SITE}(?![a-z0-9-])(?:/[\w/.-]{{0,200}}\w)?",
            "letters": r"(?<![a-z0-9])[a-z]{1,3}(?:&[a-z]{1,3})+(?![a-z0-9])",
            "acronym": r"(?<![a-z0-9])[a-z](?:\.[a-z])+(?:\.?'s|\.)?(?![a-z0-9'])",
            "ordinal": r"(?<![0-9.,:/])[0-9]+(?:st|nd|rd|th)(?![a-z0-9])",
            "decade": r"(?<![0-9.,:/])(?:[0-9]{2})?[0-9]0'?s(?![a-z0-9])",
            "time": r"(?<![0-9.:/])[0-9]{1,2}:[0-9]{2}(?![0-9:])",
            "fraction": r"(?<![0-9./])(?:1/2|1/3|2/3|1/4|3/4)(?![0-9/])",
            "thousands": r"(?<![0-9.,])[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9,])",
            "decimal": r"[0-9]+(?:\.[0-9]+)+|(?<![a-z0-9.])\.[0-9]+(?![.0-9])",
            "scaled": r"(?<=[0-9])(?:bn|mn|tn|mm)(?![a-z0-9])",
            "numeral": r"[0-9]+",
            "currency": r"(?<![a-z])(?:us|ca?|au?|hk|nz|s)\$|[$£€¥₹¢]",
            "percent": r"%",
            "range": r"(?<=[0-9%])-(?=[$£€]?[0-9])(?!(?:1/[234]|2/3|3/4)(?![0-9/]))",
            "plus": r"(?<![+\w])\+(?=[0-9])|(?<=[0-9])\+(?!\+)",
            "number_sign": r"#(?=[0-9])",
        }.items()
    )
)


def _address(text: str) -> list[str]:
    pieces = re.split(r"([.@/_])", text)
    return [word for piece in pieces for word in (_ADDRESS_SIGNS.get(piece) or _pieces(piece))]


def _pieces(text: str) -> list[str]:
    return [word for piece in re.findall(r"[0-9]+|[a-z]+", text) for word in written(piece)]


_ADDRESS_SIGNS = {".": ("dot",), "@": ("at",), "/": ("slash",), "_": ("underscore",)}
_SCALED = {"bn": "billion", "mn": "million", "tn": "trillion", "mm": "mm"}


def _decimal(text: str) -> tuple[str]:
    return (f"0{text}" if text[0] == "." else text,)


def _time(text: str) -> Words:
    """`3:30` is said `three thirty`, `09:05` `nine oh five`; what `3:00` is said depends on what follows."""
    hour, minute = text.split(":")
    if len(hour) == 2 and hour[0] == "0" and hour != "00":
        hour = hour[1]
    return (hour, FULL_HOUR) if minute == "00" and 0 < int(hour) <= 12 else (hour + minute,)


_TOKEN_READERS: dict[str, Callable[[str], Sequence[str]]] = {
    "address": _address,
    "letters": lambda text: [letter if letter != "&" else "and" for letter in text],
    "acronym": lambda text: written(text.replace(".", "")),
    "ordinal": lambda text: (text,),
    "decade": lambda text: (text.replace("'", ""),),
    "time": _time,
    "fraction": lambda text: (text,),
    "thousands": lambda text: (text.replace(",", ""),),
    "decimal": _decimal,
    "scaled": lambda text: (_SCALED[text],),
    "numeral": lambda text: (text,),
    "currency": lambda text: (text,),
    "percent": lambda text: ("percent",),
    "range": lambda text: (RANGE,),
    "plus": lambda text: ("plus",),
    "number_sign": lambda text: ("number",),
}
