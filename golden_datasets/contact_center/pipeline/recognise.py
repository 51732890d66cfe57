"""Speech to words with pocketsphinx, its English models and a few words of the trade."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipeline.diarize import Span
from pipeline.speech import RATE, Samples

if TYPE_CHECKING:
    from pocketsphinx import Decoder

SETTINGS = {"maxhmmpf": 3000, "maxwpf": 10, "fwdflat": False, "bestpath": True}
FILLERS = re.compile(r"^[<\[+].*[>\]+]$")

# Words that the recogniser's dictionary lacks, as they are pronounced.
LEXICON = {
    "northline": "N AO R TH L AY N",
    "wifi": "W AY F AY",
    "broadband": "B R AO D B AE N D",
    "fibre": "F AY B ER",
    "esim": "IY S IH M",
    "tariff": "T EH R AH F",
    "kilowatt": "K IH L AH W AA T",
    "prepay": "P R IY P EY",
    "voicemail": "V OY S M EY L",
    "reboot": "R IY B UW T",
}


class Word(NamedTuple):
    """A recognised word and when it was said, in seconds of the call."""

    text: str
    start: float
    end: float


def recognised(samples: Samples, speech: Sequence[Span]) -> list[Word]:
    """The words of each region of a call.

    Each call has a decoder of its own: it remembers more of what it heard before than its settings tell, and the words
    of a call must not depend on the calls before it.
    """
    decoder = _decoder()
    return [word for region in speech for word in _decoded(decoder, samples, region)]


def _decoded(decoder: Decoder, samples: Samples, region: Span) -> list[Word]:
    first, last = (int(edge * RATE) for edge in region)
    decoder.start_utt()
    decoder.process_raw(samples[first:last].tobytes(), full_utt=True)
    decoder.end_utt()
    rows = [(seg.word, seg.start_frame, seg.end_frame) for seg in decoder.seg() or ()]
    said = [(re.sub(r"\(\d+\)$", "", word), a, b) for word, a, b in rows if not FILLERS.match(word)]
    return [Word(word, round(region[0] + a / 100, 2), round(region[0] + (b + 1) / 100, 2)) for word, a, b in said]


def _decoder() -> Decoder:
    from pocketsphinx import Decoder  # only who makes the outputs anew needs it

    decoder = Decoder(loglevel="FATAL", **SETTINGS)
    for word, phones in LEXICON.items():
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, phones, True)
    return decoder
