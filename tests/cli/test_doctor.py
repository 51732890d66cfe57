"""`fieval doctor`: what would hinder a judge here, told before it costs anything."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from fieval import __version__
from fieval.court import judged_scorers
from fieval.doctor import Checkup, Finding, examine
from fieval.judge import Settings
from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.records import JudgeRecord, Rate, encoded
from fieval.runner import Request, read_inputs

from end_to_end.command import fieval
from judge.gated import judged, lines, name_cassette, write, write_lines
from judge.model_server import ModelServer, serving_models
from judge.scripted_server import Server, plausible

KEY = "sk-not-to-be-shown"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with serving_models() as running:
        yield running


@pytest.fixture
def account(models: ModelServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModelServer:
    """A place with credentials, and with no config."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", models.url)
    monkeypatch.chdir(tmp_path)
    return models


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(judged(12), tmp_path)


def finding(found: Checkup, name: str) -> Finding:
    (only,) = [each for section in found.sections for each in section.findings if each.name.strip() == name]
    return only


def looked(config: Path | None = None, *, offline: bool = True) -> Checkup:
    return examine(config, NOW, offline=offline)


def test_a_page_without_a_config(models: ModelServer, tmp_path: Path) -> None:
    done = fieval("doctor", folder=tmp_path, ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=models.url)
    assert done.returncode == 0, done.stdout
    assert f"  fieval    {__version__}\n" in done.stdout
    assert f"anthropic {version('anthropic')}" in done.stdout and f"scipy {version('scipy')}" in done.stdout
    assert "pytest" not in done.stdout
    told = re.sub(r"\s+", " ", done.stdout)
    assert "credentials ANTHROPIC_API_KEY mode record, since there are credentials and this is no CI" in told
    assert "life-cycle active price known, as of 2026-" in told
    assert models.requests == ["/v1/models/claude-sonnet-5-5"]
    assert KEY not in done.stdout + done.stderr and done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("info", "told", "code", "doubtful"),
    [
        ({"lifecycle": "active", "retires_at": None}, "active", 0, False),
        ({"lifecycle": "active", "retires_at": "2027-02-19T12:00:00Z"}, "to be retired on 2027-02-19, in 90", 0, False),
        ({"lifecycle": "active", "retires_at": "2027-02-19T11:59:59Z"}, "to be retired on 2027-02-19, in 89", 0, True),
        ({"lifecycle": "active", "retires_at": "2027-02-19T11:59:59"}, "to be retired on 2027-02-19, in 89", 0, True),
        ({"lifecycle": "deprecated", "retires_at": "2027-11-21T00:00:00Z"}, "deprecated, to be retired on", 0, True),
        ({"lifecycle": "deprecated", "retires_at": None}, "deprecated", 0, True),
        ({"lifecycle": "deprecated", "retires_at": "2026-11-01T00:00:00Z"}, "on 2026-11-01, which is past", 0, True),
        ({"lifecycle": "retired", "retires_at": "2026-11-01T00:00:00Z"}, "retired on 2026-11-01: calibrate", 4, False),
        ({}, "not told by this API", 0, True),
        ({"id": "claude-other-9"}, "the API takes claude-sonnet-5-5 for claude-other-9; name that", 0, True),
        ({"lifecycle": 7}, "not known: what the API says of the model cannot be read", 4, False),
        ({"lifecycle": "active", "retires_at": "soon"}, "not known: what the API says of the model", 4, False),
    ],
)
def test_the_life_of_a_model(account: ModelServer, info: dict[str, Any], told: str, code: int, doubtful: bool) -> None:
    account.info = info
    found = finding(looked(offline=False), "life-cycle")
    assert told in found.told
    assert (int(found.code), found.doubtful) == (code, doubtful)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "answered 401: scripted; check the credentials"),
        (404, "answered 404: scripted; check the model's name and base_url"),
        (429, "answered 429: scripted"),
        (500, "answered 500: scripted"),
        (302, "answered 302"),
        (400, "answered 400: scripted"),
    ],
)
def test_an_api_that_does_not_tell(account: ModelServer, status: int, told: str) -> None:
    account.status = status
    found = looked(offline=False)
    assert told in finding(found, "life-cycle").told
    assert int(found.code) == 4
    assert len(account.requests) == 1


