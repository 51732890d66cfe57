"""English numbers in their surroundings: currency and cents, dates, ranges, and what else is said with a number.

Every rule reads words only, never how a number was written, so that it does the same to `$3.50`, `3.50 dollars` and
`three dollars and fifty cents`; and no rule finds anything more to do in what the rules wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_lowercase

from fieval.speech.english_chunks import RANGE
from fieval.speech.english_numbers import (
    CONTINUES,
    FRACTIONS,
    ORDINALS,
    SMALL,
    STARTS,
    TENS,
    ZEROS,
    numeral,
    ordinal,
)
from fieval.speech.english_rows import CURRENCIES, REPEATS, Row, row_of, year_at
from fieval.speech.english_units import (
    CENT_WORDS,
    CENTS,
    COUNTED,
    MEASURED,
    PARTS,
    SHORT,
    SINGULAR,
    UNITS,
    is_range,
    share_unit,
)
from fieval.speech.vocabulary import word_set

_MONTHS = {
    month: line.split()[0]
    for line in (
        "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
        "september sept sep", "october oct", "november nov", "december dec",
    )
    for month in line.split()
}  # fmt: skip
_SAID_BEFORE = _MONTHS | {"negative": "minus"}
_SUFFIXES = word_set("st nd rd th")
_TIME = re.compile(r"(?:1[0-2]|[1-9])\.[0-5][0-9]")
_NO_YEAR_BEFORE = PARTS | ORDINALS.keys()

_DICTATED = frozenset({*ZEROS, *REPEATS})
_ONE_AMOUNT = word_set("dollar pound euro")
# Two letters that stand before a number are spelled, as one by one they would not be put together: `BA 249`.
_NO_LETTERS = word_set(
    "ad ah ai am an as at aw ax ay da fi ha hi id if in io ip iq ir is it la ma mi my na pa pi si ta ti ui wi ya"
)
_LETTERS = {
    f"{one}{two}" for one in ascii_lowercase for two in ascii_lowercase if {one, two} & {"a", "i"}
} - _NO_LETTERS
_MATTERS_BEFORE = frozenset({*_LETTERS, *_MONTHS, *_DICTATED, *_ONE_AMOUNT, "a", "point", "negative"})
_COMPLETES = _SUFFIXES | {"and", "am", "pm", "a", "p"}
_MATTERS_BEHIND = frozenset(
    {*UNITS, *SHORT, *_COMPLETES, *CONTINUES, *STARTS, *ORDINALS, *CURRENCIES, *_DICTATED, RANGE}
)
_BEFORE_PRONOUN = word_set("another any each every no other some that this which")
_POINT_IN_TIME = word_set("this that some any the a one which starting every what each")

_NOT_ALONE_BEFORE = MEASURED | COUNTED | {*_SUFFIXES, *ORDINALS, RANGE, "to"}
_BEHIND_ZERO = frozenset({"800", "808", "845"})
_DIGITS = {word: str(value) for word, value in (SMALL | TENS).items()}

# Words that the rules look for behind a number; those of the second set matter nowhere else.
LOOKED_FOR = (_MATTERS_BEHIND | {"percent"}) - {"am", "pm"}
BEHIND_NUMBERS = frozenset({*UNITS, *SHORT, *_SUFFIXES})


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
    row = Row(words, at, is_range)
    if not row.items or (words[at] in CURRENCIES and _dictating(out)):
        return _write_no_number(words[at], at, out), ""
    if out[-2] == "a" and out[-1] in _ONE_AMOUNT and _is_rest(row, row.at + (words[row.at] in CENT_WORDS)):
        out[-2:] = [f"1.{''.join(row.items)}", UNITS[out[-1]]]
        return row.at + (words[row.at] in CENT_WORDS), ""
    one_by_one = len(row.items) > 1 and all(len(text) == 1 for text in row.items)
    if out[-1] in _DICTATED:
        _dictated(row, out)
    row.items = [*row.items[:1], *row_of(row.items[1:])] if _pronoun(row.items, out) else row_of(row.items)
    if words[row.at] in _COMPLETES:
        _complete(row, out)
    sign, following = row.sign or sign, words[row.at]
    if out[-1] == "point" and row.items[0].isdigit():
        _decimals_alone(row.items, one_by_one, "" if sign else following, out)
    unit = [] if following == RANGE else _unit(row, sign, out)
    if out[-1] in _MATTERS_BEFORE:
        counted = following in COUNTED or (sign != "" and following != RANGE)
        _mind_before(row.items, counted and len(row.items) == 1, out)
    out += row.items if "1" not in row.items else ["one" if text == "1" else text for text in row.items]
    return (_write_unit(row, unit, out) if unit else row.at), sign


def _write_no_number(word: str, at: int, out: list[str]) -> int:
    """A fraction, a sign of currency without an amount, or whatever else a hyphen stood before."""
    if word in FRACTIONS:
        if _is_number(out[-1]) or out[-1] in _DICTATED or out[-1] == "point":
            out.append("and")
        out[-1] = _SAID_BEFORE.get(out[-1], out[-1])
        _spell(out)
        out += ["one" if word[0] == "1" else word[0], FRACTIONS[word]]
    else:
        out += CURRENCIES.get(word, word).split()
    return at + 1


def _spell(out: list[str]) -> None:
    if out[-1] in _LETTERS and len(out[-2]) != 1:
        out[-1:] = out[-1]


def _is_number(word: str) -> bool:
    return word.isdigit() or word == "one"


# --- the first number and what stands before it --------------------------------------------------------------------


def _pronoun(items: list[str], out: list[str]) -> bool:
    """Whether `one` is no number: `that one, two weeks ago`."""
    return items[0] == "1" and len(items) > 1 and out[-1] in _BEFORE_PRONOUN


def _dictating(out: list[str]) -> bool:
    """Whether digits, or the decimals of a number, would go on with what follows."""
    return (out[-1] in _DICTATED or out[-1] == "point") and (_is_number(out[-2]) or out[-2] in _DICTATED)


def _dictated(row: Row, out: list[str]) -> None:
    """`oh` and `double` before digits that are said one by one belong to them."""
    items = row.items
    alone = len(items) == 1 or not items[1].isdigit()
    repeated = out[-1] in REPEATS and len(items[0]) == 1 and items[0].isdigit()
    if repeated:
        if alone and (row.sign or row.words[row.at] in _NOT_ALONE_BEFORE or out[-2] in UNITS):
            return
        items[0] *= REPEATS[out.pop()]
    if out[-1] not in ZEROS or not items[0].isdigit():
        return
    zeros = 1 + (out[-2] in ZEROS)
    before = out[-1 - zeros]
    single = len(items[0]) == 1
    certain = single and (zeros > 1 or before in REPEATS or before == "point" or not (alone or len(items[1]) > 1))
    if certain or (not (alone or _is_number(before)) and (repeated or items[0] in _BEHIND_ZERO)):
        del out[-zeros:]
        items.insert(0, "0" * (zeros - 1 + REPEATS.get(before, 1)))
        if before in REPEATS:
            del out[-1]


def _mind_before(items: list[str], counted: bool, out: list[str]) -> None:
    """What the words before a row make of its first number: `a hundred`, `negative five`, `May 5`."""
    if out[-1] == "a" and _said_with_article(items[0].partition(".")[0]):
        while out[-1] == "a" and not numeral(out[-2]) and out[-2] != "one":
            out.pop()
    if numeral(items[0]) and not (out[-1][-1:] == "a" and _said_with_article(items[0].partition(".")[0])):
        _spell(out)
    if out[-1] == "negative" and numeral(items[0][-1]):
        out[-1] = "minus"
    if items[0].isdigit() and out[-1] in _MONTHS:
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


def _decimals_alone(items: list[str], one_by_one: bool, following: str, out: list[str]) -> None:
    """`point five percent`, `point two five`, `oh point five`, but not `at this point five percent`."""
    certain = (len(items) == 1 and (one_by_one or following == "percent")) or items[0][:1] == "0" < items[0][1:]
    if _is_number(out[-2]) or out[-2] in ZEROS:
        whole = {"one": "1", "oh": "0", "o": "0"}.get(out[-2], out[-2])
        del out[-2:]
        items[0] = f"{whole}.{items[0]}"
    elif certain and out[-2] not in _POINT_IN_TIME and not numeral(out[-2]):
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
    years = Row(row.words, row.at + 1, is_range)
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
        row.at += UNITS.get(following) == unit[-1]
    elif following in UNITS or following in CURRENCIES:
        unit = [UNITS[following]] if following in UNITS else CURRENCIES[following].split()
        row.at += 1
    else:
        row.at += following in SHORT
        return SHORT.get(following, "").split()
    whole, _, cents = row.items[-1].partition(".")
    if unit[-1] in CENTS and len(cents) == 2 and (len(row.items) > 1 or not _goes_on(out)):
        if cents == "00":
            row.items[-1] = whole
        elif not whole.strip("0") and len(unit) == 1:
            row.items[-1] = cents.lstrip("0")
            unit = [CENTS[unit[0]]]
        row.items = row_of(row.items)
    return unit


def _goes_on(out: list[str]) -> bool:
    """Whether digits that are put next would be taken for the rest of an amount."""
    return out[-1] in _DICTATED or out[-1] == "point" or out[-1 - (out[-1] == "and")] in CENTS


def _write_unit(row: Row, unit: list[str], out: list[str]) -> int:
    """Writes the unit behind the amount that was written; what follows in cents becomes its decimals."""
    amount, at = row.items[-1], row.at
    if unit[-1] in CENTS and amount.strip("0").isdigit():
        cents = Row(row.words, at + (row.words[at] == "and"), is_range)
        texts = row_of(cents.items)
        if len(texts) == 1 and _is_hundredths(texts[0]) and row.words[cents.at] in CENT_WORDS and not cents.sign:
            amount, at = f"{amount}.{texts[0]:>02}", cents.at + 1
            out[-1] = amount
        elif len(amount) < 4 and cents.at > at and row.words[at] != "and" and _is_rest(cents, cents.at):
            amount, at = f"{amount}.{texts[0]}", cents.at
            out[-1] = amount
    if amount == "1":
        unit = [*unit[:-1], SINGULAR.get(unit[-1]) or unit[-1].removesuffix("s")]
    out += unit
    share_unit(unit, out)
    return at


def _is_rest(row: Row, at: int) -> bool:
    """Whether a row is cents that are said without the word: `twelve dollars fifty`, but not `… fifty percent`."""
    following = row.words[at]
    text = "".join(row.items)
    return len(text) == 2 and text.isdigit() and text[0] != "0" and not row.sign and following not in _NOT_ALONE_BEFORE


def _is_hundredths(text: str) -> bool:
    return text.isdigit() and len(text) <= 2 and int(text) > 0
