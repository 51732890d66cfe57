"""A run read again from its folder is the run that was written."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from fieval import reports, run_folder
from fieval.errors import InvalidInput, Unmeasurable
from fieval.files import put_whole
from fieval.run_folder import read_run, write_run
from fieval.runner import Request, run_gate

import sample_run

BROKEN = "golden_datasets/contact_center/candidates/asr_8khz.jsonl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(
        run_gate(Request("configs/default.yaml", candidate=BROKEN)), tmp_path_factory.mktemp("runs") / "one"
    )


def test_the_same_run_comes_back_and_makes_the_same_bytes(folder: Path) -> None:
    again = read_run(folder, scores=True)
    for report in reports.formats().values():
        if report.file_name is not None and report.wanted(again):
            made = report.render(again, show_text=report.keeps_text)
            assert made == (folder / report.file_name).read_text(encoding="utf-8"), report.name


def test_a_report_may_be_named_instead_of_its_folder_and_evidence_may_be_left_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes((folder / "report.json").read_bytes())
    again = read_run(tmp_path / "report.json")
    assert again == msgspec.structs.replace(read_run(folder), evidence=())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": "fieval.report/2"}, 'schema is "fieval.report/2"'),
        ({"verdict": "fine"}, "`$.verdict`"),
        ({"results": [{}]}, "`$.results[0]`"),
    ],
)
def test_a_report_that_is_none_is_refused(folder: Path, tmp_path: Path, change: dict[str, object], said: str) -> None:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    (tmp_path / "report.json").write_text(json.dumps({**report, **change}), encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        read_run(tmp_path)
    assert said in str(raised.value)


def test_what_is_no_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no report\.json here"):
        read_run(tmp_path)
    with pytest.raises(InvalidInput, match="no such folder"):
        read_run(tmp_path / "absent")
    (tmp_path / "report.json").write_bytes(b"\xff{")
    with pytest.raises(InvalidInput, match="not a file of a run folder"):
        read_run(tmp_path)


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_run_that_cannot_be_written_whole_leaves_no_report(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    def put(place: Path, pieces: Iterable[bytes], mode: int) -> None:
        if place.name == "junit.xml":
            raise ending
        put_whole(place, pieces, mode)

    run = read_run(folder, scores=True)
    monkeypatch.setattr(run_folder, "put_whole", put)
    with pytest.raises((KeyboardInterrupt, Unmeasurable)):
        write_run(run, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]


def test_an_interruption_ends_a_file_between_two_pieces(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        signal.raise_signal(signal.SIGINT)
        yield b"two"
        pytest.fail("the interruption was not heard")

    with pytest.raises(KeyboardInterrupt):
        put_whole(tmp_path / "file", pieces(), 0o600)
    assert list(tmp_path.iterdir()) == []


def test_git_adds_no_evidence_whatever_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    write_run(sample_run.failing(), "first")
    write_run(sample_run.failing())
    git("add", ".")
    added = {Path(name).name for name in git("ls-files").splitlines()}
    assert {"report.json", ".gitignore"} <= added
    assert "evidence.jsonl" not in added
    assert not [name for name in git("ls-files").splitlines() if name.startswith(".fieval")]
    assert (tmp_path / "first/evidence.jsonl").exists()


@pytest.mark.parametrize("own", ["# mine\n", None])
def test_what_git_was_told_before_stays(tmp_path: Path, own: str | None) -> None:
    """A link to nowhere is not followed, either."""
    if own is None:
        (tmp_path / ".gitignore").symlink_to(tmp_path / "nowhere")
    else:
        (tmp_path / ".gitignore").write_text(own)
    write_run(sample_run.passing(), tmp_path)
    assert not (tmp_path / "nowhere").exists()
    assert own is None or (tmp_path / ".gitignore").read_text() == own
    assert (tmp_path / "report.json").exists()


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    return done.stdout
