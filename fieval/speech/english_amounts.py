"""English numbers in their surroundings: currency and cents, dates, ranges, and what else is said with a number.

Every rule reads words only, never how a number was written, so that it does the same to `$3.50`, `3.50 dollars` and
`three dollars and fifty cents`; and no rule finds anything more to do in what the rules wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fieval.speech.english_chunks import RANGE
from fieval.speech.english_numbers import (
    CONTINUES,
    FRACTIONS,
    ORDINALS,
    SCALES,
    SMALL,
    STARTS,
    TENS,
    ZEROS,
    numeral,
    ordinal,
)
from fieval.speech.english_rows import CURRENCIES, REPEATS, Row, row_of, year_at
from fieval.speech.vocabulary import word_set

# Behind a number, units are compared in full and in the plural: `a $40 refund` is said `a forty dollar refund`.
_UNITS = {
    unit: line.split()[0]
    for line in (
        "dollars dollar", "pounds pound lb lbs", "euros euro", "cents cent", "rupees rupee", "kilometers kilometer km",
        "kilograms kilogram kg", "centimeters centimeter cm", "millimeters millimeter mm", "milliliters milliliter ml",
        "milligrams milligram mg", "feet foot ft", "ounces ounce oz", "megabytes megabyte mb", "gigabytes gigabyte gb",
        "terabytes terabyte tb", "megawatts megawatt mw", "gigawatts gigawatt gw", "hertz hz", "megahertz mhz",
        "gigahertz ghz",
    )
    for unit in line.split()
}  # fmt: skip
_SHORT = {
    "bps": "basis points", "bp": "basis points", "mph": "miles per hour", "kwh": "kilowatt hours", "hr": "hour",
    "hrs": "hours", "min": "minute", "mins": "minutes", "sec": "second", "secs": "seconds", "yr": "year",
    "yrs": "years",
}  # fmt: skip
_SINGULAR = {"feet": "foot", "pence": "penny", "hertz": "hertz", "megahertz": "megahertz", "gigahertz": "gigahertz"}
_CENTS = {"dollars": "cents", "euros": "cents", "pounds": "pence"}
_CENT_WORDS = word_set("cent cents penny pence ¢")
_MONTHS = {
    month: line.split()[0]
    for line in (
        "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
        "september sept sep", "october oct", "november nov", "december dec",
    )
    for month in line.split()
}  # fmt: skip
_SUFFIXES = word_set("st nd rd th")
_TIME = re.compile(r"(?:1[0-2]|[1-9])\.[0-5][0-9]")
_PARTS = frozenset(FRACTIONS.values())
_NO_YEAR_BEFORE = _PARTS | ORDINALS.keys()

_DICTATED = frozenset({*ZEROS, *REPEATS})
_MATTERS_BEFORE = frozenset({*_MONTHS, *_DICTATED, "a", "point"})
_COMPLETES = _SUFFIXES | {"and", "am", "pm", "a", "p"}
_MATTERS_BEHIND = frozenset(
    {*_UNITS, *_SHORT, *_COMPLETES, *CONTINUES, *STARTS, *ORDINALS, *CURRENCIES, *_DICTATED, RANGE}
)
_COUNTED = frozenset({*_UNITS, *_SHORT, *_PARTS, "percent", "pence", "penny"}) | {
    name.split()[0] for name in (*CURRENCIES.values(), *_SHORT.values())
}
_MEASURED = frozenset({*_UNITS, *_SHORT, *SCALES}) | word_set(
    "percent basis times x people years year months month weeks week days day hours hour minutes minute seconds second"
)
_BEFORE_PRONOUN = word_set("another any each every no other some that this which")
_POINT_IN_TIME = word_set("this that some any the a one which starting every what each")
_DIGITS = {word: str(value) for word, value in (SMALL | TENS).items()}

# Words that the rules look for behind a number; those of the second set matter nowhere else.
LOOKED_FOR = (_MATTERS_BEHIND | {"percent"}) - {"am", "pm"}
BEHIND_NUMBERS = frozenset({*_UNITS, *_SHORT, *_SUFFIXES})


def numbers(words: Sequence[str], at: int, out: list[str]) -> int:
    """Writes the numbers that begin at a place, with what belongs to them; returns the place behind."""
    following = words[at + 1]
    if following not in _MATTERS_BEHIND and not numeral(following) and out[-1] not in _MATTERS_BEFORE:
        word = words[at]
        text = word if word.isdigit() else _DIGITS.get(word)
        if text is not None:  # most numbers stand alone
            out.append(text if text != "1" else "one")
            return at + 1
    end, sign = _write_row(words, at, "", out)
    while words[end] == RANGE:
        out.append("to")
        end, sign = _write_row(words, end + 1, sign, out)
    return end


def _write_row(words: Sequence[str], at: int, sign: str, out: list[str]) -> tuple[int, str]:
    """Writes one row, and its unit unless another row shares it; the place behind, and the sign to be shared."""
    row = Row(words, at, _is_range)
    if not row.items or (words[at] in CURRENCIES and _dictating(out)):
        return _write_no_number(words[at], at, out), ""
    if out[-1] in _DICTATED:
        _dictated(row.items, out)
    row.items = [*row.items[:1], *row_of(row.items[1:])] if _pronoun(row.items, out) else row_of(row.items)
    if words[row.at] in _COMPLETES:
        _complete(row, out)
    sign, following = row.sign or sign, words[row.at]
    unit = [] if following == RANGE else _unit(row, sign, out)
    if out[-1] in _MATTERS_BEFORE:
        counted = following in _COUNTED or (sign != "" and following != RANGE)
        _mind_before(row.items, counted and len(row.items) == 1, "" if sign else following, out)
    out += row.items if "1" not in row.items else ["one" if text == "1" else text for text in row.items]
    return (_write_unit(row, unit, out) if unit else row.at), sign


def _write_no_number(word: str, at: int, out: list[str]) -> int:
    """A fraction, or a sign of currency without an amount."""
    if word in FRACTIONS:
        if _is_number(out[-1]) or out[-1] in _DICTATED or out[-1] == "point":
            out.append("and")
        out[-1] = _MONTHS.get(out[-1], out[-1])
        out += ["one" if word[0] == "1" else word[0], FRACTIONS[word]]
    else:
        out += CURRENCIES[word].split()
    return at + 1


def _is_number(word: str) -> bool:
    return word.isdigit() or word == "one"


# --- the first number and what stands before it --------------------------------------------------------------------


def _pronoun(items: list[str], out: list[str]) -> bool:
    """Whether `one` is no number: `that one, two weeks ago`."""
    return items[0] == "1" and len(items) > 1 and out[-1] in _BEFORE_PRONOUN


def _dictating(out: list[str]) -> bool:
    """Whether digits, or the decimals of a number, would go on with what follows."""
    return (out[-1] in _DICTATED or out[-1] == "point") and (_is_number(out[-2]) or out[-2] in _DICTATED)


def _dictated(items: list[str], out: list[str]) -> None:
    """`oh` and `double` before digits that are said one by one belong to them."""
    if len(items[0]) > 1 or not items[0].isdigit():
        return
    alone = len(items) == 1 or not items[1].isdigit()
    if out[-1] in ZEROS:
        zeros = 1 + (out[-2] in ZEROS)
        before = out[-1 - zeros]
        if zeros > 1 or before in REPEATS or not (alone or len(items[1]) > 1):
            del out[-zeros:]
            items.insert(0, "0" * (zeros - 1 + REPEATS.get(before, 1)))
            if before in REPEATS:
                del out[-1]
    elif out[-1] in REPEATS and not alone:
        items[0] *= REPEATS[out.pop()]


def _mind_before(items: list[str], counted: bool, following: str, out: list[str]) -> None:
    """What the words before a row make of its first number: `a hundred`, `point five percent`, `May 5`."""
    if out[-1] == "a" and _said_with_article(items[0].partition(".")[0]):
        while out[-1] == "a" and not numeral(out[-2]) and out[-2] != "one":
            out.pop()
    if not items[0].isdigit():
        return
    if out[-1] == "point":
        _decimals_alone(items, following, out)
    elif out[-1] in _MONTHS:
        out[-1] = _MONTHS[out[-1]]
        day = int(items[0]) if len(items[0]) <= 2 else 0
        dated = len(items) == 1 or year_at(items, 1)[1] == 1 or items[1] in ORDINALS
        if 0 < day < 32 and dated and not counted:
            items[0] = ordinal(day)


def _said_with_article(text: str) -> bool:
    """Whether a number may be said `a hundred …`, `a thousand …`, `a million …`; the article is then part of it."""
    if not text.isdigit() or text[0] != "1":
        return False
    return len(text) % 3 == 0 or len(text) in (7, 10, 13) or (len(text) == 4 and text < "1100")


def _decimals_alone(items: list[str], following: str, out: list[str]) -> None:
    """`point five percent`, but not `at this point five percent`."""
    if _is_number(out[-2]):
        whole = out[-2] if out[-2] != "one" else "1"
        del out[-2:]
        items[0] = f"{whole}.{items[0]}"
    elif following == "percent" and len(items) == 1 and out[-2] not in _POINT_IN_TIME and not numeral(out[-2]):
        out.pop()
        items[0] = f"0.{items[0]}"


# --- the last number and what stands behind it ---------------------------------------------------------------------


def _complete(row: Row, out: list[str]) -> None:
    """`21` `st`; `3.30` `pm`, as the British write it; `2000` `and 19`, as a recogniser leaves it half-way."""
    text, following, after = row.items[-1], row.words[row.at], row.words[row.at + 1]
    if following in _SUFFIXES:
        if text.isdigit() and len(text) < 12 and ordinal(int(text)).endswith(following):
            row.items[-1] = ordinal(int(text))
            row.at += 1
    elif following == "and":
        if text == "2000" and not row.sign:
            _add_year(row)
    elif (following in ("am", "pm") or after == "m") and _TIME.fullmatch(text) and out[-1] not in _DICTATED:
        row.items = row_of([*row.items[:-1], text.removesuffix(".00").replace(".", "")])


def _add_year(row: Row) -> None:
    years = Row(row.words, row.at + 1, _is_range)
    rest = row_of(years.items)
    following = row.words[years.at]
    if len(rest) == 1 and _is_hundredths(rest[0]) and rest[0][0] != "0" and following not in _NO_YEAR_BEFORE:
        row.items[-1] = str(2000 + int(rest[0]))
        row.at, row.sign = years.at, years.sign


def _unit(row: Row, sign: str, out: list[str]) -> list[str]:
    """What the last number of a row counts, with the amount put in cents where it is said so."""
    following = row.words[row.at]
    if not numeral(row.items[-1][-1]):
        return []
    if sign:
        unit = CURRENCIES[sign].split()
        row.at += _UNITS.get(following) == unit[-1]
    elif following in _UNITS or following in CURRENCIES:
        unit = [_UNITS[following]] if following in _UNITS else CURRENCIES[following].split()
        row.at += 1
    else:
        row.at += following in _SHORT
        return _SHORT.get(following, "").split()
    whole, _, cents = row.items[-1].partition(".")
    if unit[-1] in _CENTS and len(cents) == 2 and (len(row.items) > 1 or not _goes_on(out)):
        if cents == "00":
            row.items[-1] = whole
        elif not whole.strip("0") and len(unit) == 1:
            row.items[-1] = cents.lstrip("0")
            unit = [_CENTS[unit[0]]]
        row.items = row_of(row.items)
    return unit


def _goes_on(out: list[str]) -> bool:
    """Whether digits that are put next would be taken for the rest of an amount."""
    return out[-1] in _DICTATED or out[-1] == "point" or out[-1 - (out[-1] == "and")] in _CENTS


def _write_unit(row: Row, unit: list[str], out: list[str]) -> int:
    """Writes the unit behind the amount that was written; what follows in cents becomes its decimals."""
    amount, at = row.items[-1], row.at
    if unit[-1] in _CENTS and amount.strip("0").isdigit():
        cents = Row(row.words, at + (row.words[at] == "and"), _is_range)
        texts = row_of(cents.items)
        if len(texts) == 1 and _is_hundredths(texts[0]) and row.words[cents.at] in _CENT_WORDS and not cents.sign:
            amount, at = f"{amount}.{texts[0]:>02}", cents.at + 1
            out[-1] = amount
    if amount == "1":
        unit = [*unit[:-1], _SINGULAR.get(unit[-1]) or unit[-1].removesuffix("s")]
    out += unit
    return at


def _is_hundredths(text: str) -> bool:
    return text.isdigit() and len(text) <= 2 and int(text) > 0


def _is_range(words: Sequence[str], at: int) -> bool:
    """Whether a hyphen between numerals is said `to`: before what is counted or measured, between small numbers."""
    right = at + 1 + (words[at + 1] in CURRENCIES)
    first, second = words[at - 1], words[right]
    if RANGE in (words[at - 2], words[right + 1]) or not (_amounts(first) and _amounts(second)):
        return False
    if float(first) >= float(second):
        return False
    if words[right + 1] in _MEASURED or right > at + 1 or "." in first + second:
        return True
    years = year_at([first], 0)[1] + year_at([second], 0)[1]
    return years == 2 or (len(second) <= 2 and (first, second) != ("9", "11"))


def _amounts(word: str) -> bool:
    """Whether a word is a number that people count with, not a part of an identifier."""
    whole = word.replace(".", "", 1)
    return whole.isdigit() and len(whole) <= 5 and (word[0] != "0" or word.startswith("0."))
