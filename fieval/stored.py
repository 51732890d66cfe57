"""`scores.csv` and `traces.csv` of a run folder, read again row by row; ids stay as they are spelled there."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from fieval import data
from fieval.errors import InvalidInput
from fieval.files import open_stored, shown, unreadable
from fieval.model import Origin, Report, Score
from fieval.reports import scores_csv, traces_csv
from fieval.reports.cleaning import one_line


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


class Named:
    """Stored scores by the names that data and config gave to interactions, steps and metrics, some of which
    `scores.csv` spells so that they are harmless. Raises InvalidInput where only that spelling makes names the same.
    """

    def __init__(self, scores: Iterable[Score], ids: Iterable[str], report: Report) -> None:
        self._scores = scores
        self._ids = _spelled(ids)
        self._steps = _spelled(result.step for result in report.results)
        self._metrics = _spelled(result.metric for result in report.results)

    def __iter__(self) -> Iterator[Score]:
        if not (self._ids or self._steps or self._metrics):
            yield from self._scores
            return
        for score in self._scores:
            yield msgspec.structs.replace(
                score,
                id=self._ids.get(score.id, score.id),
                step=self._steps.get(score.step, score.step),
                metric=self._metrics.get(score.metric, score.metric),
            )


def stored_origins(path: Path) -> Mapping[str, Origin]:
    """The spans that outputs came from, by id; none where the run knew none. Raises InvalidInput."""
    found: dict[str, Origin] = {}
    for number, (name, trace, span) in _rows(path, traces_csv.HEADER) if path.exists() else ():
        origin = data.origin_of(trace, span)
        if origin is None or name in found:
            raise InvalidInput(f"{shown(path)}:{number}: {_AMISS}")
        found[name] = origin
    return found


def _spelled(names: Iterable[str]) -> Mapping[str, str]:
    """The names that are spelled otherwise, by that spelling."""
    known = dict.fromkeys(names)
    found: dict[str, str] = {}
    for name in known:
        spelling = scores_csv.harmless_name(name)
        if spelling != name and (spelling in known or spelling in found):
            raise InvalidInput(f'scores.csv cannot tell "{one_line(name)}" from another name that is spelled like it')
        if spelling != name:
            found[spelling] = name
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
