"""Plain tables fit into 100 columns and steer no terminal."""

from fieval.pages.layout import WIDTH, as_json, item, paragraph, table
from fieval.statistics.shares import share

from sample_run import HOSTILE


def test_numbers_are_right_aligned_and_text_is_not() -> None:
    lines = list(table(("name", "n"), [("a", "1"), ("  under", "200")]))
    assert lines == ["  name       n", "  a          1", "    under  200"]


def test_long_text_is_cut_to_the_width() -> None:
    lines = list(table(("name", "n", "more"), [("x" * 300, "12", "y" * 90)]))
    assert max(map(len, lines)) <= WIDTH
    assert "..." in lines[1]
    assert " 12 " in lines[1]


def test_hostile_text_is_shown_harmless() -> None:
    shown = "\n".join([*table((HOSTILE, "n"), [(HOSTILE, "1")]), paragraph(HOSTILE), item(HOSTILE)])
    assert not {"\x1b", "\u202e"} & set(shown)
    assert not [line for line in shown.splitlines() if "::error" in line or "##[" in line]
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_json_names_its_schema_first() -> None:
    assert as_json("fieval.made/1", share(1, 4)).startswith('{\n  "schema": "fieval.made/1",\n  "count": 1,')
