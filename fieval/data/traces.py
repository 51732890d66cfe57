"""Where outputs came from, as importers write it under `meta`: the ids of a trace and of a span in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fieval.model import Dataset, Origin, System
from fieval.numbers import counted

_TRACE, _SPAN = re.compile(r"(?!0+\Z)[0-9a-f]{32}"), re.compile(r"(?!0+\Z)[0-9a-f]{16}")


def origin_of(trace: str, span: str) -> Origin | None:
    """The origin of these ids; None where they are none."""
    trace, span = trace.lower(), span.lower()
    return Origin(trace, span) if _TRACE.fullmatch(trace) and (not span or _SPAN.fullmatch(span)) else None


class Traces:
    """Collects the origins of a file of outputs; they stand in the user's `meta`, so that other uses are no error."""

    def __init__(self) -> None:
        self.astray = 0
        self._found: dict[str, Origin] = {}

    def note(self, identifier: str, trace: str, span: str) -> None:
        """What one output says of its origin."""
        if (origin := origin_of(trace, span)) is not None:
            self._found[identifier] = origin
        else:
            self.astray += bool(trace)

    def origins(self, dataset: Dataset) -> Mapping[str, Origin]:
        """By id, in the order of the dataset."""
        found = self._found
        return {each.id: found[each.id] for each in dataset.roster if each.id in found} if found else {}


def remarks_on_origins(system: System) -> Iterator[str]:
    """What is no error, but should be known: outputs whose `trace_id` leads nowhere."""
    if system.astray:
        wanted = "32 hexadecimal digits, with a span_id of 16 or none"
        yield f"{counted(system.astray, 'output')} of the candidate with a meta.trace_id that is not {wanted}"
