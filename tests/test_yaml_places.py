"""YAML 1.2 scalars, places of keys and values, and everything that is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.errors import InvalidInput
from fieval.model import Place
from fieval.yaml_places import Findings, dotted, read_yaml, scalar


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "file.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("+7", 7),
        ("1_000", "1_000"),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("12:30", "12:30"),
        ("2026-11-20", "2026-11-20"),
        ("~", None),
        ("null", None),
        ("", None),
        ("nUll", "nUll"),
        ("٣", "٣"),
        ("9" * 5000, math.inf),
    ],
)
def test_a_plain_scalar_is_what_yaml_1_2_says(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_nan_is_a_number() -> None:
    assert math.isnan(float(scalar(".nan") or 0))


@given(st.integers(-(10**30), 10**30))
def test_integers_survive(number: int) -> None:
    assert scalar(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_survive(number: float) -> None:
    read = scalar(repr(number))
    assert isinstance(read, float)
    assert read == number


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
def test_quoted_text_is_never_anything_else(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    quoted = text.replace("'", "''").replace("\u2028", "").replace("\u2029", "")
    path = written(tmp_path_factory.mktemp("yaml"), f"key: '{quoted}'\n")
    try:
        value = read_yaml(path).data["key"]
    except InvalidInput as refused:
        assert "control character" in str(refused)
        return
    assert value == quoted.replace("''", "'")


def test_keys_and_values_have_places(tmp_path: Path) -> None:
    path = written(tmp_path, "a:\n  b: [x, {c: 010}]\n")
    document = read_yaml(path)
    assert document.data == {"a": {"b": ["x", {"c": 10}]}}
    assert document.key(("a", "b")) == Place(str(path), 2, 3)
    assert document.value(("a", "b", 1, "c")) == Place(str(path), 2, 14)
    assert document.written["a", "b", 1, "c"] == "010"
    assert document.value(("a", "z", "q")) == document.value(("a",))


def test_keys_are_strings_as_written(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, "1: a\nyes: b\n0x1: c\n")).data == {"1": "a", "yes": "b", "0x1": "c"}


def test_a_byte_order_mark_and_carriage_returns_are_no_matter(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")).data == {"a": 1, "b": 2}


def test_a_key_given_twice_is_noted_with_both_places(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\nb: {c: 1, c: {d: 2}}\na: 2\n")
    document = read_yaml(path)
    assert document.data == {"a": 1, "b": {"c": 1}}
    with pytest.raises(InvalidInput) as caught:
        Findings(document).stop()
    assert caught.value.problems == (
        f'{path}:2:11: b: the key "c" is given twice; it was first given at 2:5',
        f'{path}:3:1: the key "a" is given twice; it was first given at 1:1',
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "1:1: the file is empty"),
        ("# only a comment\n", "1:1: the file is empty"),
        ("---\n", "1:1: the file is empty"),
        ("- a\n", "1:1: expected a mapping (`key: value` lines), got a list"),
        ("text\n", "1:1: expected a mapping (`key: value` lines), got a string"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document starts here; keep one per file"),
        ("a: *b\n", "1:4: anchors and aliases are not supported; write the value out"),
        ("a: &b 1\n", "1:4: anchors and aliases are not supported; write the value out"),
        ("&b a: 1\n", "1:1: anchors and tags are not supported on keys"),
        ("a: !secret b\n", "1:4: tags such as !secret are not supported; quote the value instead"),
        ("? [a]\n: b\n", "1:3: a key must be a plain name"),
        ("a:\n\tb: 1\n", "2:1: a tab cannot indent YAML; use spaces"),
        ("a: b: c\n", "1:5: not valid YAML: mapping values are not allowed here"),
        (
            "a: [1,\nb",
            "2:2: not valid YAML: expected ',' or ']', but got '<stream end>' (while parsing a flow sequence)",
        ),
        ("a: " + "[" * 5000, "1:34: nested too deeply"),
        ("a: 1\nb: x\x00\n", r"2:5: the control character '\x00' is not allowed"),
        ('a: "\\uD800"\n', "1:4: half of a surrogate pair is not text"),
        ('a: "\\0"\n', "1:4: a NUL character is not text"),
        (b"a: 1\nb: caf\xe9\n", "2:7: not UTF-8; save the file as UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(tmp_path: Path, content: str | bytes, problem: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InvalidInput) as caught:
        read_yaml(path)
    assert caught.value.problems == (f"{path}:{problem}",)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.yaml: no such file"):
        read_yaml(tmp_path / "nowhere.yaml")
    with pytest.raises(InvalidInput, match="is a folder; expected a file"):
        read_yaml(tmp_path)


def test_paths_are_shown_as_people_write_them() -> None:
    assert dotted(("steps", "asr", "after", 0)) == "steps.asr.after[0]"
