"""What all importers share: what was assumed, ids held against a dataset, options nobody heeds, JSON documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieval.data.lines import Problems
from fieval.errors import InvalidInput
from fieval.importers import Reading, convert
from fieval.importers.base import SourceFile


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{\n  "a": 1,\n  "b": nope\n}', ":3: not JSON"),
        (b'{\n  "a": 1,\n', ":3: not JSON"),
        (b'{"a":\n"\xff"}', ":2: not"),
        (b"[" * 100_000, ":1: JSON nested too deeply"),
        (b"", ":1: not JSON"),
    ],
)
def test_a_document_that_is_none_is_told_by_line(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    source = SourceFile(tmp_path / "a.json", Problems(tmp_path / "a.json"))
    assert source.document() is None
    assert [said in problem for problem in source.problems] == [True]


def test_a_document_may_have_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": [1]}')
    assert SourceFile(tmp_path / "a.json", Problems(tmp_path / "a.json")).document() == {"a": [1]}


def test_what_a_format_does_not_heed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.stm").write_text("a 1 s 0 1 hello\n", encoding="utf-8")
    asked = Reading(mapping={"labels.intent": "x"}, unit="ms")
    with pytest.raises(InvalidInput) as raised:
        convert("stm", [tmp_path / "a.stm"], tmp_path / "out.jsonl", reading=asked)
    assert raised.value.problems == (
        "--map: the format stm has no use for it",
        "--unit: the format stm has no use for it",
    )
