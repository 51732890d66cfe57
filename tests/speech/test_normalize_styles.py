"""The same English as recognisers of different styles write it: signs or words, ranges and countries."""

import pytest

from fieval.speech.normalize import normalizer

STYLES = """
    Nov. 3rd | november third
    in Sept. | in september
    $1.2B-$1.4B | one point two billion to one point four billion dollars
    Disney+ | disney plus
    5 mm | 5mm
    5 mm | five millimetres
    it was $22,700,000, and | it was 22.7 million dollars and
    we sold 1,500, mostly | we sold 1500 mostly
    $1,500, plus tax | fifteen hundred dollars plus tax
    that's 07700 900123 | that's oh double seven double oh nine double oh one two three
    it is -5 degrees | it is minus five degrees
    it fell -3.5% | it fell minus three point five percent
    -$5 million | minus five million dollars
    from $5 to $10 | from five to ten dollars
    between $5 and $10 | between five and ten dollars
    $5 or $10 | five or ten dollars
    5% to 10% | five to ten percent
    between 5% and 10% | between five and ten percent
    $3 to $4 million | three to four million dollars
    $3 million to $4 million | three million to four million dollars
    at 9am | at nine a m
    10:00 AM Eastern | ten a m eastern
    AI is here | a i is here
    A.I. is here | a i is here
    AI's role | a i's role
    the QA team | the q a team
    flight BA249 | flight b a two four nine
    flight BA 249 | flight b a two four nine
    IL-6 | i l six
    SW1A 1AA | s w one a one a a
    twelve dollars fifty | $12.50
    twelve pounds fifty | £12.50
    a dollar twenty five | $1.25
    a dollar fifty cents | $1.50
    a million and a half dollars | $1.5 million
    two million and a half | 2.5 million
    point oh five | 0.05
    point zero five percent | 0.05%
    oh point five | 0.5
    grew point two five | grew 0.25
    double five | 55
    triple seven | 777
    the ratio is 2:1 | the ratio is two to one
    1:1 meeting | one to one meeting
    the U.S. team | the US team
    the U.S. team | the u s team
    the U.S. team | the us team
    in the USA | in the U.S.A.
    U.S.-based | us based
    a US-based firm | a u s based firm
    the U.S.'s debt | the US's debt
    US$5 million | five million us dollars
    CHF 26 million | 26 million swiss francs
    hundreds of | 100s of
    thousands | 1000s
    something's wrong | something is wrong
    he'd been there | he had been there
    it's become | it has become
    y'know | you know
    AT&T's | a t and t's
    ISO 9001 | i s o nine thousand one
    ISO 9001 | i s o nine zero zero one
    $5/month | five dollars per month
    +/-5% | plus or minus five percent
    ±5% | plus or minus five percent
    C++ | c plus plus
    C# | c sharp
    5+5=10 | five plus five equals ten
    account No. 5 | account number five
    №5 | number five
    World War II | world war two
    Basel III | basel three
    ionisation | ionization
    https://www.acme.com | www dot acme dot com
    1,000s | thousands
    5,000 sqft | five thousand square feet
    2.0 | two point oh
    May 5 - June 3 | may fifth june third
    between 5 and 10 dollars | between $5 and $10
    from $5 million to $10 million | from 5 million to 10 million dollars
    -- 5 -- | 5
"""


@pytest.mark.parametrize("line", [line.strip() for line in STYLES.splitlines() if "|" in line])
def test_styles_of_writing_are_no_errors(line: str) -> None:
    normalize = normalizer("english", "en")
    one, other = line.split(" | ")
    assert normalize(one) == normalize(other)
    said = normalize(f"so {one} then")
    assert said == normalize(f"so {other} then")
    assert normalize(" ".join(said)) == said
