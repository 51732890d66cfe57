"""`fieval import`, as a user types it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from fieval.importers import importers

from end_to_end.command import INSTALLED, PROJECT, fieval

SAMPLES = PROJECT / "tests" / "importers" / "samples"
CARD = """name: golden
version: "1"
labels:
  intent: [outage, technical_support]
  resolution: [resolved, unresolved]
"""


def test_a_folder_becomes_one_file(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "a.stm").write_text("call-1 A spk_0 0 1.5 hello\n", encoding="utf-8")
    done = fieval("import", "stm", "calls", "-o", "gold.jsonl", "--as", "gold", "--speaker", "spk_0=agent",
                  folder=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "gold.jsonl: 1 interaction\n"
    line = json.loads((tmp_path / "gold.jsonl").read_text(encoding="utf-8"))
    assert line["gold"]["turns"] == [{"speaker": "agent", "text": "hello", "start": 0.0, "end": 1.5}]


def test_bad_usage_and_bad_targets_are_one_message(tmp_path: Path) -> None:
    (tmp_path / "a.stm").write_text("call-1 A spk_0 0 1.5 hello\n", encoding="utf-8")
    for arguments, said in (
        (("stm", "a.stm", "-o", "x.jsonl", "--speaker", "agent"), "--speaker: expected NAME=ROLE"),
        (("stm", "a.stm", "-o", "x.jsonl", "--speaker", "a=agent", "--speaker", "a=bot"), '"a" is given twice'),
        (("stm", "a.stm", "-o", "no/where.jsonl"), "no/where.jsonl: cannot be written"),
        (("stm", "a.stm", "-o", "."), ".: is a folder; expected a file"),
        (("stm", "a.stm", "-o", ""), ".: is a folder; expected a file"),
        (("stm", "a.stm", "-o", "/dev/full"), "/dev/full: a pipe or device"),
        (("stm", "a.stm", "-o", "/proc/x.jsonl"), "/proc/x.jsonl: cannot be written"),
        (("stm", "a.stm", "-o", "b" * 300), "cannot be written: File name too long"),
        (("stm", "b" * 300, "-o", "x.jsonl"), "File name too long"),
        (("stm", "a.stm", "-o", "a.stm"), "a.stm: is one of the sources"),
        (("wav", "a.stm", "-o", "x.jsonl"), f'import: no format "wav"; known: {", ".join(sorted(importers()))}'),
    ):
        done = fieval("import", *arguments, folder=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.jsonl").exists()


def test_ids_are_held_against_a_dataset(tmp_path: Path) -> None:
    folder = tmp_path / "golden"
    folder.mkdir()
    (folder / "dataset.yaml").write_text('name: d\nversion: "1"\n', encoding="utf-8")
    gold = '{{"id": "{}", "channel": "voice", "gold": {{"turns": [{{"speaker": "a", "text": "hi"}}]}}}}\n'
    (folder / "interactions.jsonl").write_text("".join(map(gold.format, "abc")), encoding="utf-8")
    lines = "".join(f"{name} A s 0 1 hello\n" for name in ("a", "b", *(f"x{n}" for n in range(7))))
    (tmp_path / "a.stm").write_text(lines, encoding="utf-8")
    done = fieval("import", "stm", "a.stm", "-o", "out.jsonl", "--dataset", "golden", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "out.jsonl: 9 interactions",
        "2 of them are in the dataset, which has 3",
        "not in the dataset: x0, x1, x2, x3, x4 and 2 more",
        "in the dataset only: c",
    ]


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder with Genesys' exports beside a dataset with two of the three conversations."""
    shutil.copytree(SAMPLES / "genesys" / "voice", tmp_path / "exports")
    for name in ("chat", "empty"):
        shutil.copy(SAMPLES / "genesys" / f"{name}.json", tmp_path / "exports")
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "dataset.yaml").write_text(CARD, encoding="utf-8")
    gold = '{{"id": "{}", "channel": "voice", "gold": {{"labels": {{"intent": "technical_support"}}}}}}\n'
    ids = ("11aa22bb-1111-4222-8333-000000000001", "chat-7")
    (tmp_path / "golden" / "interactions.jsonl").write_text("".join(map(gold.format, ids)), encoding="utf-8")
    return tmp_path


