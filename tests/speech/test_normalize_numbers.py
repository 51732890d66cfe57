"""English numbers against a speller that shares nothing with the rules: digits → words → the same digits."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieval.speech.normalize import normalizer


def words(text: str) -> list[str]:
    return text.split()


ONES = words("""zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen""")
TENS = words("- - twenty thirty forty fifty sixty seventy eighty ninety")
ODD_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
SMALL = st.integers(0, 2100)
NUMBERS = SMALL | st.integers(0, 9_999_999)


def english(text: str) -> str:
    return " ".join(normalizer("english", "en")(text))


def in_words(number: int, link: str = " ") -> str:
    """American without, British with `and` as a link."""
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = link if rest < 100 else " "
            return f"{in_words(number // size, link)} {name}" + (f"{joint}{in_words(rest, link)}" if rest else "")
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")


def ordinal(number: int) -> tuple[str, str]:
    """As `21st` and as `twenty-first`."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(0 if number // 10 % 10 == 1 else number % 10, "th")
    head, joint, last = in_words(number).replace("-", " ").rpartition(" ")
    spelled = ODD_ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return f"{number}{ending}", f"{head}{joint}{spelled}"


def one_by_one(digits: str, zero: str) -> str:
    return " ".join(zero if digit == "0" else ONES[int(digit)] for digit in digits)


@settings(max_examples=1000)
@given(NUMBERS, st.sampled_from([" ", " and "]))
@example(1_000_005, " ")
@example(100_000, " and ")
def test_a_number_is_the_same_in_words_and_in_digits(number: int, link: str) -> None:
    expected = "one" if number == 1 else str(number)
    for written in (str(number), f"{number:,}", in_words(number, link), in_words(number, link).replace("-", " ")):
        assert english(written) == expected
        assert english(f"I paid {written} dollars.").startswith(f"i paid {expected} dollar")
        assert english(f"so {written} percent of it") == f"so {expected} percent of it" or number > 10**6


