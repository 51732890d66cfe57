"""`scores.csv`: what every interaction scored, tidy, for a spreadsheet or a data frame."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from fieval.model import Run, Score
from fieval.numbers import significant
from fieval.reports.base import Format

HEADER = ("id", "system", "step", "metric", "value", "failed")

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ScoresCsv(Format):
    """One row per interaction, system, step and metric; `value` is empty where the interaction has none.

    A name that a spreadsheet would read as a formula (it begins with = + - @, a tab or a carriage return) is written
    with an apostrophe before it.
    """

    name = "csv"
    file_name = "scores.csv"

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """The rows in the order of the run's scores, lines ended by a line feed."""
        return "".join(self.parts(run))

    def parts(self, run: Run, *, show_text: bool = False) -> Iterator[str]:
        yield line(HEADER)
        for _, scores in groupby(run.scores, key=lambda score: score.id):
            yield "".join(map(_line, scores))


def line(fields: tuple[str, ...]) -> str:
    """One line of CSV. The writer quotes a carriage return only where its own line end has one, hence the exchange."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(fields)
    return written.getvalue().removesuffix("\r\n") + "\n"


def harmless_name(name: str) -> str:
    """A name that no spreadsheet takes for a formula; one that is harmless already stays as it is."""
    safe = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], name)
    return f"'{safe}" if name.lstrip(" ").startswith(_FORMULA) else safe


def _line(score: Score) -> str:
    value = "" if score.value is None else repr(significant(score.value))
    names = f"{_cell(score.id)},{_cell(score.system)},{_cell(score.step)},{_cell(score.metric)}"
    return f"{names},{value},{'true' if score.failed else 'false'}\n"


@lru_cache(maxsize=4096)
def _cell(name: str) -> str:
    """A name as a cell; few are different, and each comes many times."""
    return line((harmless_name(name),)).removesuffix("\n")
