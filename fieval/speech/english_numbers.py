"""English numbers among words: what one number is, wherever it ends, and the digits that it is written in.

`three point five million` and `3.5 million` are 3500000, `a hundred and five` is 105, `two and a half` is 2.5,
`twenty first` is 21st. What stands beside a number (currency, month, another number) is the work of `english_amounts`.
Sequences of words end in empty strings, so that looking ahead needs no bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from fieval.speech.vocabulary import word_set


class Number(NamedTuple):
    """A number and the place behind it."""

    text: str
    end: int


def _numbered(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    return {word: start + step * index for index, word in enumerate(words.split())}


ONES = _numbered("one two three four five six seven eight nine", 1)
SMALL = (
    {"zero": 0, "nought": 0, "naught": 0}
    | ONES
    | _numbered("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
)
TENS = _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10) | {"fourty": 40}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
DECADES = {"twenties": "20s", "thirties": "30s", "forties": "40s", "fifties": "50s", "sixties": "60s"} | {
    "seventies": "70s", "eighties": "80s", "nineties": "90s"
}  # fmt: skip
SMALL_ORDINALS = (
    _numbered("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth", 1)
    | _numbered("fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth", 14)
)  # fmt: skip
ROUND_ORDINALS = _numbered("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth", 20, 10) | {
    "hundredth": 100, "thousandth": 1000
}  # fmt: skip
ORDINALS = SMALL_ORDINALS | ROUND_ORDINALS
FRACTIONS = {"1/2": "half", "1/3": "third", "2/3": "thirds", "1/4": "quarter", "3/4": "quarters"}

# Words that begin a number; `first`, `second` and `third` stay as they are.
STARTS = frozenset({*SMALL, *TENS, "hundred", *SCALES, *DECADES, *FRACTIONS, *ORDINALS} - {"first", "second", "third"})
# Words that can make one number of a numeral and what follows it.
CONTINUES = frozenset({*SCALES, *FRACTIONS, "hundred", "point", "and", "hundredth", "thousandth"})
_AND_A_HALF = {
    ("a", "half"): ".5", ("one", "half"): ".5", ("1", "half"): ".5", ("a", "quarter"): ".25", ("one", "quarter"): ".25",
    ("1", "quarter"): ".25", ("three", "quarters"): ".75", ("3", "quarters"): ".75",
}  # fmt: skip
_MIXED = {"1/2": ".5", "1/4": ".25", "3/4": ".75"}
ZEROS = frozenset({"oh", "o"})
_SINGLE_DIGITS = {word: str(value) for word, value in SMALL.items() if value < 10} | {
    str(each): str(each) for each in range(10)
}
_COMPUTABLE = 13  # longer numerals are identifiers, not amounts

# Of these there are never millions and a few: `45 million, 21 percent`, `15 million one time`.
_COUNTED_IN_FEW = word_set("percent cents basis bps time times year years month months week weeks of which")

# `twenty second` is 22nd, but a `thirty second` clip lasts 30 seconds, and nobody counts quarters up to the 21st.
_NOT_ORDINAL_BEFORE = frozenset({"quarter", "quarters", "half"})
_NOT_ORDINAL_BEHIND = frozenset({"a", "every", "per"})
_SECOND_BEFORE = word_set("of street avenue floor percentile time annual anniversary year district place")


def numeral(word: str) -> bool:
    """Whether a word begins with an ASCII digit."""
    return "0" <= word[:1] <= "9"


def single_digit(word: str) -> str:
    """The digit that a word is, if it is one; `oh` is a zero between digits."""
    return "0" if word in ZEROS else _SINGLE_DIGITS.get(word, "")


def number_at(words: Sequence[str], at: int) -> Number | None:
    """The number that begins at a place; ordinals and decades count, fractions such as `1/3` do not."""
    word = words[at]
    if numeral(word):
        if words[at + 1] not in CONTINUES and word.isdigit():
            return Number(word, at + 1)
        return _with_numeral(words, at)
    if word in SMALL and words[at + 1] not in CONTINUES:
        return Number(str(SMALL[word]), at + 1)
    if word in DECADES:
        return Number(DECADES[word], at + 1)
    if word in ORDINALS:
        return Number(ordinal(ORDINALS[word]), at + 1)
    return _amount(words, at)


def ordinal(value: int) -> str:
    """`21st` of 21; the first three are the words that most often are no dates."""
    if value <= 3:
        return ("0th", "first", "second", "third")[value]
    last = value % 10 if value % 100 // 10 != 1 else 0
    return f"{value}{('th', 'st', 'nd', 'rd')[last] if last <= 3 else 'th'}"


def _with_numeral(words: Sequence[str], at: int) -> Number | None:
    word = words[at]
    if word in FRACTIONS:
        return None
    if word[-2:] in ("st", "nd", "rd", "th"):
        return Number(ordinal(int(word[:-2])) if len(word) < _COMPUTABLE else word, at + 1)
    if word.replace(".", "", 1).isdigit():
        return _amount(words, at)
    return Number(word, at + 1)


def _amount(words: Sequence[str], at: int) -> Number | None:
    """One or more parts with the words of size behind them: `two million` `three hundred thousand` `and five`."""
    part = Number("1", at) if words[at] in SCALES else _part(words, at)
    if part is None:
        return None
    scale = SCALES.get(words[part.end], 1)
    if scale == 1 or len(part.text) > _COMPUTABLE:
        return _ordinal_after(words, part) or Number(part.text, part.end)
    total, end = _times(part.text, scale), part.end + 1
    while scale > 1 and (following := _next_part(words, end, scale)) is not None:
        scale = SCALES.get(words[following.end], 1)
        total += _times(following.text, scale)
        end = following.end + (scale > 1)
    fraction = _AND_A_HALF.get((words[end + 1], words[end + 2])) if words[end] == "and" else None
    if fraction and words[end - 1] in SCALES:
        return Number(
            _plain(total + int(Decimal(fraction) * SCALES[words[end - 1]])), end + 3
        )  # `a million and a half`
    whole = Number(_plain(total) if total else part.text, end)
    return _ordinal_after(words, whole) or _larger(words, whole)


def _larger(words: Sequence[str], number: Number) -> Number:
    """`five thousand` `million`, and whatever else a number in digits would take."""
    while True:
        number = _with_fraction(words, number)
        scale = SCALES.get(words[number.end])
        if scale is None or len(number.text) > _COMPUTABLE:
            return number
        larger = _times(number.text, scale)
        number = Number(_plain(larger) if larger else number.text, number.end + 1)


def _times(text: str, scale: int) -> int | Decimal:
    if text.isdigit():
        return int(text) * scale
    value = Decimal(text) * scale
    return value if scale == 1 else int(value) if value == int(value) else value.normalize()


def _next_part(words: Sequence[str], end: int, limit: int) -> Number | None:
    """What belongs to the same number behind `thousand` or `million`; sizes come down within a number."""
    linked = words[end] == "and"
    start = end + linked
    part = _part(words, start)
    if part is None or len(part.text) > _COMPUTABLE or not Decimal(part.text):
        return None
    scale = SCALES.get(words[part.end], 1)
    if Decimal(part.text) * scale >= limit or (scale == 1 and limit > 1000 and words[part.end] in _COUNTED_IN_FEW):
        return None
    if numeral(words[start]) and scale == 1 and not (linked and len(part.text) <= 2) and part.text[-3:] != "000":
        return None
    return part


def _part(words: Sequence[str], at: int) -> Number | None:
    """A number below 10,000 in words, or a numeral, with the decimals or the fraction behind it."""
    word = words[at]
    if numeral(word):
        if not word.replace(".", "", 1).isdigit():
            return None
        part = Number(word, at + 1)
        if len(word) <= 2 and word[0] != "0" and words[at + 1] == "hundred":
            part = _hundreds(words, int(word), at + 1)
    elif (group := _below_hundred(words, at)) is not None:
        value, end = group
        part = _hundreds(words, value, end) if words[end] == "hundred" and value else Number(str(value), end)
    elif word == "hundred":
        part = _hundreds(words, 1, at)
    else:
        return None
    return _with_fraction(words, part)


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int] | None:
    word = words[at]
    if word in SMALL:
        return SMALL[word], at + 1
    if word not in TENS:
        return None
    one = ONES.get(words[at + 1])
    return (TENS[word], at + 1) if one is None else (TENS[word] + one, at + 2)


def _hundreds(words: Sequence[str], value: int, at: int) -> Number:
    """`value` hundred, at `hundred`, and the rest below a hundred, if one follows."""
    start = at + 1 + (words[at + 1] == "and")
    rest = _below_hundred(words, start)
    if rest is None and words[start].isdigit() and len(words[start]) <= 2 and words[start][0] != "0":
        rest = int(words[start]), start + 1
    dictated = start == at + 1 and words[start] in ONES and single_digit(words[start + 1]) != ""
    if rest is None or not rest[0] or dictated or words[rest[1]] == "hundred":
        return Number(str(value * 100), at + 1)
    return Number(str(value * 100 + rest[0]), rest[1])


def _with_fraction(words: Sequence[str], part: Number) -> Number:
    """`3.14` of `3` and `point one four`, `2.5` of `2` and `and a half`."""
    text, end = part
    following = words[end]
    if "." in text:
        return part
    if following == "point":
        decimals, after = _decimals(words, end + 1)
        return Number(f"{text}.{decimals}", after) if decimals else part
    if following in _MIXED:
        return Number(text + _MIXED[following], end + 1)
    if following == "and":
        if words[end + 1] in _MIXED:
            return Number(text + _MIXED[words[end + 1]], end + 2)
        fraction = _AND_A_HALF.get((words[end + 1], words[end + 2]))
        if fraction:
            return Number(text + fraction, end + 3)
    return part


def _decimals(words: Sequence[str], at: int) -> tuple[str, int]:
    """The digits behind a point: one by one (`one four`), or all at once (`fourteen`, `14`)."""
    digits: list[str] = []
    while (digit := single_digit(words[at])) and not (digits and words[at + 1] == "point"):
        digits.append(digit)
        at += 1
    word = words[at]
    if digits:
        return "".join(digits), at
    if word in ("hundred", "thousand"):
        return ("100" if word == "hundred" else "1000"), at + 1
    if word.isdigit():
        return word, at + 1
    group = _below_hundred(words, at)
    return ("", at) if group is None else (str(group[0]), group[1])


def _ordinal_after(words: Sequence[str], part: Number) -> Number | None:
    """`21st` of `twenty first`, `105th` of `a hundred and fifth`; numerals make none with a word behind them."""
    before = words[part.end - 1]
    room = 10 if before in TENS else 100 if before == "hundred" or before in SCALES else 0
    end = part.end + (room == 100 and words[part.end] == "and")
    value = ORDINALS.get(words[end], 0)
    if "." in part.text or not value:
        return None
    if value >= 100 and (before in SMALL or before in TENS) and part.text.strip("0"):
        return Number(ordinal(int(part.text) * value), end + 1)  # `two hundredth`
    if value >= room:
        return None
    following = words[end + 1]
    if following in _NOT_ORDINAL_BEFORE and value <= 4:
        return None
    in_time = before != "twenty" or words[part.end - 2] in _NOT_ORDINAL_BEHIND
    if value == 2 and in_time and following not in _SECOND_BEFORE:
        return None
    return Number(ordinal(int(part.text) + value), end + 1)


def _plain(value: int | Decimal) -> str:
    """Digits without exponent."""
    return str(value) if isinstance(value, int) else format(value, "f")
