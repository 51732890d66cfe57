"""A transcript made ready for looking things up: its words, the values of its numbers, its days, its spelled letters.

It errs on the side of finding: a number counts as said in digits, in words, as a dictated run, or as part of a time.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rapidfuzz import fuzz, process

from fieval.speech.characters import compatible
from fieval.speech.english import ENGLISH
from fieval.speech.identifiers import IDENTIFIER, is_identifier, spoken, squash, without_explanations
from fieval.speech.normalize import base_language
from fieval.speech.numbers import NumberSpan, canonical, number_spans
from fieval.speech.redaction import unchecked
from fieval.speech.spanish import SPANISH
from fieval.speech.vocabulary import Pattern, Vocabulary, word_set

_OTHER = Vocabulary()
_ALL_NOUNS_CAPITALISED = Vocabulary(capitals_are_names=False)
_VOCABULARIES = {"en": ENGLISH, "es": SPANISH, "de": _ALL_NOUNS_CAPITALISED, "lb": _ALL_NOUNS_CAPITALISED}

_SAME_NAME = 88.0
_STEM = 4
_SUBSTRING_DIGITS = 4
_LOOSE_DIGITS = 5
_LOOSE_GAP = 3

_NUMERAL_OR_WORD = r"[0-9]+(?:[.,:][0-9]+)*|[^\W\d_]+(?:['’][^\W\d_]+)*"
_TOKEN = re.compile(_NUMERAL_OR_WORD)
TOKEN_OR_BREAK = re.compile(rf"{_NUMERAL_OR_WORD}|[^\w\s$£€%-]")
HESITATIONS = word_set("uh um erm er hmm eh este")
_NUMERIC_DATE = re.compile(r"(?<![0-9])(?:[0-9]{4}[-/])?([0-9]{1,2})[-/]([0-9]{1,2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class _Numbers:
    """All values that may have been meant, dictated runs, and runs with a few words between them."""

    values: frozenset[str]
    dictated: str
    loose: str


class Grounds:
    """The index of one transcript; built once, asked for every summary of it."""

    def __init__(self, transcript: str, language: str) -> None:
        self.language = base_language(language)
        self.vocabulary = _VOCABULARIES.get(self.language, _OTHER)
        text = compatible(transcript)
        self.unchecked = unchecked(text)
        self.text = text.lower()
        self._said: dict[Pattern, bool] = {}
        self._clauses = [token for token in TOKEN_OR_BREAK.findall(self.text) if token not in HESITATIONS]
        self._tokens = [token for token in self._clauses if token[0].isalnum()]

    def says(self, pattern: Pattern) -> bool:
        """Whether the transcript has a pattern anywhere; remembered, as patterns are few and asked for often."""
        if pattern not in self._said:
            self._said[pattern] = pattern.search(self.text) is not None
        return self._said[pattern]

    def has_value(self, reading: str) -> bool:
        """Whether a number was said: as such, as a time on either half of the day, or as units and hundredths."""
        if reading in self._numbers.values:
            return True
        if ":" in reading:
            return self._has_time(reading)
        whole, point, fraction = reading.partition(".")
        hundredths = fraction.ljust(2, "0")
        return bool(point) and (f"{whole}{hundredths}" in self._numbers.values or self._has_all(whole, hundredths))

    def has_run(self, digits: str) -> bool:
        """Whether a longer row of digits was dictated, perhaps as part of a longer one or in portions."""
        if len(digits) >= _SUBSTRING_DIGITS and digits in self._numbers.dictated:
            return True
        return len(digits) >= _LOOSE_DIGITS and digits in self._numbers.loose

    def has_about(self, reading: str) -> bool:
        """Whether some number within a tenth of it was said."""
        amount = _amount(reading)
        return amount is not None and any(abs(amount - said) <= 0.1 * amount for said in self._amounts)

    def has_id(self, identifier: str) -> bool:
        """Whether an identifier was said; its letters may be left out, but not differ."""
        squashed = squash(identifier)
        if squashed in self._squashed:
            return True
        digits = "".join(filter(str.isdigit, squashed))
        said = len(digits) > 2 and (canonical(digits) in self._numbers.values or self.has_run(digits))
        return said and not any(digits in other for other in self._identifiers)

    def has_name(self, name: str, fuzzy: bool) -> bool:
        """Whether a lower-case name was said: as a word, in two, spelled, as a longer or shorter form, or nearly."""
        name = plain(name)
        if name in self._words or name in self._pairs or name in self._letters:
            return True
        if self._has_stem(name):
            return True
        return fuzzy and process.extractOne(name, self._names, scorer=fuzz.ratio, score_cutoff=_SAME_NAME) is not None

    def has_day(self, word: str) -> bool:
        """Whether a weekday was named; one that follows from `tomorrow` cannot be told wrong."""
        day, relative = self.vocabulary.weekdays.get(word), self.vocabulary.relative_days
        if not self._weekdays and relative is not None and self.says(relative):
            return day is not None
        return day in self._weekdays

    def has_month(self, word: str) -> bool:
        """Whether a month was named or written as a number; one that follows from `next month` cannot be told wrong."""
        month, relative = self.vocabulary.months.get(word), self.vocabulary.relative_months
        if not self._months and relative is not None and self.says(relative):
            return month is not None
        return month in self._months

    @property
    def has_numerals(self) -> bool:
        return any("0" <= token[0] <= "9" for token in self._tokens)

    @cached_property
    def _weekdays(self) -> frozenset[str]:
        known = self.vocabulary.weekdays
        return frozenset(known[token] for token in self._tokens if token in known)

    @cached_property
    def _months(self) -> frozenset[int]:
        known = self.vocabulary.months
        named = {known[token] for token in self._tokens if token in known}
        dates = (int(part) for match in _NUMERIC_DATE.finditer(self.text) for part in match.groups())
        return frozenset(named | {month for month in dates if 1 <= month <= 12})

    @cached_property
    def _numbers(self) -> _Numbers:
        """Read twice: as written, and without punctuation, as dictated numbers are often set with commas."""
        spans = number_spans(self._tokens, self.language)
        values = {value for words in (self._tokens, self._clauses) for value in self._values(words)}
        values.update(value for token in self._tokens for value in self.vocabulary.implied.get(token, ()))
        values.update(map(str, self._months))
        if not self.vocabulary.halves.isdisjoint(self._tokens):
            values.add("1.5")
        dictated = (span.run for span in spans if span.end - span.start > 1 or len(span.run) > _LOOSE_DIGITS)
        return _Numbers(frozenset(values), "|".join(dictated), _loose(spans))

    def _values(self, words: Sequence[str]) -> Iterator[str]:
        for span in number_spans(words, self.language):
            yield canonical(span.run)
            yield from span.values
            yield from _clock_pieces(words[span.start : span.end])
            yield from self._products(span, words[span.end : span.end + 4])

    def _products(self, span: NumberSpan, following: Sequence[str]) -> Iterator[str]:
        """Two weeks are 14 days; two and a half are 2.5."""
        factor = self.vocabulary.multiples.get(following[0]) if following else None
        half = not self.vocabulary.halves.isdisjoint(following)
        for reading in span.parts[-1]:
            if reading.isdigit() and len(reading) < 7:
                if factor:
                    yield str(int(reading) * factor)
                if half:
                    yield f"{reading}.5"

    @cached_property
    def _amounts(self) -> list[float]:
        return [amount for value in self._numbers.values if (amount := _amount(value)) is not None]

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(form for token in self._tokens for form in (plain(token), plain(without_ending(token))))

    @cached_property
    def _pairs(self) -> frozenset[str]:
        return frozenset(plain(first + second) for first, second in pairwise(self._tokens))

    @cached_property
    def _letters(self) -> str:
        """Letters that were spelled one by one, in rows."""
        return "".join(token if len(token) == 1 else "|" for token in self._tokens)

    @cached_property
    def _names(self) -> list[str]:
        return sorted(word for word in self._words if len(word) >= _STEM)

    def _has_stem(self, name: str) -> bool:
        if len(name) < _STEM:
            return False
        if any(name[:length] in self._words for length in range(_STEM, min(len(name), 30))):
            return True
        following = bisect_left(self._names, name)
        return following < len(self._names) and self._names[following].startswith(name)

    @cached_property
    def _squashed(self) -> str:
        return f"{''.join(self._spoken)}|{squash(self.text)}"

    @cached_property
    def _spoken(self) -> list[str]:
        return spoken(_TOKEN.findall(without_explanations(self.text)), self.language)

    @cached_property
    def _identifiers(self) -> frozenset[str]:
        """Letters directly before digits, as far as they were written or spelled as one identifier."""
        written = {squash(match[0]) for match in IDENTIFIER.finditer(self.text) if is_identifier(match[0].upper())}
        spelled = {
            first + second
            for first, second in pairwise(self._spoken)
            if len(first) == 1 and first.isalpha() and first not in "aioy" and second.isdigit()
        }
        return frozenset(written | spelled)

    def _has_all(self, *numbers: str) -> bool:
        return all(canonical(number) in self._numbers.values for number in numbers)

    def _has_time(self, reading: str) -> bool:
        hour, minute = reading.split(":")[:2]
        if len(hour) > 2 or not minute.isdigit():
            return False
        hours = [str((int(hour) + shift) % 24) for shift in (0, 12)]
        hours += [str((int(hour) + 1 + shift) % 24) for shift in (0, 12)] if int(minute[:2]) > 30 else []
        return any(self._has_clock(hour, minute) for hour in hours)

    def _has_clock(self, hour: str, minute: str) -> bool:
        values = self._numbers.values
        if f"{hour}:{minute}" in values or f"{hour}{minute}" in values:
            return True
        return hour in values and (minute == "00" or canonical(minute) in values)


def plain(word: str) -> str:
    """A word without accents, so that `José` is `Jose`."""
    if word.isascii():
        return word
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def without_ending(word: str) -> str:
    """`smith` of `smith's`."""
    base, apostrophe, ending = word.replace("’", "'").rpartition("'")
    return base if apostrophe and ending in ("s", "m", "ll", "ve", "d", "re", "t") else word


def _clock_pieces(words: Iterable[str]) -> Iterator[str]:
    return (canonical(piece) for word in words if ":" in word for piece in word.split(":"))


def _amount(reading: str) -> float | None:
    plain_number = len(reading) <= 12 and reading.replace(".", "", 1).isdecimal()
    return float(reading) if plain_number else None


def _loose(spans: Sequence[NumberSpan]) -> str:
    pieces: list[str] = []
    end = None
    for span in spans:
        if end is not None and span.start - end > _LOOSE_GAP:
            pieces.append("|")
        pieces.append(span.run)
        end = span.end
    return "".join(pieces)
