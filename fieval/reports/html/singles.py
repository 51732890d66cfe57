"""Single interactions as data for the page, each through every step; the page unpacks them when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from fieval.evals.detail import said_by_the_answer
from fieval.model import Inside, Interaction, Look, Looked, Output, Turn
from fieval.reports.abreast import BARS, origins, rows
from fieval.reports.cleaning import short
from fieval.reports.html.blocks import packed
from fieval.reports.html.standings import Standing, Standings
from fieval.reports.titles import metric_title

_NEW = ("fabricated_own", "fabricated_heard")  # as places in the script's list of origins
_OLD, _FLAT = 2, 3
_OWN_PLACE = ("alignment", "misheard", "summary")  # shown as texts with marks, not in the table

Single = tuple[Interaction, Output | None, Output | None]  # and what the baseline and the candidate made of it


@dataclass(frozen=True)
class Singles:
    """Some interactions that lie side by side, how they fared, and the ids of those to be looked into."""

    inside: Inside
    found: Standings
    looked_into: frozenset[str]
    texts: bool

    def cases(self) -> list[dict[str, Any]]:
        """One for each, in their order."""
        return [self._case(one, single) for one, single in zip(self.inside.dataset.roster, self._read(), strict=True)]

    def _read(self) -> Iterator[Single | None]:
        """Those that a step is looked at of, which may have to be read again."""
        if self.inside.answers:
            yield from singles(self.inside)
            return
        for place, one in enumerate(self.inside.dataset.roster):
            looked_into = one.id in self.looked_into
            yield next(singles(self.inside.within(slice(place, place + 1)))) if looked_into else None

    def _case(self, one: Interaction, single: Single | None) -> dict[str, Any]:
        steps = {name: self._step(name, each, single) for name, each in self.found.get(one.id, {}).items()}
        return {"id": one.id, "group": one.group, "cohorts": dict(one.cohorts), "steps": steps}

    def _step(self, step: str, standing: Standing, single: Single | None) -> dict[str, Any]:
        answer = self.inside.answers.get(step)
        seen = single is not None and bool(single[0].id in self.looked_into or answer)
        look = self.inside.look(step, *single) if single is not None and seen else Look(None, None, None)
        look = look if self.texts else self._without_texts(look, answer)
        evidence = [None if each is None else each.evidence for each in (look.baseline, look.candidate)]
        metrics = [
            (name, before, after) for name, (before, after) in standing.metrics.items() if not said_by_the_answer(name)
        ]
        plain = tuple(None if each is None else _without(each) for each in evidence)
        titles = {short(name, 60): metric_title(name) for name, _, _ in metrics}
        told = rows(metrics, (plain[0], plain[1]), None)
        return {
            "failed": [None if failed is None else BARS[failed] for failed in standing.failed],
            "mark": mark(standing),
            "rows": [(titles.get(name, name), *cells) for name, *cells in told],
            "traced": [list(each) for each in origins(look.traced)],
            "aligned": [None if each is None else each.aligned for each in (look.baseline, look.candidate)],
            "summary": step in self.inside.summaries,
            "made_up": [[[text, _FLAT] for text in _made_up(evidence[0])], _by_origin(evidence, look.traced or {})],
            "seen": seen,
        }

    def _without_texts(self, look: Look, answer: str | None) -> Look:
        """Numbers and, of an answer, values of the closed set; everything else may repeat what was said."""
        kind, _, name = (answer or "").partition(".")
        known = self.inside.dataset.card.labels
        closed = set(known[name].values) if kind == "labels" and name in known else set()
        before, after = (
            None if each is None else Looked(_harmless(each.evidence, closed))
            for each in (look.baseline, look.candidate)
        )
        return Look(before, after, None)


def singles(inside: Inside) -> Iterator[Single]:
    """Interactions with what was made of them."""
    before = repeat(None) if inside.baseline is None else inside.baseline
    return zip(inside.dataset.interactions, before, inside.candidate, strict=False)


def packed_singles(some: Singles) -> str:
    """One block of the page; it may be made in another process."""
    return packed(some.cases())


def packed_texts(inside: Inside) -> str:
    """What was said in the interactions of one block, which can be told before anything is compared."""
    return packed([_texts_of(*single) for single in singles(inside)])


def _texts_of(one: Interaction, before: Output | None, after: Output | None) -> dict[str, Any]:
    return {
        "turns": {"gold": _turns(one.turns), "baseline": _told(before), "candidate": _told(after)},
        "summaries": {
            "gold": one.summary,
            "baseline": before.summary if before else "",
            "candidate": after.summary if after else "",
        },
        "facts": [fact.text for fact in one.facts],
    }


def _by_origin(evidence: Sequence[Mapping[str, Any] | None], traced: Mapping[str, Any]) -> list[list[Any]]:
    """What the candidate's summary made up, each with where it came from; without a baseline nobody can tell."""
    if evidence[0] is None:
        return [[text, _FLAT] for text in _made_up(evidence[1])]
    new = {text: place for place, key in enumerate(_NEW) for text in _texts(traced.get(key))}
    return [[text, new.get(text, _OLD)] for text in _made_up(evidence[1])]


def _made_up(evidence: Mapping[str, Any] | None) -> list[str]:
    """The specifics that a summary made up."""
    return _texts((evidence or {}).get("fabricated"))


def _texts(specifics: object) -> list[str]:
    """Without their kinds."""
    return [str(item).partition(": ")[2] for item in specifics] if isinstance(specifics, list | tuple) else []


def mark(standing: Standing | None) -> str:
    """`.` not scored, 0 within the bar, 1 misses it, 2 got worse, 3 both."""
    return "." if standing is None else str(standing.missed + 2 * standing.worse)


def _turns(turns: Sequence[Turn]) -> dict[str, list[Any]]:
    """Column by column, which is made and compressed faster than turn by turn."""
    return {
        "speaker": [turn.speaker for turn in turns],
        "text": [turn.text for turn in turns],
        "start": [turn.start for turn in turns],
    }


def _told(output: Output | None) -> dict[str, list[Any]] | None:
    return None if output is None else _turns(output.turns)


def _without(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in evidence.items() if key not in _OWN_PLACE}


def _harmless(evidence: Mapping[str, Any], closed: set[str]) -> dict[str, Any]:
    """Evidence of numbers and of the texts that may be shown; the others are left out."""
    allowed = {*closed, "no output"}
    kept: dict[str, Any] = {}
    for key, value in evidence.items():
        items = value if isinstance(value, list) else [value]
        if all(isinstance(item, int | float) or (isinstance(item, str) and item in allowed) for item in items):
            kept[key] = value
    return kept
