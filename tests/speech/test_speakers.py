"""Pairings against scipy and all permutations, words by speaker against jiwer's alignments and cases worked by hand."""

import itertools

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from fieval.speech.speakers import Floats, best_pairs, misattributed_words, permuted_word_errors, spoken

from oracles import distance

Turns = list[tuple[str, list[str]]]


def said(*turns: str) -> Turns:
    """Turns written `a: some words`."""
    return [(speaker, words.split()) for speaker, _, words in (turn.partition(": ") for turn in turns)]


def attributed(reference: Turns, hypothesis: Turns) -> tuple[int, int]:
    errors = misattributed_words(spoken(reference), spoken(hypothesis))
    return errors.wrong, errors.words


def permuted(reference: Turns, hypothesis: Turns) -> tuple[int, int]:
    errors = permuted_word_errors(spoken(reference), spoken(hypothesis))
    return errors.wrong, errors.words


# --- pairing -----------------------------------------------------------------------------------------------------

costs = st.tuples(st.integers(0, 6), st.integers(0, 6)).flatmap(
    lambda shape: st.lists(st.lists(st.integers(-4, 4), min_size=shape[1], max_size=shape[1]), min_size=shape[0],
                           max_size=shape[0]).map(lambda rows: np.array(rows, dtype=float).reshape(shape))
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(costs)
def test_pairs_are_the_cheapest_of_all_permutations(matrix: Floats) -> None:
    pairs = best_pairs(matrix)
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    assert len(pairs) == min(matrix.shape) == len(set(rows)) == len(set(columns))
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    every = itertools.permutations(range(wide.shape[1]), wide.shape[0])
    assert sum(matrix[pair] for pair in pairs) == min(
        sum(wide[row, column] for row, column in enumerate(one)) for one in every
    )


@pytest.mark.parametrize("shape", [(12, 12), (12, 40), (40, 12), (1, 30), (90, 90), (12, 3000)])
def test_pairs_equal_scipy(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    for drawn in (rng.random(shape), rng.integers(-3, 4, shape), -rng.integers(0, 2, shape)):
        matrix = drawn.astype(np.float64)
        found = sum(matrix[pair] for pair in best_pairs(matrix))
        assert found == pytest.approx(matrix[linear_sum_assignment(matrix)].sum(), abs=1e-9)


def test_pairs_that_stand_in_each_others_way_many_times() -> None:
    steep = np.add.outer(np.arange(60.0), np.arange(60.0)) ** 2
    assert sorted(column for _, column in best_pairs(steep)) == list(range(60))
    assert sum(steep[pair] for pair in best_pairs(steep)) == steep[linear_sum_assignment(steep)].sum()


def test_equally_good_pairs_are_always_the_same() -> None:
    assert best_pairs(np.zeros((3, 5))) == best_pairs(np.zeros((3, 5)))
    assert best_pairs(np.zeros((0, 4))) == best_pairs(np.zeros((4, 0))) == []


# --- words with the wrong speaker --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "hypothesis", "wrong", "aligned"),
    [
        (said("a: one two", "b: three"), said("x: one two", "y: three"), 0, 3),
        (said("a: one two", "b: three"), said("x: one two three"), 1, 3),
        (said("a: one two three four", "b: five"), said("x: one two", "y: three four five"), 2, 5),
        # Substituted words count, lost and added ones do not.
        (said("a: one two", "b: three four"), said("x: one tow", "y: three"), 0, 3),
        (said("a: one two", "b: three four"), said("x: one two tree", "y: four and more"), 1, 4),
        # Names mean nothing, whatever they are.
        (said("a: one two", "b: three four"), said("b: one two", "a: three four"), 0, 4),
        # One real speaker heard as two: one of them is wrong.
        (said("a: one two three"), said("x: one two", "y: three"), 1, 3),
        (said("a: one"), [], 0, 0),
        ([], said("x: one"), 0, 0),
    ],
)
def test_words_with_the_wrong_speaker(reference: Turns, hypothesis: Turns, wrong: int, aligned: int) -> None:
    assert attributed(reference, hypothesis) == (wrong, aligned)


turns = st.lists(
    st.tuples(st.sampled_from("abcd"), st.lists(st.sampled_from(["yes", "no", "the", "a"]), max_size=5)), max_size=8
)
talk = turns.filter(lambda made: any(words for _, words in made))


@settings(max_examples=300, deadline=None)
@given(talk, talk)
def test_wrong_speakers_equal_all_permutations_over_jiwers_alignment(reference: Turns, hypothesis: Turns) -> None:
    words = [[word for _, said in side for word in said] for side in (reference, hypothesis)]
    speakers = [[name for name, said in side for _ in said] for side in (reference, hypothesis)]
    output = jiwer.process_words(" ".join(words[0]), " ".join(words[1]))
    pairs = [
        (speakers[0][part.ref_start_idx + step], speakers[1][part.hyp_start_idx + step])
        for part in output.alignments[0]
        if part.type in ("equal", "substitute")
        for step in range(part.ref_end_idx - part.ref_start_idx)
    ]
    right = max(
        sum(dict(zip("abcd", names, strict=True))[said] == heard for said, heard in pairs)
        for names in itertools.permutations("abcd")
    )
    assert attributed(reference, hypothesis) == (len(pairs) - right, len(pairs))


def test_only_who_met_are_paired_and_only_who_says_anything_is_a_speaker() -> None:
    gold = spoken(said("a: one", "b: two"))
    assert misattributed_words(gold, spoken(said("x: one", "x: two", "y: three"))).pairing == {"a": "x"}
    assert permuted_word_errors(gold, spoken(said("y: two", "x: one"))).pairing == {"a": "x", "b": "y"}
    assert spoken(said("a: ", "b: two")).speakers == ("b",)


# --- word errors by speaker --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "hypothesis", "wrong", "words"),
    [
        (said("a: one two", "b: three"), said("y: three", "x: one two"), 0, 3),
        (said("a: one", "b: two", "a: three"), said("x: one three", "y: two"), 0, 3),
        # One stream for two speakers: the shorter one's words are lost and stand in the longer one's way.
        (said("a: one two three", "b: four"), said("x: one two three four"), 2, 4),
        # More streams than speakers: the surplus is put in.
        (said("a: one two three"), said("x: one two", "y: three"), 2, 3),
        (said("a: one", "b: two", "c: three"), said("x: two"), 2, 3),
        (said("a: one"), said("x: one", "y: two three", "z: four"), 3, 1),
        (said("a: one two"), [], 2, 2),
        ([], said("x: one two"), 2, 0),
        ([], [], 0, 0),
        (said("a: one", "a: two"), said("a: ", "x: one two"), 0, 2),
    ],
)
def test_word_errors_by_speaker(reference: Turns, hypothesis: Turns, wrong: int, words: int) -> None:
    assert permuted(reference, hypothesis) == (wrong, words)


