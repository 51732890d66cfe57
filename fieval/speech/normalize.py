"""Text → comparable words, so that spelling conventions are not counted as recognition errors.

A normaliser is named and versioned: error rates of two versions must not be compared. Most of the work is done once
per distinct blank-separated chunk and remembered, so that long transcripts cost little more than `str.split`.
Rules that see several words stand apart: `rewrite` before the text is split, `join` on the words after it, where some
of them are `noticed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import repeat
from typing import Any, Literal

from fieval.speech.characters import Signs, by_character, folded
from fieval.speech.english_chunks import english_words, prepared
from fieval.speech.english_rules import joined, noticed
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
        join: Callable[[list[str], Sequence[int]], list[str]] | None = None,
        noticed: Callable[[str], bool] | None = None,
    ) -> None:
        self.name = name
        self.version = _VERSIONS[name]
        self._spelling = None if spell is None else _Spelling(spell, noticed)
        self._rewrite = rewrite
        self._join = join

    def __call__(self, text: str) -> list[str]:
        if self._spelling is None:
            return text.split()
        chunks = (self._rewrite(text) if self._rewrite else text).split()
        words, places = self._spelling.words(chunks)
        return self._join(words, places) if self._join and places else words

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


@lru_cache(maxsize=1000)
def base_language(tag: str) -> str:
    """`en` of `en-GB`, `en_US` or `EN`."""
    return re.split(r"[-_]", tag.strip(), maxsplit=1)[0].lower()


@cache
def _shared(name: Literal["english", "basic", "none"]) -> Normalizer:
    match name:
        case "english":
            return Normalizer(name, english_words, rewrite=_said_in_english, join=joined, noticed=noticed)
        case "basic":
            return Normalizer(name, _basic, rewrite=without_marks)
        case "none":
            return Normalizer(name)


_REMEMBERED_CHUNKS = 200_000
_REMEMBERED_LENGTH = 32


class _Spelling(dict[str, Words]):
    """Chunk → words, remembered; bounded, so that a long run over hostile text cannot eat the memory.

    Nearly every chunk is one word that is not noticed: `_plain` has those, so that a single look-up is all they take.
    """

    def __init__(self, spell: Callable[[str], Words], noticed: Callable[[str], bool] | None) -> None:
        super().__init__()
        self._spell, self._noticed = spell, noticed
        self._plain: dict[str, str] = {}

    def words(self, chunks: Sequence[str]) -> tuple[list[str], list[int]]:
        """The words of chunks, and the places of all that may be noticed."""
        plain = list(map(self._plain.get, chunks, repeat("")))
        words: list[str] = []
        places: list[int] = []
        done = 0
        for _ in range(plain.count("")):
            at = plain.index("", done)
            words += plain[done:at]
            for word in self[chunks[at]]:
                places.append(len(words))
                words.append(word)
            done = at + 1
        return words + plain[done:], places

    def __missing__(self, chunk: str) -> Words:
        words = self._spell(chunk)
        if len(chunk) <= _REMEMBERED_LENGTH:
            if len(self) + len(self._plain) >= _REMEMBERED_CHUNKS:
                self.clear()
                self._plain.clear()
            if len(words) == 1 and not (self._noticed and self._noticed(words[0])):
                self._plain[chunk] = words[0]
            else:
                self[chunk] = words
        return words


def _said_in_english(text: str) -> str:
    return prepared(without_marks(text))


_BASIC_SIGNS = Signs()


def _basic(chunk: str) -> Words:
    return tuple(by_character(folded(chunk).translate(_BASIC_SIGNS)).split())
