"""What a run found, written down: one file per format, and nothing to register.

A report is rendered from the nouns of `fieval.model`, never computed: no clock, no disk, no print.
"""

from __future__ import annotations

from collections.abc import Mapping

from fieval.plugins import declared, modules
from fieval.reports.base import Format


def formats() -> Mapping[str, Format]:
    """Every format there is, by name. A file of this folder that cannot be imported raises what it raised."""
    found: dict[str, Format] = {}
    for module in modules(__name__, __path__):
        for kind in declared(module, Format):  # type: ignore[type-abstract]  # its subclasses are wanted
            if kind.name in found:
                raise ValueError(f'{module.__name__}: there is already a format named "{kind.name}"')
            found[kind.name] = kind()
    return found
