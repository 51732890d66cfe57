"""How a run ended, read from a folder that may come from a stranger."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fieval.errors import InvalidInput
from fieval.github.outcome import read_outcome
from fieval.model import Run
from fieval.run_folder import write_run

import sample_run


def left(folder: Path, run: Run | None = None, code: str | None = None, stderr: str = "") -> Path:
    """What the Action leaves of a run."""
    if run is not None:
        write_run(run, folder)
    folder.mkdir(exist_ok=True)
    if code is not None:
        (folder / "exit-code.txt").write_text(code)
    (folder / "stderr.txt").write_text(stderr)
    return folder


@pytest.mark.parametrize(("name", "code"), [("passing", 0), ("failing", 1), ("inconclusive", 3)])
@pytest.mark.parametrize("given", [True, False])
def test_a_report_tells_the_verdict(tmp_path: Path, name: str, code: int, given: bool) -> None:
    folder = left(tmp_path / "run", getattr(sample_run, name)(), f"{code}\n" if given else None)
    found = read_outcome(folder)
    assert (found.exit_code, found.run is not None, found.said) == (code, True, ())


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(2, "invalid"), (4, "unmeasurable"), (70, "bug"), (130, "interrupted"), (137, "bug"), (127, "bug")],
)
def test_without_a_report_the_exit_code_does(tmp_path: Path, code: int, verdict: str) -> None:
    found = read_outcome(left(tmp_path, code=str(code), stderr="fieval: a.yaml:1:2: unknown key\n"))
    assert (found.verdict, found.exit_code, found.run) == (verdict, code, None)
    assert found.said == ("fieval: a.yaml:1:2: unknown key",)


def test_what_is_given_goes_before_what_is_found(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("said elsewhere")
    found = read_outcome(left(tmp_path / "run", code="70", stderr="said here"), 2, other)
    assert (found.verdict, found.said) == ("invalid", ("said elsewhere",))


@pytest.mark.parametrize("code", ["0", "1", "3"])
def test_a_verdict_without_a_report_is_none(tmp_path: Path, code: str) -> None:
    with pytest.raises(InvalidInput, match=r"no report\.json"):
        read_outcome(left(tmp_path, code=code))


@pytest.mark.parametrize("code", [None, "", "pass", "²", "-1"])
def test_neither_report_nor_exit_code(tmp_path: Path, code: str | None) -> None:
    with pytest.raises(InvalidInput, match=r"neither report\.json"):
        read_outcome(left(tmp_path, code=code))


def test_a_report_of_another_run_is_not_believed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="but fieval ended with 1"):
        read_outcome(left(tmp_path / "run", sample_run.passing(), "1"))


def test_a_report_that_contradicts_itself_is_not_believed(tmp_path: Path) -> None:
    folder = left(tmp_path / "run", sample_run.failing())
    report = folder / "report.json"
    report.write_text(report.read_text().replace('"verdict": "fail"', '"verdict": "pass"', 1))
    with pytest.raises(InvalidInput, match="not that of its verdict"):
        read_outcome(folder)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": 1}', "\ud800", "[" * 100_000])
def test_a_report_that_is_none_is_invalid(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(InvalidInput):
        read_outcome(tmp_path)


def test_a_report_without_end_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "report.json").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(InvalidInput, match="larger than 64 MiB"):
        read_outcome(tmp_path)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_only_a_plain_file_is_taken_for_stderr(tmp_path: Path, kind: str) -> None:
    """A link in an artifact could lead to a secret of the job that reads it."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = left(tmp_path / "run", code="2")
    stderr = folder / "stderr.txt"
    stderr.unlink()
    match kind:
        case "link":
            stderr.symlink_to(secret)
        case "pipe":
            os.mkfifo(stderr)
        case _:
            stderr.mkdir()
    assert read_outcome(folder).said == ()


def test_only_the_first_lines_are_kept_and_they_are_harmless(tmp_path: Path) -> None:
    lines = [f"line {number}\x1b[31m ::error::x" for number in range(500)]
    found = read_outcome(left(tmp_path, code="2", stderr="\n\n".join(lines)))
    assert len(found.said) == 21
    assert found.said[0] == "line 0\\x1b[31m : :error: :x"
    assert found.said[-1] == "..."
    long = read_outcome(left(tmp_path, code="2", stderr=("y" * 599 + "\n") * 20))
    assert sum(map(len, long.said)) <= 4_000
    assert read_outcome(left(tmp_path, code="2", stderr="z" * 1_000_000)).said[0].endswith("...")
