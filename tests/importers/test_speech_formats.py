"""RTTM, CTM, STM and NLP: what they say of calls, and what is wrong with them, line by line."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from fieval import data
from fieval.errors import InvalidInput
from fieval.importers import Reading, convert

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
        "SEGMENT b 1 0.0 9.0 <NA> eval <NA> <NA> <NA>\nA/P b 1 3.0 0.1 , <NA> agent <NA> <NA>\n"
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
        ("rttm", "SPEAKER a 1 0 1\n", ":1: expected 8 to 10 fields without blanks in them"),
        ("rttm", "SPEAKER my call 1 0 5 <NA> <NA> s <NA> <NA>\n", ":1: expected 8 to 10 fields without blanks in them"),
        ("rttm", "SPEAKER my call 1 0 5 <NA> <NA> s\n", ":1: field 8: expected a speaker's name, got <NA>"),
        ("rttm", "SPEAKER a 1 1_0 1 <NA> <NA> s\n", ':1: start: expected seconds from 0 on, got "1_0"'),
        ("rttm", "SPEAKER a 1 \u0661 1 <NA> <NA> s\n", ':1: start: expected seconds from 0 on, got "\u0661"'),
        (
            "rttm",
            "SPEAKER a 1 0 1 <NA> <NA> s\nSPEAKER b 2 0 1 <NA> <NA> s\nSPEAKER a 2 0 1 <NA> <NA> s\n",
            ':3: speaker "s" is on channel 2 and, in line 1, on channel 1; give two people two names',
        ),
        ("stm", "a A s 0 1 hi\na B s 0 1 yo\n", ':2: speaker "s" is on channel B and, in line 1, on channel A'),
        ("ctm", "a 1 0 1 hi 1 lex s\na 2 0 1 yo 1 lex s\n", ':2: speaker "s" is on channel 2 and, in line 1'),
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
        (
            "ctm",
            "a 1 0 1 hi 0.9 agent\n",
            ':1: field 7: expected a type such as lex, got "agent"; the speaker is field 8',
        ),
        ("ctm", "a 1 0 1 hi\ra 1 1 1 you\r", ":1: a CR within the line; save the file with LF line ends"),
        ("ctm", "a 1 * * <ALT_BEGIN>\na 1 0 1 x\na 1 * * <ALT>\na 1 0 1 y\n", ":1: <ALT_BEGIN> without <ALT_END>"),
        ("ctm", "a 1 * * <ALT>\na 1 0 1 x\n", ":1: <ALT>: expected <ALT_BEGIN>, then <ALT>, then <ALT_END>"),
        ("ctm", "a 1 * * <ALT_BEGIN>\na 1 * * <ALT_BEGIN>\n", ":2: <ALT_BEGIN>: expected <ALT_BEGIN>, then <ALT>"),
        ("ctm", "a 1 * * <ALTERNATIVE>\na 1 0 1 x\n", ":1: <ALTERNATIVE>: expected <ALT_BEGIN>, then <ALT>"),
        ("stm", "a 1 s 0 1 <o,f0,male hello\n", ":1: a label such as <o,f0,male> begins here and does not end"),
        ("stm", "a 1 s 0 1 { a / b\n", ":1: alternatives are { one / another }; expected as many { as }"),
        ("stm", "a 1 s 0 1 a / b }\n", ":1: alternatives are { one / another }; expected as many { as }"),
        ("stm", "a 1 s 4 3 text\n", ":1: the end (3) is before the start (4)"),
        ("stm", "a 1 s\n", ":1: expected at least 5 fields"),
        ("nlp", "word|who\nhi|1\n", ":1: expected column names with | between them, among them token and speaker"),
        ("nlp", "token|speaker\nhi|1|2\n", ":2: expected 2 columns, got 3"),
        ("nlp", "token|speaker|token\nhi|1|yo\n", ":1: column token is there twice"),
        ("nlp", "token|speaker|ts|endTs\nhi|1|5|4\n", ":2: the end (4) is before the start (5)"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_nothing_is_written(
    tmp_path: Path, form: str, text: str, said: str
) -> None:
    assert f"call-7.{form}{said}" in complaint(tmp_path, form, text)


def test_words_of_a_ctm_are_put_in_the_order_of_time(tmp_path: Path) -> None:
    words = "5.0 0.5 later", "0.5 0.5 world", "0.0 0.5 %uh", "1.0 0.5 5%", "1.5 0.5 <eps>", "2.0 0.1 at 1 fp"
    text = "".join(f"c 1 {word}\n" for word in words)
    assert [(turn["text"], turn["start"]) for turn in imported(tmp_path, "ctm", text)[0]["turns"]] == [
        ("uh world 5% at", 0.0),
        ("later", 5.0),
    ]


def test_a_ctm_with_a_speaker_for_every_word_is_read_at_once(tmp_path: Path) -> None:
    text = "".join(f"c 1 {word} 0.5 hi 1 lex s{word}\n" for word in range(30_000))
    begun = time.process_time()
    turns = imported(tmp_path, "ctm", text)[0]["turns"]
    assert len(turns) == 30_000
    assert time.process_time() - begun < 5  # 0.3 s here; 12 s if every speaker is looked for among all words


def test_an_stm_has_one_channel_after_the_other_and_a_call_one_order_of_time(tmp_path: Path) -> None:
    text = "c A agent 0 1 hi\nc A agent 4 5 bye\nc B caller 2 3 hello\n"
    assert [turn["text"] for turn in imported(tmp_path, "stm", text)[0]["turns"]] == ["hi", "hello", "bye"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ { a / b } c / d } e", "a c e"),
        ("{ a / { b / c } } e", "a e"),
        ("{ @ / b } e { only }", "e only"),
        ("24/7 (you (know)) 5% off %hm", "24/7 you know 5% off hm"),
    ],
)
def test_of_alternatives_the_first_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert imported(tmp_path, "stm", f"d A s 0 1 {text}\n")[0]["turns"][0]["text"] == said


def test_nlp_words_with_one_time_and_marks_in_front(tmp_path: Path) -> None:
    text = (
        "token|speaker|ts|endTs|punctuation|prepunctuation\n"
        'pay|1|0.50|0.70|,|"\n'
        "20|1|1.20|||$\n"
        "ok|2||3.0||\n"
        "yes|3|3.0|||\n"
    )
    assert imported(tmp_path, "nlp", text)[0]["turns"] == [
        {"speaker": "1", "text": '"pay, $20', "start": 0.5, "end": 1.2},
        {"speaker": "2", "text": "ok"},
        {"speaker": "3", "text": "yes"},
    ]


def test_all_bad_lines_are_shown_at_once(tmp_path: Path) -> None:
    told = complaint(tmp_path, "rttm", "x\nSPEAKER a 1 0 1 <NA> <NA> s\ny\n")
    assert ":1: " in told
    assert ":3: " in told


def test_speakers_are_renamed_in_turns_and_segments(tmp_path: Path) -> None:
    one = imported(tmp_path, "rttm", "SPEAKER a 1 0 1 <NA> <NA> spk_0\n", reading=Reading(speakers={"spk_0": "agent"}))
    assert one[0]["segments"][0]["speaker"] == "agent"
    two = imported(tmp_path, "stm", "a 1 spk_0 0 1 hello\n", reading=Reading(speakers={"spk_0": "agent"}))
    assert two[0]["turns"][0]["speaker"] == "agent"


@pytest.mark.parametrize("form", ["ctm", "nlp", "rttm", "stm"])
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
