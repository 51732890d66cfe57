"""Whatever stands in the files of a run, a cassette or a cache: read, or refused in one message."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieval import data
from fieval.config import load
from fieval.data import read_card
from fieval.errors import FievalError
from fieval.evals import kinds
from fieval.judge import cassette
from fieval.run_folder import read_run
from fieval.stored import stored_origins

from security.small_gate import small, typed

Reader = Callable[[Path], object]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    small(folder)
    assert typed(folder, "run", "-c", "gate.yaml", "--out", "first", "-q").returncode == 0
    return folder


def scores(folder: Path) -> object:
    return list(read_run(folder, scores=True).scores)


READERS: dict[str, Reader] = {
    "gate.yaml": lambda folder: load(folder / "gate.yaml", kinds()),
    "data/dataset.yaml": lambda folder: read_card(folder / "data"),
    "data/interactions.jsonl": lambda folder: data.read_dataset(folder / "data"),
    "candidate.jsonl": lambda folder: data.read_outputs(folder / "candidate.jsonl", data.read_dataset(folder / "data")),
    "first/report.json": lambda folder: read_run(folder / "first"),
    "first/evidence.jsonl": lambda folder: read_run(folder / "first"),
    "first/scores.csv": lambda folder: scores(folder / "first"),
    "first/traces.csv": lambda folder: stored_origins(folder / "first/traces.csv"),
    "judge.jsonl": lambda folder: cassette.load(folder / "judge.jsonl"),
}
CUT = st.integers(0, 10_000)
BYTES = st.one_of(
    st.binary(max_size=80), st.text('{}[]",:0123456789eE-.nulltrue\\ud8\n \x00é', max_size=60).map(str.encode)
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2000)
@given(start=CUT, length=st.integers(0, 200), content=BYTES, packed=st.booleans())
def test_any_bytes_anywhere(gate: Path, name: str, start: int, length: int, content: bytes, packed: bool) -> None:
    """A piece of the file replaced by other bytes."""
    path = gate / name
    whole = path.read_bytes() if path.exists() else b'{"key": "a", "verdicts": []}\n'
    at = start % (len(whole) + 1)
    changed = whole[:at] + content + whole[at + length :]
    path.write_bytes(gzip.compress(changed) if packed and content[:1] == b"z" else changed)
    try:
        READERS[name](gate)
    except FievalError as error:
        assert str(error)
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"SQLite format 3\x00" + b"\xff" * 4000, b"{}"])
@pytest.mark.parametrize("command", ["history accuracy", "report first", "show first call-000"])
def test_a_broken_index_or_cache_stops_nothing(gate: Path, content: bytes, command: str) -> None:
    (gate / ".fieval").mkdir(exist_ok=True)
    for name in ("history.sqlite", "judge.sqlite"):
        (gate / ".fieval" / name).write_bytes(content)
    done = typed(gate, *command.split(), *(["first"] if command.startswith("history") else []))
    assert done.returncode == 0, done.stderr


def test_a_cache_of_strangers_tables_is_one_message(gate: Path) -> None:
    (gate / ".fieval").mkdir(exist_ok=True)
    with sqlite3.connect(gate / "strange.sqlite") as base:
        base.execute("create table answers (a, b)")
    base.close()
    text = (gate / "gate.yaml").read_text() + "judge: {provider: anthropic, cache: strange.sqlite}\n"
    (gate / "judged.yaml").write_text(text)
    assert typed(gate, "doctor", "-c", "judged.yaml", "--offline").returncode in (0, 2, 4)
