"""Phrases that a user wants to be compared as others, on top of a normaliser: `wi fi` as `wifi`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fieval.errors import InvalidInput
from fieval.speech.normalize import Normalizer, Words

_ROUNDS = 10


class Replacing(Normalizer):
    """A normaliser that replaces phrases among its words, the longest first, until none is left.

    What is written for a phrase is normalised like any text, and once more beside its neighbours. Raises InvalidInput
    where a phrase has no words or replacing would not end.
    """

    __slots__ = ("_by_first_word", "_normalizer", "_phrases")

    def __init__(self, base: Normalizer, phrases: Mapping[str, str]) -> None:
        super().__init__(base.name)
        self.version = f"{base.version}+replacements:{_digest(phrases)}"
        self._normalizer, self._phrases = base, dict(phrases)
        pairs = {tuple(base(phrase)): tuple(base(other)) for phrase, other in phrases.items()}
        pairs = {phrase: other for phrase, other in pairs.items() if phrase and phrase != other}
        problems = _problems(base, phrases, pairs)
        if problems:
            raise InvalidInput(problems)
        self._by_first_word: dict[str, list[tuple[Words, Words]]] = {}
        for phrase, other in sorted(pairs.items(), key=lambda pair: (-len(pair[0]), pair)):
            self._by_first_word.setdefault(phrase[0], []).append((phrase, other))

    def __call__(self, text: str) -> list[str]:
        words = self._normalizer(text)
        for _ in range(_ROUNDS):
            replaced = self._replaced(words)
            if replaced == words:
                break
            words = self._normalizer(" ".join(replaced))
        return words

    def __reduce__(self) -> tuple[Callable[..., Normalizer], tuple[Any, ...]]:
        return Replacing, (self._normalizer, self._phrases)

    def _replaced(self, words: list[str]) -> list[str]:
        """The words with each phrase replaced; found from left to right, and again in what a replacement completes."""
        if self._by_first_word.keys().isdisjoint(words):
            return words
        ahead, done = words[::-1], list[str]()
        longest = max(len(phrase) for phrases in self._by_first_word.values() for phrase, _ in phrases)
        while ahead:
            found = self._found(ahead)
            if found is None:
                done.append(ahead.pop())
                continue
            phrase, other = found
            del ahead[-len(phrase) :]
            back = done[-(longest - 1) :] if longest > 1 else []
            del done[len(done) - len(back) :]
            ahead += (back + list(other))[::-1]
        return done

    def _found(self, ahead: Sequence[str]) -> tuple[Words, Words] | None:
        for phrase, other in self._by_first_word.get(ahead[-1], ()):
            if tuple(ahead[: -len(phrase) - 1 : -1]) == phrase:
                return phrase, other
        return None


def _digest(phrases: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(phrases, sort_keys=True).encode()).hexdigest()[:8]


def _problems(base: Normalizer, phrases: Mapping[str, str], pairs: Mapping[Words, Words]) -> list[str]:
    """What keeps replacing from having one result that stays as it is."""
    problems = [f'"{phrase}" has no words to look for' for phrase in phrases if not base(phrase)]
    for phrase, other in phrases.items():
        said, compared = tuple(base(phrase)), tuple(base(other))
        if said in pairs and pairs[said] != compared:
            problems.append(f'"{phrase}" is given twice, as "{" ".join(pairs[said])}" and as "{other}"')
    for old, new in pairs.items():
        problems += [
            f'"{" ".join(old)}" becomes "{" ".join(new)}", in which "{" ".join(each)}" would be replaced again'
            for each in pairs
            if _contains(new, each) or (len(new) >= len(old) and _overlap(new, each))
        ]
    return problems


def _contains(words: Words, part: Words) -> bool:
    return any(words[start : start + len(part)] == part for start in range(len(words) - len(part) + 1))


def _overlap(words: Words, other: Words) -> bool:
    """Whether one may end with what the other begins with."""
    ends = range(1, min(len(words), len(other)))
    return any(words[-size:] == other[:size] or words[:size] == other[-size:] for size in ends)
