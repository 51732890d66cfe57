"""One test per exit code, by the installed command and by the module."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from end_to_end.command import INSTALLED, MODULE, fieval
from made_dataset import made
from small_gate import BROKEN

BY_EITHER = pytest.mark.parametrize("command", [INSTALLED, MODULE], ids=["installed", "module"])


def report(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "report.json").read_text())
    return found


@BY_EITHER
def test_0_pass(small: Path, tmp_path: Path, command: list[str]) -> None:
    done = fieval("run", "--out", tmp_path, folder=small, command=command)
    assert (done.returncode, report(tmp_path)["verdict"], report(tmp_path)["exit_code"]) == (0, "pass", 0)
    assert "Traceback" not in done.stderr


@BY_EITHER
def test_1_fail_names_asr(small: Path, tmp_path: Path, command: list[str]) -> None:
    done = fieval("run", "--candidate", BROKEN, "--out", tmp_path, folder=small, command=command)
    assert (done.returncode, report(tmp_path)["verdict"]) == (1, "fail")
    assert str(report(tmp_path)["headline"]).startswith("asr broke")


@BY_EITHER
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--no-such-option"], "No such option"),
        (["run", "-c", "nowhere.yaml"], "nowhere.yaml"),
        (["run", "--candidate", "nowhere.jsonl"], "nowhere.jsonl"),
        (["walk"], "No such command"),
        (["run", "--format", "pdf"], "pdf"),
    ],
)
def test_2_invalid(arguments: list[str], message: str, command: list[str]) -> None:
    done = fieval(*arguments, command=command)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_2_where_there_is_no_config(tmp_path: Path) -> None:
    done = fieval("run", folder=tmp_path)
    assert done.returncode == 2
    assert "no config: there is no ./fieval.yaml or ./configs/default.yaml here" in done.stderr


def test_2_out_folder_is_a_file(small: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = fieval("run", "--out", tmp_path / "taken", folder=small)
    assert done.returncode == 2
    assert "cannot write the run folder" in done.stderr


def test_3_inconclusive(tmp_path: Path) -> None:
    one = made(n=30)
    one.config = one.config.replace("baseline: baseline.jsonl\n", "")
    done = fieval("run", "-c", one.write(tmp_path), "--out", tmp_path / "out")
    assert (done.returncode, report(tmp_path / "out")["verdict"]) == (3, "inconclusive")


def test_4_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    config = made(n=30).write(tmp_path)
    limited = ["bash", "-c", 'ulimit -f 2; exec "$@"', "bash", *INSTALLED]
    done = fieval("run", "-c", config, "--out", tmp_path / "out", command=limited)
    assert done.returncode == 4
    assert "cannot write the run folder" in done.stderr
    assert not (tmp_path / "out" / "report.json").exists()


@BY_EITHER
@pytest.mark.parametrize("module", ["numpy", "typer", "msgspec", "rapidfuzz"])
def test_70_a_broken_import_is_no_verdict(tmp_path: Path, module: str, command: list[str]) -> None:
    (tmp_path / f"{module}.py").write_text("raise ImportError('broken on purpose')")
    done = fieval("run", "--out", tmp_path / "out", command=command, PYTHONPATH=str(tmp_path))
    assert done.returncode == 70
    assert "this is a bug in fieval, not a verdict" in done.stderr
    assert "Traceback" not in done.stderr


def test_70_says_nothing_of_what_a_customer_said(small: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import fieval.engine\n"
        "def broken(*arguments):\n    raise KeyError('my card number is 4929')\n"
        "fieval.engine.score_steps = broken\n"
    )
    done = fieval("run", folder=small, PYTHONPATH=str(tmp_path))
    assert done.returncode == 70
    assert "builtins.KeyError" in done.stderr
    assert "4929" not in done.stderr


def test_130_interrupted(small: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import time, fieval.engine\n"
        "def slow(*arguments):\n    print('scoring', flush=True)\n    time.sleep(60)\n"
        "fieval.engine.score_steps = slow\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "fieval", "run"], cwd=small, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "scoring\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[1].strip() == "fieval: interrupted (exit 130)"
    assert process.returncode == 130


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "2>&1 | head -c 0"])
def test_streams_that_nobody_reads_change_no_exit_code(small: Path, tmp_path: Path, closed: str) -> None:
    for candidate, code in (("baseline.jsonl", 0), ("nowhere", 2)):
        script = f'"$@" {closed}; exit "${{PIPESTATUS[0]}}"'
        command = ["bash", "-c", script, "bash", *INSTALLED]
        done = fieval("run", "--candidate", candidate, "--out", tmp_path, folder=small, command=command)
        assert done.returncode == code


@pytest.mark.parametrize("command", [["--help"], ["run", "--help"], ["check"], ["schema", "config"]])
@pytest.mark.parametrize("reader", ["true", "head -n 1"])
def test_a_reader_that_leaves_early_is_no_failure(command: list[str], reader: str) -> None:
    piped = ["bash", "-c", f'"$@" | {reader}; exit "${{PIPESTATUS[0]}}"', "bash", *INSTALLED]
    assert fieval(*command, command=piped).returncode == 0


def test_a_full_disk_behind_the_streams_changes_no_exit_code(small: Path, tmp_path: Path) -> None:
    full = ["bash", "-c", '"$@" >/dev/full 2>/dev/full', "bash", *INSTALLED]
    assert fieval("run", "--out", tmp_path, folder=small, command=full).returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_any_encoding_will_do(tmp_path: Path, encoding: str) -> None:
    one = made(n=40)
    for index, line in enumerate(one.gold):
        line["cohorts"]["product"] = "São Paulo" if index % 2 else "日本"
    config = one.write(tmp_path)
    formats = [f"--format={name}" for name in ("text", "markdown", "junit", "json")]
    done = fieval("run", "-c", config, *formats, "--out", tmp_path / "out", PYTHONIOENCODING=encoding)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.endswith("}\n"), "the last of them was printed"
    assert fieval("check", "-c", config, PYTHONIOENCODING=encoding).returncode == 0


def test_pipes_are_refused_before_they_block(small: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for option in ("-c", "--candidate", "--baseline"):
        done = fieval("run", option, tmp_path / "pipe", folder=small)
        assert done.returncode == 2
        assert "a pipe or device" in done.stderr


def test_a_library_that_exits_on_import_does_not_pass_the_gate(tmp_path: Path) -> None:
    (tmp_path / "rapidfuzz.py").write_text("raise SystemExit(0)")
    assert fieval("run", PYTHONPATH=str(tmp_path)).returncode == 70


def test_an_invalid_run_leaves_no_earlier_verdict(small: Path, tmp_path: Path) -> None:
    fieval("run", "--out", tmp_path, "-q", folder=small)
    assert (tmp_path / "report.json").exists()
    assert fieval("run", "--candidate", "nowhere.jsonl", "--out", tmp_path, folder=small).returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]


def test_a_file_name_that_is_no_text(small: Path, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/c\xff.jsonl"
    with open(path, "wb") as file:  # noqa: PTH123 - a name of bytes
        file.write((small / "baseline.jsonl").read_bytes())
    done = subprocess.run([*INSTALLED, "run", "-q", "--out", str(tmp_path / "o"), "--candidate", path], cwd=small)
    assert done.returncode == 0
    assert "c\\xff.jsonl" in (tmp_path / "o/report.json").read_text().encode().decode("unicode_escape")
