"""Numbers as people say and write them: `forty five`, `4,417`, `four four one seven`, `2.5 million`, `10:30`.

Values are canonical decimal strings without leading or trailing zeros, so that a numeral of any length is safe and
exact. Spoken digits have no unique value; a span therefore carries its parts and the run of all its digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Literal

Readings = frozenset[str]


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """A stretch of adjacent number words and numerals, `words[start:end]`.

    `parts` are the numbers in it, each with the values it may have; `run` is all its digits in a row; `values` are
    those of each word taken alone.
    """

    start: int
    end: int
    parts: tuple[Readings, ...]
    run: str
    values: Readings


def number_spans(words: Sequence[str], language: str) -> list[NumberSpan]:
    """The number expressions among lower-case words, from left to right."""
    grammar = _GRAMMARS.get(language, _NUMERALS_ONLY)
    openers = grammar.openers
    spans: list[NumberSpan] = []
    end = 0
    for start in [at for at, word in enumerate(words) if word in openers or "0" <= word[0] <= "9"]:
        span = _span_at(words, start, grammar) if start >= end else None
        if span is not None:
            spans.append(span)
            end = span.end
    return spans


def readings(numeral: str) -> Readings:
    """The values a numeral may have: both meanings of point and comma, and a time of day as `h:mm`."""
    if numeral.isdigit():
        return frozenset({canonical(numeral)})
    if ":" in numeral:
        return frozenset({_time(numeral)})
    found = set()
    if _COMMA_THOUSANDS.fullmatch(numeral):
        found.add(canonical(numeral.replace(",", "")))
    if _POINT_THOUSANDS.fullmatch(numeral):
        found.add(canonical(numeral.replace(".", "").replace(",", ".")))
    if _DECIMAL.fullmatch(numeral):
        found.add(canonical(numeral.replace(",", ".")))
    return frozenset(found or {numeral})


def canonical(number: str) -> str:
    """`40` of `0040.00`."""
    whole, _, fraction = number.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


_COMMA_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_POINT_THOUSANDS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+|,(?:[0-9]{1,2}|[0-9]{4,}))")
_SEPARATORS = re.compile(r"[.,:]")
_SCALABLE_LENGTH = 12

_Kind = Literal["numeral", "value", "hundred", "scale"]


def _time(numeral: str) -> str:
    hour, *rest = numeral.split(":")
    return ":".join([hour.lstrip("0") or "0", *rest])


@dataclass(frozen=True, slots=True)
class _Item:
    """One word of a span; `run` is what it adds to the digits in a row."""

    kind: _Kind
    text: str
    run: str


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The number words of a language; `links` may stand inside a number (`one hundred and five`).

    `openers` are all with which one can begin: most words are none, which is worth asking first.
    """

    values: Mapping[str, int] = field(default_factory=dict)
    hundreds: frozenset[str] = frozenset()
    scales: Mapping[str, int] = field(default_factory=dict)
    links: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    zeros: frozenset[str] = frozenset()
    repeats: Mapping[str, int] = field(default_factory=dict)
    openers: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        every = frozenset().union(self.values, self.hundreds, self.scales, self.zeros, self.repeats)
        object.__setattr__(self, "openers", every)


def _span_at(words: Sequence[str], start: int, grammar: _Grammar) -> NumberSpan | None:
    items: list[_Item] = []
    end = start
    while end < len(words):
        item, taken = _item(words, end, grammar, items)
        if item is None:
            break
        items.append(item)
        end += taken
    if not items:
        return None
    parts = _parts(items)
    alone = [readings(item.text) for item in items if item.kind in ("numeral", "value")]
    run = "".join(item.run for item in items)
    return NumberSpan(start, end, tuple(parts), run, frozenset().union(*parts, *alone))


def _item(words: Sequence[str], at: int, grammar: _Grammar, before: list[_Item]) -> tuple[_Item | None, int]:
    """The number item at a position and how many words it takes; `(None, 0)` where the span ends."""
    word = words[at]
    item = _word_item(word, grammar)
    if item is not None:
        return item, 1
    following = _word_item(words[at + 1], grammar) if at + 1 < len(words) else None
    if following is None:
        return None, 0
    if word in grammar.repeats and len(following.run) == 1:
        run = following.run * grammar.repeats[word]
        return _Item("value", run, run), 2
    if word in grammar.zeros and (before or len(following.run) == 1):
        return _Item("value", "0", "0"), 1
    if before and word in grammar.links and following.kind == "value" and before[-1].kind != "numeral":
        return following, 2
    if before and word in grammar.points and following.kind in ("value", "numeral"):
        return _Item("numeral", f".{following.text}", following.run), 2
    return None, 0


