"""A user's own phrases, on top of a normaliser."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.errors import InvalidInput
from fieval.speech.normalize import normalizer
from fieval.speech.replacements import Replacing

ENGLISH = normalizer("english", "en")


@pytest.mark.parametrize(
    ("phrases", "text", "expected"),
    [
        ({"wi fi": "wifi"}, "Our Wi-Fi, your WiFi.", "our wifi your wifi"),
        ({"northline": "north line"}, "Northline and north line", "north line and north line"),
        ({"router box": "router"}, "the router box box", "the router"),
        ({"a b c": "first", "b c d": "second"}, "ab see", "ab see"),
        ({"green tea": "tea", "green tea leaf": "leaf"}, "green tea leaf, green tea", "leaf tea"),
        ({"you know": ""}, "well, you know, yes you do", "well yes you do"),
        ({"nought five": "0 5"}, "code nought five four", "code 054"),
        ({"plan": "2"}, "in 5 plan 3", "in 523"),
        ({"OK": "okay"}, "OK okay", "okay okay"),
        ({"Mr.": "sir"}, "Mister Smith", "sir smith"),
        ({}, "as it is", "as it's"),
    ],
)
def test_phrases_are_replaced(phrases: dict[str, str], text: str, expected: str) -> None:
    assert Replacing(ENGLISH, phrases)(text) == expected.split()


@pytest.mark.parametrize(
    ("phrases", "problem"),
    [
        ({"line": "north line"}, '"line" becomes "north line", in which "line" would be replaced again'),
        ({"tea": "coffee", "coffee": "tea"}, '"tea" becomes "coffee", in which "coffee" would be replaced again'),
        ({"red blue": "blue red"}, '"red blue" becomes "blue red", in which "red blue" would be replaced again'),
        ({"...": "dots"}, '"..." has no words to look for'),
        ({"Okay": "yes", "OK": "no"}, '"Okay" is given twice, as "no" and as "yes"'),
    ],
)
def test_replacing_that_would_not_end_is_refused(phrases: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        Replacing(ENGLISH, phrases)
    assert problem in error.value.problems


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as error:
        Replacing(ENGLISH, {"...": "dots", "line": "north line"})
    assert len(error.value.problems) == 2


WORDS = st.sampled_from("red blue green tea leaf two 5 9 box".split())  # noqa: SIM905 - a list to be read
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@settings(max_examples=600, deadline=None)
@given(st.dictionaries(PHRASES, st.lists(WORDS, max_size=3).map(" ".join), max_size=4), st.lists(WORDS, max_size=12))
def test_what_was_replaced_stays_as_it_is(phrases: dict[str, str], words: list[str]) -> None:
    try:
        replacing = Replacing(ENGLISH, phrases)
    except InvalidInput:
        return
    once = replacing(" ".join(words))
    assert replacing(" ".join(once)) == once


def test_its_identity_tells_what_is_replaced_in_any_order() -> None:
    one, same, other = (
        Replacing(ENGLISH, phrases).identity
        for phrases in ({"a b": "c", "d e": "f"}, {"d e": "f", "a b": "c"}, {"d e": "f", "a b": "g"})
    )
    assert one == same != other
    assert one.startswith("english 3+replacements:")
    assert len(one) == len("english 3+replacements:") + 8


def test_it_travels_to_other_processes() -> None:
    replacing = Replacing(ENGLISH, {"wi fi": "wifi"})
    again = pickle.loads(pickle.dumps(replacing))
    assert again("wi fi") == ["wifi"]
    assert again.identity == replacing.identity
