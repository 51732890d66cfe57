"""Plain tables fit into 80 columns and steer no terminal."""

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


def test_titles_are_folded_before_any_name_is_cut() -> None:
    lines = list(table(("by cohort", "accuracy candidate", "accuracy baseline"), [("x" * 50, "87.8%", "88.0%")]))
    assert [line.split() for line in lines] == [
        ["accuracy", "accuracy"],
        ["by", "cohort", "candidate", "baseline"],
        ["x" * 50, "87.8%", "88.0%"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_text_is_folded_between_words_and_columns_move_together_to_keep_it_whole() -> None:
    lines = list(table(("who", "n"), [("one with most of the others " * 4, "7"), ("y" * 76, "1")]))
    assert "..." not in "".join(lines)
    assert " ".join(" ".join(lines[1:-1]).replace(" 7", "").split()) == ("one with most of the others " * 4).strip()
    assert lines[-1] == f"  {'y' * 76} 1"
