"""Passages that were masked in a transcript to hide personal data: `[PII]`, `<PERSON>`, `[NAME_1]`, `####`, `****`.

Nobody can tell any more which words were said there, so that they cannot be used to call a word or a summary wrong.
Marks of sounds (`[laughter]`) hide nothing, and neither does a swear word that keeps its first letter (`f***`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fieval.speech.characters import has_any
from fieval.speech.marks import NON_SPEECH
from fieval.speech.vocabulary import Kind, word_set

REDACTED = re.compile(r"[\[<{]{1,2}\s?([A-Za-z][A-Za-z _-]{0,30})[0-9]{0,3}\s?[\]>}]{1,2}")
_SILENT_MARK = re.compile(rf"(?:{NON_SPEECH})", re.IGNORECASE)
_REDACTION = re.compile(
    r"redact|number|phone|mail|address|card|account|(?:^|[ _-])(?:pii|date|dob|ssn|id)\b", re.IGNORECASE
)
_ONLY_NAMES = re.compile(r"name|person|customer|agent|caller|org|company|city|brand|location", re.IGNORECASE)

# With what a mask begins, and the signs of which every mask has one or three x in a row.
_HINT = re.compile(r"[\[<{(*#█■▮●•]|[xX]{3}")
_SIGNS = "[<{(*#█■▮●•"
_MASK = re.compile(
    r"(?<![\w*])\*{3,}(?![*_]|[^\W\d])"
    r"|(?<![\w#])#{2,}(?![#_]|[^\W\d])|(?<!\S)#(?:\s+#){2,}(?!\S)"
    r"|(?<!\w)(?:[xX]{4,}|[xX]{3}(?=-[xX\d]))(?:-[xX]{2,})*(?![xX_]|[^\W\d])"
    r"|█+|[■▮●•]{3,}"
    r"|[\[<{]{1,2}\*{0,2}\s?(?P<label>[^\W\d_][^\[\]<>{}*\n]{0,60}?)\s?\*{0,2}[\]>}]{1,2}"
    r"|\(\s?(?i:redacted|removed|masked|pii)\s?\)"
)
_WORD = re.compile(r"[^\W\d_]+")
# What a label in brackets says of a mask: by itself, as all its words in any case, or in capitals only (`[TIME]`).
_ALONE = word_set("anonymised anonymized censored masked pci phi pii redacted redaction scrubbed")
_HIDDEN = word_set(
    "account address age birth card city company correo country cuenta cvc cvv date direccion dirección dni dob email "
    "fecha iban id identifier location mail name names nhs nombre nombres number numbers numero número organisation "
    "organization passport password person phone pin postcode routing ssn street surname tarjeta telefono telephone "
    "teléfono url user username zip zipcode"
)
_IN_CAPITALS = word_set(
    "affiliation amount blood brand condition crypto digits drug duration event expiration expiry facility fax "
    "filename gender injury ip itin language licence license loc marital medical money nationality nrp occupation "
    "org origin pan per physical plate political process product profession religion sexuality sign statistics "
    "swift time vehicle vin zodiac"
)
_BESIDE = word_set(
    "a agent attribute bank billing business caller client code credit customer de debit del driver drivers "
    "employee family first full given health healthcare home in information insurance interval last line member "
    "middle mobile national numerical of or personal private professional s security sensitive social spoken state "
    "status the type uk us"
)


def is_masked(text: str) -> bool:
    """Whether any passage of a text is masked."""
    return next(_masks(text), None) is not None


def any_masked(texts: Sequence[str]) -> bool:
    """Whether any passage of any text is masked."""
    return _may_be_masked("\n".join(texts)) and any(map(is_masked, texts))


def unmasked(text: str) -> list[str]:
    """What stands before, between and behind the masks of a text; the text itself where there is none."""
    ends = [(0, 0), *(mask.span() for mask in _masks(text)), (len(text), len(text))]
    return [text[ends[place][1] : ends[place + 1][0]] for place in range(len(ends) - 1)]


def unchecked(text: str) -> frozenset[Kind]:
    """The kinds that a redacted transcript can no longer prove wrong."""
    kinds: set[Kind] = set()
    for mask in _masks(text):
        if REDACTED.search(mask[0]) is None:
            kinds |= {"number", "id"} if mask[0][0] in "xX" else {"name", "number", "id", "date"}
    for match in REDACTED.finditer(text):
        label = match[1].strip(" _-")
        if _SILENT_MARK.fullmatch(label.replace("_", " ")):
            continue
        if not _REDACTION.search(label) and _ONLY_NAMES.search(label):
            kinds.add("name")
        elif label.isupper() or _REDACTION.search(label):
            kinds |= {"name", "number", "id", "date"}
    return frozenset(kinds)


def _masks(text: str) -> Iterator[re.Match[str]]:
    if not _may_be_masked(text):
        return
    place = 0
    while (hint := _HINT.search(text, place)) is not None:
        found = _MASK.match(text, hint.start())
        place = hint.start() + 1
        if found is not None and (found["label"] is None or _hides(found["label"])):
            yield found
            place = found.end()


def _may_be_masked(text: str) -> bool:
    """Whether it has what every mask has, which is found fast."""
    return has_any(text, _SIGNS) or "xxx" in text.replace("X", "x")


def _hides(label: str) -> bool:
    """Whether a label in brackets names something personal, and not a sound."""
    if _SILENT_MARK.fullmatch(label.replace("_", " ").strip()):
        return False
    words = [word.lower() for word in _WORD.findall(label)]
    if not _ALONE.isdisjoint(words):
        return True
    hidden = _HIDDEN | _IN_CAPITALS if label.isupper() else _HIDDEN
    return not hidden.isdisjoint(words) and all(word in hidden or word in _BESIDE for word in words)
