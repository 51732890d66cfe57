"""What must hold of every workflow and of the action, whoever changes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fieval import reports

from end_to_end.command import PROJECT

WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.y*ml"))
ACTION = PROJECT / ".github/actions/fieval/action.yml"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
Yaml = dict[Any, Any]


def loaded(path: Path) -> Yaml:
    found = yaml.safe_load(path.read_text())
    assert isinstance(found, dict)
    return found


def steps(path: Path) -> Iterator[Yaml]:
    document = loaded(path)
    for job in [*document.get("jobs", {}).values(), document.get("runs", {})]:
        yield from job.get("steps", [])


def triggers(path: Path) -> Yaml:
    """YAML 1.1 takes the key `on` for true."""
    found = loaded(path)[True]
    return found if isinstance(found, dict) else {found: None}


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_foreign_actions_are_pinned_by_commit_and_say_which_version_that_is(path: Path) -> None:
    for step in steps(path):
        used = step.get("uses", "./")
        assert used.startswith("./") or PINNED.fullmatch(used), used
    assert all(
        re.search(r"# v\d+\.\d+\.\d+$", line) for line in path.read_text().splitlines() if "uses: actions/" in line
    )


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_no_expression_reaches_a_shell(path: Path) -> None:
    assert not [step["run"] for step in steps(path) if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_permissions_are_named_and_small(path: Path) -> None:
    document = loaded(path)
    assert document["permissions"] in ({}, {"contents": "read"})
    for job in document["jobs"].values():
        given = job.get("permissions", {})
        assert set(given.items()) <= {("actions", "read"), ("contents", "read"), ("pull-requests", "write")}
        assert job["timeout-minutes"] <= 120


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_workflow_gives_a_stranger_more_than_reading(path: Path) -> None:
    """Only a workflow that never runs a pull request's code may write, and none is started with its secrets."""
    assert not {"pull_request_target", "issue_comment"} & set(triggers(path))
    assert "secrets." not in path.read_text()
    if "pull_request" in triggers(path):
        assert "write" not in str(loaded(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_checkouts_keep_no_credentials(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_comment_comes_from_a_workflow_that_never_touches_the_pull_request() -> None:
    path = PROJECT / ".github/workflows/pre-merge-comment.yml"
    (name,) = triggers(path)["workflow_run"]["workflows"]
    assert loaded(PROJECT / ".github/workflows/pre-merge.yml")["name"] == name
    assert triggers(path).keys() == {"workflow_run"}
    used = {step["uses"].partition("@")[0]: step["with"] for step in steps(path) if "uses" in step}
    assert used["actions/checkout"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert used["actions/download-artifact"]["path"].startswith("${{ runner.temp }}/"), "it could overwrite the code"
    assert used["actions/download-artifact"]["name"] == artifact_of("pre-merge")
    assert not re.search(r"head_(sha|ref|commit)|refs/pull|merge_commit", path.read_text())
    assert [step["env"] for step in steps(path) if "env" in step] == [{"GITHUB_TOKEN": "${{ github.token }}"}]


def artifact_of(workflow: str) -> str:
    """The artifact that a workflow's use of the action leaves."""
    path = PROJECT / f".github/workflows/{workflow}.yml"
    (given,) = [step["with"] for step in steps(path) if step.get("uses", "").startswith("./")]
    assert set(given) <= set(loaded(ACTION)["inputs"])
    assert (PROJECT / given["config"]).exists()
    assert given["comment"] == "never"
    return str(given["artifact-name"])


def test_both_gates_use_the_action() -> None:
    assert artifact_of("pre-merge") != artifact_of("release-gate")


def test_inputs_reach_the_shell_by_its_environment() -> None:
    for step in steps(ACTION):
        assert step.get("shell", "bash") == "bash"
        for value in step.get("env", {}).values():
            assert re.fullmatch(r"\$\{\{ (inputs|steps)\.[\w.-]+ \}\}", value), value


def test_every_input_is_used_and_every_input_that_is_used_exists() -> None:
    document = loaded(ACTION)
    used = set(re.findall(r"\binputs\.([\w-]+)", ACTION.read_text()))
    assert used == set(document["inputs"])
    assert {"verdict", "exit-code", "report-json", "report-md", "junit", "counts"} <= set(document["outputs"])


def test_the_verdict_is_the_last_step_and_only_the_gate_may_set_it() -> None:
    last = list(steps(ACTION))[-1]
    assert last["if"] == "always()"
    assert last["env"] == {
        "CODE": "${{ steps.run.outputs.exit-code }}",
        "ALLOW": "${{ inputs.allow-inconclusive }}",
    }
    assert all(step.get("continue-on-error") for step in steps(ACTION) if "upload-artifact" in step.get("uses", ""))


def test_the_token_goes_to_the_comment_only() -> None:
    given = [step["name"] for step in steps(ACTION) if "token" in str(step.get("env", "")).lower()]
    assert given == ["Comment on the pull request"]


def test_nothing_that_needs_a_permission_happens_unless_it_is_asked_for() -> None:
    inputs = loaded(ACTION)["inputs"]
    asked = {"comment": "never", "include-text": "false", "allow-inconclusive": "false"}
    assert {name: inputs[name]["default"] for name in asked} == asked


def test_the_action_promises_only_files_that_a_run_writes() -> None:
    written = {report.file_name for report in reports.formats().values()}
    named = set(re.findall(r"\b(?:report|evidence|scores|junit)\.\w+", ACTION.read_text()))
    assert named <= written
