"""Spans and documents of OTLP/JSON, made for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples" / "otlp"
TRACE = "5b8efff798038103d269b633813fc60c"
NOON = 1_790_000_000_000_000_000


def span(
    number: int,
    name: str,
    attributes: Mapping[str, Any] = {},
    *,
    parent: int | None = None,
    trace: str = TRACE,
    seconds: tuple[float, float] = (0, 1),
) -> dict[str, Any]:
    start, end = (str(NOON + round(time * 1e9)) for time in seconds)
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "parentSpanId": "" if parent is None else f"{parent:016x}",
        "name": name,
        "startTimeUnixNano": start,
        "endTimeUnixNano": end,
        "attributes": [{"key": key, "value": value_of(value)} for key, value in attributes.items()],
    }


def document(*spans: Any, scope: str = "livekit-agents") -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"scope": {"name": scope}, "spans": list(spans)}]}]}


def write(path: Path, *documents: Any) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in documents), encoding="utf-8")
    return path


def value_of(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [value_of(each) for each in value]}}
        case dict():
            return {"kvlistValue": {"values": [{"key": key, "value": value_of(each)} for key, each in value.items()]}}
        case _:
            return {"stringValue": value}
