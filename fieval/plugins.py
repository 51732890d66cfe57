"""What a folder of modules offers: one file a plug-in, and nothing to register."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

_Kind = TypeVar("_Kind")


def names(package: str) -> list[str]:
    """What the modules of a package are called, without importing any, nor the package."""
    spec = importlib.util.find_spec(package)
    return sorted(info.name for info in pkgutil.iter_modules(spec.submodule_search_locations if spec else []))


def modules(package: str, path: list[str]) -> Iterator[ModuleType]:
    """The modules of a package, by name. One that cannot be imported raises what it raised."""
    for name in sorted(info.name for info in pkgutil.iter_modules(path)):
        yield importlib.import_module(f"{package}.{name}")


def declared(module: ModuleType, base: type[_Kind]) -> list[type[_Kind]]:
    """The classes derived from `base` that a module defines itself, not those that it imports."""
    members = [member for member in vars(module).values() if isinstance(member, type)]
    return [
        member
        for member in members
        if issubclass(member, base) and member is not base and member.__module__ == module.__name__
    ]
