"""What a run found, written down: one file per format, and nothing to register.

A report is rendered from the nouns of `fieval.model`, never computed: no clock, no disk, no print.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

from fieval.reports.base import Format


def formats() -> Mapping[str, Format]:
    """Every format there is, by name. A file of this folder that cannot be imported raises what it raised."""
    found: dict[str, Format] = {}
    for module in _modules():
        for kind in _declared(module):
            if kind.name in found:
                raise ValueError(f'{module.__name__}: there is already a format named "{kind.name}"')
            found[kind.name] = kind()
    return found


def _modules() -> Iterator[ModuleType]:
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        yield importlib.import_module(f"{__name__}.{info.name}")


def _declared(module: ModuleType) -> list[type[Format]]:
    """The formats that a module defines itself, not those that it imports."""
    members = [member for member in vars(module).values() if isinstance(member, type)]
    return [
        member
        for member in members
        if issubclass(member, Format) and member is not Format and member.__module__ == module.__name__
    ]
