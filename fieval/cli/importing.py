"""`import`: foreign exports become outputs or golden interactions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import harmless, note, say
from fieval.errors import ExitCode, InvalidInput


class ImportKind(StrEnum):
    """What an import makes."""

    OUTPUTS = "outputs"
    GOLD = "gold"


@app.command(
    name="import",
    epilog="Example: fieval import stm calls/ -o golden/interactions.jsonl --as gold",
)
def import_command(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="rttm, ctm, stm or nlp.")],
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
) -> int:
    """Turn foreign exports into outputs or golden interactions."""
    from fieval.importers import convert

    count = convert(form, sources, target, kind=kind.value, speakers=_renamings(speakers or ()))
    say(harmless(f"{target}: {count:,} interaction{'' if count == 1 else 's'}"))
    if kind is ImportKind.GOLD:
        note("Note: check channel and language, add cohorts, labels and a card (dataset.yaml).")
    return int(ExitCode.PASS)


def _renamings(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, role in map(_renaming, given):
        if found.setdefault(name, role) != role:
            raise InvalidInput(f'--speaker: "{name}" is given two roles, {found[name]} and {role}')
    return found


def _renaming(given: str) -> tuple[str, str]:
    name, equals, role = given.partition("=")
    if not (name and equals and role):
        raise InvalidInput(f'--speaker: expected NAME=ROLE, such as spk_0=agent, got "{given}"')
    return name, role
