"""`scores.csv` and `traces.csv` of a run folder, read again row by row; ids stay as they are spelled there."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from fieval import data
from fieval.errors import InvalidInput
from fieval.files import open_stored, shown, unreadable
from fieval.model import Origin, Score
from fieval.reports import scores_csv, traces_csv


class StoredScores:
    """The scores of single interactions, read anew each time: there may be more of them than memory.

    Raises InvalidInput where they are not there, or not as a run writes them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Score]:
        for number, row in _rows(self._path, scores_csv.HEADER):
            name, system, step, metric, value, failed = row
            try:
                yield Score(name, system, step, metric, _finite(value) if value else None, _TRUTH[failed])
            except (ValueError, KeyError) as error:
                raise InvalidInput(f"{shown(self._path)}:{number}: {_AMISS}") from error


def stored_origins(path: Path) -> Mapping[str, Origin]:
    """The spans that outputs came from, by id; none where the run knew none. Raises InvalidInput."""
    found: dict[str, Origin] = {}
    for number, (name, trace, span) in _rows(path, traces_csv.HEADER) if path.exists() else ():
        origin = data.origin_of(trace, span)
        if origin is None or name in found:
            raise InvalidInput(f"{shown(path)}:{number}: {_AMISS}")
        found[name] = origin
    return found


_AMISS = "not as a run writes it"
_TRUTH = {"true": True, "false": False}


def _finite(value: str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _rows(path: Path, header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header with their lines' numbers, each as wide as that."""
    try:
        with open_stored(path) as file, io.TextIOWrapper(file, encoding="utf-8", newline="") as text:
            lines = csv.reader(text, strict=True)
            if tuple(next(lines, ())) != header:
                raise InvalidInput(f"{shown(path)}:1: expected the columns {', '.join(header)}")
            for row in lines:
                if len(row) != len(header):
                    raise InvalidInput(f"{shown(path)}:{lines.line_num}: {_AMISS}")
                yield lines.line_num, row
    except OSError as error:
        raise unreadable(path, error) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{shown(path)}: {_AMISS}: {error}") from error
