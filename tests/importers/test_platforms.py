"""Exports of contact-centre platforms: samples in each one's shape, what is wrong with them, how they are joined."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from fieval import data
from fieval.errors import InvalidInput
from fieval.importers import Conversion, Reading, convert

SAMPLES = Path(__file__).parent / "samples"
FORMS = ["contact_lens", "cxone", "deepgram", "genesys", "transcribe"]
CASES = sorted(
    f"{path.parent.name}/{path.name}"
    for form in FORMS
    for path in (SAMPLES / form).iterdir()
    if path.is_dir() or path.suffix == ".json"
)
PHRASES: dict[str, Any] = {
    "conversationId": "c",
    "transcripts": [{"phrases": [{"participantPurpose": "internal", "text": "hi", "startTimeMs": 0, "duration": 900}]}],
}
CARD = """name: imported
version: "1"
labels: {sentiment: [Negative, Positive], intent: [Dispute-a Charge], resolution: [resolved, unresolved]}
scores: {csat: {min: 1, max: 5}}
"""


def convert_to(folder: Path, form: str, sources: list[Path], **options: Any) -> tuple[Conversion, list[dict[str, Any]]]:
    done = convert(form, sources, folder / "out.jsonl", **options)
    return done, [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


def of_document(folder: Path, form: str, document: Any, **options: Any) -> tuple[Conversion, list[dict[str, Any]]]:
    (folder / "call-7.json").write_text(json.dumps(document), encoding="utf-8")
    return convert_to(folder, form, [folder / "call-7.json"], **options)


def complaints(folder: Path, form: str, document: Any, **options: Any) -> list[str]:
    with pytest.raises(InvalidInput) as raised:
        of_document(folder, form, document, **options)
    assert not (folder / "out.jsonl").exists()
    return [problem.removeprefix(f"{folder}/") for problem in raised.value.problems]


@pytest.mark.parametrize("case", CASES)
def test_a_sample_gives_what_stands_beside_it(case: str, tmp_path: Path) -> None:
    source = SAMPLES / case
    for kind, name in (("outputs", "expected"), ("gold", "gold")):
        convert(source.parent.name, [source], tmp_path / "out.jsonl", kind=kind)  # type: ignore[arg-type]  # of a literal
        expected = source.parent / f"{source.name.removesuffix('.json')}.{name}.jsonl"
        assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_what_is_made_of_a_sample_is_read_as_a_dataset_and_its_outputs(case: str, tmp_path: Path) -> None:
    source = SAMPLES / case
    (tmp_path / "dataset.yaml").write_text('name: n\nversion: "1"\n', encoding="utf-8")
    card = data.read_card(tmp_path)
    reading = Reading(card=card)
    made = convert(source.parent.name, [source], tmp_path / "interactions.jsonl", kind="gold", reading=reading)
    convert(source.parent.name, [source], tmp_path / "out.jsonl", reading=reading)
    dataset = data.read_dataset(tmp_path)
    outputs = data.read_outputs(tmp_path / "out.jsonl", dataset).outputs
    assert len(outputs) == len(made.ids) > 0
    for interaction, output in zip(dataset.interactions, outputs, strict=True):
        assert output is not None
        assert (output.turns, output.segments) == (interaction.turns, interaction.segments)


@pytest.mark.parametrize("case", ["genesys/voice", "cxone/segments"])
def test_the_order_and_packing_of_files_do_not_matter(case: str, tmp_path: Path) -> None:
    form, _, name = case.partition("/")
    expected = (SAMPLES / form / f"{name}.expected.jsonl").read_bytes()
    files = sorted((SAMPLES / case).iterdir())
    for seed in range(6):
        random.Random(seed).shuffle(files)
        convert(form, files, tmp_path / "out.jsonl")
        assert (tmp_path / "out.jsonl").read_bytes() == expected
    packed = tmp_path / "packed"
    packed.mkdir()
    for file in files:
        (packed / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    _, lines = convert_to(tmp_path, form, [packed])
    assert [line | {"meta": {}} for line in lines] == [
        json.loads(line) | {"meta": {}} for line in expected.decode().splitlines()
    ]


@pytest.mark.parametrize("given", CASES)
@pytest.mark.parametrize("form", FORMS)
def test_the_file_of_another_platform_is_told_by_its_name(form: str, given: str, tmp_path: Path) -> None:
    other = SAMPLES / given
    if other.parent.name == form:
        return
    with pytest.raises(InvalidInput) as raised:
        convert(form, [other], tmp_path / "out.jsonl")
    assert all(f"file: fieval import {other.parent.name}" in problem for problem in raised.value.problems)


def test_a_trace_and_another_document_are_told_too(tmp_path: Path) -> None:
    assert complaints(tmp_path, "deepgram", {"resourceSpans": []}) == [
        "call-7.json: this looks like an OpenTelemetry file: fieval import otlp"
    ]
    others: tuple[Any, ...] = ({}, [], 5, None, "text", {"results": 7})
    for document in others:
        (told,) = complaints(tmp_path, "deepgram", document)
        assert told == "call-7.json: nothing of the format deepgram in it: expected results with channels or utterances"


def test_all_that_is_wrong_with_a_file_is_told_at_once_by_its_place(tmp_path: Path) -> None:
    phrases = [
        {"participantPurpose": 7.5, "text": "a", "startTimeMs": "soon", "duration": 900},
        {"participantPurpose": "internal", "text": ["b"], "startTimeMs": -5, "duration": 900},
        "phrase",
        {"participantPurpose": "internal", "text": "c", "startTimeMs": 10, "duration": -900},
        {"participantPurpose": "internal", "text": "d", "startTimeMs": 10**400, "duration": True},
    ]
    document: Any = {"conversationId": "c", "transcripts": [{"phrases": phrases, "language": {}}], "mediaType": 1}
    assert complaints(tmp_path, "genesys", document, reading=Reading(clock="offset")) == [
        "call-7.json: transcripts[0].phrases[2]: expected an object, got \"phrase\"",
        "call-7.json: transcripts[0].phrases[0].startTimeMs: expected milliseconds from 0 on, got \"soon\"",
        "call-7.json: transcripts[0].phrases[0].participantPurpose: expected a text, got 7.5",
        "call-7.json: transcripts[0].phrases[1].text: expected a text, got a list",
        "call-7.json: transcripts[0].phrases[1].startTimeMs: expected milliseconds from 0 on, got -5",
        "call-7.json: transcripts[0].phrases[3].duration: expected milliseconds from 0 on, got -900",
        "call-7.json: transcripts[0].phrases[4].startTimeMs: expected fewer milliseconds, got inf",
        "call-7.json: transcripts[0].phrases[4].duration: expected milliseconds from 0 on, got true",
        "call-7.json: transcripts[0].language: expected a text, got an object",
        "call-7.json: mediaType: expected a text, got 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "document", "said"),
    [
        (
            "deepgram",
            {"results": {"channels": [], "utterances": [{"start": 4, "end": 3, "transcript": "x"}]}},
            "results.utterances[0].end: the end (3) is before the start (4)",
        ),
        (
            "deepgram",
            {"results": {"channels": [], "sentiments": {"average": {"sentiment_score": "low"}}}},
            'results.sentiments.average.sentiment_score: expected a number, got "low"',
        ),
        (
            "transcribe",
            {"JobName": "j", "JobStatus": "FAILED", "Transcript": []},
            'JobStatus: expected COMPLETED, got "FAILED"',
        ),
        (
            "transcribe",
            {"results": {"transcripts": [], "items": [{"type": "pronunciation", "start_time": "1_0"}]}},
            'results.items[0].start_time: expected seconds from 0 on, got "1_0"',
        ),
        (
            "contact_lens",
            {"Participants": [], "CustomerMetadata": {}, "Transcript": {"Id": 1}},
            "Transcript: expected a list, got an object",
        ),
        (
            "contact_lens",
            {"CustomerMetadata": {}, "Transcript": [{"Content": "a", "BeginOffsetMillis": 9, "EndOffsetMillis": 2}]},
            "Transcript[0].EndOffsetMillis: the end (2) is before the start (9)",
        ),
        (
            "cxone",
            {"interactions": [{"mediaType": "VOICE"}]},
            "interactions[0].segmentId: required, but absent or empty",
        ),
        ("cxone", {"segmentId": "s", "resolved": "yes"}, 'resolved: expected true or false, got "yes"'),
        ("cxone", {"segmentId": "s", "startTime": "then"}, 'startTime: expected a date and time, got "then"'),
        ("genesys", {"sentimentScore": 1}, "names no conversation; put the conversation's id into the file's name"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(form: str, document: Any, said: str, tmp_path: Path) -> None:
    assert complaints(tmp_path, form, document) == [f"call-7.json: {said}"]


def test_a_cut_off_file_is_told_by_line(tmp_path: Path) -> None:
    whole = (SAMPLES / "deepgram" / "diarized.json").read_bytes()
    (tmp_path / "cut.json").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match=r"cut\.json:\d+: not JSON"):
        convert("deepgram", [tmp_path / "cut.json"], tmp_path / "out.jsonl")


def test_what_is_no_number_in_json_is_told_by_line(tmp_path: Path) -> None:
    (tmp_path / "nan.json").write_text('{"results":\n{"channels": [],\n"x": NaN}}', encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"nan\.json:3: not JSON"):
        convert("deepgram", [tmp_path / "nan.json"], tmp_path / "out.jsonl")


@pytest.mark.parametrize("name", ["transcriptBlocks", "transcriptBlock", "interwovenTranscript"])
@pytest.mark.parametrize("nested", [False, True])
def test_blocks_stand_under_any_of_their_names(name: str, nested: bool, tmp_path: Path) -> None:
    blocks = [{"channelName": "CLIENT", "text": "hi", "voiceMetadata": {"startTime": 1, "endTime": 2}}]
    document = {"segmentId": "s", "transcriptBlocks": [], name: {name: blocks} if nested else blocks}
    _, lines = of_document(tmp_path, "cxone", document, reading=Reading(unit="s"))
    assert lines[0]["turns"] == [{"speaker": "customer", "text": "hi", "start": 1.0, "end": 2.0}]


@pytest.mark.parametrize(
    ("place", "label"),
    [
        ("items[0].name", "first"),
        ("items[-1].name", "third"),
        ("items[*].only", "here"),
        ("items[kind=SECOND].name", "second"),
        ("items[kind=second][flag=true].name", "second"),
        ("items[number=3].name", "third"),
        ("items[max=score].name", "second"),
        ("groups[*].items[max=score].name", "b"),
        ("one[kind=x].name", "object"),
    ],
)
def test_a_place_is_a_way_through_the_document(place: str, label: str, tmp_path: Path) -> None:
    document = {
        "results": {"channels": []},
        "items": [
            {"name": "First", "score": 1},
            {"name": "second", "score": 9, "kind": "second", "flag": True, "only": "here"},
            {"name": "third", "score": 9, "number": 3},
        ],
        "groups": [{"items": [{"name": "a", "score": 1}]}, {"items": [{"name": "b", "score": 2}]}],
        "one": {"kind": "x", "name": "object"},
    }
    _, lines = of_document(tmp_path, "deepgram", document, reading=Reading(mapping={"labels.x": place}))
    assert lines[0]["labels"] == {"x": {"label": label}}


def test_a_place_that_leads_through_a_list_without_a_number_is_told(tmp_path: Path) -> None:
    document = {"results": {"channels": []}, "items": [{"name": "first"}]}
    told = complaints(tmp_path, "deepgram", document, reading=Reading(mapping={"labels.x": "items.name"}))
    assert "call-7.json: items: expected an object, got a list" in told


def test_a_place_of_the_platform_becomes_a_field_of_ours(tmp_path: Path) -> None:
    mapping = {
        "id": "acdContactId",
        "labels.intent": "dispositionCode",
        "labels.sentiment": "-",
        "labels.done": "resolved",
        "scores.empathy": "enlightenMetrics[behaviorName=empathy].indexScore",
        "scores.best": "enlightenMetrics[max=indexScore].rawScore",
        "scores.last": "enlightenMetrics[-1].indexScore",
        "summary": "segmentSummary.actions[*].text",
    }
    done, lines = convert_to(tmp_path, "cxone", [SAMPLES / "cxone" / "segments"], reading=Reading(mapping=mapping))
    assert done.ids == ("900", "seg-2", "seg-3")
    assert lines[0]["labels"] == {name: {"label": label} for name, label in
                                  {"intent": "billing", "resolution": "resolved", "done": "yes"}.items()}  # fmt: skip
    assert lines[0]["scores"] == {"sentiment": 2.0, "empathy": 7.0, "best": 0.71, "last": 4.0}
    assert lines[0]["summary"] == "Refund"


def test_a_mapping_that_is_none_or_that_nothing_has_is_a_slip(tmp_path: Path) -> None:
    sample = [SAMPLES / "deepgram" / "diarized.json"]
    wrong = {"mood": "a", "labels.": "a", "labels.x": "a..b", "scores.y": "a[]"}
    with pytest.raises(InvalidInput) as raised:
        convert("deepgram", sample, tmp_path / "out.jsonl", reading=Reading(mapping=wrong))
    assert [problem.partition(";")[0].partition(", got")[0] for problem in raised.value.problems] == [
        '--map: "mood" is no field',
        '--map: "labels." is no field',
        "--map: labels.x: expected names with dots between them",
        "--map: scores.y: expected names with dots between them",
    ]
    with pytest.raises(InvalidInput, match=r'--map: labels\.mood: no interaction has anything at "results\.mood"'):
        convert("deepgram", sample, tmp_path / "out.jsonl", reading=Reading(mapping={"labels.mood": "results.mood"}))
    assert not (tmp_path / "out.jsonl").exists()


def test_a_card_leaves_out_what_it_does_not_declare_and_spells_what_it_does(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(CARD, encoding="utf-8")
    reading = Reading(card=data.read_card(tmp_path))
    done, lines = convert_to(tmp_path, "cxone", [SAMPLES / "cxone" / "segments"], reading=reading)
    assert lines[0]["labels"] == {
        "sentiment": {"label": "Negative"},
        "intent": {"label": "Dispute-a Charge"},
        "resolution": {"label": "resolved"},
    }
    assert lines[1]["labels"]["sentiment"] == {"label": "mixed"}, "a wrong label stays one"
    assert "scores" not in lines[0]
    assert done.left_out == {"scores.sentiment": 2}


@pytest.mark.parametrize(
    ("unit", "length", "times", "made"),
    [
        ("auto", None, (100, 2500), (0.1, 2.5)),
        ("auto", None, (0.1, 2.5), (0.1, 2.5)),
        ("auto", "2026-01-05T08:00:03Z", (100, 2500), (0.1, 2.5)),
        ("auto", "2026-01-05T09:00:00Z", (100, 2500), (0.1, 2.5)),
        ("auto", "2026-01-05T09:00:00Z", (0.1, 2.5), (0.1, 2.5)),
        ("auto", "2026-01-05T08:00:00.9Z", (0.1, 2.5), (0.1, 2.5)),
        ("s", "2026-01-05T08:00:03Z", (100, 2500), (100.0, 2500.0)),
        ("ms", "2026-01-05T09:00:00Z", (100, 2500), (0.1, 2.5)),
        ("s", None, (100, 2500), (100.0, 2500.0)),
    ],
)
def test_the_unit_of_a_transcript_is_found_or_given(
    unit: Any, length: str | None, times: tuple[float, float], made: tuple[float, float], tmp_path: Path
) -> None:
    entry = {"segmentId": "s", "startTime": "2026-01-05T08:00:00Z", "endTime": length, "mediaType": "VOICE"}
    (tmp_path / "list.json").write_text(json.dumps({"interactions": [entry]}), encoding="utf-8")
    metadata = {"startTime": times[0], "endTime": times[1]}
    block = {"channelName": "AGENT", "text": "how can I help you today", "voiceMetadata": metadata}
    transcript = {"segmentId": "s", "transcriptBlocks": [block]}
    (tmp_path / "s.json").write_text(json.dumps(transcript), encoding="utf-8")
    files = [tmp_path / "list.json", tmp_path / "s.json"]
    done, lines = convert_to(tmp_path, "cxone", files, reading=Reading(unit=unit))
    assert [(turn["start"], turn["end"]) for turn in lines[0]["turns"]] == [made]
    assert bool(done.assumed) is (unit == "auto")


@pytest.mark.parametrize(
    ("seconds", "times", "said"),
    [
        (
            20,
            (100, 102.5),
            "they reach 102.5 in a segment of 20 s, but by the speed of speech they are seconds; say",
        ),
        (3600, (0, 150), "they reach 150 in a segment of 3600 s, and neither gives the speed of speech"),
        (None, (0, 150), "they reach 150, and neither gives the speed of speech; say which with --unit s or"),
        (2, (1e6, 1e6 + 2500), "in a segment of 2 s, but by the speed of speech they are milliseconds"),
    ],
)
def test_a_unit_that_is_open_is_asked_for(
    seconds: int | None, times: tuple[float, float], said: str, tmp_path: Path
) -> None:
    begin, end = 1767600000, None if seconds is None else 1767600000 + seconds
    entry = {"segmentId": "s", "startTime": begin, "endTime": end, "mediaType": "VOICE"}
    (tmp_path / "list.json").write_text(json.dumps({"interactions": [entry]}), encoding="utf-8")
    block = {
        "text": "how can I help you today",
        "voiceMetadata": dict(zip(("startTime", "endTime"), times, strict=True)),
    }
    (tmp_path / "s.json").write_text(json.dumps({"segmentId": "s", "transcriptBlocks": [block]}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="times may be seconds or milliseconds") as raised:
        convert_to(tmp_path, "cxone", [tmp_path / "list.json", tmp_path / "s.json"])
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("clock", "start", "begin", "made"),
    [
        ("auto", 1500, None, 1.5),
        ("auto", 1767600001500, 1767600000000, 1.5),
        ("auto", 1767600001500, None, 0.0),
        ("epoch", 5500, 1000, 4.5),
        ("offset", 1500, 1767600000000, 1.5),
    ],
)
def test_times_count_from_the_begin_of_a_conversation_or_from_1970(
    clock: Any, start: int, begin: int | None, made: float, tmp_path: Path
) -> None:
    phrase = {"participantPurpose": "external", "text": "hi", "startTimeMs": start, "duration": 500}
    document = {"conversationId": "c", "conversationStartTime": begin, "transcripts": [{"phrases": [phrase]}]}
    if clock == "epoch":
        document["conversationStartTime"] = "1970-01-01T00:00:01Z"
    _, lines = of_document(tmp_path, "genesys", document, reading=Reading(clock=clock))
    assert lines[0]["turns"] == [{"speaker": "customer", "text": "hi", "start": made, "end": made + 0.5}]


def test_a_file_that_names_no_conversation_belongs_to_the_one_in_its_name(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    for name in ("c", "c-1", "c-10"):
        (calls / f"{name}.json").write_text(json.dumps(PHRASES | {"conversationId": name}), encoding="utf-8")
        score = {"sentimentScore": len(name) / 10}
        (calls / f"metrics_{name}_v2.json").write_text(json.dumps(score), encoding="utf-8")
    _, lines = convert_to(tmp_path, "genesys", [calls])
    found = [(line["id"], line["scores"]["sentiment"]) for line in lines]
    assert found == [("c", 0.1), ("c-1", 0.3), ("c-10", 0.4)]


def test_a_file_whose_name_holds_the_ids_of_two_is_refused(tmp_path: Path) -> None:
    for name in ("1001", "1002"):
        (tmp_path / f"{name}.json").write_text(json.dumps(PHRASES | {"conversationId": name}), encoding="utf-8")
    (tmp_path / "1001_vs_1002.json").write_text(json.dumps({"sentimentScore": 0.5}), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"1001_vs_1002.json: names no conversation, and .* of several: 1001, 1002"):
        convert_to(tmp_path, "genesys", [tmp_path])
    listed = tmp_path / "cxone"
    listed.mkdir()
    entries = [{"segmentId": name} for name in ("s1", "s2")]
    (listed / "list.json").write_text(json.dumps({"interactions": entries}), encoding="utf-8")
    (listed / "s1 s2.json").write_text(json.dumps({"transcriptBlocks": [{"text": "hi"}]}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="names no segment, and its name holds the ids of several: s1, s2"):
        convert_to(tmp_path, "cxone", [listed])


def test_words_that_no_channel_has_are_taken_from_the_transcript(tmp_path: Path) -> None:
    channels: list[Any] = [{"channel_label": name, "items": []} for name in ("ch_0", "ch_1")]
    results = {"transcripts": [{"transcript": "hello there"}], "channel_labels": {"channels": channels}}
    done, lines = of_document(tmp_path, "transcribe", {"results": results})
    assert lines[0]["turns"] == [{"text": "hello there"}]
    assert done.assumed == {"one speaker said everything where a transcript tells none apart": 1}


def test_turns_that_begin_together_do_not_stand_by_the_names_of_files(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    made = []
    for names in (("1", "2"), ("2", "1")):
        for leg, name in zip("ab", names, strict=True):
            phrase = PHRASES["transcripts"][0]["phrases"][0] | {"text": f"on leg {leg}"}
            document = PHRASES | {"communicationId": leg, "transcripts": [{"phrases": [phrase]}]}
            (tmp_path / "calls" / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        done, lines = convert_to(tmp_path, "genesys", [tmp_path / "calls"])
        assert done.assumed == {"times of all communications count from the begin of the conversation": 1}
        made.append(lines)
    assert made[0] == made[1]
    assert [turn["text"] for turn in made[0][0]["turns"]] == ["on leg a", "on leg b"]


def test_of_a_chat_only_messages_are_turns(tmp_path: Path) -> None:
    items = [{"Type": kind, "Content": kind, "ParticipantId": "p"} for kind in ("EVENT", "MESSAGE", "ATTACHMENT")]
    document = {"Channel": "CHAT", "CustomerMetadata": {"ContactId": "c"}, "Transcript": items}
    _, lines = of_document(tmp_path, "contact_lens", document)
    assert lines[0]["turns"] == [{"speaker": "p", "text": "MESSAGE"}]


def test_two_metrics_of_a_conversation_must_say_the_same(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    (calls / "c.json").write_text(json.dumps(PHRASES), encoding="utf-8")
    for name, score in (("m1", 0.5), ("m2", 0.5)):
        metrics = {"conversation": {"id": "c"}, "sentimentScore": score}
        (calls / f"{name}.json").write_text(json.dumps(metrics), encoding="utf-8")
    _, lines = convert_to(tmp_path, "genesys", [calls])
    assert lines[0]["scores"] == {"sentiment": 0.5}
    (calls / "m2.json").write_text(json.dumps(metrics | {"sentimentScore": -1}), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"m2\.json: m1\.json has metrics of the same conversation, and differs"):
        convert("genesys", [calls], tmp_path / "out.jsonl")


def test_a_medium_that_is_not_known_is_said(tmp_path: Path) -> None:
    done, _ = of_document(tmp_path, "genesys", PHRASES | {"mediaType": "hologram"})
    assert done.assumed == {"the channel is voice where the medium is hologram": 1}


def test_what_is_there_twice_is_told(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    for name in ("a", "b"):
        (calls / f"{name}.json").write_text(json.dumps(PHRASES | {"communicationId": "leg"}), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r'b\.json: the communication "leg" is in a\.json as well'):
        convert("genesys", [calls], tmp_path / "out.jsonl")
    for name, score in (("a", 1), ("b", 2)):
        lists = {"interactions": [{"segmentId": "s", "enlightenSentimentIndexScore": score}]}
        (calls / f"{name}.json").write_text(json.dumps(lists), encoding="utf-8")
    with pytest.raises(
        InvalidInput, match=r'b\.json: interactions\[0\]\.segmentId: "s" stands in a\.json as well, and differs'
    ):
        convert("cxone", [calls], tmp_path / "out.jsonl")
    for name in ("a", "b"):
        (calls / f"{name}.json").write_text(json.dumps({"segmentId": "s", "transcriptBlocks": []}), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r'b\.json: the transcript of segment "s" is in a\.json as well'):
        convert("cxone", [calls], tmp_path / "out.jsonl")


def test_speakers_of_deepgram_get_names(tmp_path: Path) -> None:
    names = Reading(speakers={"0": "agent", "1": "customer"})
    _, lines = convert_to(tmp_path, "deepgram", [SAMPLES / "deepgram" / "diarized.json"], reading=names)
    assert [turn["speaker"] for turn in lines[0]["turns"]] == ["agent", "customer"]


def test_a_list_without_segments_is_nothing_to_write(tmp_path: Path) -> None:
    assert complaints(tmp_path, "cxone", {"interactions": [], "totalRecords": 0}) == [
        "import: no interactions in any of the sources"
    ]


def test_a_name_that_is_no_text_can_be_an_id(tmp_path: Path) -> None:
    odd = tmp_path / b"call-\xff.json".decode("utf-8", "surrogateescape")
    shutil.copy(SAMPLES / "deepgram" / "diarized.json", odd)
    done, _ = convert_to(tmp_path, "deepgram", [odd])
    assert done.ids == (r"call-\xff",)
