"""Coverage-guided fuzzing of every reader, by hand: nothing but a FievalError may come out.

    pip install atheris
    PYTHONPATH=tests python -m security.fuzz_readers READER -max_total_time=300 -max_len=4096

READER is a name in READERS; a file that breaks it stays in the current folder as `crash-…`.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

from fieval import data
from fieval.config import load
from fieval.data import read_card
from fieval.data.lines import Problems
from fieval.errors import FievalError
from fieval.evals import kinds
from fieval.importers.base import Reading, SourceFile
from fieval.importers.parts import finding
from fieval.judge import cassette
from fieval.run_folder import read_run
from fieval.stored import StoredScores

from security.small_gate import small

FORMATS = (
    "contact_lens", "csv", "ctm", "cxone", "deepgram", "genesys", "nlp", "otlp", "rttm", "stm", "transcribe",
)  # fmt: skip
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
CALLS = FOLDER / "data"


def _outputs(path: Path) -> None:
    data.read_outputs(path, data.read_dataset(CALLS))


def _interactions(path: Path) -> None:
    path.rename(FOLDER / "fuzzed/interactions.jsonl")
    data.read_dataset(FOLDER / "fuzzed")


def _card(path: Path) -> None:
    path.rename(FOLDER / "card/dataset.yaml")
    read_card(FOLDER / "card")


def _report(path: Path) -> None:
    read_run(path)


def _scores(path: Path) -> None:
    list(StoredScores(path))


def _importer(name: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        problems = Problems(path)
        list(finding.importer(name).gather([SourceFile(path, problems, Counter())], Reading()))

    return read


READERS: dict[str, Callable[[Path], Any]] = {
    "outputs": _outputs,
    "interactions": _interactions,
    "card": _card,
    "config": lambda path: load(path, kinds()),
    "verdicts": lambda path: data.read_verdicts(path, data.read_dataset(CALLS)),
    "training": lambda path: data.refuse_seen(data.read_dataset(CALLS), path),
    "report": _report,
    "scores": _scores,
    "cassette": cassette.load,
    **{name: _importer(name) for name in FORMATS},
}


def once(reader: str, content: bytes) -> None:
    """One file through one reader."""
    path = FOLDER / ("file.jsonl.gz" if content[:2] == b"\x1f\x8b" else "file.jsonl")
    path.write_bytes(content)
    with contextlib.suppress(FievalError):
        READERS[reader](path)


def prepare() -> None:
    """A dataset to read beside what is fuzzed."""
    small(FOLDER, 2)
    for name in ("fuzzed", "card"):
        (FOLDER / name).mkdir()
    (FOLDER / "fuzzed/dataset.yaml").write_bytes((CALLS / "dataset.yaml").read_bytes())


if __name__ == "__main__":
    atheris: Any = import_module("atheris")
    prepare()
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and str(each.__module__).startswith("fieval."):
            atheris.instrument_func(each)
    reader = sys.argv.pop(1)
    atheris.Setup(sys.argv, lambda content: once(reader, content))
    atheris.Fuzz()
