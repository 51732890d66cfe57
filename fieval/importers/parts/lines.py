"""What is imported, as lines of outputs or of golden interactions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fieval.importers.base import Imported
from fieval.model import Output

Kind = Literal["outputs", "gold"]

_TOLD = ("turns", "segments", "summary", "labels", "scores")


def line(output: Output, kind: Kind) -> Mapping[str, object]:
    """One line of outputs or of golden interactions, with only what is there."""
    told = {name: part for name in _TOLD if (part := getattr(output, name))}
    if kind == "outputs":
        meta = output.meta if isinstance(output, Imported) else {}
        return {"id": output.id, **told} | ({"meta": meta} if meta else {})
    if labels := told.get("labels"):
        told["labels"] = {name: prediction.label for name, prediction in labels.items()}
    return {"id": output.id, **_whereabouts(output), "gold": _with_votes(told, output)}


def _with_votes(told: Mapping[str, Any], output: Output) -> Mapping[str, Any]:
    """What is told, with the votes of several people in the places of their labels and scores."""
    found = dict(told)
    for field, votes in output.votes.items() if isinstance(output, Imported) else ():
        family, _, name = field.partition(".")
        found[family] = {**found.get(family, {}), name: votes[0] if len(votes) == 1 else votes}
    return found


def _whereabouts(output: Output) -> Mapping[str, object]:
    """What a golden interaction says besides its gold."""
    if not isinstance(output, Imported):
        return {"channel": "voice"}
    names = ("channel", "language", "group", "duration", "cohorts", "meta")
    return {name: value for name in names if (value := getattr(output, name))}
