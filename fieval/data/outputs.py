"""The outputs of one system, checked against the dataset and brought into its order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from fieval import revisions
from fieval.data.decoding import Records, decoding
from fieval.data.gold import check_declared
from fieval.data.interactions import check_id
from fieval.data.lines import Line, Problems, Span, UnquotedProblems, digest, unchanged
from fieval.data.shelves import HERE, Mark, Reading, Shelf, Volume, on_shelf, surveyed
from fieval.data.times import check_times, segments_of, spoken
from fieval.data.traces import Traces
from fieval.data.wire import OutputLine
from fieval.errors import InvalidInput
from fieval.files import shown
from fieval.model import Card, Dataset, Output, Prediction, ScoreRange, Source, System


def read_outputs(path: Path, dataset: Dataset, *, ignore_unknown: bool = False, reading: Reading = HERE) -> System:
    """A file of outputs, paired with the dataset by id; with `ignore_unknown`, lines that it does not know are skipped.

    Raises InvalidInput with every bad line.
    """
    with unchanged(path, path):
        stored, source = _pinned(path)
        volume = on_shelf(stored, reading)
        survey = partial(_survey, Problems(path), dataset.card, volume is None, reading.mark)
        parts = surveyed(survey, stored, volume, reading.spread)
    found = _paired(parts, dataset, Problems(path), None if ignore_unknown else partial(_unknown, dataset.card.name))
    traces = Traces()
    for each in found:
        if each is not None and each.origin is not None:
            traces.note(each.id, *each.origin)
    origins = traces.origins(dataset)
    if volume is None:
        return System(_outputs(found), source, origins, traces.astray)
    masked = tuple(place for place, each in enumerate(found) if each is not None and each.masked)
    return System(_shelf(found, volume, dataset.card), source, origins, traces.astray, masked)


def read_replies(path: Path, name: str, dataset: Dataset) -> tuple[Output | None, ...]:
    """What a command that was given the interactions of `dataset` wrote, in their order; `name` stands for it in
    complaints, which quote nothing of it. Raises InvalidInput with every bad line.
    """
    problems, unknown = UnquotedProblems(Path(name)), partial(_unknown, dataset.card.name)
    try:
        part = _survey(problems, dataset.card, True, None, path, None)
        return _outputs(_paired([part], dataset, UnquotedProblems(Path(name)), unknown))
    except InvalidInput as error:
        raise InvalidInput([problem.replace(shown(path), name) for problem in error.problems]) from error


def outputs_source(path: Path) -> Source:
    """The file and its digest as they are now. Raises InvalidInput where it cannot be read."""
    return _pinned(path)[1]


@dataclass(frozen=True, slots=True)
class _Found:
    """One line: its number, place and length, the output where it stays in memory, the ids of its trace and span, and
    what is wrong with it, which is none of ours where the dataset does not know it.
    """

    id: str
    number: int
    start: int
    length: int
    output: Output | None
    masked: bool
    origin: tuple[str, str] | None
    amiss: Problems | None


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of a span, and those that cannot be read."""

    problems: Problems
    found: list[_Found] = field(default_factory=list)


def _survey(problems: Problems, card: Card, whole: bool, mark: Mark | None, path: Path, span: Span | None) -> _Part:
    """The outputs of a span, themselves only where `whole`; `problems` is empty, of the file's name."""
    part, amiss = _Part(problems.apart()), problems.apart()
    for line, wire in Records(path, OutputLine, part.problems, span):
        output = _output(replace(line, problems=amiss), wire, card)
        trace, span_id = (str(wire.meta.get(key) or "") for key in ("trace_id", "span_id"))
        part.found.append(
            _Found(
                id=wire.id,
                number=line.number,
                start=line.start,
                length=len(line.content),
                output=output if whole else None,
                masked=mark is not None and not whole and mark(output.turns),
                origin=(trace, span_id) if trace else None,
                amiss=amiss if amiss else None,
            )
        )
        amiss = problems.apart() if amiss else amiss
    return part


_LINES = decoding(OutputLine)


def _again(card: Card, content: bytes) -> Output | None:
    """The output of a line that was found sound before."""
    return _output(Line(0, content, Problems(Path())), _LINES.decoded(content), card)


def _paired(
    parts: Sequence[_Part], dataset: Dataset, problems: Problems, unknown: Callable[[str], str] | None
) -> list[_Found | None]:
    """The line of each interaction; `unknown` says what is wrong with another, which is skipped without it.

    Raises InvalidInput with all that is wrong.
    """
    places = {interaction.id: place for place, interaction in enumerate(dataset.roster)}
    seen: dict[str, int] = {}
    paired: list[_Found | None] = [None] * len(places)
    amiss = [part.problems for part in parts]
    for found in (found for part in parts for found in part.found):
        line = Line(found.number, b"", problems)
        check_id(line, found.id, seen)
        if found.id in places:
            paired[places[found.id]] = found
            amiss += [found.amiss] if found.amiss is not None else []
        elif found.id and unknown is not None:
            line.complain("id", unknown(found.id), "no interaction that was given has this id")
    problems.join(amiss)
    problems.stop()
    return paired


def _outputs(found: Sequence[_Found | None]) -> tuple[Output | None, ...]:
    return tuple(None if each is None else each.output for each in found)


def _shelf(found: Sequence[_Found | None], volume: Volume, card: Card) -> Shelf[Output | None]:
    starts = np.array([-1 if each is None else each.start for each in found], dtype=np.int64)
    lengths = np.array([0 if each is None else each.length for each in found], dtype=np.int64)
    return Shelf(volume, starts, lengths, partial(_again, card))


def _pinned(path: Path) -> tuple[Path, Source]:
    """Where to read a file that may be named at a git revision, which must not move while it is read."""
    revised = revisions.revised(path)
    if revised is None:
        return path, Source(shown(path), digest([path]))
    commit = revisions.pinned(revised)
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