@given(st.integers(1, 9_999), st.sampled_from([1000, 10**6, 10**9]))
def test_words_of_size_may_stay_words(number: int, size: int) -> None:
    name = {1000: "thousand", 10**6: "million", 10**9: "billion"}[size]
    written = [f"{number / 10:.1f} {name}", f"{in_words(number // 10)} point {ONES[number % 10]} {name}"]
    written += [f"{number * size // 10:,}"] if number >= 10 else []
    assert {english(each) for each in written} == {str(number * size // 10)}


@given(NUMBERS, st.integers(1, 999_999))
def test_decimals_are_said_one_by_one(whole: int, decimals: int) -> None:
    digits = str(decimals)
    spoken = f"{in_words(whole)} point {one_by_one(digits, 'oh')}"
    assert english(spoken) == english(f"{whole:,}.{digits}") == f"{whole}.{digits}"


@given(st.integers(4, 131).filter(lambda number: number % 10 != 2))
def test_ordinals(number: int) -> None:
    """All but those in `second`, which are mostly time: see below."""
    short, spelled = ordinal(number)
    assert english(spelled) == english(f"the {short}").removeprefix("the ") == short


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_first_three_ordinals_are_words(number: int) -> None:
    short, spelled = ordinal(number)
    assert english(f"wait a {spelled}") == english(f"wait a {short}") == f"wait a {spelled}"


def test_seconds_are_time_behind_other_tens_than_twenty() -> None:
    assert english("a thirty second clip") == english("a 30-second clip") == "a 30 second clip"
    assert english("the twenty second of may") == english("the 22nd of May") == "the 22nd of may"
    assert english("a twenty second delay") == english("a 20 second delay")
    assert english("forty second street") == english("42nd Street") == "42nd street"


@given(st.integers(1900, 2099))
def test_years(year: int) -> None:
    century, rest = divmod(year, 100)
    spoken = [f"{in_words(century)} {in_words(rest)}"] if rest > 9 else []
    spoken += [f"{in_words(century)} oh {in_words(rest)}"] if 0 < rest < 10 else []
    spoken += [in_words(year), in_words(year, " and ")] if century == 20 else []
    for each in (*spoken, str(year)):
        assert english(f"in {each} we met") == f"in {year} we met"
        assert english(f"on May 5th, {each}") == english(f"on may five {each}") == f"on may 5th {year}"
        assert english(f"in {each} 20 people") == f"in {year} 20 people"


@given(
    st.integers(0, 99_999), st.integers(0, 99), st.sampled_from([(" dollars", "$", "cent"), (" euros", "€", "cent")])
)
def test_money(whole: int, cents: int, currency: tuple[str, str, str]) -> None:
    name, sign, part = currency
    if whole == 0:
        expected = f"{sign}0.{cents:02}"
        spoken = f"{in_words(cents)} {part}s" if cents else f"zero{name}"
    else:
        expected = f"{sign}{whole:,}.{cents:02}" if cents else f"{sign}{whole:,}"
        spoken = in_words(whole) + name + (f" and {in_words(cents)} {part}s" if cents else "")
    assert english(f"it is {spoken} now") == english(f"it is {expected} now")
    assert english(f"a {spoken} fee") == english(f"a {expected} fee")


@given(st.text("0123456789", min_size=3, max_size=16), st.integers(0, 2**15), st.sampled_from(["oh", "zero", "o"]))
def test_dictated_digits_are_the_same_in_any_grouping(digits: str, cuts: int, zero: str) -> None:
    grouped = "".join(digit + (" " if cuts >> place & 1 else "") for place, digit in enumerate(digits))
    pieces = grouped.split()
    years = any(len(piece) == 4 and piece[:2] in ("19", "20") for piece in pieces)
    halves = any(piece in ("19", "20") for piece in pieces)
    if years or halves or any(len(piece) > 6 for piece in pieces):
        return  # those may stand alone
    assert english(f"code {grouped} thanks") == f"code {digits} thanks"
    assert english(f"code {grouped.replace(' ', '-')} thanks") in (
        f"code {digits} thanks",
        f"code {' to '.join(pieces)} thanks".replace(" 1 ", " one "),
    )
    assert english(f"code {one_by_one(digits, 'zero')} thanks") == f"code {digits} thanks"
    if "0" not in digits[1:3]:  # two digits beside it show that `oh` is one, too
        assert english(f"code {one_by_one(digits, zero)} thanks") == f"code {digits} thanks"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("between one hundred and two hundred", "between 100 and 200"),
        ("between one thousand and two thousand", "between 1000 and 2000"),
        ("forty five million, twenty one percent", "45000000 21 percent"),
        ("fifteen million one time", "15000000 one time"),
        ("four point five, four point six", "4.5 4.6"),
        ("that one, two weeks ago", "that one 2 weeks ago"),
        ("in 2019, 2018 and 2017", "in 2019 2018 and 2017"),
        ("Q3, 2019", "q 3 2019"),
        ("in fiscal 2020 $3.5 million", "in fiscal 2020 3500000 dollars"),
        ("twenty twenty first quarter", "2020 first quarter"),
        ("several million", "several 1000000"),
        ("a couple hundred", "a couple 100"),
        ("two hundred thousand million", "200000000000"),
        ("$5, or 1/3 of it", "5 dollars or one third of it"),
        ("5 1/3", "5 and one third"),
        ("€ 5 and 5 €", "5 euros and 5 euros"),
        ("$ per hour", "dollars per hour"),
        ("9-11 or 24-7 or 9 to 11", "911 or 247 or 9 to 11"),
        ("2019-2020", "2019 to 2020"),
        ("$5-$10", "5 to 10 dollars"),
        ("5%-10%", "5 to 10 percent"),
        ("$1 to $2 to $3", "one to 2 to 3 dollars"),
        ("between $10 and $5", "between 10 dollars and 5 dollars"),
        ("in May $5 to $10", "in may 5 dollars to 10 dollars"),
        ("$5 to 10%", "5 dollars to 10 percent"),
        ("$22,700,000, then", "22700000 dollars then"),
        ("12 dollars 50 percent", "12 dollars 50 percent"),
        ("double 5 percent", "double 5 percent"),
        ("$5 ten 1st", "5 dollars 10 first"),
        ("negative 1/2", "minus one half"),
        ("1/2-100s", "one half to hundreds"),
        ("point 05 dollars", "5 cents"),
        ("$5 double one", "5 dollars double one"),
        ("zero oh 800 zero", "0 oh 8000"),
        ("12:34:56", "123456"),
        ("0:30 and 00:30", "030 and 0030"),
        ("15:00", "1500"),
        ("1.2.3 and 192.168.1.1", "1.2.3 and 192.168.1.1"),
        ("99999999999999999999 million", "99999999999999999999 1000000"),
    ],
)
def test_numbers_beside_each_other(text: str, expected: str) -> None:
    assert english(text) == expected


PIECES = words("""
    zero one two five ten twelve nineteen twenty thirty eighty hundred thousand million billion and point oh o a i first
    second third twentieth hundredth double triple half quarter percent per cent dollars dollar cents cent pence $ £ € ¢
    us$ % - – / : . , ' # * + & 0 00 1 2 5 05 10 11 19 20 21 85 99 100 200 2000 2019 2020 1234567 3.5 0.15 3.00 .5 1.2.3
    1/2 1/3 3/4 3:30 3:00 09:05 1,000 3,500,000 21st 2nd 1st 20s 80s 1980s eighties st nd th may march jan sept am pm
    a.m. p m o'clock clock q k b m s mail is has would not it that been got non pre re co founder tax to of 5km km mm hr
    min bps usd 10-15 919-696-3901 2-1/2 401(k) uh huh hmm mm U.S. Q3 $3.5m $5k 50¢ 2½ quarter every this at people
    us US usa the based pound euro 50 negative minus -5 BA IL-6 1AA i AI's iii iv health care log in up non double oh
    800 1:1 ± +/- C# c++ $5/month 100s No. # https:// m chf CHF5 or between $5 $10 5% sq ft had become everyone
""")


@settings(max_examples=3000, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([" ", " ", " ", "", "-", ", "])), max_size=9))
def test_no_rule_finds_more_to_do_in_what_the_rules_wrote(pieces: list[tuple[str, str]]) -> None:
    once = english("".join(piece + joint for piece, joint in pieces))
    assert english(once) == once
    assert not set(once) & set("$£€¢%:#*&+,-–/")
