"""Single interactions as data for the page: an index of all, and each through every step, unpacked when looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from fieval.evals.detail import said_by_the_answer
from fieval.model import Inside, Interaction, Look, Looked, Output, Turn
from fieval.reports.abreast import BARS, origins, rows
from fieval.reports.cleaning import short
from fieval.reports.html.standings import Standing, Standings, worst_first
from fieval.reports.titles import metric_title

# To look into an interaction is to score it again: a fifth of a run at most, as measured, or all where there are few.
LOOKED_INTO, WORDS_LOOKED_INTO = 1_000, 400_000  # interactions, and words of their gold turns; the worst first
TOGETHER = 16  # interactions of one block
_NEW = ("fabricated_own", "fabricated_heard")  # as places in the script's list of origins
_OLD, _FLAT = 2, 3
_OWN_PLACE = ("alignment", "misheard", "summary")  # shown as texts with marks, not in the table


@dataclass(frozen=True)
class Cases:
    """The interactions of a run, how each fared, and whether what people said may be shown."""

    inside: Inside
    found: Standings
    texts: bool

    @property
    def skipped(self) -> int:
        """How many interactions are not looked into."""
        return len(self.found) - len(self._looked_into)

    def index(self) -> dict[str, Any]:
        """What the list is made of: ids, cohorts, and by step how each fared."""
        interactions = self.inside.dataset.interactions
        names = list(dict.fromkeys(name for one in interactions for name in one.cohorts))
        values = {name: sorted({one.cohorts[name] for one in interactions if name in one.cohorts}) for name in names}
        places = {one.id: place for place, one in enumerate(interactions)}
        return {
            "cohorts": [[name, values[name]] for name in names],
            "rows": [self._row(one, values) for one in interactions],
            "worst": [places[name] for name in self._ranked if name in places],
            "together": TOGETHER,
        }

    def blocks(self) -> Iterator[list[dict[str, Any]]]:
        """All interactions in the order of the dataset, some at a time."""
        interactions = self.inside.dataset.interactions
        for start in range(0, len(interactions), TOGETHER):
            places = range(start, min(start + TOGETHER, len(interactions)))
            yield [self._case(place, interactions[place].id in self._looked_into) for place in places]

    def places(self, step: str) -> list[int]:
        """Where the dataset has the interactions that a step is scored in."""
        return [place for place, one in enumerate(self.inside.dataset.interactions) if step in self.of(one)]

    def of(self, one: Interaction) -> Mapping[str, Standing]:
        """How an interaction fared, by step."""
        return self.found.get(one.id, {})

    @cached_property
    def _ranked(self) -> list[str]:
        return worst_first(self.found)

    @cached_property
    def _looked_into(self) -> frozenset[str]:
        """The worst, as long as neither they nor their words are too many; at least one."""
        words = {
            one.id: sum(turn.text.count(" ") + 1 for turn in one.turns) for one in self.inside.dataset.interactions
        }
        before = accumulate((words.get(name, 0) for name in self._ranked), initial=0)
        worst = zip(self._ranked[:LOOKED_INTO], before, strict=False)
        return frozenset(name for name, sofar in worst if sofar < WORDS_LOOKED_INTO)

    def _row(self, one: Interaction, values: Mapping[str, Sequence[str]]) -> list[Any]:
        own = self.of(one)
        cohorts = [known.index(one.cohorts[name]) if name in one.cohorts else -1 for name, known in values.items()]
        marks = "".join(_mark(own.get(step.name)) for step in self.inside.steps)
        worse = [float(f"{own[step.name].worsening:.3g}") if step.name in own else 0 for step in self.inside.steps]
        return [one.id, cohorts, marks, worse]

    def _case(self, place: int, looked_into: bool) -> dict[str, Any]:
        one = self.inside.dataset.interactions[place]
        before = None if self.inside.baseline is None else self.inside.baseline[place]
        after = self.inside.candidate[place]
        case: dict[str, Any] = {"id": one.id, "group": one.group, "cohorts": dict(one.cohorts), "steps": {}}
        if self.texts:
            case["turns"] = {"gold": _turns(one.turns), "baseline": _told(before), "candidate": _told(after)}
            case["summaries"] = {
                "gold": one.summary,
                "baseline": before.summary if before else "",
                "candidate": after.summary if after else "",
            }
            case["facts"] = [fact.text for fact in one.facts]
        for step, standing in self.of(one).items():
            case["steps"][step] = self._step(step, standing, place, looked_into)
        return case

    def _step(self, step: str, standing: Standing, place: int, looked_into: bool) -> dict[str, Any]:
        answer = self.inside.answers.get(step)
        look = self.inside.look(step, place) if looked_into or answer else Look(None, None, None)
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
            "mark": _mark(standing),
            "rows": [(titles.get(name, name), *cells) for name, *cells in told],
            "traced": [list(each) for each in origins(look.traced)],
            "aligned": [None if each is None else each.aligned for each in (look.baseline, look.candidate)],
            "summary": step in self.inside.summaries,
            "made_up": [[[text, _FLAT] for text in _made_up(evidence[0])], _by_origin(evidence, look.traced or {})],
            "seen": bool(looked_into or answer),
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


def _mark(standing: Standing | None) -> str:
    """`.` not scored, 0 within the bar, 1 misses it, 2 got worse, 3 both."""
    return "." if standing is None else str(standing.missed + 2 * standing.worse)


def _turns(turns: Sequence[Turn]) -> list[list[Any]]:
    return [[turn.speaker, turn.text, turn.start] for turn in turns]


def _told(output: Output | None) -> list[list[Any]] | None:
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
