"""Marks of redaction in a transcript: what was blacked out cannot be used to call a summary wrong."""

from __future__ import annotations

import re

from fieval.speech.marks import NON_SPEECH
from fieval.speech.vocabulary import Kind

REDACTED = re.compile(r"[\[<{]{1,2}\s?([A-Za-z][A-Za-z _-]{0,30})[0-9]{0,3}\s?[\]>}]{1,2}")
_MASKED = re.compile(r"\*{3,}|#{3,}|\b[xX]{3,}|█")
_SILENT_MARK = re.compile(rf"(?:{NON_SPEECH})", re.IGNORECASE)
_REDACTION = re.compile(
    r"redact|number|phone|mail|address|card|account|(?:^|[ _-])(?:pii|date|dob|ssn|id)\b", re.IGNORECASE
)
_ONLY_NAMES = re.compile(r"name|person|customer|agent|caller|org|company|city|brand|location", re.IGNORECASE)


def unchecked(text: str) -> frozenset[Kind]:
    """The kinds that a redacted transcript can no longer prove wrong."""
    kinds: set[Kind] = {"number", "id"} if _MASKED.search(text) else set()
    for match in REDACTED.finditer(text):
        label = match[1].strip(" _-")
        if _SILENT_MARK.fullmatch(label.replace("_", " ")):
            continue
        if not _REDACTION.search(label) and _ONLY_NAMES.search(label):
            kinds.add("name")
        elif label.isupper() or _REDACTION.search(label):
            kinds |= {"name", "number", "id", "date"}
    return frozenset(kinds)
