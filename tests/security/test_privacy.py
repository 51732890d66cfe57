"""Nothing that people said, and no key, in any byte that leaves a default command."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.command import fieval
from end_to_end.judged_gate import gate, write
from judge.scripted_server import Act, serving
from made_dataset import CONFIG, Made, made
from reports.html_sample import unpacked
from security.small_gate import typed

SPOKEN = re.compile(r"qz[a-z]+")  # every word that anybody says, in any field that holds text
HOLDING = {"evidence.jsonl", "report.html"}  # what the README says may hold it
KEY = "sk-ant-marked-0123456789abcdef"


def said(text: str) -> str:
    """The same words with a mark on each."""
    return re.sub(r"[A-Za-z]+", lambda word: f"qz{word[0].lower()}", text)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gate that fails, all of whose texts are marked."""
    one = made(60, harm=0.4)
    for line in one.gold:
        gold = line["gold"]
        gold["turns"] = [{**turn, "text": said(turn["text"])} for turn in gold["turns"]]
        gold["summary"] = said(gold["summary"])
        gold["facts"] = [{"text": said(fact["text"]), "anchors": ["qzanchor"]} for fact in gold["facts"]]
        line["meta"] = {"note": "qzmeta"}
    for lines in (one.baseline, one.candidate):
        for line in lines:
            line["turns"] = [{**turn, "text": said(turn["text"])} for turn in line["turns"]]
            line["summary"] = said(line["summary"])
            line["meta"] = {"note": "qzmeta"}
    one.config = CONFIG + "judge: {provider: none}\n"
    folder = tmp_path_factory.mktemp("marked")
    one.write(folder)
    assert typed(folder, "run", "-c", "gate.yaml", "--out", "first", "-q").returncode == 1
    return folder


