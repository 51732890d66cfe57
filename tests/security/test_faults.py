"""What a machine can lack: room, rights, a home, a network, a terminal, a locale, a clock that goes forward."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

import fieval as library
from fieval import runner
from fieval.cli import run_command

from end_to_end.command import INSTALLED, fieval
from security.small_gate import small, typed

WRITING = {
    "run": ["run", "-c", "gate.yaml", "-q", "--out", "{}/new"],
    "bless": ["bless", "first", "--to", "{}/new.jsonl"],
    "import": ["import", "csv", "calls.csv", "-o", "{}/new.jsonl"],
    "label-sheet": ["label-sheet", "-c", "gate.yaml", "--again", "-o", "{}/new.csv"],
    "init": ["init", "{}/new"],
}
COMMANDS = pytest.mark.parametrize("command", WRITING)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    small(tmp_path, 40)
    (tmp_path / "calls.csv").write_text("id,turns\n" + "".join(f"c{n},agent: {'hello ' * 400}\n" for n in range(50)))
    (tmp_path / "place").mkdir()
    assert typed(tmp_path, "run", "-c", "gate.yaml", "--out", "first", "-q").returncode == 0
    return tmp_path


@contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    """A file system of its own, where one may be mounted."""
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def written(command: str, gate: Path, place: str = "place") -> subprocess.CompletedProcess[str]:
    return typed(gate, *(part.format(place) for part in WRITING[command]))


def check_one_message(done: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert said in done.stderr


@COMMANDS
def test_a_full_disk(gate: Path, command: str) -> None:
    with mounted(gate / "place", "size=8k"):
        check_one_message(written(command, gate), 4, "No space left on device")
        left = [path.name for path in (gate / "place").rglob("*") if path.is_file()]
        assert set(left) <= {".gitignore", "evidence.jsonl", "junit.xml"}, "no verdict, and nothing aside"


@COMMANDS
def test_a_folder_that_can_only_be_read(gate: Path, command: str) -> None:
    with mounted(gate / "place", "ro"):
        check_one_message(written(command, gate), 2, "Read-only file system")


@pytest.mark.parametrize("home", [None, "", "/nonexistent"])
def test_no_home(gate: Path, home: str | None) -> None:
    plain = {name: value for name, value in os.environ.items() if name != "HOME"}
    environment = plain if home is None else {**plain, "HOME": home}
    for command in (["run", "-q"], ["doctor", "--offline"]):
        done = subprocess.run(
            [*INSTALLED, *command, "-c", "gate.yaml"], cwd=gate, env=environment, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_no_folder_for_temporary_files(gate: Path) -> None:
    assert fieval("run", "-c", "gate.yaml", "-q", folder=gate, TMPDIR="/nonexistent").returncode == 0


def test_no_network(gate: Path) -> None:
    alone = ["unshare", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace without a network can be made here")
    for command in (["run", "-q"], ["doctor"]):
        done = fieval(*command, "-c", "gate.yaml", folder=gate, command=[*alone, *INSTALLED])
        assert (done.returncode, done.stderr) == (0, "")


def test_any_locale(gate: Path) -> None:
    usual = fieval("run", "-c", "gate.yaml", "--out", "a", folder=gate, LC_ALL="C.UTF-8", PYTHONUTF8="0")
    for locale in ("C", "POSIX", "xx_YY.no-such", "tr_TR.UTF-8"):
        done = fieval("run", "-c", "gate.yaml", "--out", "b", folder=gate, LC_ALL=locale, PYTHONUTF8="0")
        told = usual.stderr.replace("folder: a", "folder: b")
        assert (done.returncode, done.stderr) == (usual.returncode, told), locale
        assert (gate / "a/scores.csv").read_bytes() == (gate / "b/scores.csv").read_bytes(), locale


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"TERM": "xterm-256color"}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_has_colours_unless_they_are_not_wanted(
    gate: Path, environment: dict[str, str], coloured: bool
) -> None:
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    terminal, inside = pty.openpty()
    process = subprocess.Popen(
        [*INSTALLED, "run", "-c", "gate.yaml"],
        cwd=gate, env={**plain, "TERM": "xterm", **environment}, stdout=inside, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(inside)
    shown = b"".join(_all(terminal))
    assert process.wait(timeout=60) == 0
    assert b"intent" in shown
    assert bool(re.search(rb"\x1b\[[0-9;]*[349][0-7]", shown)) is coloured


def _all(terminal: int) -> Iterator[bytes]:
    try:
        while block := os.read(terminal, 1 << 16):
            yield block
    except OSError:  # a terminal that nobody writes to any more
        os.close(terminal)


@pytest.mark.parametrize("back", [0, 86_400, -86_400 * 400])
def test_a_clock_that_stands_or_jumps(gate: Path, monkeypatch: pytest.MonkeyPatch, back: int) -> None:
    """Two runs never share a folder, and each says the same of the same inputs."""
    monkeypatch.chdir(gate)
    reports = []
    for jump in (0, back, 0):
        monkeypatch.setattr(
            runner, "datetime", _clock(datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC) - timedelta(seconds=jump))
        )
        assert run_command(["run", "-c", "gate.yaml", "-q"]) == 0
    folders = sorted((gate / ".fieval/runs").iterdir())
    assert len(folders) == 3
    reports = [library.run("gate.yaml").results, *(_results(folder) for folder in folders)]
    assert all(found == reports[0] for found in reports)


def _results(folder: Path) -> object:
    from fieval.run_folder import read_run

    return read_run(folder).report.results


def _clock(moment: datetime) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    return Clock


@pytest.mark.parametrize(
    ("key", "path"),
    [("dataset", r"..\data"), ("candidate", r"C:\calls\candidate.jsonl"), ("baseline", r"outputs\main.jsonl")],
)
def test_paths_of_windows_in_a_config(gate: Path, key: str, path: str) -> None:
    lines = (gate / "gate.yaml").read_text().splitlines()
    number = next(at for at, line in enumerate(lines) if line.startswith(f"{key}:"))
    lines[number] = f"{key}: {path}"
    (gate / "gate.yaml").write_text("\n".join(lines))
    done = typed(gate, "run", "-c", "gate.yaml")
    check_one_message(done, 2, f"fieval: gate.yaml:{number + 1}:")
    assert "is a path of Windows" in done.stderr