def test_what_a_platform_exports_is_imported_as_the_readme_says(exports: Path) -> None:
    arguments = ("import", "genesys", "exports/", "-o", "candidate.jsonl", "--dataset", "golden")
    done = subprocess.run(
        [*INSTALLED, *arguments], cwd=exports, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    said = re.search(r"<!-- import output -->\n```\n(.*?)```", readme, re.S)
    assert said is not None
    assert done.stdout == said[1]


def test_labels_of_a_platform_are_gated_after_an_import(exports: Path) -> None:
    (exports / "gate.yaml").write_text(
        "version: 1\ndataset: golden\ncandidate: candidate.jsonl\n"
        "steps:\n  intent: {evaluator: label_agreement, gates: {accuracy: {min: 0.4}}}\n",
        encoding="utf-8",
    )
    ids = ("--ignore-unknown",)
    plain = fieval("import", "genesys", "exports", "-o", "candidate.jsonl", folder=exports)
    assert "labels.intent, labels.resolution, scores.sentiment: the dataset's card must declare them" in plain.stderr
    undeclared = fieval("run", "-c", "gate.yaml", *ids, folder=exports)
    assert undeclared.returncode == 2
    assert "scores.sentiment: the card declares no such score" in undeclared.stderr
    fieval("import", "genesys", "exports", "-o", "candidate.jsonl", "--map", "scores.sentiment=-", folder=exports)
    assert fieval("run", "-c", "gate.yaml", *ids, folder=exports).returncode == 0


def test_platform_labels_are_not_taken_for_peoples(exports: Path) -> None:
    done = fieval("import", "genesys", "exports", "-o", "gold.jsonl", "--as", "gold", folder=exports)
    assert "labels, scores and summaries of a source are not people's; only what --map names is taken" in done.stderr
    assert {*json.loads((exports / "gold.jsonl").read_text("utf-8").splitlines()[0])["gold"]} == {"turns"}


def test_values_that_a_card_does_not_have_are_told_and_renamed(exports: Path) -> None:
    card = exports / "golden" / "dataset.yaml"
    card.write_text(card.read_text("utf-8").replace("technical_support", "help"), encoding="utf-8")
    interactions = exports / "golden" / "interactions.jsonl"
    interactions.write_text(interactions.read_text("utf-8").replace("technical_support", "help"), encoding="utf-8")
    command = ("import", "genesys", "exports", "-o", "candidate.jsonl", "--dataset", "golden")
    done = fieval(*command, folder=exports)
    assert (
        '"technical_support" of 1 is not in the label set of labels.intent; '
        "--value labels.intent:technical_support=OTHER renames it." in done.stderr
    )
    done = fieval(*command, "--value", "labels.intent:technical_support=help", folder=exports)
    assert "is not in the label set" not in done.stderr
    lines = [json.loads(line) for line in (exports / "candidate.jsonl").read_text("utf-8").splitlines()]
    assert [line["labels"]["intent"]["label"] for line in lines if "labels" in line] == ["help"]
    slip = fieval(*command, "--value", "labels.intent:nothing=help", folder=exports)
    assert (slip.returncode, slip.stderr) == (2, "fieval: --value labels.intent:nothing: no interaction has it\n")


@pytest.mark.parametrize("form", ["contact_lens", "cxone", "deepgram", "genesys", "transcribe"])
def test_a_bad_file_is_told_and_nothing_is_written(form: str, tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"results": {', encoding="utf-8")
    (tmp_path / "other.json").write_text("[1, 2]", encoding="utf-8")
    done = fieval("import", form, ".", "-o", "x.jsonl", folder=tmp_path)
    assert done.returncode == 2
    assert [
        line.partition(": ")[2].partition(" in it")[0].partition(": Input")[0] for line in done.stderr.splitlines()
    ] == [
        "cut.json:1: not JSON",
        f"other.json: nothing of the format {form}",
    ]
    assert not (tmp_path / "x.jsonl").exists()


@pytest.mark.parametrize(
    "option", ["--speaker=0=\udcff", "--map=cohorts.\udcff=x", "--map=labels.a=\udcff", "--value=l:\udcff=b"]
)
def test_an_argument_that_is_no_text_is_told_so(tmp_path: Path, option: str) -> None:
    (tmp_path / "a.csv").write_text("id,x\n1,2\n", encoding="utf-8")
    done = fieval("import", "csv", "a.csv", "-o", "o.jsonl", option, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"fieval: {option.partition('=')[0]}: not UTF-8: ")


def test_an_import_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    lines = "".join(f"c{number} A s 0 1 hello\n" for number in range(400_000))
    (tmp_path / "a.stm").write_text(lines, encoding="utf-8")
    with subprocess.Popen([*INSTALLED, "import", "stm", "a.stm", "-o", "o.jsonl"], cwd=tmp_path) as running:
        deadline = time.monotonic() + 60
        while not [*tmp_path.glob(".import.*")] and time.monotonic() < deadline:
            time.sleep(0.01)
        running.terminate()
    assert running.returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["a.stm"]


def test_values_are_not_renamed_on_the_way_into_a_dataset(exports: Path) -> None:
    (exports / "a.csv").write_text("id,labels.intent\nchat-7,fault\n", encoding="utf-8")
    renamed = ("--value", "labels.intent:fault=outage")
    done = fieval("import", "csv", "a.csv", "--as", "gold", "--into", "golden", *renamed, folder=exports)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fieval: --value: not with --into")
