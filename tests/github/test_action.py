"""The Action itself: its own steps and shell, run in order with files and a server in GitHub's place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from end_to_end.command import PROJECT
from github.action_runner import Job
from github.fake_github import BOT, REPOSITORY, TOKEN, FakeGitHub
from made_dataset import made
from small_gate import BROKEN, CONFIG

BUNDLED_BROKEN = "golden_datasets/contact_center/candidates/asr_8khz.jsonl"
PUBLIC = {"report.json", "report.md", "junit.xml", "scores.csv", "stderr.txt", "exit-code.txt"}
PHRASE = '"details"'  # every line of evidence has it


def job(folder: Path, server: FakeGitHub | None = None, **inputs: str) -> Job:
    """A job for a pull request of this repository, with the fieval that is installed here."""
    event = folder / "event.json"
    head = {"sha": "a" * 40, "ref": "topic", "repo": {"full_name": REPOSITORY}}
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": head}}))
    environment = {
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": "42",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_TOKEN": TOKEN,
        **({"GITHUB_API_URL": server.url} if server else {}),
    }
    given = {"install": "none", "config": "configs/pre_merge.yaml", "comment": "on-failure" if server else "never"}
    return Job(
        folder / "job", {**given, **{name.replace("_", "-"): value for name, value in inputs.items()}}, environment
    )


def small_job(gate: Path, folder: Path, server: FakeGitHub | None = None, **inputs: str) -> Job:
    """The same in a repository whose gate is small."""
    one = job(folder, server, **{"config": CONFIG, **inputs})
    one.workspace = gate
    return one


def test_a_release_that_passes(tmp_path: Path, server: FakeGitHub) -> None:
    one = job(tmp_path, server)
    assert one.run() == 0
    assert one.outputs["verdict"] == "pass"
    assert one.outputs["exit-code"] == "0"
    assert json.loads(one.outputs["counts"])["failed"] == 0
    assert json.loads(Path(one.outputs["report-json"]).read_text())["verdict"] == "pass"
    assert Path(one.outputs["report-md"]).read_text() == one.summary
    assert Path(one.outputs["junit"]).exists()
    assert one.obeyed() == [line for line in one.obeyed() if line.startswith("::notice title=fieval%3A PASS::")]
    assert server.comments == []
    assert one.artifact() == PUBLIC


def test_a_release_that_fails_is_told_everywhere_before_it_ends(tmp_path: Path, server: FakeGitHub) -> None:
    one = job(tmp_path, server, candidate=BUNDLED_BROKEN)
    assert one.run() == 1
    assert one.outputs["verdict"] == "fail"
    assert json.loads(one.outputs["counts"])["failed"] == 1
    assert "### What failed" in one.summary
    errors = [line for line in one.obeyed() if line.startswith("::error")]
    assert len(errors) == 2, "the verdict, and the check that failed"
    assert errors[1].startswith("::error file=configs/pre_merge.yaml,line=12,col=24,title=fieval%3A asr WER::")
    (body,) = server.bodies()
    assert body.startswith("<!-- fieval:pre_merge -->\n> [!CAUTION]\n> **FAIL** ")
    assert "on commit `aaaaaaaaaaaa`" in body
    assert f"(https://github.example/{REPOSITORY}/actions/runs/42)" in body
    assert one.artifact() == PUBLIC


def test_recovery_renews_the_comment(small: Path, tmp_path: Path, server: FakeGitHub) -> None:
    for name, candidate in (("first", BROKEN), ("second", "")):
        (tmp_path / name).mkdir()
        small_job(small, tmp_path / name, server, candidate=candidate).run()
    (body,) = server.bodies()
    assert "> **PASS** " in body
    assert "Recovered" in body


@pytest.mark.parametrize("comment", ["always", "on-failure"])
def test_a_config_that_cannot_be_used_is_told_at_its_line(tmp_path: Path, server: FakeGitHub, comment: str) -> None:
    config = PROJECT / "configs/pre_merge.yaml"
    bad = tmp_path / "bad.yaml"
    bad.write_text(config.read_text().replace("evaluator: asr_accuracy", "evaluator: `@everyone` ::error::x"))
    one = job(tmp_path, server, config=str(bad), comment=comment)
    one.workspace = tmp_path
    assert one.run() == 2
    assert one.outputs["verdict"] == "invalid"
    assert one.outputs["report-json"] == ""
    assert one.outputs["counts"] == "{}"
    errors = one.obeyed()
    assert errors[0] == "::error title=fieval%3A INVALID::No verdict was reached (exit 2)."
    assert errors[1].startswith("::error file=bad.yaml,line=")
    (body,) = server.bodies()
    assert body.startswith("<!-- fieval:bad -->\n> [!CAUTION]\n> **INVALID** ")
    assert body.count("```") == 2
    assert one.artifact() == {"stderr.txt", "exit-code.txt"}


def without_baseline(gate: Path, folder: Path) -> str:
    """A config of which every regression rule stays unmeasured."""
    config = folder / "first.yaml"
    text = (gate / CONFIG).read_text().replace("dataset: ", f"dataset: {gate}/")
    text = text.replace("candidate: ", f"candidate: {gate}/")
    config.write_text("".join(line for line in text.splitlines(True) if not line.startswith("baseline:")))
    return str(config)


def test_a_release_that_cannot_be_proven(small: Path, tmp_path: Path, server: FakeGitHub) -> None:
    one = small_job(small, tmp_path, server, config=without_baseline(small, tmp_path))
    assert one.run() == 3
    assert one.outputs["verdict"] == "inconclusive"
    assert "> **INCONCLUSIVE** " in server.bodies()[0]
    assert 10 >= len([line for line in one.obeyed() if line.startswith("::warning")]) > 1


def test_a_release_that_cannot_be_proven_may_be_let_through_with_a_warning(
    small: Path, tmp_path: Path, server: FakeGitHub
) -> None:
    one = small_job(small, tmp_path, server, config=without_baseline(small, tmp_path), allow_inconclusive="true")
    assert one.run() == 0
    assert (one.outputs["verdict"], one.outputs["exit-code"]) == ("inconclusive", "3")
    assert one.obeyed()[-1].startswith("::warning title=fieval%3A INCONCLUSIVE::The job ends with success")
    assert "> **INCONCLUSIVE** " in server.bodies()[0]
    assert one.artifact() == PUBLIC


@pytest.mark.parametrize(("inputs", "code"), [({}, 0), ({"candidate": BROKEN}, 1), ({"config": "nowhere.yaml"}, 2)])
def test_only_what_is_inconclusive_is_let_through(
    small: Path, tmp_path: Path, inputs: dict[str, str], code: int
) -> None:
    one = small_job(small, tmp_path, None, allow_inconclusive="true", **inputs)
    assert one.run() == code
    assert not any("allow-inconclusive" in line for line in one.obeyed())


def test_nobody_is_commented_at_unless_it_is_asked_for(small: Path, tmp_path: Path, server: FakeGitHub) -> None:
    one = small_job(small, tmp_path, server, candidate=BROKEN)
    del one.inputs["comment"]
    assert one.run() == 1
    assert server.requests == []


def test_places_are_seen_from_the_repository(tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    made(n=60, harm=0.4).write(workspace / "pipeline")
    one = job(tmp_path, config="gate.yaml", working_directory="pipeline")
    one.workspace = workspace
    assert one.run() == 1
    assert any(line.startswith("::error file=pipeline/gate.yaml,line=9,") for line in one.obeyed())


def test_a_folder_that_is_not_there_is_invalid(tmp_path: Path) -> None:
    one = job(tmp_path, working_directory="nowhere")
    assert one.run() == 2
    assert "nowhere" in one.summary


@pytest.mark.parametrize("extra", ["--help", "run\n--version"])
def test_arguments_that_judge_nothing_are_no_pass(tmp_path: Path, extra: str) -> None:
    one = job(tmp_path, extra_args=extra)
    assert one.run() == 2
    assert one.outputs["verdict"] == "invalid"


def test_arguments_are_passed_on_as_they_are(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a 'strange' $(touch owned) name"
    folder.mkdir()
    shutil.copy(small / BROKEN, folder / "`touch owned`; x.jsonl")
    one = small_job(small, tmp_path, extra_args=f"--candidate\r\n{folder}/`touch owned`; x.jsonl\n\n--quiet")
    assert one.run() == 1
    assert not list(tmp_path.rglob("owned"))
    assert not (small / "owned").exists()


def test_nothing_that_a_run_prints_is_obeyed(small: Path, tmp_path: Path) -> None:
    """A user's evaluator may print what it likes."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nif 'run' in sys.argv[1:2]:\n"
        "    print('::error::from data\\n##[error]from data\\n::resume::', flush=True)\n"
        "    print('::warning::from data', file=sys.stderr, flush=True)\n"
    )
    one = small_job(small, tmp_path)
    one.environment["PYTHONPATH"] = str(tmp_path)
    assert one.run() == 0
    assert "from data" in "".join(one.log)
    assert not [line for line in one.obeyed() if "from data" in line]


