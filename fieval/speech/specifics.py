"""Specifics of a summary that the transcript does not have: numbers, identifiers, dates, names and company actions.

These are hard checks. They find what was made up, not what was misunderstood: a negation turned round, a swapped
speaker or two true values exchanged pass. In return a flag is nearly always right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from fieval.speech.characters import compatible
from fieval.speech.grounds import (
    HESITATIONS,
    TOKEN_OR_BREAK,
    Grounds,
    without_ending,
)
from fieval.speech.identifiers import IDENTIFIER, is_identifier
from fieval.speech.normalize import Normalizer
from fieval.speech.normalize import normalizer as normalizer_of
from fieval.speech.numbers import NumberSpan, number_spans
from fieval.speech.redaction import REDACTED
from fieval.speech.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Specific:
    """Something checkable that a summary says, in the summary's own words."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class SpecificsCheck:
    """What was looked up, and what of it the transcript does not have."""

    checked: tuple[Specific, ...]
    fabricated: tuple[Specific, ...]


def fabricated(summary: str, transcript: str, language: str) -> SpecificsCheck:
    """Looks up each specific of a summary in the transcript."""
    return check(summary, Grounds(transcript, language))


def check(summary: str, grounds: Grounds) -> SpecificsCheck:
    """Looks up each specific of a summary; the same specific said twice counts once."""
    found: dict[Specific, bool] = {}
    text = _ENUMERATION.sub(" ", REDACTED.sub(" ", compatible(summary)))
    lower_case = {word for word in _WORD.findall(text) if word[0].islower()}
    for specific, grounded in _look_up(text, lower_case, grounds):
        if specific.kind not in grounds.unchecked:
            found.setdefault(specific, grounded)
    missing = tuple(specific for specific, grounded in found.items() if not grounded)
    return SpecificsCheck(checked=tuple(found), fabricated=missing)


def anchors_found(anchors: Iterable[str], summary: str, normalizer: Normalizer) -> bool:
    """Whether the words of each anchor stand side by side in the summary.

    They may be compared as they are written, too: what stands beside them can change what they are normalised to, as
    when `not covered` follows `was`, or one number another.
    """
    said, written = _read(summary, normalizer)
    return all(_fenced(normalizer(anchor)) in said or _fenced(_AS_WRITTEN(anchor)) in written for anchor in anchors)


@lru_cache(maxsize=4)  # a summary is asked for fact by fact
def _read(summary: str, normalizer: Normalizer) -> tuple[str, str]:
    return _fenced(normalizer(summary)), _fenced(_AS_WRITTEN(summary))


