"""Scripts read out by synthetic voices: the audio of a call, and when who spoke in it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Json = dict[str, Any]
Samples = npt.NDArray[np.int16]

RATE = 16000  # samples a second
SILENCE = 160  # amplitude; quieter than this at the ends of a turn is not speech

# What lies between a caller's mouth and the recogniser, as effects of sox.
PATHS: Mapping[str, Sequence[str]] = {
    "wideband": ("sinc", "50-7000", "rate", str(RATE)),
    "narrowband": ("rate", "8000", "sinc", "300-3400", "rate", str(RATE)),
}
NOISE = {"wideband": 22.0, "narrowband": 22.0}  # standard deviation, in units of a 16-bit sample
VOICES = ("slt", "rms", "awb")
HOLD = re.compile(r"\b(hold|bear with|one moment|one second|a moment)\b", re.IGNORECASE)
INTERRUPTED = re.compile(r"[-–—]\s*$")


class Voice(NamedTuple):
    """A synthetic speaker: a voice of flite, shifted by cents and sped up by a factor."""

    name: str
    cents: int
    tempo: float


class Call(NamedTuple):
    """A call as it was spoken: one (start, end) in seconds for each turn, and the clean samples of all of it."""

    times: tuple[tuple[float, float], ...]
    samples: Samples


def spoken(identifier: str, customer: str, agent: str, turns: Sequence[tuple[str, str]]) -> Call:
    """The (speaker, text) turns of a script as one call; the same names always speak with the same voices."""
    voices = _voices(customer, agent)
    rng = Random(f"times/{identifier}")
    cursor, times, parts = 0.3 + 0.7 * rng.random(), [], []
    for speaker, text in turns:
        samples = _said(text, voices[speaker])
        times.append((round(cursor, 3), round(cursor + len(samples) / RATE, 3)))
        parts.append(samples)
        cursor = max(0.0, times[-1][1] + _gap(text, rng))
    mixed = np.zeros(int((max(end for _, end in times) + 0.6) * RATE), dtype=np.int32)
    for (start, _), samples in zip(times, parts, strict=True):
        first = int(start * RATE)
        mixed[first : first + len(samples)] += samples
    return Call(tuple(times), _clipped(mixed))


def through(samples: Samples, path: str, identifier: str) -> Samples:
    """The call as it arrives over one of PATHS, with its noise."""
    with tempfile.TemporaryDirectory() as folder:
        heard = _sox(samples, ("gain", "-4", *PATHS[path]), Path(folder))
    seed = Random(f"noise/{identifier}").getrandbits(32)
    noise = np.random.default_rng(seed).normal(0.0, NOISE[path], len(heard))
    return _clipped(heard + np.rint(noise).astype(np.int32))


def _voices(customer: str, agent: str) -> Mapping[str, Voice]:
    """Two voices that are not alike, from the names alone."""
    agents, customers = Random(f"voice/{agent}"), Random(f"voice/{customer}")
    first = agents.choice(VOICES)
    second = customers.choice([name for name in VOICES if name != first])
    return {"agent": _drawn(first, agents), "customer": _drawn(second, customers)}


def _drawn(name: str, rng: Random) -> Voice:
    return Voice(name, rng.randrange(-60, 61, 20), round(rng.uniform(0.96, 1.12), 2))


def _gap(text: str, rng: Random) -> float:
    """Seconds until the next turn begins: less than none where it overlaps, some more on hold."""
    chance, size = rng.random(), rng.random()
    if INTERRUPTED.search(text):
        return -0.2 - 0.4 * size
    if HOLD.search(text) and chance < 0.5:
        return 2.0 + 3.0 * size
    return -0.5 * size if chance > 0.93 else 0.3 + 0.8 * size


def _said(text: str, voice: Voice) -> Samples:
    """One turn in one voice, without the silence around it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wave = folder / "said.wav"
        subprocess.run(["flite", "-voice", voice.name, "-t", _readable(text), "-o", str(wave)], check=True)
        effects = ("pitch", str(voice.cents), "tempo", "-s", str(voice.tempo), "gain", "-n", "-5")
        command = ["sox", "-R", str(wave), *_raw("-"), *effects]
        samples = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, dtype=np.int16)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > SILENCE)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples


def _readable(text: str) -> str:
    """Text that flite reads as it is meant: the letters of acronyms one by one, no stray marks."""
    text = re.sub(r"\beSIM\b", "e sim", text)
    text = re.sub(r"\b([A-Z])-(?=[A-Z]\b)", r"\1 ", text)
    return re.sub(r"[^\w\s.,?!':%$-]", " ", text)


def _sox(samples: Samples, effects: Sequence[str], folder: Path) -> npt.NDArray[np.int32]:
    source = folder / "in.raw"
    source.write_bytes(samples.tobytes())
    command = ["sox", "-R", "-D", *_raw(str(source)), *_raw("-"), *effects]
    heard = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(heard, dtype=np.int16).astype(np.int32)


def _raw(name: str) -> list[str]:
    return ["-t", "raw", "-r", str(RATE), "-b", "16", "-e", "signed", "-c", "1", name]


def _clipped(samples: npt.NDArray[np.int32]) -> Samples:
    return np.clip(samples, -32768, 32767).astype(np.int16)
