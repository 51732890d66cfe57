"""`import`: foreign exports become outputs or golden interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import harmless, note, say
from fieval.errors import ExitCode, InvalidInput
from fieval.files import is_text, location, on_disk, shown
from fieval.plugins import names

if TYPE_CHECKING:
    from fieval.importers import Conversion, Reading


class ImportKind(StrEnum):
    """What an import makes."""

    OUTPUTS = "outputs"
    GOLD = "gold"
    VERDICTS = "verdicts"


class VoteMode(StrEnum):
    """What becomes of labels and scores that a dataset has."""

    REPLACE = "replace"
    ADD = "add"


class TimeUnit(StrEnum):
    """What a source's times are in."""

    AUTO = "auto"
    SECONDS = "s"
    MILLISECONDS = "ms"


class TimeClock(StrEnum):
    """What a source's times count from: the begin of the interaction, or 1970."""

    AUTO = "auto"
    OFFSET = "offset"
    EPOCH = "epoch"


SHOWN_IDS = 5
SPREADSHEET = "csv"
SHARED = ("base", "parts")  # what importers share, and so none of them
_SHAPES = {
    "--speaker": "NAME=ROLE, such as spk_0=agent",
    "--map": "FIELD=KEY, such as labels.intent=my.attribute",
    "--value": "FIELD:OLD=NEW, such as labels.intent:fault=outage",
}


ValuesOption = Annotated[
    list[str] | None,
    typer.Option("--value", metavar="FIELD:OLD=NEW", help="Another value of a label (repeatable)."),
]
UnitOption = Annotated[TimeUnit, typer.Option(metavar="UNIT", help="What times are in, if not auto: s or ms.")]
ClockOption = Annotated[
    TimeClock, typer.Option(metavar="CLOCK", help="What times count from, if not auto: offset or epoch.")
]


def _formats() -> str:
    """All formats, by the names of their files: importing them takes longer than the help may."""
    return ", ".join(name for name in names("fieval.importers") if name not in SHARED)


@app.command(
    name="import",
    epilog="Example: fieval import stm calls/ -o golden/interactions.jsonl --as gold",
)
def import_command(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {_formats()}.")],
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE", help="Files, or folders of them.")],
    target: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The JSON Lines to write; .gz compresses.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="DATASET", help="Join people's labels, or verdicts, into a dataset (csv).")
    ] = None,
    kind: Annotated[
        ImportKind, typer.Option("--as", metavar="KIND", help="Make outputs, gold or, with --into, verdicts.")
    ] = ImportKind.OUTPUTS,
    speakers: Annotated[
        list[str] | None, typer.Option("--speaker", metavar="NAME=ROLE", help="Rename a speaker (repeatable).")
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=KEY", help="Take labels.intent, scores.csat, … from KEY (repeatable)."),
    ] = None,
    votes: Annotated[
        VoteMode, typer.Option(metavar="MODE", help="With --into: replace labels that are there, or add votes.")
    ] = VoteMode.REPLACE,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="With --into: skip rows whose id the dataset does not have.")
    ] = False,
    values: ValuesOption = None,
    unit: UnitOption = TimeUnit.AUTO,
    clock: ClockOption = TimeClock.AUTO,
    dataset: Annotated[
        str | None,
        typer.Option(metavar="DATASET", help="Say which ids this dataset has, leave out labels it does not declare."),
    ] = None,
) -> int:
    """Turn foreign exports into outputs or golden interactions."""
    from fieval.importers import Reading
    from fieval.importers.parts.finding import importer

    importer(form)  # a wrong name is told before anything else
    mapping, repeated = _mapping(maps or ())
    reading = Reading(
        speakers=_pairs("--speaker", speakers or ()),
        mapping=mapping,
        repeated=repeated,
        values=_pairs("--value", values or ()),
        unit=unit.value,
        clock=clock.value,
    )
    if into is not None:
        if target is not None or dataset is not None:
            raise InvalidInput("--into: takes neither -o nor --dataset; it writes into that dataset")
        return _joined(form, sources, into, reading, kind, Joint(add=votes is VoteMode.ADD, ignore=ignore_unknown))
    if target is None:
        raise InvalidInput("-o FILE says where to write; with --as gold, --into DATASET joins labels into a dataset")
    if votes is VoteMode.ADD or ignore_unknown:
        raise InvalidInput(f"{'--votes' if votes is VoteMode.ADD else '--ignore-unknown'}: only with --into")
    return _converted(form, sources, target, reading, kind, dataset)


def _converted(
    form: str, sources: list[Path], target: Path, reading: Reading, kind: ImportKind, dataset: str | None
) -> int:
    import msgspec

    from fieval import data
    from fieval.importers import convert
    from fieval.progress import watched

    if kind is ImportKind.VERDICTS:
        raise InvalidInput("--as verdicts: only with --into DATASET")
    known = None if dataset is None else data.read_dataset(location(dataset))
    reading = msgspec.structs.replace(reading, card=None if known is None else known.card)
    with watched(enabled=True) as progress:
        done = convert(
            form,
            sources,
            target,
            kind="gold" if kind is ImportKind.GOLD else "outputs",
            reading=reading,
            progress=progress,
        )
    say(harmless(f"{target}: {len(done.ids):,} interaction{'' if len(done.ids) == 1 else 's'}"))
    _remark(done, form, kind)
    if known is not None:
        _match(done.ids, frozenset(interaction.id for interaction in known.interactions))
    elif done.given and kind is ImportKind.OUTPUTS:
        fields = ", ".join(done.given)
        note(f"Note: {fields}: the dataset's card must declare them; --dataset leaves out what it does not.")
    return int(ExitCode.PASS)


