"""`evidence.jsonl`: why single interactions scored badly. It holds what people said, unless that is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from fieval.model import Evidence, Run
from fieval.numbers import rounded
from fieval.reports.base import Format


class EvidenceLines(Format):
    """One line of JSON per piece of evidence, whose details are numbers only without `show_text`."""

    name = "evidence"
    file_name = "evidence.jsonl"
    keeps_text = True

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """The lines in the order of the run's evidence."""
        return "".join(f"{_line(item if show_text else _without_texts(item))}\n" for item in run.evidence)


def texts_are_left_out(run: Run) -> bool:
    """Whether there is evidence and nothing in it that anybody said."""
    return bool(run.evidence) and all(item == _without_texts(item) for item in run.evidence)


def _line(item: Evidence) -> str:
    return msgspec.json.encode(rounded(msgspec.to_builtins(item))).decode()


def _without_texts(item: Evidence) -> Evidence:
    kept = {name: _numbers(own) for name, own in item.details.items() if isinstance(own, Mapping)}
    return msgspec.structs.replace(item, details={**_numbers(item.details), **kept})


def _numbers(details: Mapping[str, Any]) -> dict[str, Any]:
    """Lists, and what stands under names that are made of texts, may repeat what was said as well."""
    return {name: value for name, value in details.items() if value is None or isinstance(value, int | float)}
