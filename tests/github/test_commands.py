"""`fieval github publish` and `comment` as processes, with GitHub's environment around them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from fieval.run_folder import as_written, write_run

import sample_run
from end_to_end.command import PROJECT, fieval
from github.action_runner import parsed
from github.fake_github import REPOSITORY, TOKEN, Failure, FakeGitHub

SHA = "c" * 40


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(as_written(sample_run.failing()), tmp_path / "run")


def commented(server: FakeGitHub, run: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": server.url, "GITHUB_TOKEN": TOKEN, **environment}
    return fieval("github", "comment", run, *arguments, folder=PROJECT, command=None, **given)


def workflow_run(folder: Path, **changes: object) -> str:
    """The event of a workflow that was started by the end of another."""
    told = {
        "id": 99,
        "event": "pull_request",
        "head_sha": SHA,
        "head_branch": "topic",
        "head_repository": {"full_name": "stranger/gates"},
        **changes,
    }
    path = folder / "event.json"
    path.write_text(json.dumps({"action": "completed", "workflow_run": told}))
    return str(path)


def test_a_comment_on_the_pull_request_that_is_named(server: FakeGitHub, run: Path) -> None:
    done = commented(server, run, "--pull-request", "7", "--key", "gate")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Comment created on #7.\n"
    assert server.bodies()[0].startswith("<!-- fieval:gate -->\n> [!CAUTION]\n> **FAIL** ")
    assert {token for _, _, token in server.requests} == {f"Bearer {TOKEN}"}
    assert commented(server, run, "--pull-request", "7", "--key", "gate").stderr == "Comment updated on #7.\n"
    assert commented(server, run, "--pull-request", "7", "--key", "other").stderr == "Comment created on #7.\n"


def test_a_fork_is_commented_on_by_the_second_workflow(server: FakeGitHub, run: Path, tmp_path: Path) -> None:
    server.pull(8, SHA)
    done = commented(server, run, GITHUB_EVENT_PATH=workflow_run(tmp_path), GITHUB_RUN_ID="1000")
    assert done.stderr == "Comment created on #8.\n"
    assert (
        f"on commit `{SHA[:12]}` in [this workflow run](https://github.com/{REPOSITORY}/actions/runs/99)"
        in (server.bodies()[0])
    )
    assert "by the code of a fork" in server.bodies()[0]


def test_the_head_can_be_named_too(server: FakeGitHub, run: Path) -> None:
    server.pull(8, SHA)
    head = ("--head-sha", SHA, "--head-repository", "stranger/gates", "--head-branch", "topic")
    assert commented(server, run, *head).stderr == "Comment created on #8.\n"


@pytest.mark.parametrize(
    "changes",
    [{"head_sha": "d" * 40}, {"head_branch": None}, {"head_repository": None}, {"event": "push"}],
)
def test_what_is_not_the_head_of_a_pull_request_gets_no_comment(
    server: FakeGitHub, run: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    """A commit that was pushed over in the meantime, a fork that is gone, a run that no pull request started."""
    server.pull(8, SHA)
    done = commented(server, run, GITHUB_EVENT_PATH=workflow_run(tmp_path, **changes))
    assert (done.returncode, done.stdout) == (0, "")
    assert "No comment" in done.stderr
    assert server.comments == []


def test_of_two_pull_requests_none_is_guessed(server: FakeGitHub, run: Path, tmp_path: Path) -> None:
    server.pull(8, SHA)
    server.pull(9, SHA)
    done = commented(server, run, GITHUB_EVENT_PATH=workflow_run(tmp_path))
    assert done.stdout.startswith("::warning title=fieval%3A no comment::several open pull requests")
    assert server.comments == []


def test_what_the_artifact_says_is_rendered_anew(server: FakeGitHub, tmp_path: Path) -> None:
    server.pull(8, SHA)
    run = write_run(sample_run.hostile(), tmp_path / "run")
    (run / "report.md").write_text("@everyone <!-- fieval:other -->")
    commented(server, run, GITHUB_EVENT_PATH=workflow_run(tmp_path))
    assert "@everyone <!--" not in server.bodies()[0]
    assert "**FAIL** " in server.bodies()[0]


@pytest.mark.parametrize("broken", ["{", '{"schema": "fieval.report/1"}', ""])
def test_an_artifact_that_is_no_run_is_a_warning(server: FakeGitHub, tmp_path: Path, broken: str) -> None:
    (tmp_path / "report.json").write_text(broken)
    done = commented(server, tmp_path, "--pull-request", "7")
    assert done.returncode == 0
    assert done.stdout.startswith("::warning title=fieval%3A no comment::")
    assert len(done.stdout.splitlines()) == 1
    assert server.requests == []


def test_no_artifact_is_a_warning(server: FakeGitHub, tmp_path: Path) -> None:
    done = commented(server, tmp_path / "nowhere", "--pull-request", "7")
    assert (done.returncode, done.stdout[:9]) == (0, "::warning")


@pytest.mark.parametrize(
    ("mode", "before", "methods"),
    [
        ("always", "", ["GET", "POST"]),
        ("on-failure", "", ["GET"]),
        ("never", "", []),
        ("always", "old", ["GET", "PATCH"]),
        ("on-failure", "old", ["GET", "PATCH"]),
        ("never", "old", []),
    ],
)
def test_a_pass_is_told_where_that_is_wanted_or_a_failure_stood(
    server: FakeGitHub, tmp_path: Path, mode: str, before: str, methods: list[str]
) -> None:
    run = write_run(sample_run.passing(), tmp_path / "run")
    if before:
        server.add(f"<!-- fieval:fieval -->\n{before}")
    assert commented(server, run, "--pull-request", "7", "--mode", mode).returncode == 0
    assert server.methods() == methods


def test_github_that_fails_is_a_warning(server: FakeGitHub, run: Path) -> None:
    server.failures = [Failure("POST", 403, "Resource not accessible\nby ::error::integration")]
    done = commented(server, run, "--pull-request", "7")
    assert done.returncode == 0
    assert done.stdout.startswith("::warning title=fieval%3A no comment::GitHub answered 403 to POST ")
    assert "pull-requests: write" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_a_real_wait_is_a_real_wait(server: FakeGitHub, run: Path) -> None:
    import time

    server.failures = [Failure("POST", 429, headers={"Retry-After": "1"}), Failure("GET", 500)]
    started = time.monotonic()
    assert commented(server, run, "--pull-request", "7").stderr == "Comment created on #7.\n"
    assert time.monotonic() - started > 1.4


def test_an_author_that_the_token_is_not_is_a_warning(server: FakeGitHub, run: Path) -> None:
    """Else every run would add one more comment."""
    server.login = "somebody"
    assert "name the author" in commented(server, run, "--pull-request", "7").stdout
    assert commented(server, run, "--pull-request", "7", "--author", "somebody").stderr == "Comment updated on #7.\n"


@pytest.mark.parametrize(
    "arguments",
    [["--key", "-->"], ["--repository", "../x"], ["--repository", "a"], ["--pull-request", "0"], ["--mode", "maybe"]],
)
def test_bad_usage_is_invalid(server: FakeGitHub, run: Path, arguments: list[str]) -> None:
    done = commented(server, run, *arguments)
    assert done.returncode == 2
    assert done.stderr
    assert server.requests == []


def test_no_token_is_a_warning(server: FakeGitHub, run: Path) -> None:
    assert "GITHUB_TOKEN" in commented(server, run, "--pull-request", "7", GITHUB_TOKEN="").stdout


def published(run: Path, folder: Path, *arguments: str) -> tuple[str, str, dict[str, str]]:
    """What publish prints, the summary and the outputs."""
    names = {"GITHUB_STEP_SUMMARY": folder / "summary", "GITHUB_OUTPUT": folder / "output"}
    environment = {name: str(path) for name, path in names.items()}
    done = fieval("github", "publish", run, *arguments, folder=folder, command=None, **environment)
    assert done.returncode == 0, done.stderr
    texts = [path.read_text() if path.exists() else "" for path in names.values()]
    return done.stdout, texts[0], parsed(texts[1])


def test_publish_writes_summary_annotations_and_outputs(run: Path, tmp_path: Path) -> None:
    printed, summary, outputs = published(run, tmp_path)
    assert printed.startswith("::error title=fieval%3A FAIL::")
    assert summary == (run / "report.md").read_text()
    counts = json.loads(outputs.pop("counts"))
    assert (counts["failed"], counts["undecided"], counts["not_gated"]) == (5, 3, 1)
    assert outputs == {
        "verdict": "fail",
        "exit-code": "1",
        "report-json": str(run / "report.json"),
        "report-md": str(run / "report.md"),
        "junit": str(run / "junit.xml"),
        "run-folder": str(run),
    }


def test_publish_adds_to_what_is_there(run: Path, tmp_path: Path) -> None:
    (tmp_path / "summary").write_text("before\n")
    (tmp_path / "output").write_text("other=1\n")
    _, summary, outputs = published(run, tmp_path)
    assert summary.startswith("before\n> [!CAUTION]")
    assert outputs["other"] == "1"


def test_a_summary_that_would_not_fit_is_left_as_it_is(run: Path, tmp_path: Path) -> None:
    (tmp_path / "summary").write_text("x" * (1024 * 1024 - 100))
    printed, summary, outputs = published(run, tmp_path)
    assert "There is no room left" in printed
    assert set(summary) == {"x"}
    assert outputs["verdict"] == "fail"


def test_a_name_with_lines_cannot_add_an_output(tmp_path: Path) -> None:
    folder = tmp_path / "a\nverdict=pass\nverdict<<b\npass\nb\n"
    run = write_run(sample_run.failing(), folder)
    _, _, outputs = published(run, tmp_path)
    assert outputs["verdict"] == "fail"
    assert outputs["run-folder"] == str(run)


def test_publish_without_a_report(tmp_path: Path) -> None:
    stderr = tmp_path / "said.txt"
    stderr.write_text("fieval: configs/a.yaml:3:7: unknown key ```x\nfieval: ::error::no place @everyone\n")
    printed, summary, outputs = published(tmp_path, tmp_path, "--exit-code", "2", "--stderr", str(stderr))
    assert printed.splitlines() == [
        "::error title=fieval%3A INVALID::No verdict was reached (exit 2).",
        "::error file=configs/a.yaml,line=3,col=7,title=fieval%3A INVALID::unknown key ```x",
        "::error title=fieval%3A INVALID::fieval: : :error: :no place @everyone",
    ]
    assert "fieval: configs/a.yaml:3:7: unknown key '''x" in summary
    assert (outputs["verdict"], outputs["exit-code"], outputs["counts"], outputs["junit"]) == ("invalid", "2", "{}", "")


def test_publish_outside_of_github_prints_annotations_only(run: Path) -> None:
    done = fieval("github", "publish", run, GITHUB_OUTPUT="", GITHUB_STEP_SUMMARY="")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("::error")


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_files_that_cannot_be_written_are_named(run: Path, name: str) -> None:
    done = fieval("github", "publish", run, folder=PROJECT, command=None, **{name: "/nowhere/at/all"})
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True)


def test_run_prints_annotations_seen_from_the_repository() -> None:
    candidate = "../golden_datasets/contact_center/candidates/asr_8khz.jsonl"
    arguments = ("run", "-c", "pre_merge.yaml", "--candidate", candidate, "--format", "github")
    done = fieval(*arguments, folder=PROJECT / "configs", GITHUB_WORKSPACE=str(PROJECT))
    assert done.returncode == 1
    assert "::error file=configs/pre_merge.yaml,line=12,col=24," in done.stdout
