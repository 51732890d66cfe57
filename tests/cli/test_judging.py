"""`fieval judge export`: what a config's run asks, and no more, as a file that CI replays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from end_to_end.command import fieval
from judge.gated import judged, lines, name_cassette, write
from judge.scripted_server import Server, plausible


@pytest.fixture
def config(server: Server, tmp_path: Path) -> Path:
    """A judged gate whose judge has not been asked yet."""
    server.decide = plausible
    return write(judged(12), tmp_path)


def record(server: Server, config: Path) -> None:
    done = fieval("run", "-c", config, "--judge", "record", "-q", ANTHROPIC_BASE_URL=server.url, folder=config.parent)
    assert done.returncode == 3, done.stderr  # not calibrated


def exported(server: Server, config: Path, *options: str | Path, code: int = 0) -> tuple[str, str]:
    done = fieval("judge", "export", "-c", config, *options, ANTHROPIC_BASE_URL=server.url, folder=config.parent)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def test_what_is_exported_is_replayed_in_ci_and_holds_no_transcript(server: Server, config: Path) -> None:
    record(server, config)
    asked = len(server.requests)
    out, notes = exported(server, config, "-o", "judge.jsonl")
    cassette = config.parent / "judge.jsonl"
    assert out.splitlines() == [
        f"judge.jsonl: {asked} answers",
        f"Name it in {config}, to replay it: judge: {{cassette: judge.jsonl}}",
    ]
    assert notes == ""
    assert sum(line["kind"] == "answer" for line in lines(cassette)) == asked

    name_cassette(config)
    (config.parent / "judge.sqlite").unlink()
    replayed = fieval(
        *("run", "-c", config, "-q"),
        folder=config.parent,
        CI="true",
        ANTHROPIC_API_KEY="",
        ANTHROPIC_BASE_URL=server.url,
    )
    assert replayed.returncode == 3 and "not calibrated" in replayed.stdout, replayed.stderr
    assert len(server.requests) == asked
    text = cassette.read_text()
    for interaction in lines(config.parent / "data" / "interactions.jsonl"):
        assert not any(turn["text"] in text for turn in interaction["gold"]["turns"])
    assert "vouchers" not in text and "as turn 1 says" not in text


def test_only_what_the_config_asks_unless_all_is_wanted(server: Server, config: Path) -> None:
    record(server, config)
    first = len(server.requests)
    config.write_text(config.read_text().replace("why the customer called", "what the customer wants"))
    _, notes = exported(server, config, "-o", "early.jsonl")
    about_summaries = sum("summary" in line.get("prompt", "") for line in lines(config.parent / "early.jsonl"))
    assert about_summaries == 0
    record(server, config)
    renewed = len(server.requests) - first
    assert f"Note: {renewed} of the {first} questions of this config have no answer yet" in notes
    assert f"Note: {renewed} other answers" in notes

    out, notes = exported(server, config, "-o", "narrow.jsonl")
    assert out.startswith(f"narrow.jsonl: {first} answers\n")
    assert notes.count("\n") == 1 and f"{renewed} other answers" in notes and "--all" in notes
    out, notes = exported(server, config, "-o", "all.jsonl", "--all")
    assert out.startswith(f"all.jsonl: {first + renewed} answers\n") and notes == ""


def test_reasons_only_where_they_are_asked_for(server: Server, config: Path) -> None:
    record(server, config)
    _, notes = exported(server, config, "-o", "judge.jsonl", "--reasons")
    assert "as turn 1 says" in (config.parent / "judge.jsonl").read_text()
    assert notes == "Note: a judge's reasons are in it, which can repeat what people said.\n"


def test_a_cassette_is_updated_in_place_and_the_cache_comes_first(server: Server, config: Path) -> None:
    record(server, config)
    name_cassette(config)
    out, _ = exported(server, config, "-o", "judge.jsonl")
    cassette = config.parent / "judge.jsonl"
    assert out.splitlines()[1] == f"{config} names it already: judge: {{cassette: judge.jsonl}}"
    right = cassette.read_text()
    cassette.write_text(right.replace('"resolved"', '"partly"'))
    assert cassette.read_text() != right
    exported(server, config, "-o", "judge.jsonl")
    assert cassette.read_text() == right
    (config.parent / "judge.sqlite").unlink()
    exported(server, config, "-o", "judge.jsonl")
    assert cassette.read_text() == right
    assert not (config.parent / "judge.sqlite").exists()


def test_nothing_is_sent_whatever_the_mode(server: Server, config: Path) -> None:
    record(server, config)
    asked = len(server.requests)
    text = config.read_text()
    for mode in ("live", "off", "replay"):
        config.write_text(text.replace("provider: anthropic", f"provider: anthropic\n  mode: {mode}"))
        exported(server, config, "-o", "judge.jsonl")
    assert len(server.requests) == asked


def test_verdicts_of_several_models_are_told(server: Server, config: Path) -> None:
    record(server, config)
    exported(server, config, "-o", "judge.jsonl")
    cassette = config.parent / "judge.jsonl"
    content = lines(cassette)
    content[-1]["model"] = "claude-other-9"
    cassette.write_text("".join(json.dumps(line) + "\n" for line in content))
    name_cassette(config)
    (config.parent / "judge.sqlite").unlink()
    _, notes = exported(server, config, "-o", "judge.jsonl")
    assert "more than one model: claude-other-9 (1), claude-sonnet-5-5" in notes


def test_what_must_not_be_overwritten(server: Server, config: Path) -> None:
    record(server, config)
    data = (config.parent / "data" / "interactions.jsonl").read_bytes()
    text = config.read_text()
    for target, told in [
        ("gate.yaml", "gate.yaml: is there and no cassette; remove it or name another file"),
        ("judge.sqlite", "judge.sqlite: is there and no cassette; remove it or name another file"),
        ("data/interactions.jsonl", "data/interactions.jsonl: is there and no cassette"),
        ("data", "data: is a folder; expected a file"),
        ("absent/judge.jsonl", "absent/judge.jsonl: cannot be written: No such file or directory"),
        ("/dev/null", "/dev/null: a pipe or device; expected a file"),
    ]:
        _, errors = exported(server, config, "-o", target, code=2)
        assert errors.startswith(f"fieval: {told}") and errors.count("\n") == 1
    assert (config.parent / "data" / "interactions.jsonl").read_bytes() == data
    assert config.read_text() == text
    exported(server, config, "-o", "judge.jsonl")  # the cache is still one


def test_nothing_to_export(server: Server, config: Path) -> None:
    _, errors = exported(server, config, "-o", "judge.jsonl", code=2)
    assert errors == "fieval: " + str(config.parent / "judge.sqlite") + (
        ": no such cache of verdicts; ask with `fieval run --judge record` first\n"
    )
    assert not (config.parent / "judge.sqlite").exists()
    record(server, config)
    config.write_text(config.read_text().replace("provider: anthropic", "provider: anthropic\n  effort: high"))
    _, errors = exported(server, config, "-o", "judge.jsonl", code=2)
    assert errors.startswith("fieval: no answer to what this config asks is remembered (") and errors.count("\n") == 1
    assert not (config.parent / "judge.jsonl").exists()


def test_a_config_without_a_judge(server: Server, config: Path) -> None:
    text = config.read_text()
    config.write_text(
        text[: text.index("judge:")] + "steps: {asr: {evaluator: asr_accuracy, gates: {wer: {max: 1}}}}\n"
    )
    _, errors = exported(server, config, "-o", "judge.jsonl", code=2)
    assert errors == f"fieval: {config}: no judge; set `judge: {{provider: anthropic}}`\n"
    judge = "judge: {provider: anthropic}\n"
    config.write_text(config.read_text().replace("steps:", judge + "steps:"))
    _, errors = exported(server, config, "-o", "judge.jsonl", code=2)
    assert errors == f"fieval: {config}:5:1: no step of this config is judged\n"


def test_a_broken_cassette_is_named_with_a_way_out(server: Server, config: Path) -> None:
    record(server, config)
    name_cassette(config)
    (config.parent / "judge.jsonl").write_text("<<<<<<< HEAD\n")
    _, errors = exported(server, config, "-o", "judge.jsonl", code=2)
    assert "judge.jsonl:1: not a recorded verdict" in errors and "remove it and export it again" in errors
    assert errors.count("\n") == 1
