"""`fieval init` as a newcomer meets it, in an empty folder outside this repository."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from end_to_end.command import INSTALLED, PROJECT, fieval

Line = dict[str, Any]


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    assert fieval("init", folder=tmp_path).returncode == 0
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_it_prints_names_every_file_and_the_next_command(tmp_path: Path) -> None:
    done = fieval("init", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(contents(tmp_path)) == set(re.findall(r"^  (\S*\.\S+)  ", done.stdout, re.M))
    assert done.stdout.endswith("\nNext:\n  fieval run\n")
    assert done.stdout.count("replace by") == 4
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert "..." not in done.stdout


def test_the_first_run_passes_and_says_what_to_replace(begun: Path) -> None:
    done = fieval("run", "--out", "out", folder=begun)
    assert done.returncode == 0, done.stderr
    assert "Note: this is the starter dataset of `fieval init`" in done.stderr
    report = json.loads((begun / "out/report.json").read_text())
    assert [note for note in report["notes"] if "replace golden/ by your own interactions" in note] == report["notes"]
    verdicts = {rule["verdict"] for row in report["results"] for rule in row["rules"]}
    assert verdicts == {"pass"}
    assert (begun / "outputs/baseline.jsonl").read_bytes() != (begun / "outputs/candidate.jsonl").read_bytes()


def test_check_and_plan_have_nothing_to_complain_of(begun: Path) -> None:
    assert fieval("check", folder=begun).stdout.endswith("Config and data are valid.\n")
    assert fieval("plan", folder=begun).returncode == 0


def worsen(folder: Path, harm: Callable[[Line], None]) -> None:
    path = folder / "outputs/candidate.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        harm(line)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def garble(line: Line) -> None:
    for turn in line.get("turns", []):
        turn["text"] = " ".join("noise" if at % 3 == 0 else word for at, word in enumerate(turn["text"].split()))


def mislabel(line: Line) -> None:
    wrong = {"delivery": "refund", "refund": "repair", "repair": "order_change", "order_change": "delivery"}
    line["labels"]["intent"]["label"] = wrong[line["labels"]["intent"]["label"]]


def invent(line: Line) -> None:
    line["summary"] += " The director called on Sunday and promised 7777 pounds."


def unsay(line: Line) -> None:
    line["scores"]["csat"] = 6 - line["scores"]["csat"]


@pytest.mark.parametrize(
    ("harm", "step"), [(garble, "asr"), (mislabel, "intent"), (invent, "summary"), (unsay, "csat")]
)
def test_a_worsened_candidate_fails(begun: Path, harm: Callable[[Line], None], step: str) -> None:
    worsen(begun, harm)
    done = fieval("run", "--out", "out", folder=begun)
    assert done.returncode == 1, done.stderr
    report = json.loads((begun / "out/report.json").read_text())
    assert {row["step"] for row in report["results"] if row["verdict"] == "fail"} == {step}


def test_a_fault_of_one_product_is_found_there(begun: Path) -> None:
    golden = [json.loads(line) for line in (begun / "golden/interactions.jsonl").read_text().splitlines()]
    furniture = {line["id"] for line in golden if line["cohorts"]["product"] == "furniture"}

    def garble_some(line: Line) -> None:
        for turn in line.get("turns", []) if line["id"] in furniture else ():
            turn["text"] = " ".join("noise" if at % 6 == 0 else word for at, word in enumerate(turn["text"].split()))

    worsen(begun, garble_some)
    done = fieval("run", "--out", "out", folder=begun)
    assert done.returncode == 1, done.stderr
    report = json.loads((begun / "out/report.json").read_text())
    failed = [(row["step"], row["metric"], row["slice"]) for row in report["results"] if row["verdict"] == "fail"]
    assert ("asr", "wer", {"product": "furniture"}) in failed
    assert ("asr", "wer", {"product": "appliances"}) not in failed


def test_facts_left_out_have_their_worst_interactions(begun: Path) -> None:
    """No summary misses its own bar by that."""

    def shorten(line: Line) -> None:
        line["summary"] = line["summary"].split(". ")[0]

    worsen(begun, shorten)
    done = fieval("run", "--out", "out", folder=begun)
    assert done.returncode == 1, done.stderr
    assert re.search(r"\nWorst interactions\n  - summary: \S+, \S+, \S+\n", done.stdout)
    assert re.search(r"^Next: fieval show out \S+$", done.stderr, re.M)


def test_a_second_time_it_names_what_is_there_and_touches_nothing(begun: Path) -> None:
    before = contents(begun)
    done = fieval("init", folder=begun)
    assert (done.returncode, done.stdout) == (2, "")
    assert contents(begun) == before
    for name in before:
        assert (f"{name}: is there already" in done.stderr) == (name != ".gitignore")
    assert "Traceback" not in done.stderr


def test_another_folder_is_made_and_named_in_the_next_command(tmp_path: Path) -> None:
    done = fieval("init", "our gate", folder=tmp_path)
    assert done.stdout.endswith("\nNext:\n  cd 'our gate'\n  fieval run\n")
    assert fieval("run", "-q", folder=tmp_path / "our gate").returncode == 0


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    for name, why in (("/proc/nowhere", "cannot be written"), ("taken", "not a folder"), ("", "is empty")):
        done = fieval("init", name, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert why in done.stderr


def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "golden").mkdir()
    limited = ["bash", "-c", 'ulimit -f 20; exec "$@"', "bash", *INSTALLED]
    done = fieval("init", ".", folder=tmp_path, command=limited)
    assert done.returncode == 4
    assert "nothing was left behind" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["golden"]


def test_names_of_odd_bytes_are_shown_harmlessly(tmp_path: Path) -> None:
    name = b"a\x1b[31m\n::error::\xff"
    for code in (0, 2):
        done = subprocess.run([*INSTALLED, "init", name], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == code
        said = done.stdout + done.stderr
        assert b"\x1b" not in said
        assert b"::error" not in said
        assert rb"\xff" in said
    assert (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)) / "fieval.yaml").exists()


@pytest.mark.parametrize(("harm", "code"), [(None, 0), (mislabel, 1)])
def test_the_workflow_keeps_exit_code_and_summary(begun: Path, harm: Callable[[Line], None] | None, code: int) -> None:
    """Its two own steps as GitHub runs them."""
    if harm is not None:
        worsen(begun, harm)
    (job,) = yaml.safe_load((begun / ".github/workflows/fieval.yml").read_text())["jobs"].values()
    pipeline, judge = (step["run"] for step in job["steps"] if "name" in step and "run" in step)
    names = {"RUNNER_TEMP": str(begun / "temp"), "GITHUB_STEP_SUMMARY": str(begun / "summary.md")}
    path_there = f"{Path(INSTALLED[0]).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **names, "PATH": path_there}
    done = [
        subprocess.run(["bash", "-e", "-c", script], cwd=begun, env=environment, check=False, capture_output=True)
        for script in (pipeline, judge)
    ]
    assert [each.returncode for each in done] == [0, code]
    assert (begun / "summary.md").read_text() == (begun / "temp/fieval/report.md").read_text()
    assert (begun / "temp/fieval/evidence.jsonl").exists()


def test_every_day_from_a_wheel_in_an_empty_folder(tmp_path: Path) -> None:
    """From the first command to a failed release and back, with what is packed and nothing else."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "dist")]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").iterdir()
    installed, here = tmp_path / "installed", tmp_path / "here"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    here.mkdir()
    started = "import fieval; print(fieval.__file__); from fieval.__main__ import main; raise SystemExit(main())"

    def typed(line: str, code: int) -> str:
        command = [sys.executable, "-c", started]
        done = fieval(*line.split(), folder=here, command=command, PYTHONPATH=str(installed))
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stdout.startswith(f"{installed / 'fieval'}{os.sep}")
        return done.stdout

    typed("init", 0)
    typed("run --out first", 0)
    typed("bless first", 0)
    assert contents(here)["outputs/baseline.jsonl"] == contents(here)["outputs/candidate.jsonl"]
    worsen(here, mislabel)
    assert "Look at intent first." in typed("run --out second", 1)
    assert "intent  baseline within the step's bar, candidate misses the step's bar" in typed("show second voice-01", 0)
    typed("compare first second", 0)
    typed("report second --format junit", 0)
    typed("bless second", 2)
    assert contents(here)["outputs/baseline.jsonl"] != contents(here)["outputs/candidate.jsonl"]
    typed("run --candidate outputs/baseline.jsonl", 0)
