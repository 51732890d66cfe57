"""The words by which a language names days, months and what a company does for a customer.

Only what `specifics` looks for. Evidence is wider than mention: a summary may say `refund` where the caller was told
`you will have your money back`. What someone merely said (complained, asked, explained) is no action and not listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Pattern = re.Pattern[str]
Kind = Literal["number", "id", "date", "name", "event"]


@dataclass(frozen=True, slots=True)
class Action:
    """A consequential company action: how a summary states it, and what in a transcript may stand for it."""

    mention: Pattern
    evidence: Pattern


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of one language; empty parts switch the checks that need them off."""

    weekdays: Mapping[str, str] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    short_dates: frozenset[str] = frozenset()
    doubtful_months: frozenset[str] = frozenset()
    relative_days: Pattern | None = None
    relative_months: Pattern | None = None
    actions: tuple[Action, ...] = ()
    negations: Pattern | None = None
    approximations: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()
    not_numbers: frozenset[str] = frozenset()
    implied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    halves: frozenset[str] = frozenset()
    multiples: Mapping[str, int] = field(default_factory=dict)
    number_words: bool = False
    capitals_are_names: bool = True


def word_set(words: str) -> frozenset[str]:
    """The words of a blank-separated list, which is easier to read and extend than quoted ones."""
    return frozenset(words.split())


def pattern(*alternatives: str) -> Pattern:
    """One of several beginnings of words, in any case."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})", re.IGNORECASE)


def action(mention: str, evidence: str) -> Action:
    """Mentions are whole words, evidence is beginnings of words; both in any case."""
    return Action(re.compile(rf"\b(?:{mention})\b", re.IGNORECASE), pattern(evidence))


def in_order(words: str) -> dict[str, int]:
    """Words numbered from 1."""
    return {word: number for number, word in enumerate(words.split(), 1)}


def forms(lines: Iterable[str]) -> dict[str, str]:
    """Each `name form form …` maps all its forms to the name."""
    return {form: words.split()[0] for words in lines for form in words.split()}
