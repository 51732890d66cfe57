"""Numbers as people say and write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.speech.numbers import number_spans, readings

SAID = [
    ("forty five", "en", [{"45"}], "405"),
    ("five forty", "en", [{"5"}, {"40"}], "540"),
    ("one hundred and five", "en", [{"105"}], "15"),
    ("three thousand two hundred", "en", [{"3200"}], "32"),
    ("two thousand and twenty six", "en", [{"2026"}], "2206"),
    ("twenty twenty six", "en", [{"20"}, {"26"}], "20206"),
    ("two million three thousand and one", "en", [{"2003001"}], "231"),
    ("2.2 billion one billion", "en", [{"2200000000"}, {"1000000000"}], "221"),
    ("three point five", "en", [{"3.5"}], "35"),
    ("2.5 million", "en", [{"2500000"}], "25"),
    ("four four one seven", "en", [{"4"}, {"4"}, {"1"}, {"7"}], "4417"),
    ("double nine oh two", "en", [{"99"}, {"0"}, {"2"}], "9902"),
    ("4417 22", "en", [{"4417"}, {"22"}], "441722"),
    ("the twenty first", "en", [{"21"}], "201"),
    ("a hundred", "en", [{"100"}], ""),
    ("cuarenta y cinco", "es", [{"45"}], "405"),
    ("doscientos treinta", "es", [{"230"}], "20030"),
    ("mil quinientos", "es", [{"1500"}], "500"),
    ("veintidós mil tres", "es", [{"22003"}], "223"),
    ("quarante 45", "fr", [{"45"}], "45"),
]


@pytest.mark.parametrize(("text", "language", "parts", "run"), SAID)
def test_spoken_numbers(text: str, language: str, parts: list[set[str]], run: str) -> None:
    (span,) = number_spans(text.split(), language)
    assert list(span.parts) == parts
    assert span.run == run


def test_spans_stand_where_their_words_stand() -> None:
    spans = number_spans(["oh", "i", "paid", "forty", "dollars", "and", "fifty", "cents"], "en")
    assert [(span.start, span.end) for span in spans] == [(3, 4), (6, 7)]


@pytest.mark.parametrize(
    ("numeral", "values"),
    [
        ("0040.50", {"40.5"}),
        ("3,000", {"3000"}),
        ("3.000", {"3000", "3"}),
        ("1.500,50", {"1500.5"}),
        ("3,50", {"3.5"}),
        ("09:05", {"9:05"}),
        ("0", {"0"}),
        ("1.2.3", {"1.2.3"}),
    ],
)
def test_numerals_have_every_value_they_may_mean(numeral: str, values: set[str]) -> None:
    assert readings(numeral) == values


SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
ROUND = "- - twenty thirty forty fifty sixty seventy eighty ninety"
ONES, TENS = SMALL.split(), ROUND.split()


def in_words(number: int) -> str:
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = f" {in_words(number % size)}" if number % size else ""
            return f"{in_words(number // size)} {name}{rest}"
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")


@given(st.integers(0, 10**9 - 1))
def test_every_number_in_words_has_its_value(number: int) -> None:
    (span,) = number_spans(in_words(number).split(), "en")
    assert span.parts == (frozenset({str(number)}),)
