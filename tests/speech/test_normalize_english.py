"""What counts as the same English: pairs that a person would judge without thinking."""

import pytest

from fieval.speech.normalize import normalizer


def pairs(text: str) -> list[tuple[str, str]]:
    """Lines of `one | other`; blank lines and headings are left out."""
    lines = [line.strip() for line in text.splitlines() if "|" in line]
    return [(one.strip(), other.strip()) for one, other in (line.split("|") for line in lines)]


SAME = pairs(
    """
    # case, punctuation, Unicode
    Hello, World! | hello world
    “It’s fine” – really… | it's fine really
    co‑operate | cooperate
    naïve café | naive cafe
    ﬁnance | finance
    hello [inaudible] there | hello there
    (laughs) well, <crosstalk> yes | well yes
    rock & roll | rock and roll

    # hyphens, and words of their own that are none
    a twenty-four-hour well-known shop | a 24 hour well known shop
    non-refundable | nonrefundable
    pre paid | prepaid
    re-open | reopen
    co-founder | cofounder
    multi year | multi-year
    e-mail | email
    E mail me | email me
    e-commerce | ecommerce
    x-ray | X ray

    # one word, several spellings
    OK | okay
    O.K. | okay
    o k | ok
    Mr. Smith and Mrs. Jones | mister smith and missus jones
    Dr. Lee, Prof. Ray Jr. | doctor lee professor ray junior
    Acme Inc. vs. Bolt Corp. | acme incorporated versus bolt corporation
    and so on, etc. | and so on et cetera
    alright | all right
    a lot | alot
    40 per cent | 40%
    ma’am | maam
    'cause I said so | because i said so
    tell 'em | tell them
    nothin' doin' | nothing doing

    # hesitations keep their place
    umm, erm | um um
    uh-huh | mm-hmm
    Mhm. | mm hmm
    hm | hmm

    # British and American
    colour | color
    favourite flavours | favorite flavors
    neighbourhood | neighborhood
    organisation | organization
    apologised | apologized
    prioritising | prioritizing
    analyse | analyze
    travelling | traveling
    cancelled | canceled
    modelling | modeling
    centre | center
    kilometres | kilometers
    cheque | check
    programme | program
    catalogue | catalog
    defence | defense
    driving licence | driving license
    fulfil the enrolment | fulfill the enrollment
    jewellery | jewelry
    paediatric | pediatric
    grey tyres | gray tires
    learnt | learned

    # contractions
    don't | do not
    dont | don't
    can't | cannot
    can not | cannot
    won't | will not
    I'm sure | i am sure
    we're | we are
    they've been | they have been
    you'll | you will
    should've | should have
    it's fine | it is fine
    it's been | it has been
    it isn't | it is not
    it's not | it isn't
    we aren't | we're not
    I'd like to | i would like to
    I wouldn't've | i would not have
    let's go | let us go
    gonna | going to
    I wanna | i want to
    you gotta | you got to
    kinda | kind of
    lemme see | let me see
    gimme | give me
    dunno | don't know
    y'all | you all
    c'mon | come on

    # letters and addresses
    I B M | IBM
    I.B.M. | IBM
    a b c d | ABCD
    the U.S. plan | the u s plan
    a U.S. plan | a u s plan
    I T support | IT support
    c o 2 | CO2
    B2B | b two b
    10-Q | ten q
    10K | 10-K
    401(k) | four oh one k
    COVID-19 | covid nineteen
    Q3 2020 | q three twenty twenty
    a 5G phone | a five g phone
    AT&T | a t and t
    S&P 500 | s and p five hundred
    GE's | g e's
    acme.com | acme dot com
    jo@acme.co.uk | jo at acme dot co dot uk

    # numbers
    10 o'clock | ten o'clock
    ten o clock | 10:00
    21st | twenty first
    on the 21 st | on the 21st
    the first | the 1st
    105% | a hundred and five percent
    105% | one hundred five percent
    a hundred | 100
    one hundred | 100
    two and a half | 2.5
    2½ | two and a half
    3.14 | three point one four
    0.5% | point five percent
    .5 | 0.5
    3/4 | three quarters
    a million | 1,000,000
    fifteen hundred | 1500
    13 point 6 million | 13.6 million
    a hundred and 34 million | 134 million
    one of them | 1 of them
    50+ | fifty plus
    #5 | number five
    press * 0 | press star zero
    50-50 | fifty fifty
    10-15% | ten to fifteen percent
    2–3 weeks | two to three weeks
    5 km | five kilometres
    a 10km run | a ten kilometer run
    50 bps | fifty basis points

    # years and dates
    2020 | twenty twenty
    2020 | two thousand twenty
    2020 | two thousand and twenty
    2019 | 2000 and 19
    1984 | nineteen eighty four
    1905 | nineteen oh five
    the 1980s | the nineteen eighties
    the '90s | the nineties
    May 5, 2020 | may fifth twenty twenty
    May 5 | May 5th
    Dec. 31, 2019 | december thirty first twenty nineteen
    in 2019, 5 stores | in twenty nineteen five stores

    # money
    $5 | five dollars
    $1 | one dollar
    a $40 refund | a forty dollar refund
    $3.5 million | three point five million dollars
    $3.5m | 3,500,000 dollars
    $50k | fifty thousand dollars
    $20.50 | twenty dollars and fifty cents
    $20.50 | 20 dollars 50 cents
    $20.00 | 20 dollars
    $0.15 | fifteen cents
    15¢ | 15 cents
    £0.50 | fifty pence
    €2bn | two billion euros
    US$5 | 5 US dollars
    $5-10 million | five to ten million dollars

    # times
    3:30 PM | three thirty p m
    3.30pm | 3:30 p.m.
    3:00 p.m. | three p m
    9:05 | nine oh five
    3:00 to 4:00 pm | three to four p m
    24/7 | twenty four seven

    # digits one by one
    919-696-3901 | nine one nine six nine six three nine oh one
    (919) 696 3901 | nine one nine, six nine six, thirty nine oh one
    1-800-555-1212 | one eight hundred five five five one two one two
    01276 | oh one two seven six
    01276 | 0 1 2 7 6
    4417 | four four one seven
    4417 22 | 44 17 22
    007 | double oh seven
    9902 | double nine oh two
    8885 | triple eight five
    """
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_words(one: str, other: str) -> None:
    normalize = normalizer("english", "en")
    assert normalize(one) == normalize(other)
    assert normalize(f"so {one} then") == normalize(f"so {other} then")
