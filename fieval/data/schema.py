"""JSON Schemas of the lines that users write, for editors and for whoever makes them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fieval.data.wire import InteractionLine, OutputLine


def schema(name: Literal["dataset", "outputs"]) -> dict[str, Any]:
    """The schema of one line of `interactions.jsonl`, or of a file of outputs."""
    line = InteractionLine if name == "dataset" else OutputLine
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(line)}
