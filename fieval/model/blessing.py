"""The note beside a baseline."""

from __future__ import annotations

import msgspec

from fieval.model.dataset import Source
from fieval.model.report import RunVerdict

BLESSING_SUFFIX = ".provenance.json"  # behind the name of the baseline


class Blessing(msgspec.Struct, frozen=True):
    """Where a baseline came from; `sha256` is of the baseline's own file, `replaced` that of the one before it.

    `forced` says that it would have been refused otherwise.
    """

    schema: str
    sha256: str
    blessed: str
    forced: bool
    verdict: RunVerdict
    headline: str
    run: str
    candidate: Source
    dataset: Source
    config: Source
    replaced: str | None
    fieval: str
