"""Which formats there are: ours, each a file of the folder above, and those that other distributions offer."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache

import fieval.importers
from fieval.errors import InvalidInput, suggestion
from fieval.importers.base import Importer
from fieval.plugins import declared, modules
from fieval.third_party import Offered, offered
from fieval.user_code import ask, named


@cache
def importers() -> Mapping[str, Importer]:
    """Every importer of ours, by name. A file of the folder that cannot be imported raises what it raised."""
    package = fieval.importers
    found = [
        kind()
        for module in modules(package.__name__, package.__path__)
        for kind in declared(module, Importer)  # type: ignore[type-abstract]  # its subclasses are wanted
    ]
    return {importer.name: importer for importer in found}


def others() -> Mapping[str, Offered]:
    """The formats that other distributions offer. Raises InvalidInput where their names are taken."""
    return offered("importers", importers())


def importer(form: str) -> Importer:
    """The importer of a format, ours first. Raises InvalidInput where there is none."""
    ours = importers()
    if form in ours:
        return ours[form]
    more = others()
    if form not in more:
        raise InvalidInput(f'import: no format "{form}"{suggestion(form, [*ours, *more])}')
    return importer_of(more[form])


def importer_of(each: Offered) -> Importer:
    """A format that another distribution offers. Raises InvalidInput where it cannot be imported or is no importer."""
    try:
        found = named(each.reference)
        if not (inspect.isclass(found) and issubclass(found, Importer)) or inspect.isabstract(found):
            raise InvalidInput(f"{each.reference} is no class derived from fieval.importers.base.Importer, with read()")
        if getattr(found, "name", None) != each.name or not isinstance(getattr(found, "endings", None), tuple):
            raise InvalidInput(f'{each.reference} needs name = "{each.name}" and endings, a tuple such as (".csv",)')
        return ask(found, f"{each}: {found.__name__}()", found)
    except InvalidInput as error:
        raise each.wrong(error) from error


def is_ours(each: Importer) -> bool:
    """Whether it ships with fieval."""
    return type(each).__module__.startswith(f"{fieval.importers.__name__}.")
