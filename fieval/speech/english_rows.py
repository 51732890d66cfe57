"""Numbers that follow each other in English.

They are one row of digits, as nobody can tell `919-696-3901` from `nine one nine …`, `3:30` from `three thirty`, or
`2020` from `twenty twenty`. Only a year beside short numbers stands alone, and a number that is too long to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieval.speech.english_chunks import RANGE
from fieval.speech.english_numbers import CONTINUES, STARTS, ZEROS, number_at, numeral, single_digit

CURRENCIES = {
    "$": "dollars", "£": "pounds", "€": "euros", "¥": "yen", "₹": "rupees", "¢": "cents", "us$": "usa dollars",
    "c$": "canadian dollars", "ca$": "canadian dollars", "a$": "australian dollars", "au$": "australian dollars",
    "hk$": "hong kong dollars", "nz$": "new zealand dollars", "s$": "singapore dollars", "chf": "swiss francs",
}  # fmt: skip
REPEATS = {"double": 2, "triple": 3, "treble": 3}

_CURRENCY_SCALES = {"k": "thousand", "m": "million", "mm": "million", "b": "billion"}
_CENTURIES = frozenset({"17", "18", "19", "20"})
_LONG = 7  # digits
_FAR = 20  # words; more than a number is long


class Row:
    """The numbers read from a place on; `at` is the place behind them, `sign` the currency of the last one.

    `is_range` tells whether a hyphen between two numerals is said, so that the row ends there.
    """

    def __init__(self, words: Sequence[str], at: int, is_range: Callable[[Sequence[str], int], bool]) -> None:
        self.words, self.at = words, at
        self.items: list[str] = []
        self.sign = ""
        self._made, self._one_by_one = False, True
        while not self.sign and (self._number() or self._joint(is_range)):
            if self._made and words[self.at] in CONTINUES:
                self._go_on()

    def _number(self) -> bool:
        word = self.words[self.at]
        signed = word in CURRENCIES and word != "¢"
        start = self.at + signed
        if not (numeral(self.words[start]) or self.words[start] in STARTS):
            return False
        number = number_at(self.words, start)
        if number is None or (signed and not numeral(number.text[-1])):
            return False
        self.items.append(number.text)
        self.at = number.end
        self._made, self._one_by_one = False, self._one_by_one and len(number.text) == 1
        if signed:
            self.sign = word
            self._scale()
        return True

    def _scale(self) -> None:
        """`$5k` and `$3.5m` are short for thousands and millions; without a currency they may be anything."""
        scale = _CURRENCY_SCALES.get(self.words[self.at])
        if scale and self.words[self.at - 1] == self.items[-1]:
            scaled = number_at([self.items[-1], scale, "", "", ""], 0)
            if scaled is not None and scaled.end == 2:
                self.items[-1] = scaled.text
                self.at += 1

    def _joint(self, is_range: Callable[[Sequence[str], int], bool]) -> bool:
        """What may stand between numbers without dividing them: `oh`, `double`, and hyphens that are not said."""
        word = self.words[self.at]
        if not self.items:
            return False
        if word == RANGE and not is_range(self.words, self.at):
            self.at += 1
            return True
        if not self.items[-1].isdigit():
            return False
        return self._zeros() if word in ZEROS else word in REPEATS and self._repeated()

    def _zeros(self) -> bool:
        end = self.at
        while self.words[end] in ZEROS:
            end += 1
        dictated = len(self.items) > 1 and self._one_by_one
        if not dictated and not single_digit(self.words[end]):
            return False
        self.items += "0" * (end - self.at)
        self.at, self._made = end, True
        return True

    def _repeated(self) -> bool:
        digit = single_digit(self.words[self.at + 1])
        if digit:
            self.items.append(digit * REPEATS[self.words[self.at]])
            self.at, self._made, self._one_by_one = self.at + 2, True, False
        return bool(digit)

    def _go_on(self) -> None:
        """`double two` `and a half`: what goes on behind digits that no word of the text stands for."""
        number = number_at([self.items[-1], *self.words[self.at : self.at + _FAR], "", "", ""], 0)
        if number is not None:
            self.items[-1] = number.text
            self.at += number.end - 1
        self._made = False


def row_of(texts: Sequence[str]) -> list[str]:
    """Numbers that follow each other as they are compared: digits in a row, but years and long numbers alone."""
    if len(texts) == 1:
        return [*texts]
    row: list[str] = []
    run: list[str] = []
    at = 0
    while at < len(texts):
        text, used = texts[at], 1
        year, halves = year_at(texts, at)
        if not text.isdigit():
            text = _decade(run, text)
        elif year and sum(map(len, run[-3:])) <= 2:
            text, used = year, halves
        elif len(text) < _LONG:
            run.append(text)
            at += 1
            continue
        row += ["".join(run), text] if run else [text]
        run, at = [], at + used
    return [*row, "".join(run)] if run else row


def _decade(run: list[str], text: str) -> str:
    """`1980s` of `19` and `80s`; the century is taken from the run."""
    if not (run and len(text) == 3 and text.endswith("0s")):
        return text
    if run[-1] in _CENTURIES:
        return run.pop() + text
    if len(run) == 2 and "".join(run) in _CENTURIES:
        text = "".join(run) + text
        run.clear()
    return text


def year_at(texts: Sequence[str], at: int) -> tuple[str, int]:
    """A year that begins at a place, in one number, two halves or three pieces, and in how many; else nothing."""
    text, *rest = texts[at : at + 3]
    if len(text) == 4 and text[:2] in ("19", "20") and text.isdigit():
        return text, 1
    if text in ("19", "20") and rest and rest[0].isdigit():
        if len(rest[0]) == 2:
            return text + rest[0], 2
        if rest[0] == "0" and len(rest) == 2 and len(rest[1]) == 1 and rest[1].isdigit():
            return f"{text}0{rest[1]}", 3
    return "", 0
