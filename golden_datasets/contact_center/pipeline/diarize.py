"""Who spoke when: speech by energy, speakers by the timbre of short windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

from pipeline.speech import RATE, Samples

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

FRAME = RATE // 50  # 20 ms
ABOVE_FLOOR = 9.0  # decibels over the quietest tenth of the frames
BRIDGED = 0.35  # seconds of silence that do not end a region
SHORTEST = 0.16
PADDING = 0.08
WINDOW, STEP = 0.8, 0.2  # seconds that timbre is averaged over


def regions(samples: Samples) -> list[Span]:
    """Where somebody speaks, in seconds."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(float)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1)
    active = level > np.quantile(level, 0.1) + ABOVE_FLOOR
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int), [0]])))
    spans = [(start * 0.02, end * 0.02) for start, end in edges.reshape(-1, 2)]
    joined = _joined(spans)
    total = len(samples) / RATE
    return [(max(0.0, a - PADDING), min(total, b + PADDING)) for a, b in joined if b - a >= SHORTEST]


def voices(samples: Samples, speech: Sequence[Span]) -> list[list[int]]:
    """Voice 0 or 1 for every STEP of each region: short windows of the call in two clusters of timbre."""
    timbre = _timbre(samples)
    centres = [[float(at) for at in np.arange(a, b, STEP) + STEP / 2] for a, b in speech]
    windows = np.array([_mean(timbre, at, region) for region, some in zip(speech, centres, strict=True) for at in some])
    windows = (windows - windows.mean(axis=0)) / (windows.std(axis=0) + 1e-9)
    found = iter(KMeans(2, n_init=10, random_state=0).fit_predict(windows))
    return [[int(next(found)) for _ in some] for some in centres]


def segments(speech: Sequence[Span], found: Sequence[list[int]], bridged: int) -> list[tuple[int, float, float]]:
    """(voice, start, end) of all speech: each voice as the majority of `bridged` steps around it."""
    return [
        run
        for (start, end), labels in zip(speech, found, strict=True)
        for run in _runs(_smooth(labels, bridged), start, end)
    ]


def _joined(spans: list[Span]) -> list[Span]:
    rows: list[Span] = []
    for start, end in spans:
        if rows and start - rows[-1][1] < BRIDGED:
            rows[-1] = (rows[-1][0], end)
        else:
            rows.append((start, end))
    return rows


def _timbre(samples: Samples) -> Floats:
    """Cepstra of the frames, [frames, 20], every 10 ms, not of the loudness; NaN where it is quiet."""
    starts = np.arange(0, len(samples) - 400, 160)
    frames = samples[starts[:, None] + np.arange(400)].astype(float) * np.hamming(400)
    power = np.abs(np.fft.rfft(frames, 512)) ** 2 + 1.0
    logs = np.log(power @ _mel().T)
    order = np.arange(1, 21)[:, None] * np.pi / 30 * (np.arange(30) + 0.5)[None, :]
    cepstra = logs @ np.cos(order).T
    quiet = logs.mean(axis=1) < np.quantile(logs.mean(axis=1), 0.35)
    cepstra[quiet] = np.nan
    return np.asarray(cepstra, dtype=np.float64)


def _mel() -> Floats:
    """Triangles of 30 mel bands over the bins of a 512-point spectrum."""
    top = 1127 * np.log(1 + 6800 / 700)
    edges = 700 * (np.exp(np.linspace(60, top, 32) / 1127) - 1) / RATE * 512
    bins = np.arange(257)
    up = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(up, down), 0, None)


def _mean(timbre: Floats, at: float, region: Span) -> Floats:
    first, last = (int(100 * edge) for edge in (max(region[0], at - WINDOW / 2), min(region[1], at + WINDOW / 2)))
    window = timbre[first : max(last, first + 1)]
    voiced = window[~np.isnan(window[:, 0])]
    return np.asarray((voiced if len(voiced) else np.nan_to_num(timbre)).mean(axis=0), dtype=np.float64)


def _smooth(labels: list[int], width: int) -> list[int]:
    """Each label as the majority of those around it."""
    half = width // 2
    around = [labels[max(0, at - half) : at + half + 1] for at in range(len(labels))]
    return [
        labels[at] if 2 * sum(some) == len(some) else int(2 * sum(some) > len(some)) for at, some in enumerate(around)
    ]


def _runs(labels: list[int], start: float, end: float) -> list[tuple[int, float, float]]:
    rows: list[tuple[int, float, float]] = []
    for n, label in enumerate(labels):
        begin, stop = start + n * STEP, min(end, start + (n + 1) * STEP)
        if rows and rows[-1][0] == label:
            rows[-1] = (label, rows[-1][1], stop)
        else:
            rows.append((label, begin, stop))
    return rows