FORMATS = ["text", "json", "markdown", "junit", "github", "otlp"]
COMMANDS = [
    *(f"run -c gate.yaml --out out --format {name}" for name in FORMATS),
    "run -c gate.yaml --out out -q",
    "run -c gate.yaml --out out --no-text",
    *(f"report first --format {name}" for name in FORMATS),
    "check -c gate.yaml",
    "plan -c gate.yaml",
    "plan -c gate.yaml --format json",
    "selfcheck -c gate.yaml --worlds 50",
    "calibrate -c gate.yaml",
    "calibrate -c gate.yaml --format json",
    "compare first first",
    "history wer first",
    "history wer first --format json",
    "bless first --force --to blessed.jsonl",
    "label-sheet -c gate.yaml --again -o sheet.csv",
    "doctor -c gate.yaml --offline",
    "github publish first",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_what_people_said(marked: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.setenv(name, str(marked / name))
    done = typed(marked, *command.split())
    assert done.returncode in (0, 1), done.stderr
    assert not SPOKEN.findall(done.stdout + done.stderr)
    assert not list(telling(marked / "out"))
    assert not [name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT") if spoken(marked / name)]


def telling(folder: Path) -> Iterator[str]:
    """The files of a run folder that hold what people said and should not."""
    for path in folder.iterdir() if folder.exists() else ():
        if spoken(path) and path.name not in HOLDING:
            yield path.name


def spoken(path: Path) -> bool:
    """Whether a file holds what people said; a page's compressed data, in which letters stand by chance, unpacked."""
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = re.sub(r"[\w+/=]{200,}", "", text) + json.dumps(unpacked(text))
    return SPOKEN.search(text) is not None


def test_the_search_finds_what_is_there(marked: Path) -> None:
    assert SPOKEN.findall(typed(marked, "run", "-c", "gate.yaml", "--out", "out", "--show-text").stdout)
    assert {name for name in HOLDING if spoken(marked / "out" / name)} == HOLDING


def test_a_run_folder_without_texts_holds_none_and_can_be_used(marked: Path) -> None:
    assert typed(marked, "run", "-c", "gate.yaml", "--out", "bare", "--no-text", "-q").returncode == 1
    assert [path.name for path in (marked / "bare").iterdir() if spoken(path)] == []
    assert [line for line in (marked / "bare/evidence.jsonl").read_text().splitlines() if '"wer":' in line]
    for command in ("report bare", "compare first bare", "history wer bare", "bless bare --force --to other.jsonl"):
        done = typed(marked, *command.split())
        assert (done.returncode, "kept in this run folder" in done.stderr) == (0, False), done.stderr
    shown = typed(marked, "report", "bare", "--show-text")
    assert "Note: nothing that people said is kept in this run folder" in shown.stderr
    assert not SPOKEN.findall(shown.stdout)
    assert SPOKEN.findall(typed(marked, "show", "bare", "call-000").stdout), "of its inputs"


def test_run_folders_are_for_their_owner(marked: Path) -> None:
    for folder in (marked / "first", *(marked / ".fieval").glob("runs/*")):
        assert folder.stat().st_mode & 0o077 == 0
        assert {path.stat().st_mode & 0o077 for path in folder.iterdir() if path.name != ".gitignore"} == {0}


BAD_LINES: dict[str, dict[str, object] | str | bytes] = {
    "text where a list should be": {"turns": "qzhello qzworld"},
    "a number where text should be": {"turns": [{"text": 7}, {"text": "qzhello"}]},
    "an unknown field beside it": {"turns": [{"text": "qzhello", "txt": "qzworld"}]},
    "times that cannot be": {"turns": [{"text": "qzhello", "start": 2, "end": 1}]},
    "not JSON": '{"id": "call-000", "summary": "qzhello" "qzworld"}',
    "cut off": '{"id": "call-000", "summary": "qzhello',
    "not UTF-8": b'{"id": "call-000", "summary": "qzhello \xff"}',
    "half a surrogate": '{"id": "call-000", "summary": "qzhello \\ud800"}',
}


@pytest.mark.parametrize("bad", BAD_LINES)
@pytest.mark.parametrize("command", ["run", "check", "calibrate"])
def test_no_complaint_quotes_what_people_said(marked: Path, bad: str, command: str) -> None:
    line = BAD_LINES[bad]
    content = json.dumps({"id": "call-000", **line}) if isinstance(line, dict) else line
    (marked / "bad.jsonl").write_bytes(content if isinstance(content, bytes) else content.encode())
    done = typed(marked, command, "-c", "gate.yaml", "--candidate", "bad.jsonl")
    assert done.returncode == 2
    assert "bad.jsonl:1" in done.stderr
    assert not SPOKEN.findall(done.stdout + done.stderr)


SOURCES = {
    "csv": 'id,turns,labels.intent\n1,"agent: qzhello\n2,x,y\n',
    "rttm": "SPEAKER qzfile 1 qzhello 1.0\n",
    "stm": "a 1 s 0 1 <o,f0> qzhello qzworld\na 1 s 5 2 qzhello\n",
    "ctm": "a 1 qztime 0.1 qzhello\n",
    "genesys": '{"conversationId": "a", "transcripts": [{"phrases": [{"text": "qzhello", "startTimeMs": "soon"}]}]}',
    "cxone": '[{"segmentId": "a", "transcript": "qzhello"}]',
    "contact_lens": '{"Transcript": [{"Content": "qzhello", "ParticipantId": 7}]}',
    "transcribe": '{"results": {"transcripts": [{"transcript": "qzhello"}], "items": 7}}',
    "deepgram": '{"results": {"utterances": [{"transcript": "qzhello", "start": "qzstart"}]}}',
    "otlp": '{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "qzhello"}]}]}]}',
}


@pytest.mark.parametrize("form", SOURCES)
def test_no_complaint_of_an_import_quotes_what_people_said(tmp_path: Path, form: str) -> None:
    (tmp_path / "source").write_text(SOURCES[form], encoding="utf-8")
    done = typed(tmp_path, "import", form, "source", "-o", "out.jsonl")
    assert done.returncode == 2
    told = re.findall(r"qz(?:hello|world)", done.stdout + done.stderr)
    assert not told


def test_a_label_sheet_holds_texts_and_only_it(marked: Path) -> None:
    done = typed(marked, "label-sheet", "-c", "gate.yaml", "--again", "-n", "5", "-o", "sheet2.csv")
    assert done.returncode == 0
    rows = list(csv.reader((marked / "sheet2.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert SPOKEN.search(str(rows))


ECHO = {
    "refused": Act(401, raw=f'{{"error": {{"type": "authentication_error", "message": "bad {KEY}"}}}}'.encode()),
    "bad request": Act(400, raw=f'{{"error": {{"type": "invalid_request_error", "message": "{KEY}"}}}}'.encode()),
}


@pytest.mark.parametrize("act", [None, *ECHO])
def test_a_key_is_in_no_file_and_no_message(tmp_path: Path, act: str | None) -> None:
    """Even where whoever answers sends it back."""
    with serving() as server:
        if act is not None:
            server.always = ECHO[act]
        write(tmp_path, server.url, changed=_few())
        done = gate(tmp_path, key=KEY)
        assert done.code in (3, 4), done.process.stderr
        assert any(KEY in value for value in server.requests[0].headers.values())
        doctor = fieval("doctor", "-c", "gate.yaml", folder=tmp_path, ANTHROPIC_API_KEY=KEY, CI="", HOME=str(tmp_path))
    printed = done.process.stdout + done.process.stderr + doctor.stdout + doctor.stderr
    assert KEY not in printed
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_a_key_is_in_no_report_of_a_bug(tmp_path: Path) -> None:
    write(tmp_path, "http://127.0.0.1:9", changed=_few())
    (tmp_path / "fails").mkdir()
    (tmp_path / "fails/sitecustomize.py").write_text(
        "import os, fieval.engine\n"
        "def broken(*arguments):\n    raise KeyError(os.environ['ANTHROPIC_API_KEY'])\n"
        "fieval.engine.score_steps = broken\n"
    )
    fails = str(tmp_path / "fails")
    done = fieval("run", "-c", "gate.yaml", "--judge", "off", folder=tmp_path, ANTHROPIC_API_KEY=KEY, PYTHONPATH=fails)
    assert done.returncode == 70
    assert KEY not in done.stdout + done.stderr


def _few() -> Made:
    return made(12, seed=3, harm=0.2)