def test_the_log_is_obeyed_again_afterwards_even_where_the_last_line_is_open(small: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\nif 'run' in sys.argv[1:2]:\n    atexit.register(sys.stderr.write, 'no end of line')\n"
    )
    one = small_job(small, tmp_path, candidate=BROKEN)
    one.environment["PYTHONPATH"] = str(tmp_path)
    assert one.run() == 1
    assert one.obeyed()


@pytest.mark.parametrize(("include", "there"), [("false", False), ("true", True)])
def test_what_people_said_is_kept_only_where_it_is_asked_for(
    small: Path, tmp_path: Path, include: str, there: bool
) -> None:
    one = small_job(small, tmp_path, include_text=include)
    one.run()
    kept = one.artifact()
    assert kept is not None
    assert ("evidence.jsonl" in kept) is there
    assert PHRASE in (Path(one.steps["run"]["folder"]) / "evidence.jsonl").read_text()
    assert PHRASE not in one.summary + "".join(one.log)


def test_summary_annotations_comment_and_artifact_can_be_left_out(
    small: Path, tmp_path: Path, server: FakeGitHub
) -> None:
    off = {"summary": "false", "annotations": "false", "comment": "never", "artifact_name": ""}
    one = small_job(small, tmp_path, server, candidate=BROKEN, **off)
    assert one.run() == 1
    assert one.summary == ""
    assert one.obeyed() == []
    assert one.artifact() is None
    assert server.requests == []
    assert one.outputs["verdict"] == "fail"


