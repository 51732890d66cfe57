"""Turns out of order and words said again, against counting by hand."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.model import Turn
from fieval.speech.coherence import RUN, repetition, turn_order
from fieval.speech.normalize import normalizer

SAYING = "is there anything else that I can help you with"
PLAIN = normalizer("none", "en")


def said(*texts: str, speaker: str = "agent") -> list[Turn]:
    return [Turn(speaker, text) for text in texts]


def by_hand(words: list[str]) -> int:
    """Words in a run that is found again in what came before, looked for place by place."""
    again = set()
    for start in range(len(words) - RUN + 1):
        run = words[start : start + RUN]
        if any(words[earlier : earlier + RUN] == run for earlier in range(start)):
            again |= set(range(start, start + RUN))
    return len(again)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=9), max_size=9), st.lists(st.booleans(), min_size=9))
def test_words_said_again_are_those_found_by_hand(texts: list[list[str]], agent: list[bool]) -> None:
    turns = [Turn("agent" if mine else "customer", " ".join(text)) for text, mine in zip(texts, agent, strict=False)]
    of_speakers = [
        [word for turn in turns if turn.speaker == speaker for word in turn.text.split()]
        for speaker in ("agent", "customer")
    ]
    found = repetition(turns, PLAIN)
    assert found.repeated == sum(map(by_hand, of_speakers))
    assert found.words == sum(map(len, of_speakers))
    assert sum(len(run.split()) for _, run in found.runs) == found.repeated


@pytest.mark.parametrize(
    ("turns", "repeated"),
    [
        (said(SAYING), 0),
        (said(SAYING, SAYING), 10),
        (said(SAYING, SAYING.replace("help you", "assist you")), 7),
        (said(" ".join(["thank you"] * 10)), 18),
        (said("on the first of March", "on the first of March"), 0),
        ([*said(SAYING), *said(SAYING, speaker="customer")], 0),
        (said("", "…"), 0),
        ([], 0),
    ],
)
def test_what_counts_as_said_again(turns: list[Turn], repeated: int) -> None:
    assert repetition(turns, normalizer("auto", "en")).repeated == repeated


def test_the_runs_are_told_with_their_speaker() -> None:
    turns = [*said(SAYING, "no", SAYING), *said("well", speaker="customer")]
    assert repetition(turns, PLAIN).runs == (("agent", SAYING),)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 20), max_size=12))
def test_turns_out_of_order_are_those_whose_time_falls(starts: list[int]) -> None:
    found = turn_order([Turn("agent", "yes", start / 10, start / 10 + 1) for start in starts])
    assert len(found.backwards) == sum(later < earlier for earlier, later in pairwise(starts))
    assert found.pairs == max(0, len(starts) - 1)
    assert found.timed is bool(starts)


def test_a_turn_without_a_time_is_in_no_order() -> None:
    times = [0.0, None, 2.0, 3.0]
    found = turn_order([Turn("agent", "yes", start) for start in times])
    assert (len(found.backwards), found.pairs, found.timed) == (2, 3, True)
    assert not turn_order(said("one", "two")).timed
