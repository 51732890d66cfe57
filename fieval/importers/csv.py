"""CSV of a spreadsheet: a row an interaction, or a row for what each person said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from fieval.importers.base import Imported, Importer, Reading, SourceFile
from fieval.importers.parts.columns import CONFIDENCE, SETTLED
from fieval.importers.parts.mapping import near
from fieval.importers.parts.quoting import quoted
from fieval.importers.parts.said import Gathering, Said
from fieval.model import Channel, Output, Prediction

_CHANNELS: tuple[Channel, ...] = get_args(Channel)
_COHORT = "cohorts."


class CSV(Importer):
    """`id,channel,labels.intent` and rows; columns of other names are mapped to such fields.

    Separators may be commas, semicolons or tabs. Of people, several rows or columns are several votes; of a pipeline
    there is one row for each interaction.
    """

    name = "csv"
    endings = (".csv", ".tsv")
    heeds = frozenset({"mapping", "repeated"})

    def gather(self, sources: Iterable[SourceFile], reading: Reading) -> Iterator[tuple[SourceFile, Output]]:
        """What all files say, since each may hold the votes of one person."""
        gathering = Gathering(reading)
        for source in sources:
            for identifier, row in gathering.rows(source):
                gathering.take(identifier, row)
        for identifier, said in gathering.found.items():
            yield said.first.source, _imported(identifier, said) if reading.gold else _output(identifier, said)

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        for _, output in self.gather([source], reading):
            yield output


def _output(identifier: str, said: Said) -> Output:
    for name in (*said.settled, *(each for each, votes in said.votes.items() if len(votes) > 1)):
        said.first.complain(name, "a pipeline's output has one value of this; for votes of people use --as gold")
    labels = {
        name.partition(".")[2]: Prediction(str(votes[0]), said.confidences.get(name))
        for name, votes in said.votes.items()
        if name.startswith("labels.")
    }
    scores = {n.partition(".")[2]: float(votes[0]) for n, votes in said.votes.items() if n.startswith("scores.")}
    return Output(identifier, turns=said.turns, summary=said.texts.get("summary", ""), labels=labels, scores=scores)


def _imported(identifier: str, said: Said) -> Imported:
    for name in said.settled:
        said.first.complain(SETTLED + name, "is decided on labels that a dataset has; use --into")
    for name in said.confidences:
        said.first.complain(name + CONFIDENCE, "people give no confidence")
    return Imported(
        identifier,
        turns=said.turns,
        summary=said.texts.get("summary", ""),
        channel=_channel(said),
        language=said.texts.get("language", ""),
        group=said.texts.get("group", ""),
        cohorts={name.removeprefix(_COHORT): text for name, text in said.texts.items() if name.startswith(_COHORT)},
        votes={name: tuple(votes) for name, votes in said.votes.items()},
    )


def _channel(said: Said) -> Channel:
    given = said.texts.get("channel", "")
    if not given:
        said.first.source.assumed["the channel is voice"] += 1
        return "voice"
    plain = given.casefold().replace("-", "_").replace(" ", "_")
    for channel in _CHANNELS:
        if plain == channel:
            return channel
    told = f'expected one of {", ".join(_CHANNELS)}, got "{quoted(given)}"'
    said.first.complain("channel", told + near(quoted(plain), _CHANNELS))
    return "voice"
