"""Error counts against a plain dynamic programme and jiwer, and which terms survived."""

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.speech.align import aligned, character_errors, count_errors, found_terms, term_spans

from oracles import distance

words = st.lists(st.sampled_from(["a", "bb", "the", "40", "é"]), max_size=14)
some_words = st.lists(st.sampled_from(["a", "bb", "the", "40", "é"]), min_size=1, max_size=14)


@settings(max_examples=400, deadline=None)
@given(words, words)
def test_counts_equal_a_plain_dynamic_programme(reference: list[str], hypothesis: list[str]) -> None:
    counts = count_errors(reference, hypothesis)
    assert counts.errors == distance(reference, hypothesis)
    assert counts.hits + counts.substitutions + counts.deletions == len(reference)
    assert counts.hits + counts.substitutions + counts.insertions == len(hypothesis)
    assert len(counts.missed) == counts.substitutions + counts.deletions
    assert all(reference[position] in hypothesis for position in set(range(len(reference))) - counts.missed)


@settings(max_examples=300, deadline=None)
@given(some_words, words)
def test_rates_equal_jiwer(reference: list[str], hypothesis: list[str]) -> None:
    expected, got = " ".join(reference), " ".join(hypothesis)
    assert count_errors(reference, hypothesis).errors / len(reference) == pytest.approx(jiwer.wer(expected, got))
    assert character_errors(expected, got) == distance(expected, got)
    assert character_errors(expected, got) / len(expected) == pytest.approx(float(jiwer.cer(expected, got)))


def test_nothing_said_leaves_insertions() -> None:
    counts = count_errors([], ["two", "words"])
    assert (counts.insertions, counts.errors, counts.hits) == (2, 2, 0)
    assert count_errors([], []).errors == 0


@pytest.mark.parametrize(
    ("reference", "hypothesis", "terms", "found", "total"),
    [
        ("my router is down", "my rooter is down", ["router"], 0, 1),
        ("a direct debit and a direct line", "a direct debit and a line", ["direct debit"], 1, 1),
        ("a direct debit", "a direct debt", ["direct debit"], 0, 1),
        ("router router router", "router router", ["router"], 2, 3),
        ("pay 40 dollars by 5th", "pay 14 dollars by 5th", [], 1, 2),
        ("the 5g router", "the 5g router", ["5g", "5g router"], 2, 2),
        ("nothing here", "nothing here", ["router"], 0, 0),
        ("said router", "router said", [""], 0, 0),
        ("the router's light", "the router's light", ["router"], 1, 1),
        ("o'brien's direct debit's date", "o'brien's direct debit date", ["o'brien", "direct debit"], 1, 2),
        ("direct's debit", "direct's debit", ["direct debit"], 0, 0),
    ],
)
def test_terms(reference: str, hypothesis: str, terms: list[str], found: int, total: int) -> None:
    spans = term_spans(reference.split(), [term.split() for term in terms])
    assert len(spans) == total
    assert found_terms(spans, count_errors(reference.split(), hypothesis.split())) == found


@given(words, words)
def test_terms_are_found_where_all_is_right_and_lost_where_all_is_gone(reference: list[str], terms: list[str]) -> None:
    spans = term_spans(reference, [[term] for term in terms])
    assert found_terms(spans, count_errors(reference, reference)) == len(spans)
    assert found_terms(spans, count_errors(reference, [])) == 0


def test_the_alignment_is_shown_for_reading() -> None:
    misheard, shown = aligned(["the", "red", "car"], ["the", "bed", "car", "now"])
    assert misheard == ["red → bed", "(nothing) → now"]
    assert "red" in shown
    assert "bed" in shown
    assert "S" in shown
