"""Traces of calls: what is made of those of livekit-agents, pipecat, traceAI and FutureAGI, and what of all others."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieval.errors import InvalidInput
from fieval.importers import Conversion, Reading, convert
from fieval.importers.otlp.wire import plain

from importers.spans import NOON, SAMPLES, TRACE, document, span, write

OTHER = TRACE[:-1] + "d"
HEARD = {"lk.user_transcript": "hello there"}
ANSWERED = {"lk.response.text": "good day"}
MAPS = {
    "labels.intent": "billing.intent",
    "labels.topic": "shop.intent",
    "scores.csat": "shop.csat",
    "labels.reason": "clinic.intent",
    "labels.resolved": "clinic.resolved",
}


def imported(folder: Path, *documents: Any, **asked: str) -> list[dict[str, Any]]:
    return read(folder, [write(folder / "traces.jsonl", *documents)], asked)[0]


def read(folder: Path, sources: list[Path], asked: dict[str, str]) -> tuple[list[dict[str, Any]], Conversion]:
    done = convert("otlp", sources, folder / "out.jsonl", reading=Reading(mapping=asked))
    lines = (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], done


def assumed(folder: Path, *documents: Any) -> dict[str, int]:
    return dict(read(folder, [write(folder / "traces.jsonl", *documents)], {})[1].assumed)


def complaint(folder: Path, *documents: Any, **asked: str) -> str:
    with pytest.raises(InvalidInput) as raised:
        imported(folder, *documents, **asked)
    assert not (folder / "out.jsonl").exists()
    return str(raised.value)


def said(line: dict[str, Any]) -> list[tuple[str, str]]:
    return [(turn["speaker"], turn["text"]) for turn in line.get("turns", ())]


SOURCES = sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(".expected.jsonl"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_sample_becomes_what_lies_beside_it(tmp_path: Path, source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    asked = {name: key for name, key in MAPS.items() if f'"{key}"' in text}
    lines, _ = read(tmp_path, [source], asked)
    expected = source.with_name(source.name.partition(".")[0] + ".expected.jsonl").read_text(encoding="utf-8")
    assert lines == [json.loads(line) for line in expected.splitlines()]


def test_a_file_may_be_packed_split_and_in_any_order(tmp_path: Path) -> None:
    whole = json.loads((SAMPLES / "livekit_1_6.json").read_text(encoding="utf-8"))
    spans = whole["resourceSpans"][0]["scopeSpans"][0]["spans"]
    random.Random(3).shuffle(spans)
    (tmp_path / "traces").mkdir()
    write(tmp_path / "traces" / "1.jsonl", *(document(each) for each in spans[:9]))
    second = "\ufeff" + json.dumps(document(*spans[7:]), indent=2)
    (tmp_path / "traces" / "2.json.gz").write_bytes(gzip.compress(second.encode()))
    lines, done = read(tmp_path, [tmp_path / "traces"], {})
    assert lines == read(tmp_path, [SAMPLES / "livekit_1_6.json"], {})[0]
    assert set(done.assumed) == {"a span that comes twice (same trace and span id) is one"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('{"stringValue": "a"}', "a"),
        ('{"boolValue": false}', False),
        ('{"intValue": "-9007199254740993"}', -9007199254740993),
        ('{"intValue": 7}', 7),
        ('{"doubleValue": 2}', 2.0),
        ('{"doubleValue": "Infinity"}', float("inf")),
        ('{"doubleValue": "-Infinity"}', float("-inf")),
        ('{"arrayValue": {"values": [{"intValue": "1"}, {"arrayValue": {}}, {}]}}', [1, [], ""]),
        ('{"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": true}}]}}', {"a": True}),
        ('{"bytesValue": "AAE="}', b"\x00\x01"),
        ("{}", ""),
        ("null", ""),
    ],
)
def test_every_kind_of_value_is_understood(written: str, meant: object) -> None:
    assert plain(msgspec.Raw(written.encode())) == meant


def test_a_double_that_is_no_number_is_one() -> None:
    number = plain(msgspec.Raw(b'{"doubleValue": "NaN"}'))
    assert number != number


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"resourceLogs": []}\n', ":1: logs, not traces (resourceLogs); name files of traces only"),
        (b'{\n "resourceMetrics": []\n}\n', ":1: metrics, not traces (resourceMetrics)"),
        (b'{"name": "stt", "context": {"trace_id": "0x1"}}\n', ":1: the output of Python's ConsoleSpanExporter"),
        (b'{\n "name": "stt",\n "context": {\n  "trace_id": "0x1"\n }\n}\n{\n "name": "x"\n}\n', "ConsoleSpanExporter"),
        (b'{"resource_spans": []}', "got resource_spans; OTLP/JSON has its keys in lowerCamelCase"),
        (b'{"data": [], "total": 0}', ":1: not OTLP/JSON: expected resourceSpans, got data, total"),
        (b'[{"resourceSpans": []}]', ":1: expected an object with resourceSpans: Expected `object`, got `array`"),
        (b'{"resourceSpans": []}\n{"resourceSpans": [\n', ":2: expected an object with resourceSpans"),
        (b'{\n"resourceSpans": [\n', ":3: not JSON"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": 3}]}]}', ":1: not OTLP/JSON: Expected `array | null`"),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"spans": [3]}]}]}',
            ":1: a span that is not OTLP/JSON: Expected `object`",
        ),
        (b'{"resourceSpans": []}\n\n{}\n', ": no call in it; expected spans of livekit-agents or pipecat, or a span"),
        (b"", ": no call in it"),
        (b'{"\xff": 1}', ":1: expected an object with resourceSpans: "),
        (b"[" * 100_000, ":1: expected an object with resourceSpans"),
        (b'{"resourceSpans": ' + b"[" * 100_000, ":1: JSON nested too deeply"),
    ],
)
def test_what_are_no_traces_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(InvalidInput) as raised:
        read(tmp_path, [tmp_path / "t.json"], {})
    assert f"t.json{said}" in str(raised.value) or said in str(raised.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"traceId": "W47/95gDgQPSabYzgT/GDA=="}, "traceId: expected 32 hexadecimal digits, not all 0, got "
         '"W47/95gDgQPSabYzgT/GDA=="; base64 is protobuf\'s JSON'),
        ({"traceId": "0" * 32}, "traceId: expected 32 hexadecimal digits"),
        ({"spanId": "0x12"}, 'spanId: expected 16 hexadecimal digits, not all 0, got "0x12"'),
        ({"startTimeUnixNano": "today"}, 'expected nanoseconds since 1970, got "today"'),
        ({"startTimeUnixNano": "9" * 5_000}, "expected nanoseconds since 1970"),
        ({"endTimeUnixNano": -1}, 'expected nanoseconds since 1970, got "-1"'),
        ({"attributes": [{"key": "lk.response.text", "value": {"intValue": 3}}]}, "lk.response.text: expected a text"),
        ({"attributes": [{"key": "lk.job_id", "value": {"intValue": "three"}}]}, "lk.job_id: invalid literal"),
        ({"attributes": [{"key": "lk.job_id", "value": {"bytesValue": "!"}}]}, "lk.job_id: bytesValue: not base64"),
    ],
)  # fmt: skip
def test_a_span_that_is_none_is_said_with_its_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    told = complaint(tmp_path, document(span(1, "user_turn", HEARD)), document(span(2, "user_turn", HEARD) | change))
    assert "traces.jsonl:2: " in told
    assert said in told


def test_unknown_fields_and_kinds_of_values_are_ignored(tmp_path: Path) -> None:
    wire = span(1, "user_turn", HEARD) | {"flags": "x", "newer": {"a": []}}
    wire["attributes"] += [{"key": "z", "value": 5}, {"key": "lk.job_id", "value": {"newValue": 3}}]
    assert said(imported(tmp_path, document(wire) | {"more": 1})[0]) == [("customer", "hello there")]


def test_ids_of_calls_are_those_that_users_have(tmp_path: Path) -> None:
    wanted = ["session.id", "lk.job_id", "conversation.id", "gen_ai.conversation.id"]
    while wanted:
        ids = {key: f"by {key}" for key in wanted}
        spans = [span(number, "user_turn", HEARD | {key: name}) for number, (key, name) in enumerate(ids.items(), 1)]
        assert imported(tmp_path, document(*spans))[0]["id"] == f"by {wanted.pop(0)}"
    assert imported(tmp_path, document(span(1, "user_turn", HEARD)))[0]["id"] == TRACE


def test_a_trace_of_two_calls_is_an_error(tmp_path: Path) -> None:
    told = complaint(tmp_path, document(*(span(n, "user_turn", HEARD | {"lk.job_id": f"j{n}"}) for n in (1, 2))))
    assert (
        f'trace {TRACE} holds more than one call: lk.job_id is "j1" on span {1:016x} and "j2" on span {2:016x}' in told
    )


def test_traces_with_one_id_are_one_call(tmp_path: Path) -> None:
    spans = [span(n, "user_turn", {"lk.user_transcript": word, "session.id": "s"}, trace=trace, seconds=(n, n + 0.5))
             for n, (trace, word) in enumerate(((TRACE, "one"), (OTHER, "two")), 1)]  # fmt: skip
    line = imported(tmp_path, document(*spans))
    assert [(turn["text"], turn["start"]) for turn in line[0]["turns"]] == [("one", 0.0), ("two", 1.0)]
    assert assumed(tmp_path, document(*spans)) == {
        "traces with the same id are one call, such as s": 1,
        "some calls have no words of the agent (removed before the export, or a model that gives none), such as s": 1,
    }


def test_calls_without_words_are_never_silent(tmp_path: Path) -> None:
    silent = document(span(1, "user_turn", {"lk.transcript_confidence": 0.9}), span(2, "agent_turn"))
    assert "1 call, such as " in complaint(tmp_path, silent)
    realtime = span(3, "agent_turn", ANSWERED, trace=OTHER)
    told = assumed(tmp_path, silent, document(realtime))
    assert [text.partition(" (")[0] for text in told] == ["some calls have no words of anybody",
                                                          "some calls have no words of the customer"]  # fmt: skip
    assert [line["id"] for line in imported(tmp_path, silent, document(realtime))] == [TRACE, OTHER]


def test_the_agent_says_what_was_heard_of_it(tmp_path: Path) -> None:
    below = [
        span(11, "llm_node", {"lk.response.text": "written and more"}, parent=10),
        span(12, "tts_node", {}, parent=10),
        span(13, "tts_fallback_adapter", {"lk.input_text": "spoken and more"}, parent=12),
        span(14, "tts_request", {"lk.input_text": "spoken and more"}, parent=13),
    ]
    for turn, left, heard in (
        ({"lk.response.text": "spoken"}, below, "spoken"),
        ({"lk.response.text": "", "output.value": '"x"'}, below, None),
        ({}, [*below, span(20, "agent_turn", {"output.value": '"good day"'})], "good day"),
        ({}, [*below, span(20, "agent_turn", ANSWERED)], "good day"),
        ({"output.value": '"mapped \\"twice\\""'}, below, 'mapped "twice"'),
        ({}, below, "spoken and more"),
        ({}, below[:2], "written and more"),
    ):
        spans = [span(1, "user_turn", HEARD), span(10, "agent_turn", turn), *left]
        line = imported(tmp_path, document(*spans))[0]
        assert [text for speaker, text in said(line) if speaker == "agent"] == ([heard] if heard else [])
    lost = imported(tmp_path, document(*below))[0]
    assert said(lost) == [("agent", "spoken and more")], "of a turn that never ended"


def test_masked_words_are_said_to_be_masked(tmp_path: Path) -> None:
    masked = span(1, "user_turn", {"lk.user_transcript": "i am [PERSON_NAME] here"})
    told = assumed(tmp_path, document(masked, span(2, "agent_turn", ANSWERED)))
    assert told == {"words were masked before the export (such as [NAME]), and are taken as said": 1}


def test_speakers_are_told_by_the_name_of_a_span(tmp_path: Path) -> None:
    heard = {
        "output.value": "where is it",
        "gen_ai.output.messages.0.message.role": "assistant",
        "gen_ai.operation.name": "stt",
    }
    spoken = {"input.value": '"on its way"', "gen_ai.operation.name": "tts"}
    spans = [span(1, "stt", heard), span(2, "tts", spoken, seconds=(2, 3)), span(3, "llm", {"output": "no"})]
    line = imported(tmp_path, document(*spans, scope="anything"))[0]
    assert said(line) == [("customer", "where is it"), ("agent", "on its way")]


def test_native_keys_win_over_mapped_ones(tmp_path: Path) -> None:
    spans = [span(1, "stt", {"transcript": "native", "output.value": "mapped"}),
             span(2, "tts", {"text": "native", "input.value": "mapped"})]  # fmt: skip
    assert {text for _, text in said(imported(tmp_path, document(*spans, scope="pipecat"))[0])} == {"native"}


def test_without_speech_synthesis_the_model_was_the_voice(tmp_path: Path) -> None:
    spans = [span(1, "stt", {"transcript": "hi"}), span(2, "llm", {"output": "hello"}, seconds=(1, 2)),
             span(3, "tts", {}, seconds=(2, 3))]  # fmt: skip
    assert said(imported(tmp_path, document(*spans, scope="pipecat"))[0]) == [("customer", "hi"), ("agent", "hello")]
    told = assumed(tmp_path, document(*spans, scope="pipecat"))
    assert told == {"what the language model wrote was said, where no span of speech synthesis has a text": 1}


def test_realtime_models_of_pipecat_have_responses(tmp_path: Path) -> None:
    spans = [span(1, "llm_response", {"transcript": "hi", "transcript.is_input": True}),
             span(2, "llm_response", {"output": "hello"}, seconds=(1, 2))]  # fmt: skip
    assert said(imported(tmp_path, document(*spans, scope="pipecat"))[0]) == [("customer", "hi"), ("agent", "hello")]


def test_a_ready_made_transcript_fills_in_for_a_side_that_is_lacking(tmp_path: Path) -> None:
    made = {"conversation.transcript": [{"role": "user", "content": "hi"}, {"role": "bot", "content": "hello"}]}
    whole, agent = span(1, "call", made), span(2, "agent_turn", ANSWERED)
    assert len(said(imported(tmp_path, document(whole, agent))[0])) == 2
    line = imported(tmp_path, document(whole, agent, span(3, "user_turn", HEARD)))[0]
    assert {text for _, text in said(line)} == {"good day", "hello there"}


def test_times_that_cannot_be_are_none_and_leave_a_turn_where_it_stands(tmp_path: Path) -> None:
    first = span(1, "user_turn", HEARD, seconds=(1, 2))
    backwards = span(2, "agent_turn", ANSWERED, seconds=(5, 4))
    unset = span(3, "user_turn", {"lk.user_transcript": "bye"}) | {"startTimeUnixNano": 0, "endTimeUnixNano": None}
    line = imported(tmp_path, document(first, backwards, unset))[0]
    assert line["turns"] == [
        {"speaker": "customer", "text": "hello there", "start": 0.0, "end": 1.0},
        {"speaker": "agent", "text": "good day", "start": 4.0},
        {"speaker": "customer", "text": "bye"},
    ]
    assert assumed(tmp_path, document(first, backwards, unset)) == {
        "a span that ends before it starts has no end": 1,
        "turns without a start stand behind the turn before them": 1,
        "turns without an end have a start only": 1,
    }


def test_untimed_spans_of_pipecat_stay_where_they_stand(tmp_path: Path) -> None:
    spans = [span(1, "stt", {"transcript": "hi"}, seconds=(1, 2)), span(2, "tts", {"text": "hello"}, seconds=(3, 4)),
             span(3, "stt", {"transcript": "bye"}) | {"startTimeUnixNano": "0"}]  # fmt: skip
    line = imported(tmp_path, document(*spans, scope="pipecat"))[0]
    assert [text for _, text in said(line)] == ["hi", "hello", "bye"]


@pytest.mark.parametrize("numbered", [False, True])
def test_a_transcript_keeps_its_order_where_times_are_missing(tmp_path: Path, numbered: bool) -> None:
    made: list[dict[str, Any]] = [
        {"role": "user", "content": "first", "start_time": 1.0, "duration": 1.0},
        {"role": "assistant", "content": "second", "start_time": 3.0},
        {"role": "user", "content": "third"},
        {"role": "assistant", "content": "fourth", "start_time": 9.0, "duration": 1.0},
    ]
    fields = {f"conversation.transcript.{n}.{k}": v for n, each in enumerate(made) for k, v in each.items()}
    line = imported(tmp_path, document(span(1, "call", fields if numbered else {"conversation.transcript": made})))[0]
    assert [(turn["text"], turn.get("start"), turn.get("end")) for turn in line["turns"]] == [
        ("first", 1.0, 2.0),
        ("second", 3.0, None),
        ("third", None, None),
        ("fourth", 9.0, 10.0),
    ]


def test_a_transcript_on_several_spans_of_a_call_is_one(tmp_path: Path) -> None:
    made = [{"role": "user", "content": "hi"}, {"role": "bot", "content": "hello"}]
    root = span(1, "call", {"conversation.transcript": made})
    below = span(2, "eval", {"conversation.transcript": json.dumps(made)}, parent=1)
    for spans in ((root, below), (below, root)):
        line = imported(tmp_path, document(*spans))[0]
        assert said(line) == [("customer", "hi"), ("agent", "hello")]
        assert line["meta"]["span_id"] == root["spanId"]
        assert assumed(tmp_path, document(*spans)) == {"a transcript that several spans of a call have is one": 1}
    other = span(2, "eval", {"conversation.transcript": made[:1]}, parent=1)
    told = complaint_of(tmp_path, document(other, root))
    assert f"spans {1:016x} and {2:016x} of one trace have transcripts that differ" in told
    recorded = span(3, "user_turn", HEARD, parent=1), span(4, "agent_turn", ANSWERED, parent=1)
    assert len(said(imported(tmp_path, document(other, root, *recorded))[0])) == 2, "where neither is taken"


def test_a_message_is_read_whole_and_what_is_not_is_counted(tmp_path: Path) -> None:
    made = [
        {
            "role": "user",
            "content": [{"type": "text", "text": "one"}, {"type": "image_url"}, {"type": [], "text": "x"}, "two"],
        },
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "three"}]},
        {"role": "user", "content": {"text": "four", "type": "text"}},
        "five",
        "6",
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "x"}]},
        7,
    ]
    whole = document(span(1, "call", {"conversation.transcript": json.dumps(made)}))
    assert [(turn.get("speaker"), turn["text"]) for turn in imported(tmp_path, whole)[0]["turns"]] == [
        ("customer", "one two"),
        ("agent", "three"),
        ("customer", "four"),
        (None, "five"),
        (None, "6"),
    ]
    assert assumed(tmp_path, whole) == {
        "left out: messages of a transcript without a text, or of a tool or the system": 2
    }


def test_of_a_span_that_comes_twice_the_later_is_taken(tmp_path: Path) -> None:
    short = span(1, "user_turn", {"lk.user_transcript": "I want", "k": "a"}, seconds=(1, 2))
    long = span(1, "user_turn", {"lk.user_transcript": "I want to cancel", "k": "b"}, seconds=(1, 3))
    for spans in ((short, long), (long, short)):
        documents = [document(each) for each in spans]
        line = imported(tmp_path, *documents, intent="k")[0]
        assert (said(line), line["labels"]["intent"]["label"]) == ([("customer", "I want to cancel")], "b")
        told = assumed(tmp_path, *documents)
        assert told["of a span that comes twice and differs, the later one is taken"] == 1
        assert told["a span that comes twice (same trace and span id) is one"] == 1


def test_transcripts_may_count_from_1970(tmp_path: Path) -> None:
    made = [{"role": "user", "content": "hi", "start_time": NOON / 1e9 + 2, "duration": "1.5"}]
    line = imported(tmp_path, document(span(1, "call", {"provider_transcript": made})))[0]
    assert line["turns"] == [{"speaker": "customer", "text": "hi", "start": 2.0, "end": 3.5}]


def test_the_root_decides_what_a_call_is_labelled(tmp_path: Path) -> None:
    root = span(1, "agent_session", {"my.intent": "refund", "my.intent_confidence": 0.75})
    below = [span(n, "user_turn", HEARD | {"my.intent": each}, parent=1) for n, each in ((2, "a"), (3, "b"))]
    line = imported(tmp_path, document(*below, root), intent="my.intent")[0]
    assert line["labels"] == {"intent": {"label": "refund", "confidence": 0.75}}
    told = complaint_of(tmp_path, document(*below), intent="my.intent")
    assert f'labels.intent (my.intent): span {2:016x} says "a", span {3:016x} says "b"; set it on the root span' in told


def complaint_of(folder: Path, *documents: Any, **asked: str) -> str:
    (folder / "out.jsonl").unlink(missing_ok=True)
    return complaint(folder, *documents, **asked)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (2.5, "2.5"),
        (" refund ", "refund"),
        (0, "0"),
    ],
)
def test_labels_are_texts_as_yaml_writes_them(tmp_path: Path, value: object, label: str) -> None:
    spans = span(1, "user_turn", HEARD | {"k": value}), span(2, "agent_turn", ANSWERED)
    line = imported(tmp_path, document(*spans), intent="k")[0]
    assert line["labels"] == {"intent": {"label": label}}


@pytest.mark.parametrize("value", ["", []])
def test_a_mark_that_says_nothing_is_no_label(tmp_path: Path, value: object) -> None:
    silent = span(1, "user_turn", HEARD | {"k": value}), span(2, "agent_turn", ANSWERED)
    with pytest.raises(InvalidInput, match='no interaction has anything at "k"'):
        imported(tmp_path, document(*silent), intent="k")


@pytest.mark.parametrize(
    ("part", "attributes", "said"),
    [
        ("labels.x", {"k": ["a"]}, "labels.x (k): expected a text, a number or a truth, got a list on span"),
        ("labels.x", {"k": "a", "k.confidence": 1.5}, "labels.x (k): confidence: expected a number from 0 to 1"),
        ("labels.x", {"k": "a", "k.confidence": "sure"}, 'labels.x (k): confidence: expected a number, got "sure"'),
        ("scores.x", {"k": float("nan")}, 'expected a number, got "nan"'),
        ("scores.x", {"k": True}, 'expected a number, got "True"'),
        ("labels.x", {"kk": "a"}, '--map labels.x: no span has the attribute "k"; did you mean "kk"?'),
    ],
)
def test_what_is_no_label_or_score_is_said(tmp_path: Path, part: str, attributes: dict[str, Any], said: str) -> None:
    wire = json.loads(json.dumps(span(1, "user_turn", HEARD | attributes)).replace("NaN", '"NaN"'))
    assert said in complaint(tmp_path, document(wire), **{part: "k"})


def test_an_analysis_in_a_trace_of_its_own_finds_its_call(tmp_path: Path) -> None:
    after = span(1, "classify", {"session.id": "s", "my.intent": "refund", "my.score": "4.5"}, trace=OTHER)
    asked = {"labels.intent": "my.intent", "scores.csat": "my.score", "summary": "my.intent"}
    line = imported(tmp_path, document(after), document(span(1, "user_turn", HEARD | {"session.id": "s"})), **asked)[0]
    assert (line["labels"]["intent"]["label"], line["scores"]["csat"], line["summary"]) == ("refund", 4.5, "refund")


BATCH = TRACE[:-1] + "e"
TWO_CALLS = [document(span(n, "user_turn", HEARD | {"session.id": name}, trace=trace))
             for n, (name, trace) in enumerate(((("A"), TRACE), ("B", OTHER)), 1)]  # fmt: skip


def labels(folder: Path, *spans: Any) -> dict[str, Any]:
    lines = imported(folder, *TWO_CALLS, document(*spans, scope="batch"), intent="k")
    return {line["id"]: line.get("labels", {}).get("intent", {}).get("label") for line in lines}


def test_a_mark_is_of_the_call_that_its_span_or_one_above_it_names(tmp_path: Path) -> None:
    first, second = (span(n, "analysis", {"session.id": name}, trace=BATCH) for n, name in ((5, "A"), (6, "B")))
    marked = span(6, "analysis", {"session.id": "B", "k": "of b"}, trace=BATCH)
    assert labels(tmp_path, first, marked) == {"A": None, "B": "of b"}
    between = span(7, "model", {}, parent=6, trace=BATCH)
    deep = [span(8, "classify", {"k": "of b"}, parent=7, trace=BATCH),
            span(9, "classify", {"k": "of b", "gen_ai.conversation.id": "thread"}, parent=7, trace=BATCH)]  # fmt: skip
    for order in ((first, second, between, *deep), (*deep, between, second, first)):
        assert labels(tmp_path, *order) == {"A": None, "B": "of b"}
    same = [span(n, "classify", {"k": "same"}, parent=n - 5, trace=BATCH) for n in (10, 11)]
    assert labels(tmp_path, first, second, *same) == {"A": "same", "B": "same"}, "the same value on two calls"


def test_a_mark_of_a_call_that_is_not_there_is_left_out_and_said(tmp_path: Path) -> None:
    spans = [span(n, "analysis", {"session.id": name, "k": name}, trace=BATCH) for n, name in ((5, "A"), (6, "gone"))]
    assert labels(tmp_path, *spans) == {"A": "A", "B": None}
    done = convert("otlp", [tmp_path / "traces.jsonl"], tmp_path / "o.jsonl", reading=Reading(mapping={"intent": "k"}))
    left = [told for told in done.assumed if told.startswith("left out: ")]
    assert left == ["left out: what --map names on spans that belong to none of these calls"]


def test_a_mark_that_may_be_of_two_calls_is_refused(tmp_path: Path) -> None:
    spans = [span(n, "analysis", {"session.id": name}, trace=BATCH, parent=4) for n, name in ((5, "A"), (6, "B"))]
    root = span(4, "batch", {"k": "whose"}, trace=BATCH)
    told = complaint(tmp_path, *TWO_CALLS, document(root, *spans, scope="batch"), intent="k")
    assert f'k on span {4:016x}: no span above it says of which call it is: session.id is "A" on span' in told


def test_gold_of_traces_has_language_and_duration(tmp_path: Path) -> None:
    convert("otlp", [SAMPLES / "pipecat.json"], tmp_path / "gold.jsonl", kind="gold")
    gold = json.loads((tmp_path / "gold.jsonl").read_text(encoding="utf-8"))
    assert (gold["channel"], gold["language"], gold["duration"]) == ("voice", "en", 30.0)
