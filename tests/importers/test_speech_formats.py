"""RTTM, CTM, STM and NLP: what they say of calls, and what is wrong with them, line by line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fieval import data
from fieval.errors import InvalidInput
from fieval.importers import convert, importers

CARD = 'name: imported\nversion: "1"\n'


def imported(folder: Path, form: str, text: str, **options: Any) -> list[dict[str, Any]]:
    source = folder / f"call-7.{form}"
    source.write_text(text, encoding="utf-8")
    convert(form, [source], folder / "out.jsonl", **options)
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


def complaint(folder: Path, form: str, text: str) -> str:
    with pytest.raises(InvalidInput) as raised:
        imported(folder, form, text)
    assert not (folder / "out.jsonl").exists()
    return str(raised.value)


def test_rttm_gives_segments_by_file(tmp_path: Path) -> None:
    text = (
        ";; made by hand\n"
        "SPKR-INFO b 1 <NA> <NA> <NA> unknown agent <NA> <NA>\n"
        "SPEAKER b 1 0.50 2.25 <NA> <NA> agent <NA> <NA>\n"
        "SPEAKER a 1 0.1 0.2 <NA> <NA> spk_1\n"
        "\n"
        "SPEAKER b 1 2.00 1.00 <NA> <NA> customer <NA> <NA>\n"
    )
    assert imported(tmp_path, "rttm", text) == [
        {"id": "b", "segments": [{"speaker": "agent", "start": 0.5, "end": 2.75},
                                 {"speaker": "customer", "start": 2.0, "end": 3.0}]},
        {"id": "a", "segments": [{"speaker": "spk_1", "start": 0.1, "end": 0.3}]},
    ]  # fmt: skip


def test_ctm_words_become_turns_by_speaker_and_pause(tmp_path: Path) -> None:
    text = (
        "c A 0.0 0.4 thank 0.9\n"
        "c A 0.4 0.2 you 0.9\n"
        "c A 3.0 0.3 hello 0.9 lex\n"
        "c A 3.4 0.1 %hm 0.9 non-lex\n"
        "c B 1.0 0.5 hi 0.8 lex customer\n"
        "c B * * <ALT_BEGIN>\nc B 1.6 0.2 there\nc B * * <ALT>\nc B 1.6 0.2 their\nc B * * <ALT_END>\n"
    )
    assert imported(tmp_path, "ctm", text.replace(" there", " there 0.5 lex customer")) == [
        {"id": "c", "turns": [
            {"speaker": "A", "text": "thank you", "start": 0.0, "end": 0.6},
            {"speaker": "customer", "text": "hi there", "start": 1.0, "end": 1.8},
            {"speaker": "A", "text": "hello", "start": 3.0, "end": 3.3},
        ]}
    ]  # fmt: skip


def test_stm_segments_become_turns(tmp_path: Path) -> None:
    text = (
        ";; LABEL o\n"
        "d A inter_segment_gap 0.0 1.0 <o,,> \n"
        "d A agent 1.0 2.5 <o,f0,male> (%uh) your bill is { forty / 40 / @ } pounds\n"
        "d B customer 2.5 2.5\n"
        "d B customer 3.0 9.0 IGNORE_TIME_SEGMENT_IN_SCORING\n"
    )
    assert imported(tmp_path, "stm", text) == [
        {"id": "d", "turns": [
            {"speaker": "agent", "text": "uh your bill is forty pounds", "start": 1.0, "end": 2.5},
            {"speaker": "customer", "start": 2.5, "end": 2.5},
        ]}
    ]  # fmt: skip


def test_nlp_tokens_become_turns_under_the_name_of_the_file(tmp_path: Path) -> None:
    text = (
        "token|speaker|ts|endTs|punctuation|case|tags\n"
        "Good|1|0.50|0.70||UC|[]\n"
        "morning|1|0.70|1.10|,|LC|[]\n"
        "everyone|1|||.|LC|[]\n"
        "|1||||LC|[]\n"
        "Hi|2|||.|UC|['5:PERSON']\n"
    )
    assert imported(tmp_path, "nlp", text) == [
        {"id": "call-7", "turns": [
            {"speaker": "1", "text": "Good morning, everyone.", "start": 0.5, "end": 1.1},
            {"speaker": "2", "text": "Hi."},
        ]}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("rttm", "SPEAKER a 1 0 1\n", ":1: expected at least 8 fields"),
        ("rttm", "a,b\n", ':1: expected a line that begins with SPEAKER, got "a,b"'),
        ("rttm", "SPEAKER a 1 x 1 <NA> <NA> s\n", ':1: start: expected seconds from 0 on, got "x"'),
        ("rttm", "SPEAKER a 1 0 -1 <NA> <NA> s\n", ':1: duration: expected seconds from 0 on, got "-1"'),
        ("rttm", "SPEAKER a 1 0 nan <NA> <NA> s\n", ':1: duration: expected seconds from 0 on, got "nan"'),
        (
            "rttm",
            "SPEAKER a 1 1e308 1e308 <NA> <NA> s\n",
            ":1: start and duration (1e308 and 1e308) add up to no number",
        ),
        ("rttm", "SPEAKER a\0b 1 0 1 <NA> <NA> s\n", ":1: a NUL character is not text"),
        ("rttm", "", ": nothing of the format rttm in it"),
        ("ctm", "a 1 1e308 1e308 word\n", ":1: start and duration (1e308 and 1e308) add up to no number"),
        ("ctm", "a 1 0 1 fine\na 1 0 1 wo\0rd\n", ":2: a NUL character is not text"),
        ("ctm", "a 1 0.0 word\n", ":1: expected at least 5 fields"),
        ("stm", "a 1 s 4 3 text\n", ":1: the end (3) is before the start (4)"),
        ("stm", "a 1 s\n", ":1: expected at least 5 fields"),
        ("nlp", "word|who\nhi|1\n", ":1: expected column names with | between them, among them token and speaker"),
        ("nlp", "token|speaker\nhi|1|2\n", ":2: expected 2 columns, got 3"),
        ("nlp", "token|speaker|ts|endTs\nhi|1|5|4\n", ":2: the end (4) is before the start (5)"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_nothing_is_written(
    tmp_path: Path, form: str, text: str, said: str
) -> None:
    assert f"call-7.{form}{said}" in complaint(tmp_path, form, text)


def test_all_bad_lines_are_shown_at_once(tmp_path: Path) -> None:
    told = complaint(tmp_path, "rttm", "x\nSPEAKER a 1 0 1 <NA> <NA> s\ny\n")
    assert ":1: " in told
    assert ":3: " in told


def test_text_that_is_none_and_broken_archives_are_one_message(tmp_path: Path) -> None:
    (tmp_path / "bad.ctm").write_bytes(b"a 1 0 1 fine\na 1 0 1 \xff\n")
    (tmp_path / "cut.ctm.gz").write_bytes(gzip.compress(b"a 1 0 1 word\n" * 99, mtime=0)[:-9])
    for name, said in (("bad.ctm", ":2: not UTF-8"), ("cut.ctm.gz", "broken gzip file"), ("none.ctm", "no such file")):
        with pytest.raises(InvalidInput, match=said):
            convert("ctm", [tmp_path / name], tmp_path / "out.jsonl")


def test_a_folder_is_read_by_name_and_an_id_may_come_once(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    for name, identifier in (("2.rttm", "b"), ("1.rttm", "a"), ("notes.txt", "c")):
        (tmp_path / "calls" / name).write_text(f"SPEAKER {identifier} 1 0 1 <NA> <NA> s\r\n", encoding="utf-8")
    (tmp_path / "calls" / "3.rttm.gz").write_bytes(gzip.compress(b"SPEAKER z 1 0 1 <NA> <NA> s\n"))
    assert convert("rttm", [tmp_path / "calls"], tmp_path / "out.jsonl") == 3
    assert [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == ["a", "b", "z"]
    with pytest.raises(InvalidInput, match=r'"a" is in .*1\.rttm as well; ids must be unique'):
        convert("rttm", [tmp_path / "calls", tmp_path / "calls" / "1.rttm"], tmp_path / "again.jsonl")
    with pytest.raises(InvalidInput, match=r"no files here that end in \.ctm"):
        convert("ctm", [tmp_path / "calls"], tmp_path / "again.jsonl")
    assert not (tmp_path / "again.jsonl").exists()


def test_speakers_are_renamed_in_turns_and_segments(tmp_path: Path) -> None:
    one = imported(tmp_path, "rttm", "SPEAKER a 1 0 1 <NA> <NA> spk_0\n", speakers={"spk_0": "agent"})
    assert one[0]["segments"][0]["speaker"] == "agent"
    two = imported(tmp_path, "stm", "a 1 spk_0 0 1 hello\n", speakers={"spk_0": "agent"})
    assert two[0]["turns"][0]["speaker"] == "agent"


@pytest.mark.parametrize("form", sorted(importers()))
def test_what_is_made_is_read_as_gold_and_as_outputs(tmp_path: Path, form: str) -> None:
    text = {
        "rttm": "SPEAKER call-7 1 0 1 <NA> <NA> agent\n",
        "ctm": "call-7 A 0 1 hello\n",
        "stm": "call-7 A agent 0 1 hello\n",
        "nlp": "token|speaker\nhello|1\n",
    }[form]
    gold = imported(tmp_path, form, text, kind="gold")
    assert (gold[0]["id"], gold[0]["channel"]) == ("call-7", "voice")
    (tmp_path / "interactions.jsonl").write_bytes((tmp_path / "out.jsonl").read_bytes())
    (tmp_path / "dataset.yaml").write_text(CARD, encoding="utf-8")
    dataset = data.read_dataset(tmp_path)
    imported(tmp_path, form, text)
    output = data.read_outputs(tmp_path / "out.jsonl", dataset).outputs[0]
    assert output is not None
    assert output.turns == dataset.interactions[0].turns
    assert output.segments == dataset.interactions[0].segments


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match='no format "rtm"; did you mean "rttm"'):
        convert("rtm", [tmp_path], tmp_path / "out.jsonl")


def test_a_source_is_never_written_over(tmp_path: Path) -> None:
    text = "SPEAKER a 1 0 1 <NA> <NA> s\n"
    (tmp_path / "calls").mkdir()
    source = tmp_path / "calls" / "a.rttm"
    source.write_text(text, encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to(source)
    for sources, target in (
        ([source], source),
        ([tmp_path / "calls"], source),
        ([source], tmp_path / "calls" / ".." / "calls" / "a.rttm"),
        ([source], tmp_path / "link.jsonl"),
    ):
        with pytest.raises(InvalidInput, match="is one of the sources; name another file to write"):
            convert("rttm", sources, target)
    assert source.read_text(encoding="utf-8") == text


def test_a_target_that_ends_in_gz_is_compressed_to_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = tmp_path / "a.rttm"
    source.write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    convert("rttm", [source], tmp_path / "plain.jsonl")
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        convert("rttm", [source], tmp_path / name)
    packed = (tmp_path / "one.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "plain.jsonl").read_bytes()
    assert packed == (tmp_path / "two.jsonl.gz").read_bytes()
    assert packed[4:8] == bytes(4), "the time of writing"
    assert (tmp_path / "one.jsonl.gz").stat().st_mode == (tmp_path / "plain.jsonl").stat().st_mode


def test_a_target_that_is_a_link_is_written_through(tmp_path: Path) -> None:
    source = tmp_path / "a.rttm"
    source.write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    (tmp_path / "store").mkdir()
    (tmp_path / "out.jsonl").symlink_to("store/real.jsonl")
    assert convert("rttm", [source], tmp_path / "out.jsonl") == 1
    assert (tmp_path / "out.jsonl").is_symlink()
    assert json.loads((tmp_path / "store" / "real.jsonl").read_text(encoding="utf-8"))["id"] == "a"
