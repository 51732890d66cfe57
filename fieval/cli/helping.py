"""What `-h` shows of a command."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand

_TYPE = re.compile(r" <[^>]+>$")


class Command(TyperCommand):
    """A command whose help calls an argument by its name alone: typer, by version, adds the type that Python has."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then options; a click of typer's own or the one installed, by version, hence no types."""
        found: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for each in self.get_params(ctx):
            if (record := each.get_help_record(ctx)) is None:
                continue
            if each.param_type_name == "argument":
                found["Arguments"].append((_TYPE.sub("", record[0]), record[1]))
            else:
                found["Options"].append(record)
        for title, records in found.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def without_types(app: typer.Typer) -> None:
    """Has all commands of an app, and of those below it, show such a help."""
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            without_types(group.typer_instance)