_AS_WRITTEN = normalizer_of("basic", "")
_SENTENCE_END = re.compile(
    r"(?<=[.!?:;])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSr\.)(?<!\bSra\.)(?<!\bNo\.)(?<!\bSt\.)(?<!\b[A-Z]\.)"
    r"\s+|[\n\r]+"
)
_ENUMERATION = re.compile(r"(?m)^[ \t]*(?:\(?[0-9]{1,2}[.)]|[-*•])(?=\s)|\[[0-9, ]{1,20}\]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NOT_IN_A_SENTENCE = frozenset(':;"“”«»¿¡()[]|>/•*')
_SPOKEN_ORDINALS = frozenset({"first", "second", "third"})
_ROUND_THE_CLOCK = re.compile(r"\b24/7\b")
_CURRENCY = "$£€"
_LONG_WORD = 3
_SMALL_COUNT = 1
_CONTEXT = 60
_FUZZY_LOOK_UPS = 500

Checked = tuple[Specific, bool]


def _look_up(text: str, lower_case: set[str], grounds: Grounds) -> Iterator[Checked]:
    looked_up: set[str] = set()
    for sentence in _SENTENCE_END.split(text):
        if not sentence.strip():
            continue
        yield from _events(sentence, grounds)
        yield from _dates(sentence, grounds)
        yield from _identifiers(sentence, grounds)
        yield from _numbers(IDENTIFIER.sub(_blank_identifier, _ROUND_THE_CLOCK.sub(" ", sentence)), grounds)
        for name in _names(sentence, lower_case, grounds):
            if name.text not in looked_up:
                looked_up.add(name.text)
                yield name, grounds.has_name(_base(name.text), fuzzy=len(looked_up) <= _FUZZY_LOOK_UPS)


# --- company actions ---------------------------------------------------------------------------------------------


def _events(sentence: str, grounds: Grounds) -> Iterator[Checked]:
    negations = grounds.vocabulary.negations
    for action in grounds.vocabulary.actions:
        mention = action.mention.search(sentence)
        if mention is None:
            continue
        before = sentence[max(0, mention.start() - _CONTEXT) : mention.start()]
        if negations is None or not negations.search(before):
            yield Specific("event", mention[0].lower()), grounds.says(action.evidence)


# --- days and months ---------------------------------------------------------------------------------------------


def _dates(sentence: str, grounds: Grounds) -> Iterator[Checked]:
    tokens = _tokens(sentence)
    for position, match in enumerate(tokens):
        word = match[0].lower()
        known = word in grounds.vocabulary.weekdays or word in grounds.vocabulary.months
        if known and _is_date(tokens, position, grounds):
            yield Specific("date", match[0]), grounds.has_day(word) or grounds.has_month(word)


def _is_date(tokens: Sequence[re.Match[str]], position: int, grounds: Grounds) -> bool:
    """Short forms (`Sun`) need a capital and a number beside them, doubtful ones (`May`) that or a place inside."""
    word = tokens[position][0]
    short = word.lower() in grounds.vocabulary.short_dates
    if not short and word.lower() not in grounds.vocabulary.doubtful_months:
        return True
    beside = (*tokens[max(0, position - 1) : position], *tokens[position + 1 : position + 2])
    return word[0].isupper() and (any(token[0][0].isdigit() for token in beside) or (not short and position > 0))


# --- identifiers -------------------------------------------------------------------------------------------------


def _identifiers(sentence: str, grounds: Grounds) -> Iterator[Checked]:
    for match in IDENTIFIER.finditer(sentence):
        if is_identifier(match[0]):
            yield Specific("id", match[0]), grounds.has_id(match[0])


def _blank_identifier(match: re.Match[str]) -> str:
    return " ; " if is_identifier(match[0]) else match[0]


# --- numbers -----------------------------------------------------------------------------------------------------


def _numbers(sentence: str, grounds: Grounds) -> Iterator[Checked]:
    known = grounds.vocabulary
    if not known.number_words and not grounds.has_numerals:
        return
    tokens = [match for match in TOKEN_OR_BREAK.finditer(sentence) if match[0].lower() not in _SPOKEN_ORDINALS]
    words = [match[0].lower() for match in tokens]
    for span in number_spans(words, grounds.language):
        if _is_specific(span, words, grounds):
            start, end = tokens[span.start].start(), tokens[span.end - 1].end()
            start -= start > 0 and sentence[start - 1] in _CURRENCY
            about = bool(known.approximations.intersection(words[max(0, span.start - 2) : span.start]))
            yield Specific("number", sentence[start:end]), _is_said(span, about, grounds)


def _is_specific(span: NumberSpan, words: Sequence[str], grounds: Grounds) -> bool:
    """Not `one of them`, nor how many things a summary says there were (`two issues`)."""
    known = grounds.vocabulary
    if known.not_numbers.issuperset(words[span.start : span.end]):
        return False
    if span.parts in ((frozenset({"0"}),), (frozenset({"1"}),)):
        return False
    small = len(span.run) <= _SMALL_COUNT or (not known.number_words and len(span.run) == 2 and span.run < "13")
    if not known.number_words and small:
        return False
    return not (small and not known.counted.isdisjoint(words[span.end : span.end + 2]))


def _is_said(span: NumberSpan, about: bool, grounds: Grounds) -> bool:
    if grounds.has_run(span.run):
        return True
    return all(
        any(grounds.has_value(reading) or (about and grounds.has_about(reading)) for reading in part)
        for part in span.parts
    )


# --- names -------------------------------------------------------------------------------------------------------


def _names(sentence: str, lower_case: set[str], grounds: Grounds) -> Iterator[Specific]:
    """Capitalised words inside a sentence; a sentence without longer lower-case words is a heading and has none."""
    words = list(_WORD.finditer(sentence))
    prose = any(match[0].islower() and len(match[0]) > _LONG_WORD for match in words)
    if not prose or not grounds.vocabulary.capitals_are_names:
        return
    for before, match in pairwise(words):
        if _looks_like_name(match[0]) and _NOT_IN_A_SENTENCE.isdisjoint(sentence[before.end() : match.start()]):
            base = _base(match[0])
            if base not in lower_case and not _is_ordinary(base, grounds):
                yield Specific("name", without_ending(match[0]))


def _looks_like_name(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and not word.isupper()


def _is_ordinary(word: str, grounds: Grounds) -> bool:
    known = grounds.vocabulary
    return any(word in words for words in (known.ordinary, known.weekdays, known.months, HESITATIONS))


def _base(word: str) -> str:
    return without_ending(word.lower())


def _tokens(sentence: str) -> list[re.Match[str]]:
    return [match for match in TOKEN_OR_BREAK.finditer(sentence) if match[0][0].isalnum()]


def _fenced(words: Sequence[str]) -> str:
    """Words between blanks, so that whole words are found; no words are found anywhere."""
    return f" {' '.join(words)} " if words else " "