def _word_item(word: str, grammar: _Grammar) -> _Item | None:
    if "0" <= word[0] <= "9":
        return _Item("numeral", word, _SEPARATORS.sub("", word))
    if word in grammar.values:
        value = str(grammar.values[word])
        return _Item("value", value, value)
    if word in grammar.hundreds:
        return _Item("hundred", "100", "")
    if word in grammar.scales:
        return _Item("scale", str(grammar.scales[word]), "")
    return None


def _parts(items: Sequence[_Item]) -> list[Readings]:
    """Adjacent items put together to numbers wherever the language would: 40 + 5, 2 · 100 + 50, 3 · 1000 + 200."""
    composer = _Composer()
    for item, following in zip_longest(items, items[1:]):
        scaled = following is not None and (following.kind in ("hundred", "scale") or following.text.startswith("."))
        if item.kind == "numeral" and not item.text.startswith(".") and not (scaled and _scalable(item.text)):
            composer.close()
            composer.parts.append(readings(item.text))
        else:
            composer.add(item)
    composer.close()
    return composer.parts


class _Composer:
    """The numbers finished so far, and one that is still growing: thousands in `total`, the rest in `current`."""

    def __init__(self) -> None:
        self.parts: list[Readings] = []
        self._total = self._current = Decimal(0)
        self._open = False

    def add(self, item: _Item) -> None:
        if item.kind == "hundred":
            if self._current >= 100:
                self.close()  # `one hundred one hundred …`, as a looping model says
            self._current = (self._current or Decimal(1)) * 100
        elif item.kind == "scale":
            self._scale(Decimal(item.text))
        elif item.text.startswith("."):
            self._current += _fraction(item.text)
        else:
            if self._open and not _continues(self._total, self._current, item):
                self.close()
            self._current += Decimal(item.text)
        self._open = True

    def _scale(self, scale: Decimal) -> None:
        """Scales come down within a number (`two million three thousand`); one that does not begins the next."""
        current = self._current or Decimal(1)
        if self._total and self._total % (scale * 1000):
            self._current = Decimal(0)
            self.close()
        self._total, self._current = self._total + current * scale, Decimal(0)

    def close(self) -> None:
        if self._open:
            self.parts.append(frozenset({canonical(format(self._total + self._current, "f"))}))
        self._total = self._current = Decimal(0)
        self._open = False


def _scalable(numeral: str) -> bool:
    return len(numeral) <= _SCALABLE_LENGTH and numeral.count(".") <= 1 and "," not in numeral and ":" not in numeral


def _fraction(text: str) -> Decimal:
    digits = text[1:]
    return Decimal(f"0.{digits}") if digits.isdigit() and len(digits) <= _SCALABLE_LENGTH else Decimal(0)


def _continues(total: Decimal, current: Decimal, item: _Item) -> bool:
    """Whether a value may be added to what stands before it (`forty` + `five`, not `five` + `forty`)."""
    if item.kind == "numeral" or item.text == "0":
        return False
    if current == 0:
        return total > 0 and Decimal(item.text) < 1000
    room = 10 ** len(item.text)
    return current % room == 0 and current % 100 != 10


def _numbered(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    return {word: start + step * index for index, word in enumerate(words.split())}


_NUMERALS_ONLY = _Grammar()
_GRAMMARS: Mapping[str, _Grammar] = {
    "en": _Grammar(
        values=_numbered(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
        | _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
        | _numbered(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
            1,
        )
        | {"thirtieth": 30, "nought": 0, "fourty": 40},
        hundreds=frozenset({"hundred"}),
        scales={"thousand": 1000, "grand": 1000, "k": 1000, "million": 10**6, "billion": 10**9},
        links=frozenset({"and"}),
        points=frozenset({"point"}),
        zeros=frozenset({"oh", "o"}),
        repeats={"double": 2, "triple": 3, "treble": 3},
    ),
    "es": _Grammar(
        values=_numbered(
            "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
            "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco "
            "veintiséis veintisiete veintiocho veintinueve"
        )
        | _numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
        | _numbered("cien doscientos trescientos cuatrocientos quinientos seiscientos", 100, 100)
        | _numbered("setecientos ochocientos novecientos", 700, 100)
        | _numbered("doscientas trescientas cuatrocientas quinientas seiscientas", 200, 100)
        | _numbered("setecientas ochocientas novecientas", 700, 100)
        | {"un": 1, "una": 1, "ciento": 100, "veintiún": 21, "veintiuna": 21, "dieciseis": 16, "veintidos": 22}
        | {"veintitres": 23, "veintiseis": 26, "primero": 1, "primer": 1, "primera": 1},
        scales={"mil": 1000, "millón": 10**6, "millones": 10**6},
        links=frozenset({"y"}),
        points=frozenset({"coma", "punto"}),
        repeats={"doble": 2},
    ),
}
