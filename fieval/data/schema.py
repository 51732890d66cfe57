"""JSON Schemas of the lines that users write, for editors and for whoever makes them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fieval.data.wire import InteractionLine, OutputLine

Schema = dict[str, Any]


def schema(name: Literal["dataset", "outputs"]) -> Schema:
    """Of `outputs` the schema of one line; of `dataset` those of card and line, by the names of their files."""
    if name == "outputs":
        return {"$schema": _DRAFT, **msgspec.json.schema(OutputLine)}
    line = msgspec.json.schema(InteractionLine)
    files = {"dataset.yaml": _CARD, "interactions.jsonl": {"$ref": line["$ref"]}}
    return {"$schema": _DRAFT, "title": "golden dataset", "properties": files, "$defs": line["$defs"]}


_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def _text(description: str) -> Schema:
    return {"description": description, "type": "string"}


def _list(description: str) -> Schema:
    return {"description": description, "type": "array", "items": {"type": "string"}, "uniqueItems": True}


_CARD: Schema = {
    "title": "card",
    "type": "object",
    "required": ["name", "version"],
    "additionalProperties": False,
    "properties": {
        "name": _text("What the dataset is called."),
        "version": _text("Of the dataset; a new one for every change of gold."),
        "language": _text("Of the interactions that do not name one; it picks the normaliser. Default: en."),
        "description": _text("How it was made and labelled, and what it must not be used for."),
        "license": _text("Under which it may be used."),
        "labels": {
            "description": "The closed set of values of each label; ordinal ones in order.",
            "type": "object",
            "additionalProperties": {
                "oneOf": [
                    _list("The values."),
                    {
                        "type": "object",
                        "required": ["values"],
                        "additionalProperties": False,
                        "properties": {"values": _list("The values."), "ordinal": {"type": "boolean"}},
                    },
                ]
            },
        },
        "scores": {
            "description": "The scale of each score.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["min", "max"],
                "additionalProperties": False,
                "properties": {"min": {"type": "number"}, "max": {"type": "number"}},
            },
        },
        "terms": _list("Words that must survive ASR; words with a digit always count."),
        "cohorts": _list("Names of the cohorts that interactions may have, besides channel and language."),
        "population": {
            "description": "The production mix that results are weighted to: shares of a cohort or gold label.",
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "number"}},
        },
    },
}
