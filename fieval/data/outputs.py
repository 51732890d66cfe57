"""The outputs of one system, checked against the dataset and brought into its order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np

from fieval import revisions
from fieval.data.decoding import Records, decoding
from fieval.data.gold import check_declared
from fieval.data.interactions import check_id
from fieval.data.lines import Line, Problems, Span, UnquotedProblems, digest, unchanged
from fieval.data.shelves import (
    HERE,
    Mark,
    Places,
    Reading,
    Shelf,
    Surveyed,
    Volume,
    firsts,
    masked_places,
    on_shelf,
    shelved,
    surveyed,
)
from fieval.data.times import check_times, segments_of, spoken
from fieval.data.traces import Traces
from fieval.data.wire import OutputLine
from fieval.errors import InvalidInput
from fieval.files import Location, revised, shown
from fieval.model import Card, Dataset, Output, Prediction, ScoreRange, Source, System

_Said = TypeVar("_Said")


def read_outputs(path: Location, dataset: Dataset, *, ignore_unknown: bool = False, reading: Reading = HERE) -> System:
    """A file of outputs, paired with the dataset by id; with `ignore_unknown`, lines that it does not know are skipped.

    Raises InvalidInput with every bad line.
    """
    with unchanged(path, path):
        stored, source = _pinned(path)
        volume = on_shelf(stored, reading)
        survey = partial(_survey, Problems(path), dataset.card, volume is None, reading.mark)
        parts = surveyed(survey, stored, volume, reading.spread)
    lines = _paired(parts, dataset, Problems(path), None if ignore_unknown else partial(_unknown, dataset.card.name))
    traces, origins = Traces(), dict(_flat([each.origins for each in parts], parts))
    for line in lines.tolist():
        if line in origins:
            traces.note(*origins[line])
    found = traces.origins(dataset)
    if volume is None:
        return System(_outputs(parts, lines), source, found, traces.astray)
    masked = tuple(np.flatnonzero(np.isin(lines, masked_places(parts))).tolist())
    return System(_shelf(parts, lines, volume, dataset.card), source, found, traces.astray, masked)


def read_replies(path: Location, name: str, dataset: Dataset) -> tuple[Output | None, ...]:
    """What a command that was given the interactions of `dataset` wrote, in their order; `name` stands for it in
    complaints, which quote nothing of it. Raises InvalidInput with every bad line.
    """
    problems, unknown = UnquotedProblems(Path(name)), partial(_unknown, dataset.card.name)
    try:
        parts = [_survey(problems, dataset.card, True, None, path, None)]
        return _outputs(parts, _paired(parts, dataset, UnquotedProblems(Path(name)), unknown))
    except InvalidInput as error:
        raise InvalidInput([problem.replace(shown(path), name) for problem in error.problems]) from error


def outputs_source(path: Location) -> Source:
    """The file and its digest as they are now. Raises InvalidInput where it cannot be read."""
    return _pinned(path)[1]


class _Part(Surveyed[Output | None]):
    """The lines of a span, their outputs where these stay in memory; by the place of a line, the id, trace and span of
    those that say so, and what is wrong with it, which is none of ours where the dataset does not know it.
    """

    def __init__(self, problems: Problems) -> None:
        super().__init__(problems)
        self.ids: list[str] = []
        self.origins: dict[int, tuple[str, str, str]] = {}
        self.amiss: dict[int, Problems] = {}


def _survey(problems: Problems, card: Card, whole: bool, mark: Mark | None, path: Location, span: Span | None) -> _Part:
    """The outputs of a span, themselves only where `whole`; `problems` is empty, of the file's name."""
    part, amiss = _Part(problems.apart()), problems.apart()
    for line, wire in Records(path, OutputLine, part.problems, span):
        output = _output(replace(line, problems=amiss), wire, card)
        if wire.meta and (trace := str(wire.meta.get("trace_id") or "")):
            part.origins[len(part.ids)] = wire.id, trace, str(wire.meta.get("span_id") or "")
        if amiss:
            part.amiss[len(part.ids)], amiss = amiss, problems.apart()
        part.ids.append(wire.id)
        part.add(line, output if whole else None, masked=mark is not None and not whole and mark(output.turns))
    return part


