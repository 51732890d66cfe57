"""Error counts against a plain dynamic programme and jiwer, and which terms survived."""

from itertools import pairwise
from random import Random
from typing import cast

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from fieval.speech.align import (
    Terms,
    aligned,
    character_errors,
    count_errors,
    counted,
    found_terms,
    misheard,
    printed,
    runs,
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
@given(some_words, words, st.integers(0, 100))
def test_rates_equal_jiwer(reference: list[str], hypothesis: list[str], likely: int) -> None:
    expected, got = " ".join(reference), " ".join(hypothesis)
    assert count_errors(reference, hypothesis).errors / len(reference) == pytest.approx(jiwer.wer(expected, got))
    assert character_errors(expected, got, likely) == distance(expected, got)
    assert character_errors(expected, got, likely) / len(expected) == pytest.approx(float(jiwer.cer(expected, got)))


@pytest.mark.parametrize("length", [599, 600, 1000, 2000, 2100])
@pytest.mark.parametrize("wrong", [0.02, 0.15, 0.4, 1.0])
@pytest.mark.parametrize("vocabulary", [3, 1000])
def test_where_the_errors_are_looked_for_first_changes_no_alignment(length: int, wrong: float, vocabulary: int) -> None:
    rng = Random(length)
    reference = [str(rng.randrange(vocabulary)) for _ in range(length)]
    heard = [rng.choices([[word], ["x"], [], [word, "0"]], [1 - wrong, wrong, wrong, wrong])[0] for word in reference]
    hypothesis = [word for words in heard for word in words]
    edits = cast("list[tuple[str, int, int]]", Levenshtein.editops(reference, hypothesis).as_list())
    counts = count_errors(reference, hypothesis)
    assert counts.missed == {place for kind, place, _ in edits if kind != "insert"}
    assert counts.substitutions == sum(kind == "replace" for kind, _, _ in edits)
    assert counts.insertions == sum(kind == "insert" for kind, _, _ in edits)


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
    spans = Terms(term.split() for term in terms).spans(reference.split())
    assert len(spans) == total
    assert found_terms(spans, count_errors(reference.split(), hypothesis.split())) == found


@given(words, words)
def test_terms_are_found_where_all_is_right_and_lost_where_all_is_gone(reference: list[str], terms: list[str]) -> None:
    spans = Terms([term] for term in terms).spans(reference)
    assert found_terms(spans, count_errors(reference, reference)) == len(spans)
    assert found_terms(spans, count_errors(reference, [])) == 0


def test_what_was_misheard_is_told_and_runs_take_turns() -> None:
    chunks = aligned(["a", "b", "c", "d"], ["a", "x", "y", "z", "d"])
    assert list(misheard(chunks)) == ["(nothing) → x", "b c → y z"]
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
    assert [" ".join(each for each in side if each) for side in zip(*runs(found), strict=True)] == (
        [" ".join(reference), " ".join(hypothesis)] if found else []
    )
    assert counted(found) == count_errors(reference, hypothesis)
