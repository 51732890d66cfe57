"""One blank-separated chunk of English → its words, and tokens for what can only be read beside other words.

Those tokens are numerals (`3.5`, `21st`, `1/2`), signs of currency, `-` between two numerals, and `:00`.
`english_rules` turns them into words; none of them is left after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fieval.speech.characters import Signs, by_character, folded, in_form, without_accents
from fieval.speech.english_words import ACRONYMS, Words, written

RANGE = "-"  # between two numerals
FULL_HOUR = ":00"  # behind the hour


def prepared(text: str) -> str:
    """The text with what later steps could not see as it is said: `press * 0`, `in the US`, `policy No. 5`."""
    if "*" in text:
        text = _STAR.sub(" star ", text)
    if "US" in text:
        text = _COUNTRY.sub("USA", text)
    if " mm" in text:
        text = _MILLIMETERS.sub("millimeters", text)
    return _NUMBER_SIGN.sub("number ", text) if "No." in text else text


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
    | {"№": "#"}
    | dict.fromkeys("‐‑‒–−", "-")
    | {"ŉ": "'n", "½": " 1/2 ", "⅓": " 1/3 ", "⅔": " 2/3 ", "¼": " 1/4 ", "¾": " 3/4 "}
)
_STAR = re.compile(r"\*(?<![*\w]\*)\s*(?=[0-9]|(?i:zero|one|two|three|four|five|six|seven|eight|nine)\b)")
# A transcript in capitals shows nothing: one neighbour must have small letters. Nor does `No.` where a sentence begins.
_COUNTRY = re.compile(r"US\b(?<![A-Za-z0-9_]US)(?!\$)(?:(?<=[a-z][\s(-]US)|(?=\W{1,3}[a-z])|(?<=\AUS)(?=\W{0,9}\Z))")
_MILLIMETERS = re.compile(r"mm\b(?<=[0-9] mm)(?![ -]+h?m+\b)")
_NUMBER_SIGN = re.compile(r"No\.(?<=[a-z][\s(]No\.)\s?(?=[0-9])")
_SIGNS = Signs()
_SIGNS.update({ord(sign): f" {word} " for sign, word in {"&": "and", "@": "at", "°": "degrees", "=": "equals"}.items()})
_SIGNS[ord("'")] = "'"
_APOSTROPHES = re.compile(r"(?<!\w)'(?:cause|cuz|coz|cos|em|bout|til|re|ve|ll|m)(?![\w'])|(?<!\w)[a-z]+in'(?!\w)")
_LOOSE_APOSTROPHES = re.compile(r"(?<!\w)'|'(?!\w)")

_SITE = (
    r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,8}\.(?:com|org|net|gov|edu|info|biz|io|ai|co\.[a-z]{2}|uk|ca|au|de|eu)"
)
# Two letters behind digits are spelled where letters alone would not be put together: `1AA`, but not `9am`.
_SPELLED = r"(?!a[mnstdf]|i[nstfdpqor]|m[aiy]|la|ui|hi|ha|na|pa|ya)(?:[ai][a-z]|[a-z][ai])"
_TOKENS = re.compile(
    "|".join(
        rf"(?P<{name}>{pattern})"
        for name, pattern in {
            "scheme": r"https?://",
            "address": rf"(?<![a-z0-9_-])(?:[a-z0-9._+-]{{1,64}}@)?{_SITE}(?![a-z0-9-])(?:/[\w/.-]{{0,200}}\w)?",
            "letters": r"(?<![a-z0-9])[a-z]{1,3}(?:&[a-z]{1,3})+(?:'s)?(?![a-z0-9])",
            "spelled": rf"(?<=[0-9]){_SPELLED}(?![a-z0-9'.])",
            "acronym": r"(?<![a-z0-9])[a-z](?:\.[a-z])+(?:\.?'s|\.)?(?![a-z0-9'])",
            "ordinal": r"(?<![0-9.,:/])[0-9]+(?:st|nd|rd|th)(?![a-z0-9])",
            "round": r"(?<![0-9.,:/])(?:100|1,?000)s(?![a-z0-9])",
            "decade": r"(?<![0-9.,:/])(?:[0-9]{2})?[0-9]0'?s(?![a-z0-9])",
            "time": r"(?<![0-9.:/])[0-9]{1,2}:[0-9]{2}(?![0-9:])",
            "ratio": r"(?<![0-9.:/])[0-9]{1,3}:[0-9](?![0-9:])",
            "fraction": r"(?<![0-9./])(?:1/2|1/3|2/3|1/4|3/4)(?![0-9/])",
            "thousands": r"(?<![0-9.,])[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9]|,[0-9])",
            "decimal": r"[0-9]+(?:\.[0-9]+)+|(?<![a-z0-9.])\.[0-9]+(?![.0-9])",
            "scaled": r"(?<=[0-9])(?:bn|mn|tn|mm)(?![a-z0-9])",
            "numeral": r"[0-9]+",
            "currency": r"(?<![a-z])(?:us|ca?|au?|hk|nz|s)\$|[$£€¥₹¢]",
            "percent": r"%",
            "range": r"(?<=[0-9%])-(?=[$£€]?[0-9])(?!(?:1/[234]|2/3|3/4)(?![0-9/]))|(?<=[a-z])-(?=[$£€][0-9])",
            "minus": r"(?<![\w%).-])-(?=[$£€]?\.?[0-9])",
            "plus_or_minus": r"\+/-|±",
            "sharp": r"(?<![a-z0-9])[acf]#(?!\w)",
            "plus_plus": r"(?<=[a-z])\+\+(?!\w)",
            "per": r"(?<=[0-9])/(?=(?:month|year|week|day|hour|minute|second|person|user)s?(?![a-z]))",
            "plus": r"(?<![+\w])\+(?=[0-9])|(?<=[0-9a-z])\+(?![+\w])|(?<=[0-9])\+(?!\+)",
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


def _apart(match: re.Match[str]) -> str:
    return " and " if match[0] == "&" else f"{match[0]} "


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
    "scheme": lambda text: (),
    "letters": lambda text: re.sub(r"[a-z](?=[a-z&])|&", _apart, text).split(),
    "spelled": tuple,
    "acronym": lambda text: ACRONYMS.get(text.replace(".", "")) or written(text.replace(".", "")),
    "round": lambda text: ("hundreds" if text == "100s" else "thousands",),
    "ratio": lambda text: text.replace(":", " to ").split(),
    "minus": lambda text: ("minus",),
    "plus_or_minus": lambda text: ("plus", "or", "minus"),
    "sharp": lambda text: (text[0], "sharp"),
    "plus_plus": lambda text: ("plus", "plus"),
    "per": lambda text: ("per",),
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