def test_an_api_that_talks_nonsense_or_is_not_there(account: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for raw in (b"", b"{", b"[]", b"\xff", b"[" * 5000, b" " * (2 << 20)):
        account.raw = raw
        assert int(looked(offline=False).code) == 4
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    found = looked(offline=False)
    assert "not known: the API cannot be reached" in finding(found, "life-cycle").told and int(found.code) == 4


@pytest.mark.parametrize(
    ("environment", "option", "told"),
    [
        ({"ANTHROPIC_API_KEY": KEY}, ["--offline"], "not asked: --offline"),
        ({"ANTHROPIC_API_KEY": KEY, "CI": "true"}, [], "not asked: CI is set"),
        ({}, [], "not asked: no credentials"),
    ],
)
def test_nothing_is_sent(
    models: ModelServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    option: list[str],
    told: str,
) -> None:
    """Not even to look up a name: whatever connects fails here, and would be told."""
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "def refused(*arguments, **others):\n    raise AssertionError('a socket was used')\n"
        "socket.socket.connect = socket.getaddrinfo = refused\n"
    )
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    for name, value in {"ANTHROPIC_BASE_URL": models.url, "PYTHONPATH": paths, **environment}.items():
        monkeypatch.setenv(name, value)
    done = fieval("doctor", *option, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert told in done.stdout
    assert models.requests == []


def test_why_a_mode(account: ModelServer, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mode() -> str:
        return finding(looked(config), "mode").told

    assert mode() == "record, since there are credentials and this is no CI"
    monkeypatch.setenv("CI", "1")
    assert mode() == "replay, since CI is set"
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert mode() == "replay, since CI is set and there are no credentials"
    monkeypatch.delenv("CI")
    assert mode() == "replay, since there are no credentials"
    assert not finding(looked(config), "credentials").doubtful
    config.write_text(config.read_text().replace("cache:", "mode: record\n  cache:"))
    assert mode() == "record, since the config says so"
    assert finding(looked(config), "credentials").doubtful


def test_where_credentials_come_from(account: ModelServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def source() -> Finding:
        return finding(looked(), "credentials")

    assert source().told == "ANTHROPIC_API_KEY"
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert source().told.startswith("none: no ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    assert source().told == "ANTHROPIC_AUTH_TOKEN"
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN")
    monkeypatch.setenv("ANTHROPIC_PROFILE", "absent")
    assert "cannot be used: Config file not found" in source().told and int(source().code) == 4


@pytest.mark.parametrize(
    ("judge", "name", "told", "code"),
    [
        ("model: claude-sonnet-4-5", "model", "claude-sonnet-4-5 is an alias", 2),
        ("model: claude-haiku-4-5-20251001", "model", "claude-haiku-4-5-20251001 (pinned), effort low, at 127.0.0", 0),
        ("model: claude-new-9", "price", "not known (prices as of 2026-", 0),
        ("model: claude-new-9\n  max_usd: 3", "price", "max_usd cannot be kept; use max_calls", 2),
        ("max_usd: 3\n  max_calls: 1000", "price", "a run may take $3.00 and 1,000 calls", 0),
        ("base_url: http://example.org", "model", "base_url http://example.org: expected an address", 2),
        ("cassette: absent.jsonl", "cassette", "absent.jsonl: not there yet", 0),
        ("cassette: absent.jsonl\n  mode: replay", "cassette", "absent.jsonl: not there, which a replay needs", 2),
        ("cassette: gate.yaml", "cassette", "gate.yaml:1: not a recorded verdict", 2),
        ("cassette: data", "cassette", "data: is a folder", 2),
        ("verdicts: absent.jsonl", "verdicts", "absent.jsonl: no such file", 2),
        ("verdicts: candidate.jsonl", "verdicts", "candidate.jsonl:1:", 2),
        ("calibration: gate.yaml", "calibration", "gate.yaml: not what `fieval calibrate` writes", 2),
    ],
)
def test_settings_of_a_judge(account: ModelServer, config: Path, judge: str, name: str, told: str, code: int) -> None:
    config.write_text(config.read_text().replace("provider: anthropic", f"provider: anthropic\n  {judge}"))
    found = looked(config)
    named = [each for section in found.sections for each in section.findings if each.name == name]
    assert told in named[0].told
    assert int(named[0].code) == code == int(found.code)


def test_a_broken_config_or_dataset_does_not_hide_the_rest(account: ModelServer, config: Path) -> None:
    text = config.read_text()
    config.write_text(text.replace("provider: anthropic", "provider: antropic\n  modell: x"))
    done = fieval("doctor", "-c", config)
    assert done.returncode == 2
    said = re.sub(r"\s+", "", done.stdout)  # paths may be broken over lines
    assert "INVALID:" in said and "gate.yaml:6:13" in said and "credentialsANTHROPIC_API_KEY" in said
    assert fieval("doctor", "-c", config.parent / "absent.yaml").returncode == 2
    config.write_text(text)
    (config.parent / "candidate.jsonl").write_text("{")
    found = looked(config)
    assert int(found.code) == 2
    assert "candidate.jsonl:1: expected a whole JSON object on each line" in finding(found, "data").told
    assert finding(found, "cache").told.endswith("judge.sqlite: not there yet")
    config.write_text(
        "version: 1\ndataset: data\ncandidate: baseline.jsonl\n"
        "steps: {asr: {evaluator: asr_accuracy, gates: {wer: {max: 1}}}}\n"
    )
    found = looked(config)
    assert "nobody judges" in finding(found, "config").told and int(found.code) == 0


def recorded(server: Server, config: Path) -> None:
    server.decide = plausible
    done = fieval("run", "-c", config, "-q", "--judge", "record", folder=config.parent, ANTHROPIC_BASE_URL=server.url)
    assert done.returncode == 3, done.stderr


def test_what_is_remembered(server: Server, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    recorded(server, config)
    fieval("judge", "export", "-c", config, "-o", config.parent / "judge.jsonl")
    name_cassette(config)
    there = sorted(path.name for path in config.parent.iterdir())
    found = looked(config)
    assert int(found.code) == 0
    asked = len(server.requests)
    assert re.search(
        rf"judge.sqlite: {asked} answers, [\d.]+ [kM]B, journal wal, integrity ok$", finding(found, "cache").told
    )
    assert f"judge.jsonl: {asked} answers" in finding(found, "cassette").told
    by_judge = [each for section in found.sections for each in section.findings if each.name.endswith(" 1")]
    assert [each.name.strip() for each in by_judge] == 2 * [
        "coherence 1", "own question 1", "resolution 1", "summary 1", "support 1"
    ]  # fmt: skip
    assert all(each.told.endswith(", this config's") for each in by_judge)
    assert sum(int(each.told.split()[0]) for each in by_judge) == 2 * asked
    assert sorted(path.name for path in config.parent.iterdir()) == there
    assert len(server.requests) == asked

    config.write_text(config.read_text().replace("why the customer called", "what the customer wants"))
    summary = next(each for each in looked(config).sections[2].findings if each.name.strip() == "summary 1")
    assert summary.told.endswith("not this config's (rubric differs)")


def test_a_broken_cache(server: Server, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    recorded(server, config)
    cache = config.parent / "judge.sqlite"
    with closing(sqlite3.connect(cache)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'calls_by_text'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    whole = cache.read_bytes()
    place = size * (root - 1)
    cache.write_bytes(whole[:place] + bytes(size) + whole[place + size :])  # an index that no answer is read by
    found = finding(looked(config), "cache")
    assert "judge.sqlite: broken: " in found.told and int(found.code) == 2
    for content in (b"no database " * 500, whole[: len(whole) // 2]):
        cache.write_bytes(content)
        assert int(finding(looked(config), "cache").code) == 2
    cache.unlink()
    cache.mkdir()
    assert int(finding(looked(config), "cache").code) in (2, 4)


def record_of(config: Path, step: str, metric: str, **changes: Any) -> JudgeRecord:
    """A record of the config's own judge that reaches the floor, but for the changes."""
    scorer = judged_scorers(read_inputs(Request(config)).scorers)[step]
    good: dict[str, Any] = {
        "identity": AnthropicJudge(Settings(**changes.pop("settings", {}))).identity(scorer.asking.prompt),
        "labels": 80,
        "yes": 40,
        "groups": 30,
        "systems": {"baseline": 40, "candidate": 40},
        "about_outputs": True,
        **{name: Rate(0.9, 0.85, 0.95) for name in ("sensitivity", "specificity", "kappa", "flips")},
    }
    return JudgeRecord(step=step, metric=metric, **good | changes)


def test_whether_a_judge_may_gate(account: ModelServer, config: Path) -> None:
    found = looked(config)
    assert "not there yet: no judged metric may gate; run `fieval calibrate`" in finding(found, "calibration").told
    (config.parent / "data" / "calibration.json").write_bytes(
        encoded(
            [
                record_of(config, "summary", "faithfulness"),
                record_of(config, "summary", "rubric", labels=12),
                record_of(config, "coherence", "coherence", specificity=Rate(0.71)),
                record_of(config, "vouchers", "judged_score", settings={"effort": "high"}),
            ]
        )
    )
    found = looked(config)
    assert finding(found, "calibration").told.endswith("calibration.json: 4 metrics")
    for name, told, doubtful in [
        ("summary faithfulness", "may gate", False),
        ("summary rubric", "may not gate: the judge is calibrated on 12 verdicts of people, fewer than 50", False),
        ("summary fact_coverage", "may not gate: the judge is not calibrated", False),
        ("coherence coherence", "may not gate: the judge's specificity (0.71) is below the floor of 0.80", True),
        ("vouchers judged_score", "may not gate: another judge was calibrated (effort differs)", True),
        ("resolution judged_resolution", "may not gate: the judge is not calibrated", True),
    ]:
        one = finding(found, name)
        assert one.told.startswith(told) and one.doubtful is doubtful
    assert int(found.code) == 0


def test_what_people_said(account: ModelServer, config: Path) -> None:
    assert "verdicts.jsonl: not there yet; `fieval judge sheet`" in finding(looked(config), "verdicts").told
    place = config.parent / "data" / "verdicts.jsonl"
    fieval("judge", "sheet", "-c", config, "-o", place, "--interactions", "6")
    filled = [{**line, "verdict": line["meta"]["verdicts"][0]} for line in lines(place)]
    write_lines(place, filled)
    found = looked(config)
    assert finding(found, "verdicts").told == f"{place}: {len(filled)} verdicts of people"
    asked = len({line["output"] for line in filled if line["question"].startswith("coherence.")})
    assert re.fullmatch(rf"on {asked} of the \d+ outputs that are judged", finding(found, "coherence").told)
    assert finding(found, "resolution").told.endswith("; the labels of 12 interactions count as well")

    for line in (changed := lines(config.parent / "candidate.jsonl")):
        line["summary"] = "Something else entirely was written."
    write_lines(config.parent / "candidate.jsonl", changed)
    assert "that they judged" in finding(looked(config), "vouchers").told
    write_lines(place, [{**filled[0], "verdict": "suported"}, {**filled[1], "question": "other.s1"}])
    found = looked(config)
    assert 'did you mean "supported"?' in finding(found, "verdicts").told and int(found.code) == 2
    write_lines(place, [{**filled[1], "question": "other.s1"}])
    assert finding(looked(config), "verdicts").told.endswith("1 verdict of people, 1 of them for no judged step")


def test_days_are_counted_from_the_day_of_asking(account: ModelServer) -> None:
    account.info = {"lifecycle": "active", "retires_at": (datetime.now(UTC) + timedelta(days=30, hours=1)).isoformat()}
    done = fieval("doctor", folder=Path.cwd())
    assert done.returncode == 0
    assert "beware: active, to be retired on" in done.stdout and "in 30 days" in done.stdout
