"""What never counts as the same English, and plain English that stays as it is."""

import pytest

from fieval.speech.normalize import normalizer


def pairs(text: str) -> list[tuple[str, str]]:
    """Lines of `one | other`; blank lines and headings are left out."""
    lines = [line.strip() for line in text.splitlines() if "|" in line]
    return [(one.strip(), other.strip()) for one, other in (line.split("|") for line in lines)]


DIFFERENT = pairs(
    """
    fifty | fifteen
    thirteen | thirty
    two | too
    two | to
    four | for
    eight | ate
    one | won
    5 million | 5 billion
    5 | 5%
    $5 | £5
    $5 | 5
    $5 | 5 cents
    5.0 | 50
    1.5 | 15
    3.5 | 3.50
    24 | 42
    105 | 1005
    2,000 | 200
    919-696-3901 | 919-696-3910
    007 | 7
    21st | 21
    21st | 22nd
    third | three
    a second | a 2nd one
    third quarter | Q3
    half | one
    ten to two | ten two
    10 and 15 | 10 to 15
    between 2000 and 2019 | between 2019
    no | know
    Smith's policy | smith is policy
    Smith's policy | smiths policy
    the dog's ill | the dog is ill
    it's | its
    it's | it was
    it has a fault | it's a fault
    he's | he'd
    I'd paid | i had paid
    we're | were
    we'll | well
    can | can't
    do | don't
    will | won't
    I can | i can't
    going | gonna
    to | two
    uh | um
    uh uh | uh huh
    hmm | mhm
    um I see | i see
    AI | a
    IBM | IBN
    us | we
    hour | our
    color | colors
    organize | organizes
    check | checked
    exercise | exercised
    email | mail
    paid | prepaid
    a plan | the plan
    in May | in march
    may | might
    resume | resumed
    dollars | dollar
    percent | cent
    3:30 am | 3:30 pm
    -5 | 5
    -5% | +5%
    minus 5 | plus 5
    -$5 | $5
    2:1 | 21
    2:1 | 1:2
    0.05 | 0.5
    point oh five | point five
    1.5 million | 1000000.5
    12 dollars 50 | 1250 dollars
    a dollar 25 | 25 dollars
    $5 to $10 | $5 or $10
    $5 to $10 | $510
    22,700,000, | 22,700,
    1000s | 1000
    no one | number one
    us | U.S.
    tell us | tell U.S.
    give us a call | give US a call
    C++ | C
    C# | C
    C$5 | A$5
    BA 249 | BA 294
    he had been | he has been
    I'd been | i have been
    maybe | may be
    every day | everyday
    over time | overtime
    after market | aftermarket
    on to | onto
    5 km | 5 miles
    """
)

UNCHANGED = """
    oh i see
    oh wait a second
    wait a second
    one of them
    no one
    this one or that one
    at this point two things matter
    at some point i called
    plan b i think
    option a i think
    i i think so
    smith's policy
    the customers' choice
    exercise promise advise
    an hour on our tour
    controlled and installed
    a man a plan a canal
    what i mean is that
    give me a break
    the hundreds of thousands
    double check that
    triple play
    an hour and a half
    a quarter of an hour
    per capita
    may i ask
    we may first ask
    march on
    in the second half
    once upon a time
    is it or isn't it
    and not or
    re the invoice
    pro and con
    the negative side
    he had a point
    in the back
    turn it around and look
    call us
    i had paid
""".strip().splitlines()


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_words(one: str, other: str) -> None:
    normalize = normalizer("english", "en")
    assert normalize(one) != normalize(other)


@pytest.mark.parametrize("text", UNCHANGED)
def test_plain_english_stays_as_it_is(text: str) -> None:
    kept = text.replace("two", "2").replace("customers'", "customers").split()
    assert normalizer("english", "en")(text) == kept
