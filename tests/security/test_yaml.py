"""YAML that blows up: refused at once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from security.small_gate import small, typed

ALIASES = "a: &a [x, x, x]\n" + "".join(f"{name}: &{name} [*a, *a]\n" for name in "bcdefghij")
BOMBS = {
    "aliases": (ALIASES, "anchors and aliases are not supported"),
    "merge keys": ("a: {<<: *b}\n", "anchors and aliases are not supported"),
    "lists in lists": ("[" * 100_000, "nested too deeply"),
    "mappings in mappings": ("{a: " * 20_000, "nested too deeply"),
    "items in items": ("- " * 50_000, "nested too deeply"),
    "keys of keys": ("? " * 50_000, "a key must be a plain name"),
    "100 MB": ("x: " + "y" * 100_000_000, "larger than 1 MB"),
    "a tag that calls": ("a: !!python/object/apply:os.system [echo]\n", "tags such as"),
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("name", ["gate.yaml", "data/dataset.yaml"])
def test_a_bomb_of_yaml_is_refused_at_once(tmp_path: Path, name: str, bomb: str) -> None:
    small(tmp_path)
    content, said = BOMBS[bomb]
    (tmp_path / name).write_text(content)
    done = typed(tmp_path, "check", "-c", "gate.yaml")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith(f"fieval: {name}:")
