"""`import`: foreign exports become outputs or golden interactions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import harmless, note, say
from fieval.errors import ExitCode, InvalidInput
from fieval.model import Dataset
from fieval.plugins import names

if TYPE_CHECKING:
    from fieval.importers import Conversion


class ImportKind(StrEnum):
    """What an import makes."""

    OUTPUTS = "outputs"
    GOLD = "gold"


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
SHARED = frozenset(
    {
        "aws",
        "base",
        "blocks",
        "channels",
        "fitting",
        "lookup",
        "mapping",
        "node",
        "phrases",
        "picking",
        "platforms",
        "roles",
        "vendors",
        "words",
    }
)  # what importers share, and so none of them
_SHAPES = {"--speaker": "NAME=ROLE, such as spk_0=agent", "--map": "FIELD=KEY, such as labels.intent=my.attribute"}


def _formats() -> str:
    """All formats, by the names of their files: importing them takes longer than the help may."""
    return ", ".join(name for name in names("fieval.importers") if name not in SHARED)


@app.command(
    name="import",
    epilog="Example: fieval import stm calls/ -o golden/interactions.jsonl --as gold",
)
def import_command(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {_formats()}.")],
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files, or folders of them.")],
    target: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The JSON Lines to write; .gz compresses.")
    ],
    kind: Annotated[
        ImportKind, typer.Option("--as", metavar="KIND", help="Make outputs, or gold for interactions.")
    ] = ImportKind.OUTPUTS,
    speakers: Annotated[
        list[str] | None, typer.Option("--speaker", metavar="NAME=ROLE", help="Rename a speaker (repeatable).")
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=KEY", help="Take labels.intent, scores.csat, … from KEY (repeatable)."),
    ] = None,
    unit: Annotated[TimeUnit, typer.Option(metavar="UNIT", help="What times are in, if not auto: s or ms.")] = (
        TimeUnit.AUTO
    ),
    clock: Annotated[
        TimeClock, typer.Option(metavar="CLOCK", help="What times count from, if not auto: offset or epoch.")
    ] = TimeClock.AUTO,
    dataset: Annotated[
        Path | None,
        typer.Option(metavar="DATASET", help="Say which ids this dataset has, leave out labels it does not declare."),
    ] = None,
) -> int:
    """Turn foreign exports into outputs or golden interactions."""
    from fieval.importers import Reading, convert
    from fieval.progress import watched

    golden = _golden(dataset) if dataset is not None else None
    reading = Reading(
        speakers=_pairs("--speaker", speakers or ()),
        mapping=_pairs("--map", maps or ()),
        unit=unit.value,
        clock=clock.value,
        card=None if golden is None else golden.card,
    )
    with watched(enabled=True) as progress:
        done = convert(form, sources, target, kind=kind.value, reading=reading, progress=progress)
    say(harmless(f"{target}: {len(done.ids):,} interaction{'' if len(done.ids) == 1 else 's'}"))
    _remark(done, kind)
    if golden is not None:
        _match(done.ids, frozenset(interaction.id for interaction in golden.interactions))
    elif done.given and kind is ImportKind.OUTPUTS:
        fields = ", ".join(done.given)
        note(f"Note: {fields}: the dataset's card must declare them; --dataset leaves out what it does not.")
    return int(ExitCode.PASS)


def _golden(folder: Path) -> Dataset:
    from fieval import data

    return data.read_dataset(folder)


def _remark(done: Conversion, kind: ImportKind) -> None:
    """Says what was assumed, what was left out, and what is left to people."""
    for assumption, count in done.assumed.items():
        note(f"Assumed: {assumption} ({count:,} times)" if count > 1 else f"Assumed: {assumption}")
    for field, count in done.left_out.items():
        note(f"Left out: {field} of {count:,}, which the dataset's card does not declare")
    if kind is ImportKind.GOLD:
        if done.given:
            note(f"Note: {', '.join(done.given)} are the platform's own, as summaries are: people must check them.")
        note("Note: check channel and language, add cohorts, labels and a card (dataset.yaml).")


def _match(imported: Sequence[str], known: frozenset[str]) -> None:
    """Says which ids are on one side only."""
    unknown, missing = [each for each in imported if each not in known], sorted(known.difference(imported))
    say(f"{len(imported) - len(unknown):,} of them are in the dataset, which has {len(known):,}")
    for what, ids in (("not in the dataset", unknown), ("in the dataset only", missing)):
        if ids:
            more = f" and {len(ids) - SHOWN_IDS:,} more" if len(ids) > SHOWN_IDS else ""
            say(harmless(f"{what}: {', '.join(ids[:SHOWN_IDS])}{more}"))


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE options by name; a name has one value."""
    found: dict[str, str] = {}
    for name, value in (_pair(option, each) for each in given):
        if found.setdefault(name, value) != value:
            raise InvalidInput(f'{option}: "{name}" is given twice, as {found[name]} and {value}')
    return found


def _pair(option: str, given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals and value):
        raise InvalidInput(f'{option}: expected {_SHAPES[option]}, got "{given}"')
    return name, value
