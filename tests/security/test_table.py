"""The table of attacks and faults names tests that there are, and all of this folder."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

from security.table import TABLE, TESTS

NAMED = {test for rows in TABLE.values() for row in rows for test in row.tests}
OF_ITSELF = {"test_table.py"}


def functions(path: Path) -> set[str]:
    """The tests of a file that are collected: at its top level, under names that pytest knows."""
    top = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in top if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_row_names_tests_that_there_are() -> None:
    absent = {test for test in NAMED if (parts := test.split("::"))[1] not in functions(TESTS / parts[0])}
    assert not absent


def test_every_test_of_this_folder_stands_in_the_table() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    own = {f"security/{path.name}::{name}" for path in files for name in functions(path)}
    left = {test for test in own - NAMED if test.split("::")[0].rpartition("/")[2] not in OF_ITSELF}
    assert not left


TYPED = [sys.executable, "-S", str(Path(__file__).with_name("table.py"))]  # -S: without any installed package


def test_without_what_the_tests_need_it_says_so() -> None:
    done = subprocess.run(TYPED, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "pip install -e '.[dev]'" in done.stderr


def test_a_reader_who_leaves_hears_nothing_more() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run([*TYPED, "--list"], stdout=nobody, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
