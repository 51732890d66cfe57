"""Replay from the command line: exit codes, what is printed where, and what stands in the run folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from end_to_end.command import fieval
from filter_pipeline import Pipeline, lose_topics


def report(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "run" / "report.json").read_text())
    return found


def test_replay_is_asked_for_on_the_command_line_or_in_the_config(tmp_path: Path) -> None:
    config = Pipeline(tmp_path).write(lose_topics)
    done = fieval("run", "-c", config, "--out", tmp_path / "run")
    assert done.returncode == 1
    assert "of them disappear when the baseline's asr output is put in" in done.stdout.replace("\n", " ")
    assert "baseline's asr +16.7 (11.5 to 21.7), leaves 0.0, blamed" in done.stdout
    assert "Replay: runs the 2 commands of summary, intent, 7 times." in done.stderr
    assert "| baseline's `asr` +16.7 (11.5 to 21.7), leaves 0.0, blamed;" in (tmp_path / "run/report.md").read_text()
    without = fieval("run", "-c", config, "--out", tmp_path / "run", "--no-replay")
    assert without.returncode == 1
    assert "disappear" not in without.stdout
    assert "Replay" not in without.stderr
    assert "disappears with" not in (tmp_path / "run/report.md").read_text()


@pytest.mark.parametrize("quiet", [False, True])
def test_a_failing_command_is_exit_4_with_the_end_of_its_stderr(tmp_path: Path, quiet: bool) -> None:
    one = Pipeline(tmp_path)
    config = one.write(lose_topics)
    one.program("intent", "import sys\nprint('no such model: huge-9', file=sys.stderr)\nsys.exit(2)")
    done = fieval("run", "-c", config, "--out", tmp_path / "run", *(["--quiet"] if quiet else []))
    assert done.returncode == 4
    assert done.stdout.startswith("UNMEASURABLE")
    assert "steps.intent.command" in done.stdout
    assert "exited with 2" in done.stdout
    assert ("no such model: huge-9" in done.stderr) is not quiet
    assert "Traceback" not in done.stderr
    assert report(tmp_path)["exit_code"] == 4
    assert report(tmp_path)["verdict"] == "unmeasurable"
    for path in (tmp_path / "run").iterdir():
        assert "huge-9" not in path.read_text()


def test_the_report_follows_its_schema_and_is_read_again(tmp_path: Path) -> None:
    import jsonschema

    config = Pipeline(tmp_path).write(lose_topics)
    fieval("run", "-c", config, "--out", tmp_path / "run")
    schema = json.loads(fieval("schema", "report").stdout)
    jsonschema.validate(report(tmp_path), schema)
    assert "Replayed" in schema["$defs"]
    for command in (("compare", tmp_path / "run", tmp_path / "run"), ("show", tmp_path / "run", "call-003")):
        assert fieval(*command).returncode == 0
