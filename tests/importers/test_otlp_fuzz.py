"""Whatever the bytes, an import of traces gives outputs that can be read, or one InvalidInput."""

from __future__ import annotations

import copy
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.data.outputs import read_outputs
from fieval.errors import InvalidInput
from fieval.importers import Reading, convert
from fieval.importers.otlp import conversation, livekit, pipecat
from fieval.importers.otlp.traces import IDS
from fieval.model import Card, Dataset, Interaction, LabelSet, ScoreRange, Source

from importers.spans import SAMPLES, document, span

MAPPED = Reading(mapping={"intent": "k", "scores.csat": "score", "summary": "output"})
GOOD = document(
    span(9, "user_turn", {"lk.user_transcript": "hello", "k": "a", "score": 1, "output": "b"}, trace="9" * 32)
)
CARD = Card("d", "1", labels={"intent": LabelSet(("a",))}, scores={"csat": ScoreRange(0, 5)})
DOCUMENTS = [
    json.loads(line)
    for path in sorted(SAMPLES.iterdir())
    if path.suffix == ".jsonl" and "expected" not in path.name
    for line in path.read_text(encoding="utf-8").splitlines()
]
KEYS = sorted(
    livekit.KEYS | pipecat.KEYS | conversation.KEYS | {*IDS, *conversation.KINDS, "k", "k.confidence", "score"}
)
NAMES = ["user_turn", "agent_turn", "agent_session", "tts_request", "llm_node", "user_speaking", "agent_speaking",
         "conversation", "turn", "stt", "llm", "tts", "llm_response", "x"]  # fmt: skip
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(NAMES)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KINDS = ["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"]
MESSAGE = st.dictionaries(st.sampled_from(["role", "content", "start_time", "duration", "message"]), ANYTHING)
VALUES = st.one_of(
    st.builds(lambda kind, value: {kind: value}, st.sampled_from(KINDS), ANYTHING),
    st.text(max_size=9).map(lambda text: {"stringValue": text}),
    st.lists(MESSAGE, max_size=3).map(lambda found: {"stringValue": json.dumps(found)}),
    st.floats(allow_nan=False).map(lambda number: {"doubleValue": number}),
)
TRANSCRIPT = st.builds("conversation.transcript.{}.{}".format, st.integers(0, 2), st.sampled_from(
    ["message.role", "message.content", "start_time", "duration"]))  # fmt: skip
ATTRIBUTES = st.lists(
    st.builds(lambda key, value: {"key": key, "value": value}, st.sampled_from(KEYS) | TRANSCRIPT, VALUES)
)
TIMES = st.integers(0, 2**64) | st.integers(0, 2**64).map(str)
SPANS = st.builds(
    lambda number, name, parent, times, attributes: span(number, name, parent=parent)
    | {"startTimeUnixNano": times[0], "endTimeUnixNano": times[1], "attributes": attributes},
    st.integers(1, 9), st.sampled_from(NAMES), st.none() | st.integers(1, 9), st.tuples(TIMES, TIMES), ATTRIBUTES,
)  # fmt: skip


def survives(content: bytes) -> bool:
    """Whether anything was made; what it is can be read as outputs."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "t.jsonl", Path(folder) / "out.jsonl"
        source.write_bytes(content)
        try:
            done = convert("otlp", [source], target, reading=MAPPED)
        except InvalidInput as error:
            assert error.problems
            assert not target.exists()
            return False
        there = tuple(Interaction(name, "voice", "en", name, {}) for name in done.ids)
        read = read_outputs(target, Dataset(CARD, there, Source("d", "")))
        assert None not in read.outputs
        return True


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in documents)


def test_most_of_what_is_tried_is_no_error_for_another_reason() -> None:
    assert survives(lines(GOOD))
    assert survives(lines(GOOD, *DOCUMENTS))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes(content: bytes, packed: bool) -> None:
    survives(gzip.compress(content) if packed else content)
    survives(b'{"resourceSpans":' + content)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(DOCUMENTS), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), min_size=1, max_size=3))
def test_any_bytes_of_a_document_replaced(whole: Any, changes: list[tuple[float, bytes]]) -> None:
    content = bytearray(lines(GOOD, whole))
    for where, new in changes:
        at = round(where * len(content))
        content[at : at + 2] = new
    survives(bytes(content))


@settings(max_examples=300, deadline=None)
@given(st.lists(SPANS, max_size=6), st.sampled_from(["livekit-agents", "pipecat", ""]))
def test_any_attributes_of_spans(spans: list[Any], scope: str) -> None:
    survives(lines(GOOD, document(*spans, scope=scope)))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_part_of_a_document_replaced(data: st.DataObject) -> None:
    whole = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(_places(whole))
        inside, key = places[data.draw(st.integers(0, len(places) - 1))]
        inside[key] = data.draw(ANYTHING)
    survives(lines(GOOD, whole))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)
