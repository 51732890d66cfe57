"""`fieval import`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

from fieval.importers import importers

from end_to_end.command import fieval


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
