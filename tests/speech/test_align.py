"""Error counts against a plain dynamic programme and jiwer, and which terms survived."""

from itertools import pairwise

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.speech.align import (
    aligned,
    character_errors,
    count_errors,
    found_terms,
    misheard,
    printed,
    runs,
    term_spans,
)

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


def test_what_was_misheard_is_told_and_runs_take_turns() -> None:
    chunks = aligned(["a", "b", "c", "d"], ["a", "x", "y", "z", "d"])
    assert misheard(chunks) == ["(nothing) → x", "b c → y z"]
    assert runs(chunks) == [("a", "a"), ("b c", "x y z"), ("d", "d")]
    assert runs(aligned([], ["a"])) == [("", "a")]


@given(words, words)
def test_the_alignment_is_printed_as_jiwer_prints_its_own(reference: list[str], hypothesis: list[str]) -> None:
    found = aligned(reference, hypothesis)
    expected = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    assert printed(found) == jiwer.visualize_alignment(expected, show_measures=False)
    assert [word for chunk in found for word in chunk.said] == reference
    assert [word for chunk in found for word in chunk.heard] == hypothesis
    took_turns = [said == heard for said, heard in runs(found)]
    assert all(one != other for one, other in pairwise(took_turns))
