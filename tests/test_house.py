"""The house rules that no linter holds."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

PROJECT = Path(__file__).parents[1]
FILES = sorted([*PROJECT.glob("fieval/**/*.py"), *PROJECT.glob("golden_datasets/**/*.py")])
TOP_LEVEL = {"README.md", "configs", "fieval", "golden_datasets", "pyproject.toml", "tests"}
UNWANTED_NAMES = {"core", "helpers", "manager", "utils"}


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))


def length(function: ast.FunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_files_and_functions_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
    assert [function.name for function in functions(path) if length(function) > 60] == []
    assert path.stem not in UNWANTED_NAMES


def test_functions_are_short_on_the_whole() -> None:
    assert median(length(function) for path in FILES for function in functions(path)) <= 11


def test_visible_top_level_is_what_it_is_meant_to_be() -> None:
    import subprocess

    done = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True)
    tracked = {line.split("/")[0] for line in done.stdout.splitlines()}
    assert {name for name in tracked if not name.startswith(".")} <= TOP_LEVEL


def test_nothing_heavy_is_imported_by_the_command_line() -> None:
    import subprocess
    import sys

    code = "import sys, fieval.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"anthropic", "jiwer", "jsonschema", "numpy", "pandas", "scipy", "yaml"} & set(done.stdout.split())
