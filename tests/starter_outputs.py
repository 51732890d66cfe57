"""Makes the outputs that `fieval init` writes: what two versions of a pipeline might make of the starter dataset.

`python tests/starter_outputs.py` writes them anew, always the same bytes. The second version hears and judges most
things like the first one, and errs about as often; nothing of this was recorded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

Line = dict[str, Any]

TEMPLATES = Path(__file__).parents[1] / "fieval/templates"
SYSTEMS = {"baseline": "v1", "candidate": "v2"}
MISHEARD = 0.115  # of the words of a call of middling difficulty
SAME_WORD, SAME_JUDGEMENT = 0.6, 0.3  # how often the second version does as the first one did, whatever that was
RIGHT = {"intent": 0.91, "sentiment": 0.84, "resolution": 0.90}
SHORTENED, INVENTED = 0.10, 0.04  # of the summaries
INVENTION = "A voucher of 25 pounds was promised."
NEIGHBOURS = {
    "delivery": ["order_change", "order_change", "refund"],
    "refund": ["order_change", "delivery"],
    "repair": ["order_change", "refund"],
    "order_change": ["delivery", "refund"],
    "negative": ["neutral"],
    "neutral": ["negative", "positive"],
    "positive": ["neutral"],
    "resolved": ["unresolved"],
    "unresolved": ["resolved"],
}
ALIKE = {"13": "30", "14": "40", "15": "50", "16": "60", "18": "80", "30": "13", "40": "14", "50": "15", "60": "16"}


def main() -> None:
    """Write both systems' outputs where `fieval init` takes them from."""
    for name in SYSTEMS:
        (TEMPLATES / f"outputs/{name}.jsonl").write_text(made(name), encoding="utf-8", newline="\n")


def made(name: str) -> str:
    """The file of one system's outputs."""
    rows = [_output(interaction, SYSTEMS[name]) for interaction in _golden()]
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


@cache
def _golden() -> list[Line]:
    lines = (TEMPLATES / "golden/interactions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _output(interaction: Line, version: str) -> Line:
    identifier, gold = interaction["id"], interaction["gold"]
    row: Line = {"id": identifier}
    wrong: dict[str, str] = {}
    if interaction["channel"] == "voice":
        row["turns"] = [_heard(turn, f"{identifier}/{at}", version, wrong) for at, turn in enumerate(gold["turns"])]
    row["summary"] = _summary(gold["summary"], wrong, identifier, version)
    row["labels"] = {name: _label(name, _majority(gold["labels"][name]), identifier, version) for name in RIGHT}
    noise = 0.75 * _bell(_draws(f"{identifier}/csat", version))
    row["scores"] = {"csat": round(min(5.0, max(1.0, gold["scores"]["csat"] + noise)), 1)}
    return row


def _heard(turn: Line, place: str, version: str, wrong: dict[str, str]) -> Line:
    """A turn as it was recognised; `wrong` takes what stands for misheard words."""
    rate = MISHEARD * math.exp(0.35 * _bell(Random(place.partition("/")[0])))
    words = []
    for at, word in enumerate(_words(turn["text"])):
        heard = _word(word, rate, _draws(f"{place}/{at}", version, SAME_WORD))
        words.append(heard)
        if heard != word:
            wrong[word] = heard
    shift = 0.2 * (Random(f"{version}/{place}").random() - 0.5)
    times = {key: round(max(0.0, turn[key] + shift), 1) for key in ("start", "end")}
    return {"speaker": turn["speaker"], "text": " ".join(filter(None, words)), **times}


def _word(said: str, rate: float, draws: Random) -> str:
    """One word as it was recognised: mostly itself, else another, nothing, or with a filler behind it."""
    if draws.random() >= rate:
        return said
    kind = draws.random()
    if kind > 0.85:
        return f"{said} uh"
    return "" if kind > 0.62 else _mistaken(said, draws)


def _mistaken(said: str, draws: Random) -> str:
    """Another number, or a word of other interactions that is written alike."""
    if said in ALIKE:
        return ALIKE[said]
    if said[-1].isdigit():
        return said[:-1] + _pick("123456789".replace(said[-1], ""), draws)
    near = get_close_matches(said, [word for word in _vocabulary() if word != said], n=3, cutoff=0.3)
    return _pick(near, draws) if near else ""


@cache
def _vocabulary() -> list[str]:
    """Every word of a golden turn that has no digit."""
    turns = [turn["text"] for interaction in _golden() for turn in interaction["gold"]["turns"]]
    return sorted({word for text in turns for word in _words(text) if word.isalpha()})


def _summary(gold: str, wrong: Mapping[str, str], identifier: str, version: str) -> str:
    """Of the true summary what was heard: figures and days as they were misheard, now and then a sentence less."""
    draws = _draws(f"{identifier}/summary", version)
    sentences = re.split(r"(?<=\.) ", re.sub(r"\w*\d\w*|\w+day\b", lambda word: _retold(word[0], wrong), gold))
    if draws.random() < SHORTENED and len(sentences) > 1:
        del sentences[int(draws.random() * len(sentences))]
    return " ".join([*sentences, INVENTION] if draws.random() < INVENTED else sentences)


def _retold(word: str, wrong: Mapping[str, str]) -> str:
    heard = wrong.get(word.lower(), "").partition(" ")[0]
    return word if not heard else heard.capitalize() if word[0].isupper() else heard


def _label(name: str, gold: str, identifier: str, version: str) -> Line:
    """A label with its confidence; most mistakes are made on the same hard interactions."""
    draws = _draws(f"{identifier}/{name}", version)
    chance = min(0.99, RIGHT[name] + 0.12 * _bell(Random(f"{identifier}/{name}/ease")))
    label = gold if draws.random() < chance else _pick(NEIGHBOURS[gold], draws)
    return {"label": label, "confidence": round(min(0.99, max(0.4, chance + 0.05 * _bell(draws))), 2)}


def _draws(place: str, version: str, same_in: float = SAME_JUDGEMENT) -> Random:
    """Chance at one place, in a share of all places the same for both versions."""
    same = Random(f"{place}/same").random() < same_in
    return Random(place if same else f"{version}/{place}")


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text.lower())


def _majority(given: str | list[str]) -> str:
    return given if isinstance(given, str) else max(given, key=given.count)


def _bell(draws: Random) -> float:
    """A number that is nearly normal with mean 0 and standard deviation 1."""
    return math.fsum(draws.random() for _ in range(12)) - 6


def _pick(options: Sequence[str], draws: Random) -> str:
    return options[int(draws.random() * len(options))]


if __name__ == "__main__":
    main()
