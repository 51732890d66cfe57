"""What is installed here."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata

from fieval import __version__, evals, importers
from fieval.doctor.nouns import Finding, Section, wrong
from fieval.errors import ExitCode, FievalError
from fieval.third_party import Offered


def versions() -> Section:
    """fieval, Python, and every package that fieval needs."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    found = (Finding("fieval", __version__), Finding("Python", python), *_packages(), *_plugins())
    return Section("versions", found)


def _plugins() -> Iterator[Finding]:
    """What other distributions offer, each tried."""
    yield from _tried("evaluator", evals.others, lambda each: evals.kinds()[each.name])
    yield from _tried("importer", importers.others, importers.importer_of)


def _tried(
    what: str, others: Callable[[], Mapping[str, Offered]], load: Callable[[Offered], object]
) -> Iterator[Finding]:
    try:
        there = others()
    except FievalError as error:
        yield from wrong(what, error)
        return
    for each in there.values():
        try:
            load(each)
            yield Finding(what, f"{each.name} ({each.reference}) of {each.distribution} {each.version}")
        except FievalError as error:
            yield from wrong(what, error)


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
