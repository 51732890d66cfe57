"""Text → comparable words, so that spelling conventions are not counted as recognition errors.

A normaliser is named and versioned: error rates of two versions must not be compared. Most of the work is done once
per distinct blank-separated chunk and remembered, so that long transcripts cost little more than `str.split`.
Rules that see several words stand apart: `rewrite` before the text is split, `join` on the words after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Literal

NormalizerName = Literal["auto", "english", "basic", "none"]
Words = tuple[str, ...]

NON_SPEECH = (
    "applause|background noise|background speech|beep|blank_audio|breath(?:ing)?|breathes|chuckles?|clears throat|"
    "cough(?:s|ing)?|cross[- ]?talk|foreign(?: language)?|inaudible|indiscernible|laugh(?:s|ing|ter)?|"
    "music(?: playing)?|no audio|noise|overlapping|pause|phone ringing|ringing|sigh(?:s|ing)?|silence|sneezes?|sniffs?|"
    "static|typing|unintelligible|unclear"
)

_NFKC_PIECE = 1024


class Normalizer:
    """Turns a text into its words; applied to its own words joined by blanks it gives the same words."""

    __slots__ = ("_join", "_rewrite", "_spelling", "name", "version")

    def __init__(
        self,
        name: Literal["english", "basic", "none"],
        spell: Callable[[str], Words] | None = None,
        rewrite: Callable[[str], str] | None = None,
        join: Callable[[list[str]], list[str]] | None = None,
    ) -> None:
        self.name = name
        self.version = "1"
        self._spelling = None if spell is None else _Spelling(spell)
        self._rewrite = rewrite
        self._join = join

    def __call__(self, text: str) -> list[str]:
        if self._spelling is None:
            return text.split()
        chunks = (self._rewrite(text) if self._rewrite else text).split()
        words = list(chain.from_iterable(map(self._spelling.__getitem__, chunks)))
        return self._join(words) if self._join else words

    def __reduce__(self) -> tuple[Callable[..., Normalizer], tuple[str, str]]:
        return normalizer, (self.name, "")


def normalizer(name: NormalizerName, language: str) -> Normalizer:
    """The normaliser of that name; `auto` follows a language tag such as `en` or `en-GB`."""
    if name != "auto":
        return _shared(name)
    return _shared("english" if base_language(language) == "en" else "basic")


def base_language(tag: str) -> str:
    """`en` of `en-GB`, `en_US` or `EN`."""
    return re.split(r"[-_]", tag.strip(), maxsplit=1)[0].lower()


def word_set(words: str) -> frozenset[str]:
    """The words of a blank-separated list, which is easier to read and extend than quoted ones."""
    return frozenset(words.split())


def folded(text: str) -> str:
    """NFKC and case folding, until neither changes anything; invisible format characters are dropped."""
    if text.isascii():
        return text.lower()
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    for _ in range(4):
        before, text = text, compatible(text).casefold()
        if text == before:
            break
    return text


def compatible(text: str) -> str:
    """NFKC, piece by piece for very long texts: ordering many combining marks in one go takes quadratic time."""
    if len(text) <= _NFKC_PIECE:
        return unicodedata.normalize("NFKC", text)
    pieces = (text[start : start + _NFKC_PIECE] for start in range(0, len(text), _NFKC_PIECE))
    return "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)


@cache
def _shared(name: Literal["english", "basic", "none"]) -> Normalizer:
    match name:
        case "english":
            return Normalizer(name, spell=_english, rewrite=_speech_only, join=_percent_joined)
        case "basic":
            return Normalizer(name, spell=_basic)
        case "none":
            return Normalizer(name)


_REMEMBERED_CHUNKS = 200_000
_REMEMBERED_LENGTH = 32


class _Spelling(dict[str, Words]):
    """Chunk → words, remembered; bounded, so that a long run over hostile text cannot eat the memory."""

    def __init__(self, spell: Callable[[str], Words]) -> None:
        super().__init__()
        self._spell = spell

    def __missing__(self, chunk: str) -> Words:
        words = self._spell(chunk)
        if len(chunk) <= _REMEMBERED_LENGTH:
            if len(self) >= _REMEMBERED_CHUNKS:
                self.clear()
            self[chunk] = words
        return words


class _Signs(dict[int, str | int]):
    """A table for `str.translate` that keeps letters, marks and digits and turns everything else into a blank."""

    def __missing__(self, code: int) -> str | int:
        kept = unicodedata.category(chr(code))[0] in "LMN"
        self[code] = code if kept else " "
        return code if kept else " "


# --- basic: any language -----------------------------------------------------------------------------------------

_BASIC_SIGNS = _Signs()


def _basic(chunk: str) -> Words:
    return tuple(folded(chunk).translate(_BASIC_SIGNS).split())


# --- english -----------------------------------------------------------------------------------------------------

# Hesitations are words that were said: recognisers differ in whether they write them, and are scored on it.
# Only their spelling is settled.
_HESITATIONS = {
    "uh": "uhh uhhh er err",
    "um": "umm ummm uhm erm",
    "hmm": "hm hmmm mm mmm",
    "mhm": "mhmm mmhm mmhmm uhhuh",
    "ah": "ahh ahhh",
}
_SPELLINGS = {"ok": "okay"} | {each: one for one, others in _HESITATIONS.items() for each in others.split()}
_TYPOGRAPHY = str.maketrans(dict.fromkeys("’‘ʼ‛`´′", "'") | dict.fromkeys("™®©", " "))
_ENGLISH_SIGNS = _Signs()
_ENGLISH_SIGNS.update(
    {
        ord("'"): "'",
        ord("."): ".",
        ord("%"): " percent ",
        ord("&"): " and ",
        ord("$"): " dollars ",
        ord("£"): " pounds ",
        ord("€"): " euros ",
        ord("¢"): " cents ",
    }
)
_CURRENCIES = {"$": ("dollar", "dollars"), "£": ("pound", "pounds"), "€": ("euro", "euros")}

_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_ACRONYM = re.compile(r"(?<![a-z])[a-z](?:\.[a-z])+\.?(?![a-z])")
_MERIDIEM = re.compile(r"(?<=[0-9])(?=[ap]m\b)")
_LEADING_POINT = re.compile(r"^\.(?=[0-9])")
_LOOSE_SIGNS = re.compile(r"(?<![0-9])\.|\.(?![0-9])|(?<!\w)'|'(?!\w)")

_MARKS = re.compile(rf"\[[^\[\]\n]{{0,60}}\]|<[^<>\n]{{0,60}}>|\(\s?(?:{NON_SPEECH})\s?\)", re.IGNORECASE)
_MONEY = re.compile(
    r"([$£€])\s?([0-9]+(?:[.,][0-9]+)*)(?:(k|mm?|bn?)\b)?(?:[\s-]{1,3}(hundred|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)


def _english(chunk: str) -> Words:
    text = folded(chunk.translate(_TYPOGRAPHY))
    text = _THOUSANDS.sub("", text)
    text = _ACRONYM.sub(_without_points, text)
    text = _LEADING_POINT.sub("0.", text)
    text = _MERIDIEM.sub(" ", text)
    text = _LOOSE_SIGNS.sub(" ", text.translate(_ENGLISH_SIGNS))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)  # a mark may have come to stand beside another letter
    return tuple(_SPELLINGS.get(word, word) for word in text.split())


def _without_points(match: re.Match[str]) -> str:
    return match[0].replace(".", "")


def _speech_only(text: str) -> str:
    """Drops marks such as `[inaudible]`, and puts a currency where it is spoken: `$3 million` → `3 million dollars`."""
    if "[" in text or "<" in text or "(" in text:
        text = _MARKS.sub(" ", text)
    if "$" in text or "£" in text or "€" in text:
        text = _MONEY.sub(_spoken_money, text)
    return text


def _spoken_money(match: re.Match[str]) -> str:
    sign, amount, letter, scale = match.groups(default="")
    one, many = _CURRENCIES[sign]
    currency = one if amount == "1" and not letter and not scale else many
    return f" {amount}{letter} {scale} {currency} "


def _percent_joined(words: list[str]) -> list[str]:
    """`per cent` is spelled `percent`."""
    if "cent" not in words:
        return words
    joined: list[str] = []
    for word in words:
        if word == "cent" and joined and joined[-1] == "per":
            joined[-1] = "percent"
        else:
            joined.append(word)
    return joined
