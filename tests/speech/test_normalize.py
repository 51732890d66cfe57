"""What each normaliser makes of a text, and that it leaves its own words alone."""

import pickle
import unicodedata
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieval.speech.normalize import NormalizerName, normalizer

ENGLISH = [
    ("Thank you, for calling!", "thank you for calling"),
    ("3,000", "3000"),
    ("1,234,567.89 now", "1234567.89 now"),
    ("It costs 3.50.", "it costs 3.50"),
    ("one,two 1,2", "one two 1 2"),
    ("$40", "40 dollars"),
    ("40 dollars", "40 dollars"),
    ("$1", "1 dollar"),
    ("$3.5 million, £2k and €10.", "3.5 million dollars 2k pounds and 10 euros"),
    ("40%", "40 percent"),
    ("40 per cent", "40 percent"),
    ("a cent per call", "a cent per call"),
    ("don’t won't 'quoted' customers'", "don't won't quoted customers"),
    ("rock ʼn` roll", "rock n roll"),
    ("twenty-one e-mail – 919-696-3901", "twenty one e mail 919 696 3901"),
    ("Uh, umm I, erm, mhmm think hm so", "uh um i um mhm think hmm so"),
    ("hello <crosstalk> [inaudible] (laughs) there [background noise]", "hello there"),
    ("(555) 1234 (the blue one)", "555 1234 the blue one"),
    ("a < b and [unclosed text", "a b and unclosed text"),
    ("the U.S. at 3 p.m. or 3:30pm", "the us at 3 pm or 3 30 pm"),
    ("OK okay", "okay okay"),
    ("R&D .5 wait...5", "r and d 0.5 wait 5"),
    ("ＡＢＣ１２ ﬁne Straße", "abc12 fine strasse"),
    ("soft\u00adware zero\u200bwidth", "software zerowidth"),
    ("café cafe\u0301", "café café"),
    ("", ""),
    ("… — !", ""),
]
BASIC = [
    ("¿Qué tal, señor? ¡Bien!", "qué tal señor bien"),
    ("l’eau d'été", "l eau d été"),
    ("हिन्दी में, धन्यवाद।", "हिन्दी में धन्यवाद"),
    ("Uh 3,000 $40", "uh 3 000 40"),
    ("İstanbul", "i̇stanbul"),
]


@pytest.mark.parametrize(("text", "expected"), ENGLISH)
def test_english(text: str, expected: str) -> None:
    assert normalizer("english", "en")(text) == expected.split()


@pytest.mark.parametrize(("text", "expected"), BASIC)
def test_basic(text: str, expected: str) -> None:
    assert normalizer("basic", "es")(text) == expected.split()


def test_none_only_splits() -> None:
    assert normalizer("none", "en")(" Hello,\tUH $40\n") == ["Hello,", "UH", "$40"]


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "english"), ("en-GB", "english"), ("EN_us", "english"), ("es", "basic"), ("eng", "basic"), ("", "basic")],
)
def test_auto_follows_the_language(language: str, name: str) -> None:
    assert normalizer("auto", language).name == name
    assert normalizer("auto", language).version == "1"


PARTS = st.sampled_from(
    [
        *"$£€%&'.,:-[](){}<>0123456789 aAeEpPmM\n\t’´\u0301\u0316\u00ad\u200d½ßİΐ⒈㏂℀",
        "per",
        "cent",
        "uh",
        "ok",
        " million",
    ]
)
TEXTS = st.text(max_size=60) | st.lists(PARTS, max_size=25).map("".join)


@settings(max_examples=1500, deadline=None)
@given(text=TEXTS, name=st.sampled_from(["english", "basic", "none"]))
@example(text="per  cent", name="english")
@example(text="\u33c2\u0301", name="english")
@example(text="e\u200d\u0301", name="basic")
def test_its_own_words_stay_as_they_are(text: str, name: NormalizerName) -> None:
    normalize = normalizer(name, "en")
    once = normalize(text)
    assert normalize(" ".join(once)) == once
    assert not any(character.isspace() for word in once for character in word)


@given(st.lists(st.sampled_from([text for text, _ in ENGLISH[:16]]), max_size=5))
def test_texts_normalise_one_by_one_as_together(texts: list[str]) -> None:
    normalize = normalizer("english", "en")
    assert normalize("\n".join(texts)) == [word for text in texts for word in normalize(text)]


def test_a_normaliser_travels_to_other_processes() -> None:
    normalize = normalizer("english", "en")
    assert pickle.loads(pickle.dumps(normalize)) is normalize


def test_no_long_row_of_combining_marks_is_ordered_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ordering takes quadratic time, so that a megabyte of marks would take minutes."""
    lengths: list[int] = []
    original = unicodedata.normalize

    def counted(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        lengths.append(len(text))
        return original(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    assert normalizer("basic", "en")("a" + "\u0316\u0301" * 5000)
    assert max(lengths) <= 1024
