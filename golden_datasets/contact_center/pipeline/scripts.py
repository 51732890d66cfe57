"""The scripts: those written as a whole, and those put together from hand-written lines with a fixed seed.

Golden and training scripts share values (amounts, dates, names) but no line: of every list in `scripts/lines.yaml`
the golden ones take the first, third, fifth ... entry and the training ones the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml

from pipeline.cast import agent_of, site_of

Json = dict[str, Any]

SCRIPTS = Path(__file__).parent.parent / "scripts"
LINES: Json = yaml.safe_load((SCRIPTS / "lines.yaml").read_text("utf-8"))
MORE: Json = yaml.safe_load((SCRIPTS / "training.yaml").read_text("utf-8"))
OWN = 0.55  # how often a training script takes a line of training.yaml
COUNTS = {"voice": 36, "chat": 46, "email": 22, "in_app": 28}  # golden scripts put together, by channel
CUSTOMERS = 90  # that they are drawn from: some come back
HELD_OUT = 0.3

INTENTS = {
    "billing_dispute": 28, "technical_support": 22, "outage": 15, "plan_change": 13, "cancellation": 9,
    "payment_arrangement": 7, "complaint": 6,
}  # fmt: skip
PRODUCTS = {"mobile": 42, "broadband": 34, "energy": 24}
RESOLUTIONS = {"resolved": 55, "partly_resolved": 20, "unresolved": 25}
SENTIMENTS = {
    "resolved": {"negative": 10, "neutral": 50, "positive": 40},
    "partly_resolved": {"negative": 30, "neutral": 60, "positive": 10},
    "unresolved": {"negative": 66, "neutral": 32, "positive": 2},
}
CSAT = {"negative": -1.2, "neutral": 0.0, "positive": 1.0, "resolved": 0.7, "partly_resolved": 0.0, "unresolved": -0.7}

# How often one of three annotators sees it differently, and as what.
DISAGREEMENT = {"intent": 0.05, "sentiment": 0.20, "resolution": 0.12, "coherence": 0.03}
NEIGHBOURS = {
    "billing_dispute": "complaint", "technical_support": "outage", "outage": "technical_support",
    "plan_change": "cancellation", "cancellation": "plan_change", "payment_arrangement": "billing_dispute",
    "complaint": "billing_dispute", "negative": "neutral", "neutral": "negative", "positive": "neutral",
    "resolved": "partly_resolved", "partly_resolved": "unresolved", "unresolved": "partly_resolved",
    "yes": "no", "no": "yes",
}  # fmt: skip


class Told(NamedTuple):
    """The templates that an interaction turns on, and how it is told."""

    opening: str
    ending: str
    closing: str
    sentiment: str
    coherent: bool


def golden() -> list[Json]:
    """All scripts of the golden dataset, the hand-written ones first."""
    whole = [script for name in ("voice", "text") for script in _read(name)]
    made = [
        _with_votes(script(f"{channel}-{100 + n}", channel, 0))
        for channel, count in COUNTS.items()
        for n in range(1, count + 1)
    ]
    return [_placed(row) for row in whole + made]


def training(count: int) -> list[Json]:
    """Scripts that only classifiers and their thresholds see."""
    channels = list(COUNTS)
    return [_placed(script(f"training-{n}", channels[n % len(channels)], 1)) for n in range(count)]


def script(identifier: str, channel: str, half: int) -> Json:
    """One script from the lines of a half (0: golden, 1: training), all of its choices from its id."""
    rng = Random(f"script/{identifier}")
    language = "es" if channel != "voice" and rng.random() < 0.2 else "en"
    lines = LINES[language]
    product = _drawn(PRODUCTS, rng)
    intent = _drawn({name: share for name, share in INTENTS.items() if name in lines["intents"]}, rng)
    resolution = _drawn(RESOLUTIONS, rng)
    sentiment = _drawn(SENTIMENTS[resolution], rng)
    coherence = "no" if rng.random() < 0.09 else "yes"
    values = _values(language, product, rng)
    opening = _of(lines["intents"][intent]["openings"], half, rng)
    ending = _of(lines["intents"][intent][resolution], half, rng)
    told = (_more(language, "openings", intent, half, rng) or opening[0],
            _more(language, "endings", resolution, half, rng) or ending[0])  # fmt: skip
    closing = _more(language, "closings", sentiment, half, rng) or _of(lines[sentiment], half, rng)
    turns = _turns(channel, lines, half, rng, Told(*told, closing, sentiment, coherence == "yes"))
    row: Json = {"id": identifier, "channel": channel, "language": language, "product_line": product}
    row |= {"group": f"customer-{200 + rng.randrange(CUSTOMERS)}", "intent": intent, "sentiment": sentiment}
    row |= {"resolution": resolution, "coherence": coherence}
    row["lines"] = {"intent": told[0], "resolution": told[1], "sentiment": closing}
    row["turns"] = [{who: _written(_filled(text, values), who, channel, rng)} for who, text in turns]
    row["summary"] = _compact(_filled(f"{opening[1]} {ending[1]}", values))
    row["facts"] = [{"text": _filled(ending[2], values), "anchors": [_filled(anchor, values) for anchor in ending[3]]}]
    if rng.random() < 0.6:
        row["csat"] = max(1, min(5, round(3 + CSAT[sentiment] + CSAT[resolution] + rng.gauss(0, 0.6))))
    return row


def spoken_lines(scripts: Sequence[Json]) -> set[str]:
    """Every line of the scripts without its digits and marks, to compare sets of scripts."""
    texts = (text for row in scripts for turn in row["turns"] for text in turn.values())
    return {re.sub(r"[\W\d_]+", " ", text).strip().lower() for text in texts}


def _turns(channel: str, lines: Json, half: int, rng: Random, told: Told) -> list[tuple[str, str]]:
    """(speaker, template) of a whole interaction; a voice call and a chat go back and forth, the others less."""
    opening, ending, closing, sentiment, coherent = told
    chatter = f" {_of(lines['chatter'], half, rng)}" if rng.random() < 0.35 else ""
    strange = None if coherent else _strange(lines, half, rng)
    if strange is not None:
        ending, closing = f"{strange[0]} {ending}", f"{strange[1]} {closing}".strip()
    if channel == "email":
        return _email(opening + chatter, ending, closing, rng, english="greetings" in lines)
    if channel == "in_app":
        return [("customer", opening + chatter), ("agent", ending), ("customer", closing)]
    turns = [("agent", _of(lines["greetings"], half, rng))] if "greetings" in lines and rng.random() < 0.9 else []
    turns += [("customer", opening + chatter), ("agent", _of(lines["verify"], half, rng))]
    turns += [("customer", _of(lines["identify"], half, rng))]
    turns += _middle(lines, half, rng, sentiment)
    hold = f"{_of(lines['hold'], half, rng)} " if rng.random() < 0.4 else ""
    return [*turns, ("agent", hold + ending), ("customer", closing)]


def _strange(lines: Json, half: int, rng: Random) -> tuple[str, str]:
    """What does not belong into an interaction and, in training scripts, what the customer says to it."""
    if half == 1 and rng.random() < OWN:
        agent, customer = rng.choice(MORE["en" if "greetings" in lines else "es"]["incoherent"])
        return agent, customer
    return _of(lines["incoherent"], half, rng), ""


def _middle(lines: Json, half: int, rng: Random, sentiment: str) -> list[tuple[str, str]]:
    """What may stand between the problem and its end: an interruption, or a question on the side."""
    if "interrupt" in lines and sentiment == "negative" and rng.random() < 0.4:
        said, cut = _of(lines["interrupt"], half, rng)
        return [("agent", said), ("customer", cut)]
    if "asides" in lines and rng.random() < 0.4:
        asked, answer = _of(lines["asides"], half, rng)
        return [("customer", asked), ("agent", answer)]
    return []


def _email(opening: str, ending: str, closing: str, rng: Random, *, english: bool) -> list[tuple[str, str]]:
    dear, thanks, regards, mine = (
        ("Dear Northline,", "thank you for your message.", "Kind regards,", "My account is {account}.")
        if english
        else ("Estimados señores:", "gracias por su mensaje.", "Un saludo,", "Mi cuenta es {account}.")
    )
    turns = [
        ("customer", f"{dear} {opening} {mine} {regards} {{customer}}"),
        ("agent", f"{{customer}}, {thanks} {ending} {regards} {{agent}}, Northline"),
    ]
    return [*turns, ("customer", closing)] if rng.random() < 0.7 else turns


def _values(language: str, product: str, rng: Random) -> Mapping[str, str]:
    """One value for every placeholder."""
    given = LINES["values"] | LINES[language].get("values", {})
    values = {
        name: options[product] if isinstance(options, dict) else rng.choice(options) for name, options in given.items()
    }
    while int(values["other"]) >= int(values["amount"]):
        values["amount"], values["other"] = rng.choice(given["amount"]), rng.choice(given["other"])
    return values


def _written(text: str, who: str, channel: str, rng: Random) -> str:
    """Text as the channel has it: numbers closed up, and customers who type do not care for capitals."""
    if channel == "voice":
        return text
    text = _compact(text)
    if who == "customer" and channel in ("chat", "in_app") and rng.random() < 0.5:
        text = text.lower().rstrip(".")
    return text


def _compact(text: str) -> str:
    return re.sub(r"\b\d(?: \d)+\b", lambda match: match.group().replace(" ", ""), text)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values[match.group(1)], text)


def _more(language: str, kind: str, value: str, half: int, rng: Random) -> str:
    """A line that only training scripts have; golden ones draw nothing here."""
    if half == 0 or rng.random() >= OWN:
        return ""
    return str(rng.choice(MORE[language][kind][value]))


def _of(options: Sequence[Any], half: int, rng: Random) -> Any:
    return rng.choice(options[half::2])


def _drawn(shares: Mapping[str, int], rng: Random) -> str:
    return rng.choices(list(shares), weights=list(shares.values()))[0]


def _with_votes(row: Json) -> Json:
    """A third of the scripts with what three annotators say, each with their own slips."""
    rng = Random(f"votes/{row['id']}")
    if rng.random() >= 1 / 3:
        return row
    votes = {
        name: [NEIGHBOURS[row[name]] if rng.random() < chance else row[name] for _ in range(3)]
        for name, chance in DISAGREEMENT.items()
    }
    return row | votes


def _placed(row: Json) -> Json:
    """The script with its agent, site and part of the split; a customer is in one part only."""
    agent = agent_of(row["id"])
    part = "held_out" if Random(f"split/{row['group']}").random() < HELD_OUT else "development"
    return row | {"agent": agent, "site": site_of(agent), "split": part}


def _read(name: str) -> list[Json]:
    found: list[Json] = yaml.safe_load((SCRIPTS / f"{name}.yaml").read_text("utf-8"))
    return found
