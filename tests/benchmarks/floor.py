"""The least that any gate has to do: decode, split, compare words, one product: python floor.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import numpy as np
from rapidfuzz.distance import Levenshtein

HALVES = 9_999


def main(folder: Path) -> None:
    decoder = msgspec.json.Decoder()
    said: dict[str, list[str]] = {}
    with (folder / "data/interactions.jsonl").open("rb") as file:
        for line in file:
            one = decoder.decode(line)
            said[one["id"]] = words(one["gold"]["turns"])
    tables = []
    for system in ("baseline", "candidate"):
        with (folder / f"{system}.jsonl").open("rb") as file:
            heard = (decoder.decode(line) for line in file)
            rows = [
                (Levenshtein.distance(said[each["id"]], words(each["turns"])), len(said[each["id"]])) for each in heard
            ]
        tables.append(np.array(rows, dtype=np.float64))
    halves = np.random.default_rng(1).integers(0, 2, (HALVES, len(said))).astype(np.float64)
    print((halves @ np.hstack(tables)).shape)


def words(turns: list[dict[str, str]]) -> list[str]:
    return [word for turn in turns for word in turn["text"].split()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