def _remark(done: Conversion, form: str, kind: ImportKind) -> None:
    """Says what was assumed, what was left out, and what is left to people."""
    _assumed(done.assumed)
    for field, count in done.left_out.items():
        note(f"Left out: {field} of {count:,}, which the dataset's card does not declare")
    for (field, label), count in sorted(done.strange.items()):
        told = f'"{label}" of {count:,} is not in the label set of {field}'
        note(f"Note: {told}; --value {field}:{label}=OTHER renames it.")
    if kind is ImportKind.GOLD:
        if form != SPREADSHEET:
            note("Note: labels, scores and summaries of a source are not people's; only what --map names is taken.")
        note("Note: check channel and language, add cohorts, labels and a card (dataset.yaml).")


@dataclass(frozen=True, slots=True)
class Joint:
    """How spreadsheets meet what a dataset has."""

    add: bool
    ignore: bool


def _joined(form: str, sources: list[Path], into: Path, reading: Reading, kind: ImportKind, joint: Joint) -> int:
    """Join what people filled in into a dataset."""
    from fieval.importers import check_joinable, files_of

    on_disk(into)
    check_joinable(form, reading)
    sources = files_of(form, sources)
    if kind is ImportKind.VERDICTS:
        if joint.add or joint.ignore or reading.mapping:
            raise InvalidInput("--as verdicts: takes no --votes, --ignore-unknown or --map")
        return _verdicts(sources, into)
    if kind is not ImportKind.GOLD:
        raise InvalidInput("--into: takes people's labels (--as gold) or verdicts (--as verdicts)")
    return _labels(sources, into, reading, joint)


def _labels(sources: list[Path], into: Path, reading: Reading, joint: Joint) -> int:
    from fieval.importers.parts.joining import join
    from fieval.numbers import counted
    from fieval.pages.layout import table

    done = join(sources, into, reading, add=joint.add, ignore_unknown=joint.ignore)
    say(harmless(f"{done.path}: {done.interactions:,} of {done.every:,} interactions labelled"))
    rows = [(c.field, *(f"{n:,}" for n in (c.votes, c.new, c.extended, c.replaced, c.same))) for c in done.changes]
    say("\n".join(table(("", "votes", "new", "extended", "replaced", "as before"), rows)))
    _assumed(done.assumed)
    if done.skipped:
        note(f"Note: {counted(done.skipped, 'row')} skipped: the dataset does not have their ids.")
    for change in done.changes:
        if change.replaced and change.votes:
            what = counted(change.replaced, "interaction")
            kept = "--votes add keeps votes without a name"
            note(f"Note: {change.field}: what was said before of {what} is replaced; {kept}.")
        if change.overruled:
            what = counted(change.overruled, "decision")
            note(f"Note: {change.field}: {what} where nobody disagreed, which changes gold.")
        if change.undone:
            what = counted(change.undone, "decision")
            note(f"Note: {change.field}: {what} on disagreements gone, since the votes are other ones now.")
    return int(ExitCode.PASS)


def _verdicts(sources: list[Path], into: Path) -> int:
    from fieval.importers.parts.verdict_sheet import join_verdicts
    from fieval.numbers import counted

    done = join_verdicts(sources, into)
    told = f"{counted(done.new, 'new verdict')}, {done.replaced:,} replaced, {done.same:,} as before"
    say(harmless(f"{done.path}: {told}"))
    if done.empty:
        note(f"Note: {counted(done.empty, 'row')} without a verdict.")
    _assumed(done.assumed)
    return int(ExitCode.PASS)


def _assumed(assumed: Mapping[str, int]) -> None:
    from fieval.importers.base import OMITTED

    for assumption, count in assumed.items():
        told = assumption.removeprefix(OMITTED)
        times = f" ({count:,} times)" if count > 1 else ""
        if count:
            note(harmless(f"{'Assumed' if told == assumption else 'Left out'}: {told}{times}"))


def _match(imported: Sequence[str], known: frozenset[str]) -> None:
    """Says which ids are on one side only."""
    unknown, missing = [each for each in imported if each not in known], sorted(known.difference(imported))
    say(f"{len(imported) - len(unknown):,} of them are in the dataset, which has {len(known):,}")
    for what, ids in (("not in the dataset", unknown), ("in the dataset only", missing)):
        if ids:
            more = f" and {len(ids) - SHOWN_IDS:,} more" if len(ids) > SHOWN_IDS else ""
            say(harmless(f"{what}: {', '.join(ids[:SHOWN_IDS])}{more}"))
    if unknown:
        note("Note: fieval run leaves out what is not in the dataset with --ignore-unknown.")


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE options by name; a name has one value."""
    found: dict[str, str] = {}
    for name, value in (_pair(option, each) for each in given):
        if found.setdefault(name, value) != value:
            raise InvalidInput(f'{option}: "{name}" is given twice, as {found[name]} and {value}')
    return found


def _mapping(given: Sequence[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The first key of each field, and any more."""
    found: dict[str, list[str]] = {}
    for name, value in (_pair("--map", each) for each in given):
        found.setdefault(name, []).append(value)
    every = {name: list(dict.fromkeys(values)) for name, values in found.items()}
    return {name: values[0] for name, values in every.items()}, {
        name: tuple(values[1:]) for name, values in every.items() if len(values) > 1
    }


def _pair(option: str, given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not is_text(given):
        raise InvalidInput(f'{option}: not UTF-8: "{shown(given)}"')
    if not (name and equals and value):
        raise InvalidInput(f'{option}: expected {_SHAPES[option]}, got "{given}"')
    return name, value
