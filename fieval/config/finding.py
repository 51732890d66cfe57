"""Where a config lies that nobody named."""

from __future__ import annotations

import os
from pathlib import Path

from fieval.errors import InvalidInput
from fieval.files import on_disk

DEFAULTS = ("fieval.yaml", "configs/default.yaml")


def default() -> Path | None:
    """The first default there is."""
    return next((Path(name) for name in DEFAULTS if Path(name).is_file()), None)


def find(given: str | os.PathLike[str] | None) -> Path:
    """The config that was named, else the first default there is. Raises InvalidInput."""
    if given is not None:
        return on_disk(given)
    found = default()
    if found is None:
        places = " or ".join(f"./{name}" for name in DEFAULTS)
        raise InvalidInput(f"no config: there is no {places} here; name one with -c CONFIG (`fieval init` writes one)")
    return found
