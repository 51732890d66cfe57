"""Marks in a transcript that stand for sounds, not for words: `[inaudible]`, `<crosstalk>`, `(laughs)`, `*sighs*`."""

from __future__ import annotations

import re

from fieval.speech.characters import has_any

NON_SPEECH = (
    "applause|background noise|background speech|beep|blank_audio|breath(?:ing)?|breathes|chuckles?|clears throat|"
    "cough(?:s|ing)?|cross[- ]?talk|foreign(?: language)?|inaudible|indiscernible|laugh(?:s|ing|ter)?|"
    "music(?: playing)?|no audio|noise|overlapping|pause|phone ringing|ringing|sigh(?:s|ing)?|silence|sneezes?|sniffs?|"
    "static|typing|unintelligible|unclear"
)

_TIME = r"(?:[\s,@-]{1,3}[0-9]{1,2}(?::[0-9]{2}){1,2})?"
_SOUND = rf"\s?(?i:{NON_SPEECH}){_TIME}\s?"
_OPENING = "[<({*"
# These at the head let the search run over other text fast.
_MARKS = re.compile(
    rf"[{re.escape(_OPENING)}](?:"
    rf"(?<=\[)[^\[\]\n]{{0,60}}\]|(?<=<)[^<>\n]{{0,60}}>|(?<=\(){_SOUND}\)|(?<=\{{){_SOUND}\}}|(?<=\*){_SOUND}\*)",
)


def without_marks(text: str) -> str:
    """The text without what was not said; anything in square or pointed brackets is a mark."""
    return _MARKS.sub(" ", text) if has_any(text, _OPENING) else text
