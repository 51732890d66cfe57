"""Links that lead elsewhere, names that are paths, and files that change while they are read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieval import data
from fieval.errors import InvalidInput

from end_to_end.command import fieval
from made_dataset import made
from security.small_gate import small, typed


def test_a_run_folder_that_is_a_link_is_written_where_it_leads(tmp_path: Path) -> None:
    small(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to("elsewhere")
    assert typed(tmp_path, "run", "-c", "gate.yaml", "--out", "out").returncode == 0
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "elsewhere/report.json").is_file()


@pytest.mark.parametrize("name", ["report.json", "report.html", "evidence.jsonl", "scores.csv", ".gitignore"])
def test_a_link_inside_a_run_folder_is_not_written_through(tmp_path: Path, name: str) -> None:
    small(tmp_path)
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(tmp_path / "precious")
    assert typed(tmp_path, "run", "-c", "gate.yaml", "--out", "out", "-q").returncode == 0
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize("what", ["gate.yaml", "data", "candidate.jsonl", "data/interactions.jsonl", "out"])
def test_a_link_to_itself_is_one_message(tmp_path: Path, what: str) -> None:
    small(tmp_path)
    path = tmp_path / what
    if path.exists():
        path.rename(tmp_path / "gone")
    path.symlink_to(path)
    done = typed(tmp_path, "run", "-c", "gate.yaml", "--out", "out")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_folder_of_sources_that_links_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "in/inner").mkdir(parents=True)
    (tmp_path / "in/inner/again").symlink_to(tmp_path / "in")
    (tmp_path / "in/a.rttm").write_text("SPEAKER a 1 0.0 1.0 <NA> <NA> s <NA> <NA>\n")
    done = typed(tmp_path, "import", "rttm", "in", "-o", "out.jsonl")
    assert (done.returncode, len((tmp_path / "out.jsonl").read_text().splitlines())) == (0, 1)


def test_ids_that_are_paths_name_no_file(tmp_path: Path) -> None:
    one = small(tmp_path / "gate")
    for lines in (one.gold, one.baseline, one.candidate):
        for number, line in enumerate(lines):
            line["id"] = ("../" * 8, "/etc/", "C:\\", "~/", "%2e%2e/")[number % 5] + f"passwd{number}"
    one.write(tmp_path / "gate")
    before = around(tmp_path)
    done = typed(tmp_path / "gate", "run", "-c", "gate.yaml", "--out", "out")
    assert done.returncode in (0, 1)
    assert typed(tmp_path / "gate", "show", "out", one.gold[0]["id"]).returncode == 0
    assert {name for name in around(tmp_path) - before if not name.startswith("gate/out/")} == {"gate/out"}


def around(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@contextmanager
def restless(place: Path, contents: list[bytes]) -> Iterator[None]:
    """The file is replaced by one of the contents after the other, all the time."""
    stop = threading.Event()

    def replace() -> None:
        turn = 0
        while not stop.is_set():
            aside = place.with_name("aside")
            aside.write_bytes(contents[(turn := turn + 1) % len(contents)])
            aside.replace(place)
            time.sleep(0.002)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("what", ["candidate.jsonl", "data/interactions.jsonl"])
def test_what_is_scored_is_what_the_digest_is_of(tmp_path: Path, what: str) -> None:
    """A dataset that somebody writes anew all the time: read as one of its states, or refused."""
    states, contents = {}, []
    for seed in (1, 2):
        made(200, seed=seed).write(tmp_path)
        source, read = whole(tmp_path, what)
        states[source] = read
        contents.append((tmp_path / what).read_bytes())
    told: set[str] = set()
    with restless(tmp_path / what, contents):
        for _ in range(60):
            try:
                source, read = whole(tmp_path, what)
            except InvalidInput as error:
                told.add(str(error).partition(": ")[2])
            else:
                assert read == states[source]
    assert told <= {"changed while it was read; run again when nobody writes to it"}
    assert told


def whole(folder: Path, what: str) -> tuple[str, object]:
    """The digest and all that was read."""
    dataset = data.read_dataset(folder / "data")
    if what == "candidate.jsonl":
        system = data.read_outputs(folder / what, dataset)
        return system.source.sha256, list(system.outputs)
    return dataset.source.sha256, list(dataset.interactions)


def test_a_dataset_that_changes_during_a_run_is_exit_2(tmp_path: Path) -> None:
    """A line is added as soon as the file was opened for the first time."""
    one = small(tmp_path)
    more = json.dumps({**one.gold[0], "id": "one-more"})
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "seen = []\n"
        "def heard(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]).endswith('interactions.jsonl') and arguments[1] != 'a':\n"
        "        seen.append(1)\n"
        "        if len(seen) == 2:\n"
        f"            open({str(tmp_path / 'data/interactions.jsonl')!r}, 'a').write({more!r} + chr(10))\n"
        "sys.addaudithook(heard)\n"
    )
    done = fieval("run", "-c", "gate.yaml", "--out", "out", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (
        2,
        "fieval: data: changed while it was read; run again when nobody writes to it\n",
    )
    assert not (tmp_path / "out/report.json").exists()
