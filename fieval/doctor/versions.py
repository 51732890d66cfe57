"""What is installed here."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib import metadata

from fieval import __version__
from fieval.doctor.nouns import Finding, Section
from fieval.errors import ExitCode


def versions() -> Section:
    """fieval, Python, and every package that fieval needs."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Section("versions", (Finding("fieval", __version__), Finding("Python", python), *_packages()))


def _packages() -> Iterator[Finding]:
    found, missing = [], []
    for name in _needed():
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if found:
        yield Finding("packages", ", ".join(found))
    if missing:
        yield Finding("missing", f"{', '.join(missing)}: install fieval again", ExitCode.INVALID)


def _needed() -> list[str]:
    """The names of the packages that fieval declares to need, without extras."""
    try:
        requirements = metadata.requires("fieval") or []
    except metadata.PackageNotFoundError:
        return []  # run from its sources
    named = [re.match(r"[\w.-]+", each) for each in requirements if "extra ==" not in each]
    return sorted(match[0] for match in named if match)
