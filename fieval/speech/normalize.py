"""Text → comparable words, so that spelling conventions are not counted as recognition errors.

A normaliser is named and versioned: error rates of two versions must not be compared. Most of the work is done once
per distinct blank-separated chunk and remembered, so that long transcripts cost little more than `str.split`.
Rules that see several words stand apart: `rewrite` before the text is split, `join` on the words after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Any, Literal

from fieval.speech.characters import Signs, by_character, folded
from fieval.speech.english_chunks import english_words, prepared
from fieval.speech.english_rules import joined
from fieval.speech.marks import without_marks

NormalizerName = Literal["auto", "english", "basic", "none"]
Words = tuple[str, ...]

_VERSIONS = {"english": "3", "basic": "2", "none": "1"}


class Normalizer:
    """Turns a text into its words; applied to its own words joined by blanks it gives the same words."""

    __slots__ = ("_join", "_rewrite", "_spelling", "name", "version")

    def __init__(
        self,
        name: Literal["english", "basic", "none"],
        spell: Callable[[str], Words] | None = None,
        rewrite: Callable[[str], str] | None = None,
        join: Callable[[list[str]], list[str]] | None = None,
    ) -> None:
        self.name = name
        self.version = _VERSIONS[name]
        self._spelling = None if spell is None else _Spelling(spell)
        self._rewrite = rewrite
        self._join = join

    def __call__(self, text: str) -> list[str]:
        if self._spelling is None:
            return text.split()
        chunks = (self._rewrite(text) if self._rewrite else text).split()
        words = list(chain.from_iterable(map(self._spelling.__getitem__, chunks)))
        return self._join(words) if self._join else words

    @property
    def identity(self) -> str:
        """What results depend on: those of two identities must not be compared."""
        return f"{self.name} {self.version}"

    def __reduce__(self) -> tuple[Callable[..., Normalizer], tuple[Any, ...]]:
        return normalizer, (self.name, "")


def normalizer(name: NormalizerName, language: str) -> Normalizer:
    """The normaliser of that name; `auto` follows a language tag such as `en` or `en-GB`."""
    if name != "auto":
        return _shared(name)
    return _shared("english" if base_language(language) == "en" else "basic")


def base_language(tag: str) -> str:
    """`en` of `en-GB`, `en_US` or `EN`."""
    return re.split(r"[-_]", tag.strip(), maxsplit=1)[0].lower()


@cache
def _shared(name: Literal["english", "basic", "none"]) -> Normalizer:
    match name:
        case "english":
            return Normalizer(name, english_words, rewrite=_said_in_english, join=joined)
        case "basic":
            return Normalizer(name, _basic, rewrite=without_marks)
        case "none":
            return Normalizer(name)


_REMEMBERED_CHUNKS = 200_000
_REMEMBERED_LENGTH = 32


class _Spelling(dict[str, Words]):
    """Chunk → words, remembered; bounded, so that a long run over hostile text cannot eat the memory."""

    def __init__(self, spell: Callable[[str], Words]) -> None:
        super().__init__()
        self._spell = spell

    def __missing__(self, chunk: str) -> Words:
        words = self._spell(chunk)
        if len(chunk) <= _REMEMBERED_LENGTH:
            if len(self) >= _REMEMBERED_CHUNKS:
                self.clear()
            self[chunk] = words
        return words


def _said_in_english(text: str) -> str:
    return prepared(without_marks(text))


_BASIC_SIGNS = Signs()


def _basic(chunk: str) -> Words:
    return tuple(by_character(folded(chunk).translate(_BASIC_SIGNS)).split())
