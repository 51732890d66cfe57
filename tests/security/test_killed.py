"""Ctrl-C and `kill -9` while files are touched: nothing is half there, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieval import data, reports
from fieval.blessing import SUFFIX
from fieval.run_folder import read_run

from end_to_end.command import INSTALLED, fieval
from security.small_gate import small

TESTS = Path(__file__).parents[1]
FILES = {report.file_name for report in reports.formats().values()} - {None, "traces.csv"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gate with a run that can be blessed, and two spreadsheets."""
    folder = tmp_path_factory.mktemp("made") / "gate"
    small(folder)
    assert fieval("run", "-c", "gate.yaml", "--out", "first", "-q", folder=folder).returncode == 0
    (folder / "calls.csv").write_text("id,turns\n" + "".join(f"c{n},agent: hello\n" for n in range(50)))
    (folder / "labels.csv").write_text("id,labels.intent\n" + "".join(f"call-{n:03},cancel\n" for n in range(16)))
    return folder


@pytest.fixture
def gate(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "gate")


def ended(gate: Path, number: int, step: int, *command: str) -> Iterator[tuple[Path, int, set[str]]]:
    """Each copy of the gate in which the command was ended, the exit code, and the files that are new there."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "OPENBLAS_NUM_THREADS": "1"}
    arguments = [sys.executable, "-m", "security.dying", str(gate), str(int(number)), str(step), *command]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=600, check=True)
    before = inside(gate)
    for told in map(json.loads, done.stdout.splitlines()):
        copy = Path(told["copy"])
        yield copy, told["code"], inside(copy) - before


def inside(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def aside(names: set[str]) -> set[str]:
    """What was only written aside."""
    parts = {name: [part for part in Path(name).parts if part.startswith(".")] for name in names}
    return {name for name, hidden in parts.items() if hidden and hidden not in ([".gitignore"], [".github"])}


def each(*steps: tuple[int, int]) -> pytest.MarkDecorator:
    """Signal and step; every single moment is for the night."""
    nightly = [pytest.param(number, 1, marks=pytest.mark.long) for number in (signal.SIGINT, signal.SIGKILL)]
    return pytest.mark.parametrize(("number", "step"), [*steps, *nightly])


def check_code(number: int, code: int) -> None:
    assert code in ({0, 130} if number == signal.SIGINT else {0, -signal.SIGKILL})


@each((signal.SIGINT, 9), (signal.SIGKILL, 11))
def test_a_run_folder_with_a_report_is_complete(gate: Path, number: int, step: int) -> None:
    codes = set()
    for copy, code, new in ended(gate, number, step, "run", "-c", "gate.yaml", "--out", "out"):
        check_code(number, code)
        codes.add(code)
        if (copy / "out/report.json").exists():
            assert {path.name for path in (copy / "out").iterdir()} >= FILES
            assert read_run(copy / "out").report == read_run(copy / "out").report
        assert number == signal.SIGKILL or not aside(new)
    assert len(codes) == 2, "some are ended, and the last comes through"


@each((signal.SIGINT, 9), (signal.SIGKILL, 5))
def test_a_baseline_is_the_old_one_or_the_new_one(gate: Path, number: int, step: int) -> None:
    old, new_one = (data.outputs_source(gate / f"{name}.jsonl").sha256 for name in ("baseline", "candidate"))
    assert old != new_one
    found = set()
    for copy, code, new in ended(gate, number, step, "bless", "first"):
        check_code(number, code)
        found.add(now := data.outputs_source(copy / "baseline.jsonl").sha256)
        assert number == signal.SIGKILL or not aside(new)
        if code == 0:
            assert json.loads((copy / f"baseline.jsonl{SUFFIX}").read_text())["sha256"] == now
    assert found == {old, new_one}


@each((signal.SIGINT, 1))
def test_an_import_is_whole_or_not_there(gate: Path, number: int, step: int) -> None:
    found = set()
    for copy, code, new in ended(gate, number, step, "import", "csv", "calls.csv", "-o", "out.jsonl"):
        check_code(number, code)
        found.add(there := (copy / "out.jsonl").exists())
        assert not there or len((copy / "out.jsonl").read_text().splitlines()) == 50
        assert number == signal.SIGKILL or not aside(new)
    assert found == {True, False}


@each((signal.SIGINT, 4))
def test_a_dataset_is_the_old_one_or_the_new_one(gate: Path, number: int, step: int) -> None:
    found = set()
    for copy, code, new in ended(gate, number, step, "import", "csv", "labels.csv", "--as", "gold", "--into", "data"):
        check_code(number, code)
        labels = {line.labels["intent"].value for line in data.read_dataset(copy / "data").interactions}
        found.add(labels == {"cancel"})
        assert number == signal.SIGKILL or not aside(new)
    assert True in found


@each((signal.SIGINT, 5))
def test_a_starter_is_whole_or_not_there(gate: Path, number: int, step: int) -> None:
    for copy, code, _ in ended(gate, number, step, "init", "new"):
        check_code(number, code)
        assert number == signal.SIGKILL or not (copy / "new").exists() or fieval_files(copy / "new")


def fieval_files(folder: Path) -> bool:
    return {"fieval.yaml", "golden/dataset.yaml", "outputs/candidate.jsonl", ".gitignore"} <= inside(folder)


@pytest.mark.parametrize("moment", [0.05, 0.2, 0.4, 0.6])
def test_ctrl_c_at_any_stage_of_a_process_of_its_own(gate: Path, moment: float) -> None:
    """Shares of the time that a run takes here; before Python can be asked, its own handler ends it."""
    begun = time.perf_counter()
    assert fieval("run", "-c", "gate.yaml", "--out", "calm", folder=gate, command=INSTALLED).returncode == 0
    whole = time.perf_counter() - begun
    before = inside(gate)
    with subprocess.Popen(
        [*INSTALLED, "run", "-c", "gate.yaml", "--out", "out"], cwd=gate, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        time.sleep(moment * whole)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert not aside(inside(gate) - before)
