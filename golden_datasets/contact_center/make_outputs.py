"""Writes the golden interactions and the imitated outputs of three pipelines from the scripts, always the same bytes.

Every later step of a pipeline reads what the earlier one wrote, so that a recognition error travels into the summary
and makes wrong labels likelier. All chance comes from `Random.random()` seeded with a string, the same on every Python.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

import yaml

Json = dict[str, Any]

HERE = Path(__file__).parent
WER = 0.115  # of the mean call
DIFFICULTY = 0.35  # spread of the logarithm of a call's word error rate
BROKEN = 2.9  # times as many recognition errors in the cohort that got worse
KEPT = 0.7  # how often another version of the pipeline judges an interaction as the first one did
CLEARLY_WORSE = 0.05  # more word error rate than this, and it judges anew
INVENTED, DROPPED, DROPPED_IF_MISHEARD = 0.03, 0.08, 0.25
NO_CSAT = frozenset({"voice-040", "chat-021"})  # no pipeline gives these a score

# Chance of the right label on a faultless transcript, and how fast it falls with the word error rate.
SKILL = {"intent": (0.90, 1.0), "sentiment": (0.80, 0.71), "resolution": (0.86, 0.89), "coherence": (0.93, 0.37)}
CSAT_OF = {"negative": -1, "neutral": 0, "positive": 1, "resolved": 0.6, "partly_resolved": 0, "unresolved": -0.8}
CHOICES: Json = yaml.safe_load((HERE / "imitation.yaml").read_text("utf-8"))
HOLD = re.compile(r"hold|moment|second|minute|bear with|let me|check|espere|momento|segundo|déjeme", re.IGNORECASE)


class System(NamedTuple):
    """One version of the pipeline: where its outputs go, whose draws it makes, and which product line it mishears."""

    path: str
    stream: str
    broken: str = ""


class Word(NamedTuple):
    """A word that was said, what was recognised in its place, and what was put in after it."""

    said: str
    heard: str
    added: str = ""


MAIN = System("baselines/main.jsonl", "main")
SYSTEMS = (MAIN, System("candidates/next.jsonl", "next"), System("candidates/broken_asr.jsonl", "main", "mobile"))


def main() -> None:
    """Write the golden interactions and the outputs of every system beside this file."""
    card = yaml.safe_load((HERE / "dataset.yaml").read_text("utf-8"))
    files = [(HERE / f"scripts/{name}.yaml").read_text("utf-8") for name in ("voice", "text")]
    scripts = [script for text in files for script in yaml.safe_load(text)]
    golden = [interaction(script) for script in scripts]
    _write("interactions.jsonl", golden)
    for system in SYSTEMS:
        _write(system.path, [output(system, script, gold, card) for script, gold in zip(scripts, golden, strict=True)])


def interaction(script: Json) -> Json:
    """One line of interactions.jsonl."""
    turns = [{"speaker": speaker, "text": text} for turn in script["turns"] for speaker, text in turn.items()]
    row = {key: script[key] for key in ("id", "channel", "language", "group")}
    if script["channel"] == "voice":
        turns, row["duration"] = timed(turns, Random(f"times/{script['id']}"))
    row["cohorts"] = {"product_line": script["product_line"]}
    labels = {name: script[name] for name in SKILL}
    scores = {"csat": script["csat"]} if "csat" in script else {}
    row["gold"] = {"turns": turns} | {key: script[key] for key in ("summary", "facts")}
    row["gold"] |= {"labels": labels, "scores": scores}
    return row


def timed(turns: Sequence[Json], rng: Random) -> tuple[list[Json], float]:
    """Give every turn a start and an end as if it had been spoken; the duration of the call comes with them."""
    rows: list[Json] = []
    end, wait = 0.0, rng.uniform(0.2, 1.5)
    for turn in turns:
        start = end + wait
        end = start + max(0.8, len(turn["text"].split()) / rng.uniform(2.2, 3.2))
        rows.append(turn | {"start": round(start, 2), "end": round(end, 2)})
        wait = _pause(turn["text"], rng)
    return rows, round(end + rng.uniform(0.5, 3.0), 2)


def output(system: System, script: Json, gold: Json, card: Json) -> Json:
    """One line of a system's outputs."""
    row: Json = {"id": script["id"]}
    heard = recognise(system, script)
    wer = _error_rate(heard)
    worse = wer > _error_rate(recognise(MAIN, script)) + CLEARLY_WORSE
    if heard:
        row["turns"] = recognised_turns(system, script["id"], gold["gold"]["turns"], heard)
    row["summary"] = summarise(system, script, _lost(heard), _keywords(script, card["terms"]))
    rngs = {step: _judge(system, script["id"], step, worse) for step in (*SKILL, "csat")}
    truth = {name: _majority(script[name], card["labels"][name]) for name in SKILL}
    row["labels"] = {name: predict(name, truth[name], wer, rngs[name]) for name in SKILL}
    row["scores"] = {} if script["id"] in NO_CSAT else {"csat": csat(script, row["labels"], wer, rngs["csat"])}
    return row


