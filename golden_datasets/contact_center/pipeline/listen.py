"""A call from script to words and voices; what was heard is kept in a folder, the audio is not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from pipeline import diarize, recognise, speech
from pipeline.diarize import Span
from pipeline.recognise import Word, recognised
from pipeline.rows import Json


class Heard(NamedTuple):
    """A call after the audio: when its turns were spoken, regions of speech, their voices, and the words in them."""

    duration: float
    times: list[Span]
    speech: list[Span]
    voices: list[list[int]]
    words: list[Word]


class Listener:
    """Listens to calls, to each only once: the folder is asked first, by script, audio path and code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def listen(self, row: Json, path: str, line: int = 0) -> Heard:
        """The call of a script as it arrives over one of speech.PATHS, with the noise of one of many lines."""
        noise = f"{row['id']}/{line}" if line else row["id"]
        kept = self._folder / f"{row['id']}-{path}-{_key(row, path, noise)}.json"
        if not kept.exists():
            half = kept.with_suffix(".half")
            half.write_text(json.dumps(_anew(row, path, noise)), encoding="utf-8")
            half.replace(kept)
        duration, times, regions, voices, words = json.loads(kept.read_text("utf-8"))
        return Heard(duration, times, regions, voices, [Word(*word) for word in words])


def _anew(row: Json, path: str, noise: str) -> Heard:
    said = [(who, text) for turn in row["turns"] for who, text in turn.items()]
    call = speech.spoken(row["id"], row["group"], row["agent"], said)
    samples = speech.through(call.samples, path, noise)
    regions = diarize.regions(samples)
    voices = diarize.voices(samples, regions)
    times = [(round(start, 2), round(end, 2)) for start, end in call.times]
    words = recognised(samples, regions)
    return Heard(round(len(samples) / speech.RATE, 2), times, regions, voices, words)


def _key(row: Json, path: str, noise: str) -> str:
    """Digest of all that what is heard depends on, the code that makes and takes in the audio included."""
    code = [Path(module.__file__ or "").read_text("utf-8") for module in (speech, diarize, recognise)]
    said = [noise, *(row[name] for name in ("group", "agent", "turns"))]
    return hashlib.sha256(json.dumps([said, path, code]).encode()).hexdigest()[:20]
