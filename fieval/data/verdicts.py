"""People's verdicts on what pipelines made: JSON Lines, each about one text and one question."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from fieval.data.decoding import Records
from fieval.data.lines import Problems
from fieval.errors import suggestion
from fieval.files import Location
from fieval.model import Dataset, Place

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class VerdictLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person's verdict, or a line that still waits for one; `text` is shown to people and not read again."""

    id: str = ""
    system: str = ""
    question: str = ""
    verdict: str = ""
    output: Sha256 | None = None
    by: str = ""
    text: str = ""
    meta: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    """What one person said: `question` is `<step>.<id>`, `output` the SHA-256 of the text that was judged, if any."""

    id: str
    system: str
    question: str
    verdict: str
    output: str
    place: Place


def read_verdicts(path: Location, dataset: Dataset) -> tuple[PersonVerdict, ...]:
    """The verdicts of a file; lines without one are left out. Raises InvalidInput with every bad line."""
    problems = Problems(path)
    known = {interaction.id for interaction in dataset.interactions}
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for line, wire in Records(path, VerdictLine, problems):
        if wire.id not in known:
            line.complain("id", f'the dataset {dataset.card.name} has no interaction "{wire.id}"')
        if "." not in wire.question:
            line.complain("question", f'expected <step>.<what>, such as summary.s1, got "{wire.question}"')
        same = (wire.id, wire.system, wire.question, wire.output or "", wire.by)
        if seen.setdefault(same, line.number) != line.number:
            line.complain("", f"the same person, output and question as in line {seen[same]}")
        if wire.verdict:
            place = Place(str(path), line.number, 1)
            found.append(PersonVerdict(wire.id, wire.system, wire.question, wire.verdict, wire.output or "", place))
    problems.stop()
    return tuple(found)


def digest(text: str) -> str:
    """SHA-256 of what was judged, by which people's verdicts find it again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def verdict_lines(path: Location) -> list[VerdictLine]:
    """All lines of a file of verdicts, those that wait for one, too. Raises InvalidInput with every bad one."""
    problems = Problems(path)
    lines = [line for _, line in Records(path, VerdictLine, problems)]
    problems.stop()
    return lines


def unknown_verdict(verdict: PersonVerdict, known: tuple[str, ...]) -> str:
    """The complaint about a verdict that its question does not offer."""
    place = f"{verdict.place.path}:{verdict.place.line}"
    return (
        f'{place}: verdict: {verdict.question} has no verdict "{verdict.verdict}"{suggestion(verdict.verdict, known)}'
    )
