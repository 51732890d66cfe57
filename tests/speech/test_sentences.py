"""The claims of a summary: nothing of it may get lost, or a judge would never see it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.speech.sentences import MOST, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n… — !\n", []),
        ("One claim", ["One claim"]),
        ("The line is dead. An engineer comes!", ["The line is dead.", "An engineer comes!"]),
        ("Is it dead? Yes… It is.", ["Is it dead?", "Yes…", "It is."]),
        ("A refund of 40.50 dollars on 3.4. was promised.", ["A refund of 40.50 dollars on 3.4. was promised."]),
        ("Mr. Oduya and Dr. J. Smith of St. Ives called.", ["Mr. Oduya and Dr. J. Smith of St. Ives called."]),
        ("He asked for No. 7. It was sold.", ["He asked for No. 7.", "It was sold."]),
        ('She said "no." Then she left.', ['She said "no.', "Then she left."]),
        ("It ended. (The agent hung up.) ¿Por qué? Él no sabe.", None),
        ("- The line is dead\n- An engineer comes\n", ["The line is dead", "An engineer comes"]),
        ("* One\r\n• Two\u2028— Three", ["One", "Two", "Three"]),
        ("1. The line is dead. It rained.\n2) He left", ["1. The line is dead.", "It rained.", "2) He left"]),
        ("The bill was\n40. Then he left.", ["The bill was", "40. Then he left."]),
        ("線が切れた。技術者が来る。", ["線が切れた。", "技術者が来る。"]),
        ("Promised. 40 dollars are sent.", ["Promised.", "40 dollars are sent."]),
    ],
)
def test_texts_are_split_into_claims(text: str, found: list[str] | None) -> None:
    assert sentences(text) == (sentences(text) if found is None else found)
    assert letters(" ".join(sentences(text))) == letters(text)


def letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


pieces = st.sampled_from(
    ["a", "B", "é", "線", "7", "40", "²", "\ud800", ".", "!", "…", "。", " ", "  ", "\n", "\r\n", "\u2028", "\t", "- ",
     "• ", "1. ", "(2) ", "12) ", '"', "”", ")", "]", "Mr.", "No. ", "St. ", "\u200b", "\x00"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(pieces, max_size=200).map("".join)))
def test_no_letter_and_no_digit_is_lost_or_moved(text: str) -> None:
    found = sentences(text)
    assert letters("".join(found)) == letters(text)
    assert len(found) <= MOST
    assert all(letters(each) and each == each.strip() for each in found)


@pytest.mark.parametrize("count", [1, 39, 40, 41, 80, 81, 1000])
def test_there_are_never_more_than_fit_into_one_reply(count: int) -> None:
    found = sentences(" ".join(f"This is claim {number}." for number in range(count)))
    assert len(found) <= MOST
    assert len(found) >= min(count, MOST // 2)
    assert letters("".join(found)) == "".join(f"Thisisclaim{number}" for number in range(count))


@pytest.mark.parametrize(
    "text", [". " * 50_000, ".\"')" * 50_000, "." + " " * 200_000 + "a", "1. " * 50_000, "。" * 99_999]
)
def test_no_text_takes_long(text: str) -> None:
    started = time.perf_counter()
    sentences(text)
    assert time.perf_counter() - started < 2
