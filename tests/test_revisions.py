"""Baselines read from another revision of a git repository."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

import fieval
from fieval import revisions
from fieval.errors import InvalidInput
from fieval.revisions import Revised

from end_to_end.command import fieval as command
from made_dataset import made

NOBODY = "0123456789" * 4


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", folder, *settings, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose first commit, tagged v1, has the baseline that the config names."""
    one = made()
    one.config = one.config.replace("baseline: baseline.jsonl", "baseline: git:v1:gates/baseline.jsonl")
    one.write(tmp_path / "gates")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    git(tmp_path, "tag", "v1")
    return tmp_path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("folder", [".", "gates", ".."])
def test_the_baseline_is_that_of_the_revision_wherever_the_run_starts(
    repository: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    before = digest(repository / "gates" / "baseline.jsonl")
    (repository / "gates" / "baseline.jsonl").write_text("changed since\n", encoding="utf-8")
    monkeypatch.chdir(repository / folder)
    baseline = fieval.run(os.path.relpath(repository / "gates" / "gate.yaml")).provenance.baseline
    assert baseline is not None
    assert (baseline.sha256, baseline.revision) == (before, git(repository, "rev-parse", "v1"))
    assert baseline.path.endswith("git:v1:gates/baseline.jsonl")


def test_on_the_command_line_it_is_the_repository_that_one_stands_in(repository: Path) -> None:
    done = command(
        "run", "-c", "gate.yaml", "--baseline", "git:HEAD:gates/candidate.jsonl", folder=repository / "gates"
    )
    assert done.returncode == 0
    assert "The candidate's outputs are the baseline's." in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("git:v2:gates/baseline.jsonl", "git:v2:gates/baseline.jsonl: no such revision here; fetch it first"),
        (f"git:{NOBODY}:a.jsonl", f"git:{NOBODY}:a.jsonl: no such revision here"),
        (
            "git:v1:gates/baselin.jsonl",
            "git:v1:gates/baselin.jsonl: no such file at that revision; did you mean gates/baseline.jsonl?",
        ),
        ("git:v1:baseline.jsonl", "no such file at that revision; did you mean gates/baseline.jsonl?"),
        ("git:v1:./baseline.jsonl", "no such file at that revision; did you mean gates/baseline.jsonl?"),
        ("git:v1:../x.jsonl", "no such file at that revision"),
        ("git:v1:zzz", "git:v1:zzz: no such file at that revision"),
        ("git:v1:gates", "no such file at that revision"),
        ("git:--output=x:gates/baseline.jsonl", "no such revision here"),
        ("git:v1:\0", "not a name that git can have"),
        ("/git:v1:gates/baseline.jsonl", "/ is in no git repository"),
        (f"/git:{NOBODY}:gates/baseline.jsonl", "/ is in no git repository"),
        ("git:v1:gates/large.jsonl", "kept in Git LFS"),
    ],
)
def test_what_is_not_there_is_one_message(repository: Path, name: str, said: str) -> None:
    (repository / "gates" / "large.jsonl").write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "second")
    git(repository, "tag", "--force", "v1")
    found = revisions.revised(name if name.startswith("/") else f"{repository}/{name}")
    assert found is not None
    for look in (revisions.content, revisions.pinned):
        with pytest.raises(InvalidInput) as raised:
            look(found)
        assert said in str(raised.value)


def test_a_run_names_the_revision_as_its_config_does(repository: Path) -> None:
    done = command("check", "-c", "gate.yaml", "--baseline", "git:v1:gates/none.jsonl", folder=repository / "gates")
    assert done.returncode == 2
    assert done.stderr.startswith("fieval: git:v1:gates/none.jsonl: no such file at that revision")
    assert git(repository, "rev-parse", "v1") not in done.stderr


def test_at_most_five_near_names_are_told(repository: Path) -> None:
    for number in range(9):
        (repository / f"calls_{number}.jsonl").write_text("", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "many")
    with pytest.raises(InvalidInput) as raised:
        revisions.content(Revised(str(repository), "HEAD", "calls_x.jsonl"))
    assert str(raised.value).count("calls_") == 1 + 5


def test_a_path_with_a_dot_is_seen_from_the_folder_of_the_config(repository: Path) -> None:
    config = repository / "gates" / "gate.yaml"
    text = config.read_text(encoding="utf-8").replace("git:v1:gates/baseline.jsonl", "git:HEAD:./baseline.jsonl")
    config.write_text(text, encoding="utf-8")
    before = digest(repository / "gates" / "baseline.jsonl")
    (repository / "gates" / "baseline.jsonl").write_text("changed since\n", encoding="utf-8")
    for folder, name in ((repository, "gates/gate.yaml"), (repository / "gates", "gate.yaml"), (Path("/"), config)):
        done = command("run", "-c", name, "--out", repository / "out", "-q", folder=folder)
        assert done.returncode == 0, done.stderr
        assert f'"sha256": "{before}"' in (repository / "out" / "report.json").read_text(encoding="utf-8")


def test_what_a_hook_sets_does_not_lead_into_another_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "--quiet", "--initial-branch=main")
    (other / "gates").mkdir()
    (other / "gates" / "baseline.jsonl").write_text("another\n", encoding="utf-8")
    git(other, "add", ".")
    git(other, "commit", "--quiet", "-m", "first")
    git(other, "tag", "v1")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    found = revisions.content(Revised(str(repository), "v1", "gates/baseline.jsonl"))
    assert found == (repository / "gates" / "baseline.jsonl").read_bytes()


def test_compressed_outputs_of_a_revision_are_read_as_such(repository: Path) -> None:
    import gzip

    packed = repository / "gates" / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress((repository / "gates" / "baseline.jsonl").read_bytes()))
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "packed")
    plain, compressed = (
        fieval.run(repository / "gates" / "gate.yaml", baseline=f"{repository}/git:HEAD:gates/{name}")
        for name in ("baseline.jsonl", "packed.jsonl.gz")
    )
    assert plain.results == compressed.results


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("git:origin/main:a/b.jsonl", Revised(".", "origin/main", "a/b.jsonl")),
        ("configs/git:HEAD~1:a.jsonl", Revised("configs", "HEAD~1", "a.jsonl")),
        ("baselines/main.jsonl", None),
        ("digit:1:a", None),
        ("a/digit:1", None),
        ("git:HEAD:./a.jsonl", Revised(".", "HEAD", "./a.jsonl")),
        ("a/git:HEAD:b/git:c:d", Revised("a", "HEAD", "b/git:c:d")),
        ("/git:HEAD:a", Revised("/", "HEAD", "a")),
    ],
)
def test_names(name: str, expected: Revised | None) -> None:
    assert revisions.revised(name) == expected


@pytest.mark.parametrize("name", ["git:main", "git::x", "git:main:", "git::", "git:", "configs/git:feature/x"])
def test_half_a_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"expected git:REVISION:PATH, such as git:main:outputs/baseline\.jsonl"):
        revisions.revised(name)


@pytest.mark.parametrize("option", ["--candidate", "--baseline"])
def test_half_a_name_on_the_command_line_is_one_message(repository: Path, option: str) -> None:
    done = command("run", "-c", "gates/gate.yaml", option, "git:main", folder=repository)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "git:main: expected git:REVISION:PATH" in done.stderr