def recognise(system: System, script: Json) -> list[list[Word]]:
    """What the recogniser makes of every turn of a call; nothing elsewhere, where the turns are written already."""
    turns = [_plain(text) for turn in script["turns"] for text in turn.values() if script["channel"] == "voice"]
    rate = WER * math.exp(DIFFICULTY * _bell(Random(f"difficulty/{script['id']}")) - DIFFICULTY**2 / 2)
    rate = min(0.5, rate * (BROKEN if script["product_line"] == system.broken else 1))
    call = sorted({word for turn in turns for word in turn})
    return [
        [hear(said, rate, call, script["language"], Random(f"{system.stream}/{script['id']}/{n}/{at}"))
         for at, said in enumerate(turn)]
        for n, turn in enumerate(turns)
    ]  # fmt: skip


def hear(said: str, rate: float, call: Sequence[str], language: str, rng: Random) -> Word:
    """One word as the recogniser has it; a higher rate adds errors and keeps those that were there."""
    if rng.random() >= rate:
        return Word(said, said)
    kind = rng.random()
    if kind < 0.65:
        return Word(said, _misheard(said, call, rng))
    return Word(said, "") if kind < 0.87 else Word(said, said, _pick(rng, CHOICES[language]["fillers"]))


def recognised_turns(system: System, id_: str, turns: Sequence[Json], heard: Sequence[Sequence[Word]]) -> list[Json]:
    """The turns with what was recognised in them, their ends a little off, without those of which nothing was heard."""
    rows: list[Json] = []
    for n, (turn, words) in enumerate(zip(turns, heard, strict=True)):
        rng = Random(f"{system.stream}/{id_}/{n}/times")
        start, end = (max(0.0, round(turn[key] + rng.uniform(-0.2, 0.2), 2)) for key in ("start", "end"))
        text = " ".join(part for word in words for part in (word.heard, word.added) if part)
        if text:
            rows.append({"speaker": turn["speaker"], "text": text, "start": start, "end": end})
    return rows


def summarise(system: System, script: Json, lost: Mapping[str, str], keys: frozenset[str]) -> str:
    """The script's summary with what the recogniser got wrong, now and then less of it or something nobody said."""
    rng = Random(f"{system.stream}/{script['id']}/summary")
    dropped, at, invented = (rng.random() for _ in range(3))
    sentences = re.split(r"(?<=[.!?])(?<!Mr\.)(?<!Mrs\.)(?<!Dr\.)\s+", script["summary"])
    retold = [(old, _retell(old, lost, keys)) for old in sentences]
    kept = [new for old, new in retold if rng.random() > DROPPED_IF_MISHEARD or new == old]
    kept = [new for new in kept if new] or [retold[0][1] or retold[0][0]]
    if dropped < DROPPED and len(kept) > 1:
        del kept[int(at * len(kept))]
    return _invent(" ".join(kept), script, rng) if invented < INVENTED else " ".join(kept)


def predict(name: str, gold: str, wer: float, rng: Random) -> Json:
    """A label with its confidence: right less often the worse the transcript is, wrong ones go to a neighbour."""
    best, slope = SKILL[name]
    ease, luck, noise = rng.random(), rng.random(), _bell(rng)
    chance = max(0.05, 1 - 3 * (1 - best + slope * wer) * (1 - ease) ** 2)  # on the mean as SKILL has it
    label = gold if luck < chance else _pick(rng, CHOICES["neighbours"][gold])
    return {"label": label, "confidence": round(min(0.99, max(0.35, chance + 0.06 * noise)), 2)}


def csat(script: Json, labels: Mapping[str, Json], wer: float, rng: Random) -> float:
    """About what the customer gave, or what sentiment and resolution suggest where nobody was asked."""
    guess = 3 + CSAT_OF[labels["sentiment"]["label"]] + CSAT_OF[labels["resolution"]["label"]]
    centre = median(_votes(script["csat"])) if "csat" in script else guess
    return round(min(5.0, max(1.0, centre + (0.6 + wer) * _bell(rng))), 2)


