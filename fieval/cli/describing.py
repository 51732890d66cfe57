"""`schema`: the files that fieval reads and writes, described."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from fieval.cli.app import app
from fieval.cli.printing import say
from fieval.errors import ExitCode
from fieval.options import SchemaName


@app.command(epilog="Example: fieval schema config > fieval.schema.json")
def schema(
    name: Annotated[SchemaName, typer.Argument(metavar="NAME", help="config, dataset, outputs or report.")],
) -> int:
    """Print the JSON Schema of a file that fieval reads or writes."""
    say(json.dumps(_schema(name), indent=2, ensure_ascii=False))
    return int(ExitCode.PASS)


def _schema(name: SchemaName) -> dict[str, Any]:
    if name is SchemaName.CONFIG:
        from fieval import config, evals

        return config.schema(evals.every_kind())
    if name is SchemaName.REPORT:
        import msgspec

        from fieval.model import Report

        return msgspec.json.schema(Report)
    from fieval import data

    return data.schema("dataset" if name is SchemaName.DATASET else "outputs")
