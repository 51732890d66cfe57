"""Record, export, replay: without a key, without a network, without the SDK; and never a silent way out."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.judge import Answer, Settings, default_mode, open_judge
from fieval.judge.modes import has_credentials

from judge.asking import SECRET, asked, session
from judge.scripted_server import Server

QUESTIONS = [asked(number) for number in range(30)]
REPLAY = """
import socket, sys
from pathlib import Path

def blocked(*args, **kwargs):
    raise AssertionError("a socket was opened")

socket.socket.__init__ = socket.create_connection = socket.getaddrinfo = blocked

from fieval.judge import Settings, open_judge
from judge.asking import asked

url, cassette = sys.argv[1:]
with open_judge(Settings(mode="replay", base_url=url, cassette=Path(cassette), cache=Path("absent.sqlite"))) as judge:
    replies = judge.ask_all([asked(number) for number in range(30)])
print(*(reply.by_id()["c1"].verdict for reply in replies))
heavy = {"anthropic", "httpx2", "pydantic", "numpy", "pandas"} & {name.split(".")[0] for name in sys.modules}
assert not heavy, heavy
assert not Path("absent.sqlite").exists()
"""


def recorded(server: Server, folder: Path, *, reasons: bool = False) -> Path:
    """A cassette of all questions."""
    cassette = folder / "judge.jsonl"
    with session(server, folder) as judge:
        judge.ask_all(QUESTIONS)
        assert judge.export(cassette, reasons=reasons) == 30
    return cassette


def replaying(server: Server, cassette: Path, **changes: object) -> Settings:
    absent = cassette.with_name("absent.sqlite")
    chosen = {"mode": "replay", "base_url": server.url, "cassette": cassette, "cache": absent, **changes}
    return Settings(**chosen)  # type: ignore[arg-type]


def test_replay_needs_neither_key_nor_socket_nor_sdk(server: Server, tmp_path: Path) -> None:
    cassette = recorded(server, tmp_path)
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", REPLAY, server.url, cassette],
        cwd=tmp_path,
        env={"PYTHONPATH": tests, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["supported"] * 30
    assert len(server.requests) == 30


def test_replay_gives_what_was_recorded(server: Server, tmp_path: Path) -> None:
    cassette = recorded(server, tmp_path, reasons=True)
    with session(server, tmp_path) as judge:
        before = judge.ask_all(QUESTIONS)
    opened = open_judge(replaying(server, cassette))
    assert opened is not None
    with opened as judge:
        after = judge.ask_all(QUESTIONS)
    for one, two in zip(before, after, strict=True):
        assert isinstance(one, Answer) and isinstance(two, Answer)
        assert (one.verdicts, one.model, one.usage) == (two.verdicts, two.model, two.usage)


def test_a_cassette_is_sorted_and_holds_no_transcript(server: Server, tmp_path: Path) -> None:
    server.verdict = lambda text: "supported" if "7" in text else "contradicted"
    text = recorded(server, tmp_path).read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["kind"] for line in lines] == ["judge"] + ["answer"] * 30
    subjects = [line["subject"] for line in lines[1:]]
    assert subjects == sorted(subjects)
    assert SECRET not in text and "My bill" not in text and "as turn 1 says" not in text
    again = recorded(server, tmp_path).read_text()
    assert again == text
    assert "as turn 1 says" in recorded(server, tmp_path, reasons=True).read_text()


def test_a_miss_ends_a_replay_with_its_cause(server: Server, tmp_path: Path) -> None:
    cassette = recorded(server, tmp_path)
    opened = open_judge(replaying(server, cassette))
    assert opened is not None
    with opened as judge, pytest.raises(Unmeasurable) as caught:
        judge.ask_all([asked(number) for number in range(55)])
    lines = str(caught.value).splitlines()
    assert lines[0] == "no verdict is recorded for 25 questions (never asked); record where credentials are"
    assert lines[1] == "  call-0030, support: never asked"
    assert len(lines) == 22 and lines[-1] == "… and 5 more"
    other = open_judge(replaying(server, cassette, model="claude-opus-5-5"))
    assert other is not None
    with other as judge, pytest.raises(Unmeasurable, match=r"call-0003, support: model differs \(claude-sonnet-5-5 in"):
        judge.ask(asked(3))
    assert len(server.requests) == 30


def test_a_replay_may_use_the_local_cache(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path) as judge:
        judge.ask(asked(1))
    with session(server, tmp_path, mode="replay") as judge:
        assert isinstance(judge.ask(asked(1)), Answer)


def test_a_replay_of_the_local_cache_needs_no_cassette_yet(server: Server, tmp_path: Path) -> None:
    """`fieval plan` comes before `fieval judge export`; with neither, the cassette is what is missing."""
    recorded(server, tmp_path)
    absent = msgspec.structs.replace(replaying(server, tmp_path / "absent.jsonl"), cache=tmp_path / "judge.sqlite")
    opened = open_judge(absent)
    assert opened is not None
    with opened as judge:
        assert len(judge.ask_all(QUESTIONS)) == 30
    with pytest.raises(InvalidInput, match=r"absent\.jsonl: no such file"):
        open_judge(msgspec.structs.replace(absent, cache=tmp_path / "absent.sqlite"))


def test_recording_uses_the_cassette_and_asks_only_the_rest(server: Server, tmp_path: Path) -> None:
    cassette = recorded(server, tmp_path)
    fresh = tmp_path / "fresh"
    with session(server, fresh, cassette=cassette) as judge:
        judge.ask_all([*QUESTIONS, asked(30)])
        assert judge.export(cassette, reasons=False) == 31
    assert len(server.requests) == 31
    with session(server, tmp_path / "first time", cassette=tmp_path / "not there yet.jsonl") as judge:
        judge.ask(asked(1))


def test_recorded_verdicts_that_do_not_fit_are_a_miss(server: Server, tmp_path: Path) -> None:
    """Whoever edits a cassette by hand cannot add a verdict that the judge could not have given."""
    cassette = recorded(server, tmp_path)
    cassette.write_text(cassette.read_text().replace('["c1","supported",', '["c1","resolved",'))
    opened = open_judge(replaying(server, cassette))
    assert opened is not None
    with opened as judge, pytest.raises(Unmeasurable, match="the remembered verdicts do not fit the question"):
        judge.ask_all(QUESTIONS)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", ":7: not a recorded verdict"),
        ('{"kind": "answer"}', ":7: not a recorded verdict"),
        ('{"kind": "other"}', ":7: not a recorded verdict"),
        ("\\xff", ":7: not a recorded verdict"),
        ("[" * 5000, ":7: not a recorded verdict"),
    ],
)
def test_a_bad_line_is_named(line: str, told: str, server: Server, tmp_path: Path) -> None:
    cassette = recorded(server, tmp_path)
    lines = cassette.read_text().splitlines()
    cassette.write_text("\n".join([*lines[:6], line, *lines[6:]]))
    with pytest.raises(InvalidInput, match=f"judge.jsonl{told}"):
        open_judge(replaying(server, cassette))


def test_other_lines_that_cannot_be_are_named(server: Server, tmp_path: Path) -> None:
    cassette = recorded(server, tmp_path)
    judge, first, *rest = cassette.read_text().splitlines()
    for lines, told in [
        ([first, judge, *rest], ":1: no line before says which judge"),
        ([judge, first, first], ":3: the same answer twice"),
        ([judge.replace("claude-sonnet-5-5", "claude-opus-5-5"), first], ":1: this judge has another fingerprint"),
    ]:
        cassette.write_text("\n".join(lines))
        with pytest.raises(InvalidInput, match=told):
            open_judge(replaying(server, cassette))
    with pytest.raises(InvalidInput, match="no such file"):
        open_judge(replaying(server, tmp_path / "absent.jsonl"))


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "replay"),
        ({"ANTHROPIC_API_KEY": "k"}, "record"),
        ({"ANTHROPIC_API_KEY": ""}, "replay"),
        ({"ANTHROPIC_API_KEY": "k", "CI": "true"}, "replay"),
        ({"ANTHROPIC_API_KEY": "k", "CI": "false"}, "record"),
        ({"ANTHROPIC_AUTH_TOKEN": "k"}, "record"),
        ({"ANTHROPIC_PROFILE": "work"}, "record"),
        ({"ANTHROPIC_FEDERATION_RULE_ID": "r", "ANTHROPIC_ORGANIZATION_ID": "o"}, "replay"),
        (
            {
                "ANTHROPIC_FEDERATION_RULE_ID": "r",
                "ANTHROPIC_ORGANIZATION_ID": "o",
                "ANTHROPIC_IDENTITY_TOKEN_FILE": "f",
            },
            "record",
        ),
    ],
)
def test_the_usual_mode_sends_nothing_by_surprise(environment: dict[str, str], mode: str, tmp_path: Path) -> None:
    assert default_mode({"HOME": str(tmp_path), **environment}) == mode


def test_a_profile_on_disk_counts_as_credentials(tmp_path: Path) -> None:
    profiles = tmp_path / ".config" / "anthropic" / "configs"
    assert not has_credentials({"HOME": str(tmp_path)})
    profiles.mkdir(parents=True)
    (profiles / "default.json").write_text("{}")
    assert has_credentials({"HOME": str(tmp_path)})


def test_off_is_no_judge() -> None:
    assert open_judge(Settings(mode="off")) is None