def _write(path: str, rows: Sequence[Json]) -> None:
    target = HERE / path
    target.parent.mkdir(exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    target.write_text(text, encoding="utf-8", newline="\n")


def _pause(text: str, rng: Random) -> float:
    """Seconds until the next turn: a hold after words that ask for one, a small overlap now and then."""
    chance = rng.random()
    if HOLD.search(text) and chance < 0.25:
        return rng.uniform(10, 40)
    return rng.uniform(-0.4, 0) if chance > 0.92 else rng.uniform(0.2, 1.5)


def _misheard(said: str, call: Sequence[str], rng: Random) -> str:
    """Another number, a word that is known to be confused with it, another word of the call, or a near sound."""
    if re.search(r"\d", said):
        return _other_number(said, rng)
    if said in CHOICES["confusions"]:
        return _pick(rng, CHOICES["confusions"][said])
    others = [word for word in call if len(word) == len(said) and word != said and word.isalpha()]
    if others and rng.random() < 0.3:
        return _pick(rng, others)
    sounds = {said.replace(old, new, 1) for old, new in CHOICES["sounds"]} | {said[:-1] if len(said) > 3 else said}
    return _pick(rng, sorted(sounds - {said}) or others or ["the"])


def _other_number(said: str, rng: Random) -> str:
    """A number that sounds alike, or the same one with one digit wrong."""
    if said in CHOICES["alike"] and rng.random() < 0.7:
        return str(CHOICES["alike"][said])
    digits = list(re.finditer(r"\d", said))
    at = digits[int(rng.random() * len(digits))].start()
    return said[:at] + _pick(rng, "123456789".replace(said[at], "")) + said[at + 1 :]


def _retell(sentence: str, lost: Mapping[str, str], keys: frozenset[str]) -> str:
    """A sentence of the summary with its misheard specifics; empty where one of them was not heard at all."""
    words = sentence.split()
    for at, word in enumerate(words):
        core = _bare(word)
        said = core.lower()
        specific = said in keys or re.search(r"\d", said) or (at > 0 and core[:1].isupper())
        if said in lost and specific:
            if not lost[said]:
                return ""
            words[at] = word.replace(core, lost[said].capitalize() if core[:1].isupper() else lost[said])
    return " ".join(words)


def _invent(summary: str, script: Json, rng: Random) -> str:
    """The summary with something that nobody said: another weekday where it has one, else a promise."""
    said = {word for turn in script["turns"] for text in turn.values() for word in _plain(text)}
    choices = CHOICES[script["language"]]
    day = _pick(rng, [day for day in choices["days"] if day.lower() not in said])
    amount = _pick(rng, [amount for amount in CHOICES["amounts"] if amount not in said])
    changed = re.sub("|".join(choices["days"]), day, summary)
    added = _pick(rng, choices["promises"]).format(day=day, amount=amount)
    return changed if changed != summary else f"{summary} {added}"


def _judge(system: System, id_: str, step: str, worse: bool) -> Random:
    """The draws of one judgement; another version mostly judges like the first one, unless it hears clearly worse."""
    same = not worse and Random(f"{system.stream}/{id_}/{step}/same").random() < KEPT
    return Random(f"{MAIN.stream if same else system.stream}/{id_}/{step}")


def _lost(heard: Sequence[Sequence[Word]]) -> dict[str, str]:
    """Words that were said but are nowhere in the transcript, with what stands there for their first mention."""
    words = [word for turn in heard for word in [*turn, *_spelled(turn)]]
    there = {word.heard for word in words}
    return {word.said: word.heard for word in reversed(words) if word.said not in there}


def _spelled(turn: Sequence[Word]) -> list[Word]:
    """Numbers that are said digit by digit, as the one word that a summary makes of them."""
    runs = [list(run) for spelled, run in groupby(turn, key=lambda word: len(word.said) == 1) if spelled]
    return [Word("".join(word.said for word in run), "".join(word.heard for word in run)) for run in runs]


def _keywords(script: Json, terms: Sequence[str]) -> frozenset[str]:
    """The words that carry a summary besides figures and names: terms, counts and the anchors of its facts."""
    anchors = [anchor for fact in script["facts"] for anchor in fact["anchors"]]
    phrases = (*terms, *CHOICES["counts"], *anchors)
    return frozenset(word for phrase in phrases for word in _plain(phrase) if len(word) > 2)


def _error_rate(heard: Sequence[Sequence[Word]]) -> float:
    """Errors a word; 0 where nothing had to be recognised."""
    words = [word for turn in heard for word in turn]
    return sum((word.said != word.heard) + (word.added != "") for word in words) / max(1, len(words))


def _majority(given: str | list[str], values: Json | list[str]) -> str:
    """What most annotators said, in a tie the first in the label set."""
    return max(values["values"] if isinstance(values, dict) else values, key=_votes(given).count)


def _votes(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list) else [given]


def _plain(text: str) -> list[str]:
    """The words as a recogniser writes them: lower case, without the punctuation around them."""
    return [word for word in (_bare(part).lower() for part in text.split()) if word]


def _bare(word: str) -> str:
    return re.sub(r"^\W+|\W+$", "", word)


def _bell(rng: Random) -> float:
    """A number that is nearly normal with mean 0 and standard deviation 1."""
    return math.fsum(rng.random() for _ in range(12)) - 6


def _pick(rng: Random, options: Sequence[str]) -> str:
    return options[int(rng.random() * len(options))]


if __name__ == "__main__":
    main()