_LINES = decoding(OutputLine)


def _again(card: Card, content: bytes) -> Output | None:
    """The output of a line that was found sound before."""
    return _output(Line(0, content, Problems(Path())), _LINES.decoded(content), card)


def _paired(
    parts: Sequence[_Part], dataset: Dataset, problems: Problems, unknown: Callable[[str], str] | None
) -> Places:
    """The place in the file of each interaction's line, -1 without one; `unknown` says what is wrong with a line of
    another, which is skipped without it. Raises InvalidInput with all that is wrong.
    """
    places = {interaction.id: place for place, interaction in enumerate(dataset.roster)}
    seen: dict[str, int] = {}
    lines = np.full(len(places), -1, dtype=np.int64)
    amiss = [part.problems for part in parts]
    wrong = dict(_flat([part.amiss for part in parts], parts))
    numbers = chain.from_iterable(part.lines for part in parts)
    for place, (number, identifier) in enumerate(
        zip(numbers, chain.from_iterable(part.ids for part in parts), strict=True)
    ):
        line = Line(number, b"", problems)
        check_id(line, identifier, seen)
        if identifier in places:
            lines[places[identifier]] = place
            amiss += [wrong[place]] if place in wrong else []
        elif identifier and unknown is not None:
            line.complain("id", unknown(identifier), "no interaction that was given has this id")
    problems.join(amiss)
    problems.stop()
    return lines


def _flat(said: Sequence[Mapping[int, _Said]], parts: Sequence[_Part]) -> Iterator[tuple[int, _Said]]:
    """What is said of places in each part, by their places in the whole file."""
    of_parts = zip(firsts(parts), said, strict=False)
    return ((first + place, each) for first, own in of_parts for place, each in own.items())


def _outputs(parts: Sequence[_Part], lines: Places) -> tuple[Output | None, ...]:
    records = [record for part in parts for record in part.records]
    return tuple(records[line] if line >= 0 else None for line in lines.tolist())


def _shelf(parts: Sequence[_Part], lines: Places, volume: Volume, card: Card) -> Shelf[Output | None]:
    """In the order of the dataset."""
    return shelved(parts, volume, partial(_again, card)).ordered(lines)


def _pinned(path: Location) -> tuple[Location, Source]:
    """Where to read a file that may be named at a git revision, which must not move while it is read."""
    file = revised(path)
    if file is None:
        return path, Source(shown(path), digest([path]))
    commit = revisions.pinned(file)
    stored = Path(str(commit))
    return stored, Source(shown(path), digest([stored]), commit.revision)


def _unknown(dataset: str, identifier: str) -> str:
    return f'the dataset {dataset} has no interaction "{identifier}"; --ignore-unknown skips such lines'


def _output(line: Line, wire: OutputLine, card: Card) -> Output:
    check_times(line, "", wire.turns, wire.segments)
    check_declared(line, "labels", wire.labels, card.labels)
    check_declared(line, "scores", wire.scores, card.scores)
    return Output(
        id=wire.id,
        turns=spoken(wire.turns),
        segments=segments_of(wire.turns, wire.segments),
        summary=wire.summary,
        labels=_predictions(line, wire),
        scores={name: _near(score, card.scores[name]) for name, score in wire.scores.items() if name in card.scores},
    )


def _predictions(line: Line, wire: OutputLine) -> Mapping[str, Prediction]:
    """The labels given. One outside its set stays as it is: it is a wrong label, which is not for here to say."""
    found: dict[str, Prediction] = {}
    for name, given in wire.labels.items():
        prediction = Prediction(given) if isinstance(given, str) else given
        if prediction.confidence is not None and not 0 <= prediction.confidence <= 1:
            what = f"expected a number from 0 to 1, got {prediction.confidence:.12g}"
            line.complain(f"labels.{name}.confidence", what)
        if prediction.label.strip():
            found[name] = prediction
    return found


def _near(score: float, scale: ScoreRange) -> float:
    """A predicted score, kept within one width of the scale on either side, so that no outlier drowns all others."""
    width = scale.max - scale.min
    return min(max(score, scale.min - width), scale.max + width)
