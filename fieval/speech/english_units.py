"""What English numbers count: units, in full and in the plural, and where a hyphen between two numbers is said."""

from __future__ import annotations

from collections.abc import Sequence

from fieval.speech.english_chunks import RANGE
from fieval.speech.english_numbers import FRACTIONS, SCALES, numeral
from fieval.speech.english_rows import CURRENCIES, year_at
from fieval.speech.vocabulary import word_set

# Behind a number, units are compared in full and in the plural: `a $40 refund` is said `a forty dollar refund`.
UNITS = {
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
SHORT = {
    "bps": "basis points", "bp": "basis points", "mph": "miles per hour", "kwh": "kilowatt hours", "hr": "hour",
    "hrs": "hours", "min": "minute", "mins": "minutes", "sec": "second", "secs": "seconds", "yr": "year",
    "yrs": "years",
}  # fmt: skip
SINGULAR = {"feet": "foot", "pence": "penny", "hertz": "hertz", "megahertz": "megahertz", "gigahertz": "gigahertz"}
CENTS = {"dollars": "cents", "euros": "cents", "pounds": "pence"}
CENT_WORDS = word_set("cent cents penny pence ¢")
PARTS = frozenset(FRACTIONS.values())
COUNTED = frozenset({*UNITS, *SHORT, *PARTS, "percent", "pence", "penny"}) | {
    name.split()[0] for name in (*CURRENCIES.values(), *SHORT.values())
}
MEASURED = frozenset({*UNITS, *SHORT, *SCALES}) | word_set(
    "percent basis times x people years year months month weeks week days day hours hour minutes minute seconds second"
)
# Before the number behind these, the unit of the number before them need not be said.
_ALTERNATIVES = word_set("to or")
# The numbers behind these are read with them, which the unit between would have kept them from.
_READ_ON = word_set(
    "january february march april may june july august september october november december a point oh o double triple "
    "treble negative"
)


def is_range(words: Sequence[str], at: int) -> bool:
    """Whether a hyphen between numerals is said `to`: before what is counted or measured, between small numbers."""
    right = at + 1 + (words[at + 1] in CURRENCIES)
    first, second = words[at - 1], words[right]
    if RANGE in (words[at - 2], words[right + 1]) or not (_amounts(first) and _amounts(second)):
        return False
    if float(first) >= float(second):
        return False
    if words[right + 1] in MEASURED or right > at + 1 or "." in first + second:
        return True
    years = year_at([first], 0)[1] + year_at([second], 0)[1]
    return years == 2 or (len(second) <= 2 and (first, second) != ("9", "11"))


def _amounts(word: str) -> bool:
    """Whether a word is a number that people count with, not a part of an identifier."""
    whole = word.replace(".", "", 1)
    return whole.isdigit() and len(whole) <= 5 and (word[0] != "0" or word.startswith("0."))


def share_unit(unit: Sequence[str], out: list[str]) -> None:
    """`$5 to $10` and `five to ten dollars` are the same: a unit is said once, behind the last number."""
    size = len(unit)
    first, link, second = out[-3 - 2 * size : -2 - 2 * size], out[-2 - size : -1 - size], out[-1 - size : -size]
    before = out[-2 - 2 * size : -2 - size]
    if not (first and _same(before, unit) and numeral(second[0]) and (numeral(first[0]) or first[0] == "one")):
        return
    ahead = out[-4 - 2 * size]
    both = link[0] == "and" and ahead == "between" and _value(first[0]) < _value(second[0])
    if ahead not in _READ_ON and (link[0] in _ALTERNATIVES or both):
        del out[-2 - 2 * size : -2 - size]


def _same(words: Sequence[str], unit: Sequence[str]) -> bool:
    return [*map(_in_full, words)] == [*map(_in_full, unit)]


def _in_full(word: str) -> str:
    return UNITS.get(word, word)


def _value(text: str) -> float:
    return 1.0 if text == "one" else float(text) if text.replace(".", "", 1).isdigit() else 0.0
