"""What the system refuses of a user's files is told as such, wherever it was not foreseen; all else stays a bug."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

import fieval

from end_to_end.command import PROJECT
from end_to_end.command import fieval as command

LONG = "b" * 300


@pytest.mark.parametrize(
    ("number", "name", "code"),
    [
        (errno.EACCES, "data/interactions.jsonl", 2),
        (errno.ENAMETOOLONG, "x.jsonl", 2),
        (errno.EROFS, b"bytes.jsonl", 2),
        (errno.ENOSPC, "x.jsonl", 4),
        (errno.EDQUOT, "x.jsonl", 4),
        (errno.EIO, "x.jsonl", 4),
        (errno.EMFILE, "x.jsonl", 4),
        (errno.ENFILE, "x.jsonl", 4),
        (errno.EACCES, None, 70),
        (errno.EACCES, "", 70),
        (errno.EACCES, 7, 70),
        (errno.EACCES, fieval.__file__, 70),
        (errno.EMFILE, os.__file__, 70),
        (errno.EACCES, pytest.__file__, 70),
    ],
)
def test_an_error_of_the_system(
    small: Path, tmp_path: Path, number: int, name: str | bytes | int | None, code: int
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import fieval.engine\n"
        f"def refused(*arguments):\n    raise OSError({number}, 'the reason', {name!r})\n"
        "fieval.engine.score_steps = refused\n"
    )
    done = command("run", "--out", tmp_path / "out", folder=small, PYTHONPATH=str(tmp_path))
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code == 70:
        assert "this is a bug in fieval" in done.stderr
    else:
        shown = name.decode() if isinstance(name, bytes) else name
        assert done.stderr == f"fieval: {shown}: the reason\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "-c", LONG),
        ("run", "--candidate", LONG),
        ("run", "--baseline", LONG),
        ("run", "--dataset", LONG),
        ("check", "--training", LONG),
        ("report", LONG),
        ("show", LONG, "a"),
        ("compare", LONG, LONG),
        ("bless", LONG),
        ("init", LONG),
        ("import", "rttm", LONG, "-o", "x"),
    ],
    ids=lambda arguments: " ".join(arguments).replace(LONG, "LONG"),
)
def test_a_name_that_is_too_long_is_one_message(arguments: tuple[str, ...]) -> None:
    done = command(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "File name too long" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is refused to root")
@pytest.mark.parametrize("option", ["-c", "--candidate", "--baseline", "--dataset"])
def test_a_folder_that_may_not_be_entered(tmp_path: Path, option: str) -> None:
    (tmp_path / "shut").mkdir(mode=0)
    done = command("run", option, tmp_path / "shut" / "inside.jsonl", folder=PROJECT)
    assert done.returncode == 2, done.stderr
    assert "Permission denied" in done.stderr
