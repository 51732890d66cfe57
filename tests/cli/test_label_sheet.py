"""`fieval label-sheet`, as a user types it: drawn, filled in, brought back, decided."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fieval import data
from fieval.importers import Reading
from fieval.importers.parts.joining import join
from fieval.importers.parts.spreadsheet import unguarded
from fieval.labelling import Request, write_sheet

from end_to_end.command import PROJECT, fieval

BUNDLED = PROJECT / "golden_datasets/contact_center"
CARD = """name: d
version: "1"
labels: {intent: [a b, A_c, "=x", "-1"], mood: [low, high]}
scores: {csat: {min: -1, max: 5}}
"""


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def fill(path: Path, target: Path, told: Mapping[str, Mapping[str, str]], separator: str = ",") -> None:
    """What people say of each id, by the field that a column begins with."""
    sheet = rows(path)
    for row in sheet:
        for name in row:
            field = name.partition(" (")[0]
            row[name] = told.get(row["id"].removeprefix("'"), {}).get(field, row[name])
    with target.open("w", encoding="utf-16", newline="") as file:
        writer = csv.DictWriter(file, sheet[0].keys(), delimiter=separator)
        writer.writeheader()
        writer.writerows(sheet)


def dataset(folder: Path, ids: list[str], text: str = "hi") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "dataset.yaml").write_text(CARD, encoding="utf-8")
    turns = [{"speaker": "agent", "text": text}]
    lines = [{"id": each, "channel": "chat", "gold": {"turns": turns}} for each in ids]
    (folder / "interactions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


def test_a_sheet_is_blind_and_spread_and_the_same_every_time(tmp_path: Path) -> None:
    common = ("label-sheet", "--dataset", BUNDLED, "--candidate", BUNDLED / "candidates/fair.jsonl", "--again")
    done = fieval(*common, "-n", "40", "-o", "one.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "one.csv: 40 interactions of 252\n"
    assert "candidate's intent: billing_dispute " in done.stderr
    assert "channel: chat 14 of 82, " in done.stderr
    found = rows(tmp_path / "one.csv")
    assert len({row["id"] for row in found}) == 40
    gold = {each.id: each for each in data.read_dataset(BUNDLED).interactions}
    assert {gold[row["id"]].labels["intent"].value for row in found} == set(
        data.read_card(BUNDLED).labels["intent"].values
    )
    shown = {"id", "channel", "language", "conversation"}
    assert all(not value for row in found for name, value in row.items() if name not in shown)
    fieval(*common, "-n", "40", "-o", "two.csv", folder=tmp_path, PYTHONHASHSEED="2")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    fieval(*common, "-n", "40", "--seed", "1", "-o", "three.csv", folder=tmp_path)
    assert {row["id"] for row in rows(tmp_path / "three.csv")} != {row["id"] for row in found}


def test_from_a_sheet_to_decisions(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "golden", ["=1", "2", "3"])
    done = fieval("label-sheet", "--dataset", folder, "-o", "sheet.csv", "--label", "intent", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    header = list(rows(tmp_path / "sheet.csv")[0])
    assert header[4:] == ["labels.intent (a b | A_c | =x | -1)", "annotator", "comment"]
    for person, intents in (("ann", ("A B", "=x", "-1")), ("ben", ("a c", "=x", ""))):
        told = {each: {"labels.intent": value, "annotator": person}
                for each, value in zip(("=1", "2", "3"), intents, strict=True)}  # fmt: skip
        fill(tmp_path / "sheet.csv", tmp_path / f"{person}.csv", told, separator=";")
    done = fieval("import", "csv", "ann.csv", "ben.csv", "--as", "gold", "--into", folder, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    votes = {each.id: each.labels["intent"].votes for each in data.read_dataset(folder).interactions}
    assert votes == {"=1": ("a b", "A_c"), "2": ("=x", "=x"), "3": ("-1",)}

    done = fieval("label-sheet", "--dataset", folder, "--disagreements", "-o", "decide.csv", folder=tmp_path)
    assert "decide.csv: 1 disagreement to decide" in done.stdout
    assert [row["votes of labels.intent"] for row in rows(tmp_path / "decide.csv")] == ["a b | A_c"]
    fill(tmp_path / "decide.csv", tmp_path / "decided.csv", {"=1": {"adjudicated.labels.intent": "A_C"}})
    done = fieval("import", "csv", "decided.csv", "--as", "gold", "--into", folder, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    label = data.read_dataset(folder).interactions[0].labels["intent"]
    assert (label.value, label.votes, label.settled) == ("A_c", ("a b", "A_c"), True)
    done = fieval("label-sheet", "--dataset", folder, "--disagreements", "-o", "more.csv", folder=tmp_path)
    assert done.stdout.endswith("Nothing is left to decide; no file is written.\n")
    assert not (tmp_path / "more.csv").exists()


def test_what_cannot_be_asked_is_one_message(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "golden", ["1"])
    (tmp_path / "there.csv").write_text("x", encoding="utf-8")
    for options, said in (
        (("-o", "there.csv"), "there.csv: is there already, and perhaps filled in; name another file"),
        (("-o", "."), ".: is a folder; expected a file"),
        (("-o", "no/x.csv"), "no/x.csv: cannot be written: No such file or directory"),
        (("-o", "x.csv", "--label", "intnt"), '--label: the card declares no "intnt"; did you mean "intent"?'),
        (("-o", "x.csv", "--disagreements"), "nobody labelled an interaction a second time"),
        (("-o", "x.csv", "--dataset", "none"), "none: no such folder"),
        (("-o", "x.csv", "--candidate", "none"), "none: no such file"),
    ):
        done = fieval("label-sheet", "--dataset", folder, *options, folder=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "x.csv").exists()


def test_all_that_is_labelled_is_asked_about_again_only_if_wanted(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "golden", ["1", "2"])
    (tmp_path / "a.csv").write_text("id,labels.mood\n1,low\n", encoding="utf-8")
    join([tmp_path / "a.csv"], folder, Reading())
    assert write_sheet(Request(dataset=str(folder), names=("mood",)), tmp_path / "one.csv").interactions == 1
    assert write_sheet(Request(dataset=str(folder), names=("mood",), again=True), tmp_path / "b.csv").interactions == 2
    (tmp_path / "a.csv").write_text("id,labels.mood\n2,low\n", encoding="utf-8")
    join([tmp_path / "a.csv"], folder, Reading())
    done = fieval("label-sheet", "--dataset", folder, "--label", "mood", "-o", "x.csv", folder=tmp_path)
    assert "all 2 interactions have these labels; --again asks about them once more" in done.stderr


def test_long_and_empty_conversations_are_said(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "golden", ["1"], "=" * 50_000)
    with (folder / "interactions.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "2", "channel": "voice"}\n')
    done = fieval("label-sheet", "--dataset", folder, "-o", "x.csv", folder=tmp_path)
    assert "1 interaction without any text: people have to listen to them" in done.stderr
    assert "1 conversation longer than a cell holds and cut" in done.stderr
    assert "====" not in done.stdout + done.stderr
    assert max(len(row["conversation"]) for row in rows(tmp_path / "x.csv")) <= 32_767


def test_a_config_names_dataset_and_candidate_and_needs_no_gold_yet(tmp_path: Path) -> None:
    dataset(tmp_path / "golden", ["1", "2"])
    (tmp_path / "fieval.yaml").write_text(
        "version: 1\ndataset: golden\ncandidate: out.jsonl\n"
        "steps: {intent: {evaluator: label_agreement, gates: {accuracy: {min: 0.5}}}}\n",
        encoding="utf-8",
    )
    done = fieval("label-sheet", "-o", "x.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no outputs of a candidate" in done.stderr
    (tmp_path / "out.jsonl").write_text('{"id": "1", "labels": {"intent": "=x"}}\n', encoding="utf-8")
    done = fieval("label-sheet", "-o", "y.csv", folder=tmp_path)
    assert "candidate's intent: (none) 1 of 1, =x 1 of 1" in done.stderr


_IDS = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=6)
_SAID = some.sampled_from(["", "a b", " A  B ", "A_c", "a-c", "=x", "'=x", "-1", "'-1"])
_MEANT = {" A  B ": "a b", "a-c": "A_c", "'=x": "=x", "'-1": "-1"}


@given(
    some.dictionaries(_IDS.filter(str.strip), some.lists(_SAID, min_size=2, max_size=2), min_size=1, max_size=5),
    some.text(max_size=20),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_people_fill_in_is_exactly_what_is_there_afterwards(
    tmp_path: Path, said: dict[str, list[str]], text: str
) -> None:
    folder = dataset(tmp_path / "golden", list(said), text.encode("utf-8", "replace").decode())
    (tmp_path / "sheet.csv").unlink(missing_ok=True)
    write_sheet(Request(dataset=str(folder)), tmp_path / "sheet.csv")
    header, *sheet = csv.reader(io.StringIO((tmp_path / "sheet.csv").read_bytes().decode("utf-8-sig"), newline=""))
    paths = [tmp_path / f"{person}.csv" for person in range(2)]
    for person, path in enumerate(paths):
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            filled = [[*row[:4], said[unguarded(row[0])][person], *row[5:]] for row in sheet]
            csv.writer(file).writerows([header, *filled])
    votes = {each: [_MEANT.get(vote, vote) for vote in found if vote.strip()] for each, found in said.items()}
    if any(votes.values()):
        join(paths, folder, Reading())
    found = {each.id: each.labels.get("intent") for each in data.read_dataset(folder).interactions}
    assert {each: list(label.votes) if label else [] for each, label in found.items()} == votes


@pytest.mark.parametrize("options", [(), ("--label", "csat")])
def test_scores_are_asked_for_with_their_scale(tmp_path: Path, options: tuple[str, ...]) -> None:
    folder = dataset(tmp_path / "golden", ["1"])
    done = fieval("label-sheet", "--dataset", folder, *options, "-o", "x.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "scores.csat (-1 to 5)" in rows(tmp_path / "x.csv")[0]
