"""Alignment with a masked reference, against the textbook recurrence with a symbol that stands for anything."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.speech.align import count_errors
from fieval.speech.masked import MASKED_WORDS, matched, places, total_errors

WORDS = st.lists(st.sampled_from("abc"), max_size=5)
PIECES = st.lists(WORDS, min_size=1, max_size=4)
HEARD = st.lists(st.sampled_from("abcd"), max_size=24)


def fewest(pieces: list[list[str]], heard: list[str]) -> int:
    """Levenshtein's recurrence, cell by cell; None stands for any word or none."""
    said: list[str | None] = [*pieces[0]]
    for piece in pieces[1:]:
        said += [*[None] * MASKED_WORDS, *piece]
    row = list(range(len(heard) + 1))
    for word in said:
        below = [row[0] + (word is not None)]
        for column, other in enumerate(heard, 1):
            if word is None:
                below.append(min(row[column], below[-1] + 1, row[column - 1]))
            else:
                below.append(min(row[column] + 1, below[-1] + 1, row[column - 1] + (word != other)))
        row = below
    return row[-1]


@settings(max_examples=500, deadline=None)
@given(PIECES, HEARD)
def test_there_is_no_alignment_with_fewer_errors(pieces: list[list[str]], heard: list[str]) -> None:
    found = total_errors(matched(pieces, heard))
    assert found.errors == fewest(pieces, heard)
    assert found.hits + found.substitutions + found.deletions == sum(map(len, pieces))


@given(PIECES, HEARD)
def test_places_are_in_order_and_never_overlap(pieces: list[list[str]], heard: list[str]) -> None:
    spans = places(pieces, heard)
    ends = [place for span in spans for place in span]
    assert ends == sorted(ends)
    assert ends[0] == 0
    assert ends[-1] == len(heard)


@settings(deadline=None)
@given(PIECES, st.lists(HEARD, min_size=4, max_size=4))
def test_masking_costs_no_more_than_cutting_the_passage_out(pieces: list[list[str]], heard: list[list[str]]) -> None:
    """Whatever was recognised in the masked passage, and even if somebody knew where it is."""
    parts = [(piece, words) for piece, words in zip(pieces, heard, strict=False)]
    cut_out = sum(count_errors(*part).errors for part in parts)
    everything = [word for _, words in parts for word in [*words, "something", "else"]][:-2]
    assert total_errors(matched(pieces, everything)).errors <= cut_out


@given(PIECES)
def test_what_was_heard_right_beside_a_mask_costs_nothing(pieces: list[list[str]]) -> None:
    heard = [word for piece in pieces for word in [*piece, "x", "y"]][:-2]
    assert total_errors(matched(pieces, heard)).errors == 0


@given(WORDS, HEARD)
def test_without_a_mask_it_is_the_plain_alignment(said: list[str], heard: list[str]) -> None:
    assert total_errors(matched([said], heard)) == count_errors(said, heard)


@given(st.integers(0, 40))
def test_a_loop_where_a_name_was_is_insertions_beyond_what_a_name_takes(turns: int) -> None:
    said, heard = [["this", "is"], ["speaking", "hello"]], ["this", "is", *["la"] * turns, "speaking", "hello"]
    found = total_errors(matched(said, heard))
    assert (found.errors, found.insertions) == (max(0, turns - MASKED_WORDS),) * 2
