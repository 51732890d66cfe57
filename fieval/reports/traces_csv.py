"""`traces.csv`: the spans that the candidate's outputs came from, so that scores find their way back to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from fieval.model import Origin, Run
from fieval.reports.base import Format
from fieval.reports.scores_csv import harmless_name, line

HEADER = ("id", "trace_id", "span_id")


class TracesCsv(Format):
    """One row per interaction whose output has a trace; `span_id` may be empty."""

    name = "traces"
    file_name = "traces.csv"

    def wanted(self, run: Run) -> bool:
        """Only where outputs say where they came from."""
        return bool(run.origins)

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """The rows in the order of the dataset."""
        rows = ((name, origin.trace_id, origin.span_id) for name, origin in spelled(run.origins).items())
        return "".join(map(line, [HEADER, *rows]))


def spelled(origins: Mapping[str, Origin]) -> Mapping[str, Origin]:
    """By ids as `scores.csv` spells them, without those that only their spelling there makes the same."""
    names = {name: harmless_name(name) for name in origins}
    often = Counter(names.values())
    return {names[name]: origin for name, origin in origins.items() if often[names[name]] == 1}
