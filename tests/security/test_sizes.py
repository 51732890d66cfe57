"""Files that are small and become large, or are large: refused in one message and bounded memory, or read."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import random
from pathlib import Path

import pytest

from fieval import data
from fieval.data.lines import LONGEST_LINE
from fieval.errors import SHOWN_PROBLEMS, InvalidInput
from fieval.files import unpacked

from security.small_gate import measured, small, with_line

MEGABYTES = 250  # a run of the small gate takes 90
MEMBER = 10_000_000
BOMBS = {"zeros": b"\0", "blank lines": b"\n", "blanks": b" ", "brackets": b"["}


def bomb(path: Path, content: bytes, members: int = 1000) -> Path:
    """10 GB in 10 MB: an archive may have any number of members."""
    one = gzip.compress(content * (MEMBER // len(content)), mtime=0)
    path.write_bytes(one * members)
    return path


@pytest.mark.parametrize("content", BOMBS)
def test_outputs_that_unpack_to_ten_gigabytes(tmp_path: Path, content: str) -> None:
    small(tmp_path)
    bomb(tmp_path / "bomb.jsonl.gz", BOMBS[content])
    done = measured(tmp_path, "run", "-c", "gate.yaml", "--candidate", "bomb.jsonl.gz")
    assert done.code == 2
    assert done.said.startswith("fieval: bomb.jsonl.gz")
    assert done.said.count("\n") <= 2
    assert done.megabytes < MEGABYTES


@pytest.mark.parametrize("form", ["csv", "otlp", "genesys", "rttm"])
def test_sources_of_an_import_that_unpack_to_ten_gigabytes(tmp_path: Path, form: str) -> None:
    bomb(tmp_path / "bomb.gz", b"\0")
    done = measured(tmp_path, "import", form, "bomb.gz", "-o", "out.jsonl")
    assert done.code == 2
    assert "unpacks to more than 250 times its size" in done.said
    assert done.megabytes < MEGABYTES
    assert not (tmp_path / "out.jsonl").exists()


def test_a_dataset_that_unpacks_to_ten_gigabytes(tmp_path: Path) -> None:
    small(tmp_path)
    (tmp_path / "data/interactions.jsonl").unlink()
    bomb(tmp_path / "data/interactions.jsonl.gz", b"\0")
    with pytest.raises(InvalidInput, match="unpacks to more than"):
        data.read_dataset(tmp_path / "data")


def test_what_is_only_well_compressed_is_no_bomb() -> None:
    """The same call 5,000 times, with ids of its own."""
    line = json.dumps({"summary": " ".join(random.Random(1).choices(["refund", "router", "bill"], k=200))})
    content = "".join(f'{{"id": "{number}"}}{line}\n' for number in range(5000)).encode()
    stored = gzip.compress(content, mtime=0)
    assert len(content) > 40 * len(stored)
    assert unpacked(io.BytesIO(stored)).read() == content


def test_a_line_of_a_hundred_megabytes(tmp_path: Path) -> None:
    one = small(tmp_path)
    with_line(one, json.dumps({**one.candidate[0], "summary": "x" * 100_000_000}), tmp_path)
    done = measured(tmp_path, "run", "-c", "gate.yaml", "--candidate", "changed.jsonl")
    assert (done.code, done.said) == (
        2,
        "fieval: changed.jsonl:1: the line is longer than 32 MB, which no interaction is\n",
    )
    assert done.megabytes < MEGABYTES


def test_a_long_line_below_that_is_read(tmp_path: Path) -> None:
    one = small(tmp_path)
    path = with_line(one, json.dumps({**one.candidate[0], "meta": {"raw": "x" * (LONGEST_LINE - 10_000)}}), tmp_path)
    assert data.read_outputs(path, data.read_dataset(tmp_path / "data")).outputs[0] is not None


def test_an_object_of_a_million_keys(tmp_path: Path) -> None:
    one, read = small(tmp_path), data.read_dataset(tmp_path / "data")
    many = {f"k{number}": "x" for number in range(1_000_000)}
    path = with_line(one, json.dumps({**one.candidate[0], "meta": many}), tmp_path)
    assert len(data.read_outputs(path, read).outputs) == 16
    with_line(one, json.dumps({**one.candidate[0], "labels": dict(list(many.items())[:100_000])}), tmp_path)
    with pytest.raises(InvalidInput) as raised:
        data.read_outputs(path, read)
    assert len(raised.value.problems) == SHOWN_PROBLEMS + 1
    assert raised.value.problems[-1].endswith(":1: labels: the card does not declare 100000 names here")


NESTED = ["[" * 1_000_000, '{"a":' * 1_000_000, '{"id": "call-000", "meta": ' + "[" * 5000 + "]" * 5000 + "}"]
READERS = ["candidate.jsonl", "data/interactions.jsonl", "data/verdicts.jsonl", "training.jsonl"]


@pytest.mark.parametrize(("line", "name"), list(itertools.product(range(len(NESTED)), READERS)))
def test_deep_nesting(tmp_path: Path, line: int, name: str) -> None:
    small(tmp_path)
    path = tmp_path / name
    path.write_text(NESTED[line] + "\n")
    with pytest.raises(InvalidInput) as raised:
        dataset = data.read_dataset(tmp_path / "data")
        match name:
            case "candidate.jsonl":
                data.read_outputs(path, dataset)
            case "data/verdicts.jsonl":
                data.read_verdicts(path, dataset)
            case _:
                data.refuse_seen(dataset, path)
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith(f"{path}:1: ")
