"""The outputs of one system, checked against the dataset and brought into its order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from fieval import revisions
from fieval.data.decoding import Records
from fieval.data.gold import check_declared
from fieval.data.interactions import check_id
from fieval.data.lines import Line, Problems, UnquotedProblems, digest
from fieval.data.times import check_times, segments_of, spoken
from fieval.data.traces import Traces
from fieval.data.wire import OutputLine
from fieval.errors import InvalidInput
from fieval.files import shown
from fieval.model import Card, Dataset, Output, Prediction, ScoreRange, Source, System


def read_outputs(path: Path, dataset: Dataset, *, ignore_unknown: bool = False) -> System:
    """A file of outputs, paired with the dataset by id; with `ignore_unknown`, lines that it does not know are skipped.

    Raises InvalidInput with every bad line.
    """
    stored, source = _pinned(path)
    unknown = None if ignore_unknown else partial(_unknown, dataset.card.name)
    traces = Traces()
    outputs = _in_order(stored, Problems(path), dataset, unknown, traces)
    return System(outputs, source, traces.origins(dataset), traces.astray)


def read_replies(path: Path, name: str, dataset: Dataset) -> tuple[Output | None, ...]:
    """What a command that was given the interactions of `dataset` wrote, in their order; `name` stands for it in
    complaints, which quote nothing of it. Raises InvalidInput with every bad line.
    """
    try:
        return _in_order(path, UnquotedProblems(Path(name)), dataset, partial(_unknown, dataset.card.name))
    except InvalidInput as error:
        raise InvalidInput([problem.replace(shown(path), name) for problem in error.problems]) from error


def _in_order(
    path: Path,
    problems: Problems,
    dataset: Dataset,
    unknown: Callable[[str], str] | None,
    traces: Traces | None = None,
) -> tuple[Output | None, ...]:
    """The output of each interaction; `unknown` says what is wrong with another, which is skipped without it."""
    known = {interaction.id for interaction in dataset.interactions}
    seen: dict[str, int] = {}
    found: dict[str, Output] = {}
    for line, wire in Records(path, OutputLine, problems):
        check_id(line, wire.id, seen)
        if wire.id in known:
            found[wire.id] = _output(line, wire, dataset.card)
            if traces is not None and wire.meta:
                traces.note(wire.id, wire.meta)
        elif wire.id and unknown is not None:
            line.complain("id", unknown(wire.id), "no interaction that was given has this id")
    problems.stop()
    return tuple(found.get(interaction.id) for interaction in dataset.interactions)


def outputs_source(path: Path) -> Source:
    """The file and its digest as they are now. Raises InvalidInput where it cannot be read."""
    return _pinned(path)[1]


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
