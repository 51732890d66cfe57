"""Names from strangers: nothing that a terminal, a CI log or a browser would obey gets out."""

from pathlib import Path

import pytest

from end_to_end.command import fieval
from made_dataset import Made, made

HOSTILE = "x\n::error::pwned\n##[error]also\x1b[2J\u202e<script>|@everyone"
ANYTHING = {"\x1b", "\u202e", "\x9b"}


@pytest.fixture
def hostile() -> Made:
    one = made(n=60, harm=0.4)
    for index, line in enumerate(one.gold):
        line["cohorts"]["product"] = HOSTILE if index % 2 else "plain"
        line["group"] = f"{HOSTILE}{index}"
    for lines in (one.gold, one.baseline, one.candidate):
        for line in lines:
            line["id"] = f"{line['id']}{HOSTILE}"
    for line in one.candidate:
        line["summary"] += HOSTILE
        line["labels"]["intent"] = HOSTILE
    return one


@pytest.mark.parametrize(
    "arguments", ["run", "run -q", "run --format markdown", "run --format json", "run --show-text", "check"]
)
def test_nothing_printed_is_obeyed(tmp_path: Path, hostile: Made, arguments: str) -> None:
    out = ["--out", str(tmp_path / "out")] if arguments != "check" else []
    done = fieval(*arguments.split(), "-c", hostile.write(tmp_path), *out)
    printed = done.stdout + done.stderr
    assert done.returncode in (0, 1)
    assert not ANYTHING & set(printed)
    assert not [line for line in printed.splitlines() if line.lstrip().startswith(("::", "##["))]


def test_error_messages_are_single_harmless_lines(tmp_path: Path, hostile: Made) -> None:
    hostile.candidate[0]["id"] = HOSTILE + "y" * 10_000
    done = fieval("run", "-c", hostile.write(tmp_path))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 700
    assert not ANYTHING & set(done.stderr)
    assert "##[" not in done.stderr


def test_files_for_people_and_spreadsheets_hold_no_control_characters(tmp_path: Path, hostile: Made) -> None:
    fieval("run", "-c", hostile.write(tmp_path), "--out", tmp_path / "out")
    for name in ("report.md", "junit.xml", "scores.csv", "report.json"):
        assert not ANYTHING & set((tmp_path / "out" / name).read_text(encoding="utf-8")), name


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "out").mkdir()
    for name in (".report.json.partial", "report.json"):
        (tmp_path / "out" / name).symlink_to(precious)
    fieval("run", "-c", made(n=30).write(tmp_path), "--out", tmp_path / "out")
    assert precious.read_text() == "mine"
    assert not (tmp_path / "out/report.json").is_symlink()
