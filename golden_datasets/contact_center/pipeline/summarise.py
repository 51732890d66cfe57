"""A summary picked from what was said: the customer's matter, and what the agent did or promised.

As a filter: `python -m pipeline.summarise [SYSTEM] < outputs.jsonl > outputs.jsonl`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import NamedTuple

from pipeline.rows import Json, filtered, language
from pipeline.systems import named

LONGEST = 34  # words of a sentence; what is longer is cut in pieces of this length

MATTER = re.compile(
    r"\b(bill|charged?|fee|invoice|dollars|refund|plan|tariff|contract|cancel|leave|outage|fault|power|signal|down|slow|"
    r"router|phone|meter|fibre|broadband|sim|roaming|pay|payment|debit|complain\w*|engineer|wrong|want|error|connect|"
    r"factura|cobra\w*|euros|tarifa|contrato|baja|avería|luz|internet|móvil|contador|pagar|recibo|quiero|queja)\b"
)
DEED = re.compile(
    r"\b(refund\w*|credit\w*|fixed|reset|repaired|engineers?|will|i'll|we'll|you'll|done|booked|removed|cancel\w*|"
    r"changed|ordered|sent|sending|voucher|compensation|cannot|can't|manager|supervisor|due|ends|price|balance|"
    r"set up|approved|complaint|back by|instalments?|"
    r"abono|devuel\w+|arregl\w+|técnico|reinici\w+|hecho|mando|llam\w+|lo siento|no puedo|contrato|paga|vuelve)\b"
)
NUMBER = re.compile(
    r"\d|\b(ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|lunes|martes|miércoles|jueves|viernes)\b"
)
CHECKING = re.compile(r"\b(account number|speaking|help you|how can i|moment|número de cuenta|gracias por)\b")
WITHIN = re.compile(r"\b(?:within|in|en) (\w+) (?:working )?(days|hours|weeks|días|horas)\b")
NEXT = {"en": ("Next step within {} {}.", ("5", "days")), "es": ("Próximo paso en {} {}.", ("5", "días"))}


class Sentence(NamedTuple):
    """A sentence, who said it, and where in the interaction, from 0 to 1."""

    speaker: str
    text: str
    at: float


def summary(row: Json, *, next_step: bool = False) -> str:
    """Up to two sentences of the customer and three of the agent, in their order.

    With `next_step` it ends with the time until the next step, from a template.
    """
    said = sentences(row)
    customer = _best([s for s in said if s.speaker != "agent"], _matter, 2)
    agent = _best([s for s in said if s.speaker == "agent"], _deed, 3)
    parts = [
        f"{name}: {' '.join(_ended(sentence.text) for sentence in chosen)}"
        for name, chosen in zip(_names(row), (customer, agent), strict=True)
        if chosen
    ]
    return " ".join([*parts, _next(row)] if next_step else parts)


def sentences(row: Json) -> list[Sentence]:
    """The sentences of an interaction; where a recogniser wrote no marks, its turns."""
    found = []
    turns = row.get("turns", ())
    for n, turn in enumerate(turns):
        for part in re.split(r"(?<=[.!?])\s+", turn["text"]):
            words = part.split()
            pieces = [" ".join(words[at : at + LONGEST]) for at in range(0, len(words), LONGEST)]
            found += [Sentence(turn.get("speaker", ""), piece, n / len(turns)) for piece in pieces]
    return found


def step(rows: list[Json], *, next_step: bool = False) -> list[Json]:
    """The rows with summaries of their turns."""
    return [row | {"summary": summary(row, next_step=next_step)} for row in rows]


def _matter(sentence: Sentence) -> float:
    text = sentence.text.lower()
    score = len(MATTER.findall(text)) + 0.7 * min(2, len(NUMBER.findall(text))) - 3 * len(CHECKING.findall(text))
    return score + 2.0 * (1 - sentence.at) + 0.02 * len(text.split())


def _deed(sentence: Sentence) -> float:
    text = sentence.text.lower()
    score = 1.5 * len(DEED.findall(text)) + 0.7 * min(2, len(NUMBER.findall(text))) - 3 * len(CHECKING.findall(text))
    return score + 1.5 * sentence.at + 0.02 * len(text.split())


def _best(said: list[Sentence], score: Callable[[Sentence], float], count: int) -> list[Sentence]:
    order = sorted(range(len(said)), key=lambda n: (-score(said[n]), n))[:count]
    return [said[n] for n in sorted(order)]


def _next(row: Json) -> str:
    """The next step of the template; where nobody named a time it says the template's own."""
    template, usual = NEXT[language(row)]
    text = " ".join(turn["text"] for turn in row.get("turns", ()) if turn.get("speaker") == "agent").lower()
    match = WITHIN.search(text)
    return template.format(*(match.groups() if match else usual))


def _names(row: Json) -> tuple[str, str]:
    return ("Customer", "Agent") if language(row) == "en" else ("Cliente", "Agente")


def _ended(text: str) -> str:
    return text if text[-1] in ".!?" else f"{text}."


if __name__ == "__main__":
    system = named(sys.argv[1:2])
    filtered(lambda rows: step(rows, next_step=system.next_step))