@pytest.mark.parametrize("broken", ["token", "server", "mode"])
def test_a_comment_that_fails_is_a_warning(small: Path, tmp_path: Path, server: FakeGitHub, broken: str) -> None:
    inputs = {"token": {"github-token": "wrong"}, "server": {}, "mode": {"comment": "sometimes"}}[broken]
    one = small_job(small, tmp_path, server, **inputs)
    one.inputs["comment"] = inputs.get("comment", "always")
    if broken == "server":
        one.environment["GITHUB_API_URL"] = "http://api.github.example"
    assert one.run() == 0
    assert [line for line in one.obeyed() if line.startswith("::warning title=fieval")]
    assert server.comments == []
    assert TOKEN not in "".join(one.log)


def test_a_fork_gets_no_comment_here_and_no_warning(small: Path, tmp_path: Path, server: FakeGitHub) -> None:
    one = small_job(small, tmp_path, server, candidate=BROKEN)
    event = Path(one.environment["GITHUB_EVENT_PATH"])
    event.write_text(event.read_text().replace(REPOSITORY, "stranger/gates"))
    assert one.run() == 1
    assert server.requests == []
    assert "comes from a fork" in "".join(one.log)


@pytest.mark.parametrize(
    ("config", "key"), [("configs/pre merge é.v2.yaml", "pre-merge---.v2"), ("", "fieval"), ("x" * 90, "x" * 64)]
)
def test_the_key_is_made_of_the_name_of_the_config(tmp_path: Path, server: FakeGitHub, config: str, key: str) -> None:
    server.add(f"<!-- fieval:{key} -->\nold", BOT)
    one = job(tmp_path, server, config=config, comment="always")
    one.workspace = tmp_path
    assert one.run() == 2
    assert len(server.comments) == 1
    assert "INVALID" in server.bodies()[0]


def test_fieval_that_cannot_be_installed_is_no_verdict(tmp_path: Path) -> None:
    one = job(tmp_path, install="no-such-package-of-ours @ file:///nowhere/at/all")
    assert one.run() == 4
    assert one.outputs["verdict"] == ""
    assert any("could not be installed" in line for line in one.obeyed())
