"""What a complaint shows of a table that strangers filled: enough to be found, and no conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fieval.errors import suggestion

_SHOWN = 40
_LISTED = 20
_SAID = re.compile(rf"(?s).*(: |\d{{5}}|.{{{_SHOWN + 1}}})")  # a name of a column has none of these


def quoted(text: str) -> str:
    """A cell, or the name of a column, cut short."""
    plain = text.strip()
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def is_said(names: Iterable[str]) -> bool:
    """Whether any of the names of columns looks like what should stand below them."""
    return any(_SAID.match(name) for name in names)


def listed(names: Sequence[str], *, secret: bool, mark: str = '"') -> str:
    """Names of columns between marks; only their number where the header may be data."""
    if secret:
        return f"{len(names):,} whose names look like data and are not shown; is the header missing?"
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(f"{mark}{quoted(name)}{mark}" for name in names[:_LISTED]) + more


def near(name: str, names: Sequence[str], *, secret: bool) -> str:
    """The column that was perhaps meant, else those that there are."""
    if secret or len(names) > _LISTED:
        return f"; columns: {listed(names, secret=secret)}"
    return suggestion(quoted(name), map(quoted, names))