def streams(side: Turns, names: str) -> list[list[str]]:
    return [[word for speaker, words in side if speaker == name for word in words] for name in names]


@settings(max_examples=150, deadline=None)
@given(turns, turns)
def test_word_errors_equal_all_permutations_of_streams_filled_up_with_empty_ones(
    reference: Turns, hypothesis: Turns
) -> None:
    """Four names a side, of which some say nothing: more speakers than heard, and the other way round."""
    left, right = streams(reference, "abcd"), streams(hypothesis, "abcd")
    costs = [[distance(one, other) for other in right] for one in left]
    best = min(sum(costs[row][column] for row, column in enumerate(one)) for one in itertools.permutations(range(4)))
    assert permuted(reference, hypothesis) == (best, sum(map(len, left)))


@settings(max_examples=150, deadline=None)
@given(turns, turns, st.permutations("abcd"))
def test_names_of_speakers_do_not_matter(reference: Turns, hypothesis: Turns, names: list[str]) -> None:
    renamed = [(dict(zip("abcd", names, strict=True))[speaker], words) for speaker, words in hypothesis]
    assert permuted(reference, renamed) == permuted(reference, hypothesis)
    assert attributed(reference, renamed) == attributed(reference, hypothesis)


@settings(max_examples=150, deadline=None)
@given(turns, turns)
def test_word_errors_are_at_least_the_words_that_one_side_has_more_of(reference: Turns, hypothesis: Turns) -> None:
    left, right = (sorted(word for _, words in side for word in words) for side in (reference, hypothesis))
    common = sum(min(left.count(word), right.count(word)) for word in set(left))
    wrong, _ = permuted(reference, hypothesis)
    assert max(len(left), len(right)) - common <= wrong <= len(left) + len(right)


@settings(max_examples=100, deadline=None)
@given(turns, turns)
def test_with_one_speaker_a_side_word_errors_are_those_of_the_whole_text(reference: Turns, hypothesis: Turns) -> None:
    one, other = ([("a", words) for _, words in side] for side in (reference, hypothesis))
    left, right = ([word for _, words in side for word in words] for side in (reference, hypothesis))
    assert permuted(one, other)[0] == distance(left, right)


# --- long and odd calls ------------------------------------------------------------------------------------------


def long_call(words: int = 30_000, speakers: int = 12) -> Turns:
    """Turns of six words, by many speakers in turn; every word is said once."""
    return [
        (f"speaker {number % speakers}", [f"w{word}" for word in range(6 * number, 6 * number + 6)])
        for number in range(words // 6)
    ]


def test_a_call_of_30_000_words_and_12_speakers() -> None:
    gold = long_call()
    assert permuted(gold, [(f"spk_{name}", words) for name, words in gold]) == (0, 30_000)
    # Every tenth turn, 500 of them with 6 words, goes to a thirteenth speaker.
    moved = [("nobody" if number % 10 == 0 else name, words) for number, (name, words) in enumerate(gold)]
    assert attributed(gold, moved) == (3_000, 30_000)
    # Of even speakers every fifth turn is gone; what went is lost with one speaker and put in with another.
    assert permuted(gold, moved) == (6_000, 30_000)


def test_a_hypothesis_without_speakers_is_one_speaker() -> None:
    gold = long_call()
    alone = [("", words) for _, words in gold]
    assert attributed(gold, alone) == (30_000 - 2_502, 30_000)
    assert permuted(gold, alone) == (2 * (30_000 - 2_502), 30_000)


def test_a_looped_hypothesis_adds_words_and_moves_none() -> None:
    gold = long_call()
    loop = [("spk", ["thank", "you"]) for _ in range(100_000)]
    looped = gold[:2_500] + loop + gold[2_500:]
    assert attributed(gold, looped) == (0, 30_000)
    assert permuted(gold, looped) == (200_000, 30_000)


def test_a_speaker_for_every_turn() -> None:
    gold = long_call()
    each = [(f"spk {number}", words) for number, (_, words) in enumerate(gold)]
    assert attributed(gold, each) == (30_000 - 12 * 6, 30_000)
    assert permuted(gold, each) == (2 * (30_000 - 12 * 6), 30_000)
