"""A summary as the claims that it makes: its lines and sentences in order, so that each can be judged."""

from __future__ import annotations

import re

MOST = 40  # claims of one text; more would not fit into one reply

_LINE = re.compile(r"[\r\n\u2028\u2029\x85]+")
_END = re.compile(
    r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bNo\.)(?<!\bSt\.)"
    r"[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W_a-z])|(?<=[。！？])"
)
_BULLET = re.compile(r"^\s*[-*•–—]\s+")
_NUMBER = re.compile(r"^\s*\(?\d{1,2}[.)]\s+")  # stays with what follows: it may be the end of what stands before


def sentences(text: str) -> list[str]:
    """The sentences of a text that have a letter or digit; where there are more than `MOST`, neighbours go together."""
    lines = [_BULLET.sub("", line) for line in _LINE.split(text)]
    found = [part.strip() for line in lines for part in _parts(line) if any(map(str.isalnum, part))]
    size = -(-len(found) // MOST)
    return found if size <= 1 else [" ".join(found[start : start + size]) for start in range(0, len(found), size)]


def _parts(line: str) -> list[str]:
    number = _NUMBER.match(line)
    start = number.end() if number else 0
    first, *rest = _END.split(line[start:])
    return [line[:start] + first, *rest]
