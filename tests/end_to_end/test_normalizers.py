"""A report names what made texts comparable, and runs that differ in it say so."""

from __future__ import annotations

import json
from pathlib import Path

from end_to_end.command import fieval
from made_dataset import made

REPLACING = "    evaluator: asr_accuracy\n    replacements: {wi fi: wifi}\n"


def test_runs_with_other_replacements_are_not_compared_in_silence(tmp_path: Path) -> None:
    small = made(40)
    config = small.write(tmp_path / "one")
    small.config = small.config.replace("    evaluator: asr_accuracy\n", REPLACING)
    replacing = small.write(tmp_path / "other")
    for path, name in ((config, "first"), (replacing, "second")):
        fieval("run", "-c", path, "--out", tmp_path / name)
    reports = [json.loads((tmp_path / name / "report.json").read_text()) for name in ("first", "second")]
    assert reports[0]["normalizers"]["asr"] == ["english 3"]
    assert reports[1]["normalizers"]["asr"][0].startswith("english 3+replacements:")
    assert "Not the same" in fieval("compare", tmp_path / "first", tmp_path / "second").stdout
    found = json.loads(fieval("compare", tmp_path / "first", tmp_path / "second", "--format", "json").stdout)
    assert "normalizer" in found["differs"]
    found = json.loads(fieval("compare", tmp_path / "first", tmp_path / "first", "--format", "json").stdout)
    assert found["differs"] == []


def test_a_run_from_before_normalizers_were_named_can_be_compared(tmp_path: Path) -> None:
    config = made(40).write(tmp_path / "data")
    fieval("run", "-c", config, "--out", tmp_path / "new")
    report = json.loads((tmp_path / "new" / "report.json").read_text())
    del report["normalizers"]
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "report.json").write_text(json.dumps(report))
    found = json.loads(fieval("compare", tmp_path / "old", tmp_path / "new", "--format", "json").stdout)
    assert found["differs"] == ["normalizer"]


def test_a_replacement_that_would_not_end_is_told_with_its_place(tmp_path: Path) -> None:
    small = made(40)
    small.config = small.config.replace(
        "    evaluator: asr_accuracy\n", REPLACING.replace("wi fi: wifi", "line: north line")
    )
    done = fieval("run", "-c", small.write(tmp_path), "--out", tmp_path / "run")
    assert done.returncode == 2
    assert 'steps.asr.replacements: "line" becomes "north line", in which "line" would be replaced again' in done.stderr
