"""What can only be decided on several English words: numbers, letters spelled one by one, pairs of words.

`joined` looks only at words that are `noticed`, so that plain text passes at the speed of a look-up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from fieval.speech.english_amounts import BEHIND_NUMBERS, LOOKED_FOR, numbers
from fieval.speech.english_chunks import FULL_HOUR, RANGE
from fieval.speech.english_numbers import ORDINALS, STARTS, numeral
from fieval.speech.english_rows import CURRENCIES
from fieval.speech.english_units import share_unit
from fieval.speech.english_words import ACRONYMS, written
from fieval.speech.vocabulary import word_set

# Reads on from a place and writes what it makes of it; returns the place behind. Words are followed by empty ones, and
# what is written begins with some, so that no rule has to mind the ends.
Rule = Callable[[Sequence[str], int, list[str]], int]
_ENDS = [""] * 4
_CENT = "cent"
_REMEMBERED_WORDS = 200_000


def noticed(word: str) -> bool:
    """Whether the word calls for a look at what stands beside it."""
    return word == _CENT or _RULES[word] is not None


def joined(words: list[str], places: Sequence[int]) -> list[str]:
    """The words with everything put together that belongs together; all that are noticed are among the places."""
    if _CENT in map(words.__getitem__, places):
        words = _with_percent(words)
        places = range(len(words))
    padded, out, done = words + _ENDS, _ENDS.copy(), 0
    for at in places:
        rule = _RULES[words[at]]
        if at >= done and rule is not None:
            out += words[done:at]
            done = rule(padded, at, out)
    return out[len(_ENDS) :] + words[done:]


def _with_percent(words: list[str]) -> list[str]:
    """`per cent` is spelled `percent`; this comes before all rules, as they look ahead for it."""
    cents = {at for at, word in enumerate(words) if word == _CENT and words[at - 1 : at] == ["per"]}
    if not cents:
        return words
    return ["percent" if at + 1 in cents else word for at, word in enumerate(words) if at not in cents]


# --- tokens that are no words --------------------------------------------------------------------------------------

_NO_CLOCK = word_set("am pm o'clock noon midnight hours eastern central mountain pacific et ct mt pt est gmt")
_BETWEEN_TIMES = frozenset({"to", "and", "or", "until", RANGE})


def _full_hour(words: Sequence[str], at: int, out: list[str]) -> int:
    """`3:00` is said `three o'clock`, but `3:00 pm` is said `three p m`, and so is `3:00 to 4:00 pm`."""
    after = at + 1
    if words[after] in _BETWEEN_TIMES and words[after + 1].isdigit():
        after += 2 + (words[after + 2] == FULL_HOUR)
    spelled = (words[after], words[after + 1]) in (("a", "m"), ("p", "m"), ("o", "clock"))
    if not spelled and words[after] not in _NO_CLOCK:
        out.append("o'clock")
    return at + 1


def _to(words: Sequence[str], at: int, out: list[str]) -> int:
    out.append("to")
    return at + 1


def _millimeters(words: Sequence[str], at: int, out: list[str]) -> int:
    out.append("millimeters")
    return at + 1


def _percent(words: Sequence[str], at: int, out: list[str]) -> int:
    out.append("percent")
    share_unit(("percent",), out)
    return at + 1


def _country(words: Sequence[str], at: int, out: list[str]) -> int:
    """`us` is the country where nobody would say the pronoun: `the us`, `us based`, `5 us dollars`."""
    following = words[at + 1]
    based = following == "based" or (following in ("dollar", "dollars") and numeral(out[-1]))
    out.append("usa" if out[-1] == "the" or based else "us")
    return at + 1


# --- letters -------------------------------------------------------------------------------------------------------

# Two letters with a word among them are put together only where they are a well-known name; and `a` before one of
# these is the article. Longer rows are put together with any `a` and `i` in them.
_TWO_LETTERS = word_set("am id io ip iq ir it la ui")
_WITH_ARTICLE = word_set("cd ceo cfo coo cpa cto dvd eu gaap gps hr pc pdf pr qa sms tv uk url us usa usb vip vp vpn")
_LETTER = re.compile(r"[a-z](?:'s)?", re.ASCII)
_WHOLE = {
    "e": word_set("mail mails mailed mailing commerce sign signed signing signature bill bills billing book"),
    "o": word_set("clock"),
    "x": word_set("ray rays"),
}


def _letters(words: Sequence[str], at: int, out: list[str]) -> int:
    """Letters that were spelled one by one are one word: `i b m` is IBM, `c o 2` is CO2."""
    end = at + 1
    while len(words[end - 1]) == 1 and _LETTER.fullmatch(words[end]):
        end += 1
    start = len(out)
    while out[start - 1] in ("a", "i"):
        start -= 1
    run = out[start:] + list(words[at:end])
    del out[start:]
    last, following = run.pop(), words[end]
    if following in _WHOLE.get(last, ()):
        _put([*_word(run, out), "o'clock" if last == "o" else last + following], out)
        return end + 1
    if last == "q" and (numeral(following) or following in STARTS or following in ORDINALS):
        _put([*_word(run, out), last], out)
    else:
        _put(_word([*run, last], out), out)
    if out[-1] in _PREFIXES and _ordinary(following):
        _put([following], out)
        return end + 1
    return end


def _word(run: list[str], out: Sequence[str]) -> list[str]:
    """Single letters as one word, as far as they are one."""
    if len(run) > 2 and run[0] == "a" and "".join(run[1:]) in _WITH_ARTICLE:
        return ["a", *_word(run[1:], ["a"])]
    whole = "".join(run)
    if len(run) < 2 or (len(run) == 2 and not {"a", "i"}.isdisjoint(run) and whole not in _TWO_LETTERS):
        return run
    spelled = list(ACRONYMS.get(whole) or written(whole))
    if spelled == [whole] and whole in BEHIND_NUMBERS and not numeral(out[-1]) and out[-1] != "one":
        return spelled
    return run if whole != "am" and any(map(_has_meaning, spelled)) else spelled


def _has_meaning(word: str) -> bool:
    """Whether a rule looks for the word, so that putting it together would call for that rule."""
    return not (_ordinary(word) or word in _PREFIXES) or word in LOOKED_FOR


def _ordinary(word: str) -> bool:
    """Whether no rule reads the word."""
    return _RULES[word] is None


# --- words that are written apart or together ----------------------------------------------------------------------

# Contractions are written out chunk by chunk (`don't` → `do not`) and put together here, so that one said word is one
# word whichever way it was written. `is` and `would` can be shortened, though `'s` and `'d` cannot be written out;
# `has` only where `'s` can be nothing else.
_THIRD_PERSON = word_set(
    "it he she that what there here where who how when why everything everyone everybody something someone somebody "
    "nothing anything"
)
_SUBJECTS = word_set("i you he she it we they that there who")
_SHORT_AFTER: dict[str, tuple[frozenset[str], str]] = {
    "am": (frozenset({"i"}), "'m"),
    "are": (word_set("you we they there who what"), "'re"),
    "have": (word_set("i you we they who could should would might must"), "'ve"),
    "will": (_SUBJECTS, "'ll"),
    "would": (_SUBJECTS, "'d"),
    "is": (_THIRD_PERSON, "'s"),
    "has": (_THIRD_PERSON, "'s"),
    "had": (_SUBJECTS, "'d"),
    "not": (
        word_set("do does did is are was were have has had can could will would should must need might ought"),
        "n't",
    ),
}
_ONLY_BEFORE = {"has": word_set("been got become had happened"), "had": word_set("been")}
_IRREGULAR = {"cann't": "can't", "willn't": "won't"}


def _contracted(words: Sequence[str], at: int, out: list[str]) -> int:
    word = words[at]
    before, ending = _SHORT_AFTER[word]
    if out[-1] not in before or (word in _ONLY_BEFORE and words[at + 1] not in _ONLY_BEFORE[word]):
        out.append(word)
        return at + 1
    short = out[-1] + ending
    out[-1] = _IRREGULAR.get(short, short)
    return at + 1


def _yes(words: Sequence[str], at: int, out: list[str]) -> int:
    """`uh huh` and `mm hmm` are one word; `uh uh` is another."""
    if (out[-1], words[at]) in (("uh", "huh"), ("hmm", "hmm")):
        out[-1] = "mhm"
    else:
        out.append(words[at])
    return at + 1


# They are no words of their own, and whether a hyphen follows is a matter of taste: `non-refundable`, `prepaid`.
_PREFIXES = word_set("anti co inter intra micro mid multi non pre re semi tele")
_NOT_PREFIXED = word_set(
    "about all also and any are been before but can could did does for from had has have her here his how into its "
    "just many may more most much not only other our over some such than that the their them then there these they "
    "this those very was well were what when where which who will with would yes you your mhm "
    "canadian australian hong new singapore usa swiss"
)
_CO = ("author", "chair", "develop", "exist", "found", "host", "lead", "locat", "oper", "ordin", "own", "pay", "pilot",
       "promot", "sponsor", "work")  # fmt: skip


def _prefix(words: Sequence[str], at: int, out: list[str]) -> int:
    out.append(words[at])
    if not _ordinary(words[at + 1]):
        return at + 1
    _put([words[at + 1]], out)
    return at + 2


def _put(words: Iterable[str], out: list[str]) -> None:
    """Writes words, each joined to the prefixes before it if it takes them."""
    for word in words:
        whole = out.pop() + word if out[-1] == "co" and word.startswith(_CO) else word
        start = len(out)
        if _takes_prefix(whole):
            while out[start - 1] in _PREFIXES and out[start - 1] != "co":
                start -= 1
        whole = "".join([*out[start:], whole])
        del out[start:]
        if whole:
            out.append(whole)


def _takes_prefix(word: str) -> bool:
    return word.isalpha() and len(word) > 2 and word not in _NOT_PREFIXED | _PREFIXES and not _has_meaning(word)


class _Rules(dict[str, Rule | None]):
    """The rule that a word calls for, remembered; bounded, as numbers have no end."""

    def __missing__(self, word: str) -> Rule | None:
        if numeral(word):
            rule: Rule | None = numbers
        else:
            rule = _letters if len(word) == 1 and "b" <= word <= "z" and word != "i" else None
        if len(self) >= _REMEMBERED_WORDS:
            self.clear()
            self.update(_ALWAYS)
        self[word] = rule
        return rule


_ALWAYS: dict[str, Rule] = {
    **dict.fromkeys((*STARTS, *CURRENCIES), numbers),
    **dict.fromkeys(_PREFIXES, _prefix),
    **dict.fromkeys(_SHORT_AFTER, _contracted),
    **dict.fromkeys(("huh", "hmm"), _yes),
    FULL_HOUR: _full_hour,
    RANGE: _to,
    "mm": _millimeters,
    "percent": _percent,
    "us": _country,
}
_RULES = _Rules(_ALWAYS)
