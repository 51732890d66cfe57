"""English words that are written in more than one way, and the one way that they are compared in.

Contractions that can be read in one way only are written out (`don't` → `do not`, `gonna` → `going to`). What `'s` and
`'d` stand for cannot be told from the word: they stay, and `english_rules` shortens `it is` and `i would` to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from fieval.speech.english_spelling import american

Words = tuple[str, ...]


def written(word: str) -> Words:
    """A lower-case word, with apostrophes inside at most, as it is compared."""
    found = _table().get(word)
    if found is not None:
        return found
    if "'" in word:
        return _without_contraction(word)
    return (american(word),)


def _without_contraction(word: str) -> Words:
    base, _, ending = word.rpartition("'")
    if ending == "t" and base.endswith("n") and len(base) > 2 and base[:-1].isalpha():
        return (*written(base[:-1]), "not")
    said = _ENDINGS.get(ending)
    if said is not None and base[-1:].isalpha():
        return (*written(base), said)
    return (american(word),)


_ENDINGS = {"ll": "will", "ve": "have", "re": "are", "m": "am"}

# `us` of a spelled country, beside the word `us`.
ACRONYMS: dict[str, Words] = {"us": ("usa",), "us's": ("usa's",)}

# Hesitations are words that were said: recognisers differ in whether they write them, and are scored on it.
# Only their spelling is settled. `uh huh` and `mm hmm` both say yes; `uh uh` says no and stays.
_ONE_SPELLING = """
    uh: uhh uhhh er err
    um: umm ummm uhm erm
    hmm: hm hmmm mm mmm
    mhm: mhmm mmhm mmhmm uhhuh
    ah: ahh ahhh
    oh: ohh ohhh
    okay: ok okey
    yeah: yea yeh
    because: 'cause cuz coz 'cuz 'coz 'cos
    them: 'em
    about: 'bout
    until: 'til til
    ma'am: maam mam
    o'clock: oclock
    mister: mr
    missus: mrs
    doctor: dr
    professor: prof
    junior: jr
    senior: sr
    incorporated: inc
    corporation: corp
    limited: ltd
    versus: vs
    department: dept
    approximately: approx
    extension: ext
    percent: pct
    square: sq
    february: feb
    august: aug
    september: sept
    october: oct
    november: nov
    december: dec
    through: thru
    won't: wont
    don't: dont
    can't: cannot
    that's: thats
    what's: whats
    there's: theres
    where's: wheres
    here's: heres
    she's: shes
    he's: hes
"""

# Without their apostrophe, and no words of their own. `its`, `were`, `well`, `ill`, `id`, `cant` and `lets` are.
_NO_APOSTROPHE = """
    didnt:did not|doesnt:does not|isnt:is not|arent:are not|wasnt:was not|werent:were not|couldnt:could not|
    wouldnt:would not|shouldnt:should not|havent:have not|hasnt:has not|hadnt:had not|im:i am|ive:i have|
    youre:you are|theyre:they are|youve:you have|weve:we have|theyve:they have|youll:you will|theyll:they will|
    itll:it will|thatll:that will
"""

_WRITTEN_OUT = """
    don't:do not|won't:will not|can't:can not|shan't:shall not|let's:let us|i'm:i am|
    gonna:going to|wanna:want to|gotta:got to|kinda:kind of|sorta:sort of|outta:out of|lotta:lot of|lemme:let me|
    gimme:give me|dunno:do not know|coulda:could have|shoulda:should have|woulda:would have|mighta:might have|
    y'know:you know|tryna:trying to|hafta:have to|oughta:ought to|useta:used to|gotcha:got you|betcha:bet you|
    imma:i am going to|dontcha:do not you|d'ya:do you|sqft:square feet|ii:2|iii:3|
    ai:a i|ai's:a i's|aa:a a|iv:i v|ac:a c|ib:i b|ic:i c|ie:i e|qa:q a|
    y'all:you all|yall:you all|ya'll:you all|d'you:do you|c'mon:come on|'re:are|'ve:have|'ll:will|'m:am|n't:not|
    etc:et cetera|etcetera:et cetera|alot:a lot|alright:all right|noone:no one|awhile:a while|
    usd:us$|us$:us$|eur:€|gbp:£
"""

# Verbs whose last sound is swallowed in writing too.
_DROPPED_G = "goin doin nothin somethin lookin comin talkin gettin workin tryin sayin thinkin havin makin"


@cache
def _table() -> dict[str, Words]:
    table = dict(_phrases(_WRITTEN_OUT)) | dict(_phrases(_NO_APOSTROPHE))
    table |= {f"{word}'": (f"{word}g",) for word in _DROPPED_G.split()}
    for line in _ONE_SPELLING.strip().splitlines():
        said, others = line.split(":")
        table |= {other: table.get(said.strip(), (said.strip(),)) for other in others.split()}
    return table


def _phrases(text: str) -> Iterator[tuple[str, Words]]:
    for pair in "".join(line.strip() for line in text.splitlines()).split("|"):
        word, phrase = pair.split(":")
        yield word, tuple(phrase.split())
