"""The JSON Schema that editors check a config against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jsonschema
import msgspec
import pytest

from fieval.config import schema
from fieval.model import EvaluatorKind, MetricName


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How deep it is."""

    meters: Annotated[float, msgspec.Meta(ge=0, description="Below the surface.")]
    exact: bool = True


KINDS: Mapping[str, EvaluatorKind] = {
    "depth": EvaluatorKind(
        "depth",
        Depth,
        (
            MetricName("depth_error", "lower"),
            MetricName("recall", "higher", label_class=True),
            MetricName("ece", "lower", gates=("max",)),
        ),
    )
}


def config(**step: Any) -> dict[str, Any]:
    sound = {"evaluator": "depth", "meters": 3, "gates": {"depth_error": {"max": 1}}}
    return {"version": 1, "steps": {"sea": {**sound, **step}}}


def test_it_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema(KINDS))


def test_options_and_metrics_come_from_the_evaluator() -> None:
    part = schema(KINDS)["$defs"]["depth"]
    assert part["description"] == "How deep it is."
    assert part["properties"]["meters"]["description"] == "Below the surface."
    assert part["properties"]["exact"]["default"] is True
    assert set(part["properties"]["gates"]["properties"]) == {"depth_error", "ece"}
    assert set(part["properties"]["gates"]["patternProperties"]) == {r"^recall\..+"}


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        (config(), True),
        (config(gates={"recall.yes": {"min": 0.5}}), True),
        (config(gates={"ece": {"max": 0.5}}), True),
        (config(gates={"ece": {"max": 0.5, "max_regression": 0}}), False),
        (config(gates={"recall": {"min": 0.5}}), False),
        (config(gates={"depth_error": {"min": 0.5}}), False),
        (config(meters=-1), False),
        (config(evaluator="height"), False),
        (config(colour="blue"), False),
        ({"version": 1, "steps": {"sea": {"evaluator": "depth"}}}, False),
    ],
)
def test_it_tells_sound_from_broken(document: dict[str, Any], valid: bool) -> None:
    assert jsonschema.Draft202012Validator(schema(KINDS)).is_valid(document) is valid
