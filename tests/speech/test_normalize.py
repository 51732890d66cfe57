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
    ("one,two 1,2", "1212"),
    ("$40", "40 dollars"),
    ("$1", "one dollar"),
    ("$3.5 million, £2k and €10.", "3500000 dollars 2000 pounds and 10 euros"),
    ("a cent per call", "a cent per call"),
    ("don’t won't 'quoted' customers'", "don't won't quoted customers"),
    ("rock ʼn` roll", "rock n roll"),
    ("twenty-one calls – 919-696-3901", "21 calls 9196963901"),
    ("Uh, umm I, erm, mhmm think hm so", "uh um i um mhm think hmm so"),
    ("hello <crosstalk> [inaudible] (laughs) there [background noise]", "hello there"),
    ("(inaudible 00:12:34) so {music} *sighs* well *not that*", "so well not that"),
    ("(555) 1234 (the blue one)", "5551234 the blue one"),
    ("a < b and [unclosed text", "a b and unclosed text"),
    ("the U.S. at 3 p.m. or 3:30pm", "the usa at 3 pm or 330 pm"),
    ("TELL US NOW", "tell us now"),
    ("US", "usa"),
    ("we met in the US", "we met in the usa"),
    ("call US!", "call usa"),
    ("12 to - 5, a-5 and -5", "12 to 5 a 5 and minus 5"),
    ("Is it fixed? No. 5 of them", "is it fixed no 5 of them"),
    ("R&D .5 wait...5", "r and d 0.5 wait 5"),
    ("ＡＢＣ１２ ﬁne Straße", "abc 12 fine strasse"),
    ("soft\u00adware zero\u200bwidth", "software zerowidth"),
    ("café cafe\u0301 naïve", "cafe cafe naive"),
    ("the word 東京 and สวัสดี", "the word 東 京 and ส วั ส ดี"),
    ("", ""),
    ("… — !", ""),
]
BASIC = [
    ("¿Qué tal, señor? ¡Bien!", "qué tal señor bien"),
    ("l’eau d'été", "l eau d été"),
    ("el paso e\u0301l", "el paso él"),
    ("हिन्दी में, धन्यवाद।", "हिन्दी में धन्यवाद"),
    ("Uh 3,000 $40 twenty", "uh 3 000 40 twenty"),
    ("٣٤ ३", "34 3"),
    ("İstanbul", "i̇stanbul"),
    ("hola [inaudible] (risas) <ruido>", "hola risas"),
]
BY_CHARACTER = [
    ("你好，世界！", "你 好 世 界"),
    ("我有2台 iPhone。", "我 有 2 台 iphone"),
    ("ｶﾞｷﾞ がぎ か\u3099", "ガ ギ が ぎ が"),
    ("東京タワー", "東 京 タ ワ ー"),
    ("สวัสดีครับ", "ส วั ส ดี ค รั บ"),
    ("ນ້ຳ", "ນ້ໍ າ"),
    ("你好 世界", "你 好 世 界"),
    ("မြန်မာ", "မြ န် မာ"),
    ("ខ្មែរ", "ខ្ មែ រ"),
    ("한국어 문장입니다", "한국어 문장입니다"),
    ("葛\U000e0100城", "葛 城"),
    ("𠮷野家", "𠮷 野 家"),
]


@pytest.mark.parametrize(("text", "expected"), ENGLISH)
def test_english(text: str, expected: str) -> None:
    assert normalizer("english", "en")(text) == expected.split()


@pytest.mark.parametrize(("text", "expected"), BASIC)
def test_basic(text: str, expected: str) -> None:
    assert normalizer("basic", "es")(text) == expected.split()


@pytest.mark.parametrize(("text", "expected"), BY_CHARACTER)
def test_scripts_without_blanks_are_compared_by_character(text: str, expected: str) -> None:
    normalize = normalizer("auto", "zh")
    assert normalize(text) == expected.split()
    assert normalize(unicodedata.normalize("NFC", text)) == expected.split()
    assert normalize(unicodedata.normalize("NFD", text)) == expected.split()


def test_none_only_splits() -> None:
    assert normalizer("none", "en")(" Hello,\tUH $40\n") == ["Hello,", "UH", "$40"]


@pytest.mark.parametrize(
    ("language", "identity"),
    [
        ("en", "english 3"),
        ("en-GB", "english 3"),
        ("EN_us", "english 3"),
        ("es", "basic 2"),
        ("eng", "basic 2"),
        ("", "basic 2"),
    ],
)
def test_auto_follows_the_language(language: str, identity: str) -> None:
    assert normalizer("auto", language).identity == identity
    assert normalizer("none", language).identity == "none 1"


PARTS = st.sampled_from(
    [
        *"$£€%&'.,:-[](){}<>*#+@/_0123456789 aAeEoOpPmMsS\n\t’´–½²\u0301\u0316\u00ad\u200d\ufe0fßİΐ⒈㏂℀京วั٣",
        "per",
        "cent",
        "uh",
        "ok",
        " million",
        "www.",
        ".com",
        "n't",
        "'s",
        "and",
        "the US ",
        "BA",
        "1:",
        "No. ",
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


@given(st.lists(st.sampled_from(["Hello.", "It isn't!", "R&D", "the 3rd of May", "I B M"]), max_size=5))
def test_texts_normalise_one_by_one_as_together(texts: list[str]) -> None:
    """Where one ends and the next begins with words of their own; turns may part what belongs together."""
    normalize = normalizer("english", "en")
    assert normalize(" so\n".join(texts)) == [
        word for at, text in enumerate(texts) for word in [*normalize(text), *(["so"] if at + 1 < len(texts) else [])]
    ]


@pytest.mark.parametrize("name", ["english", "basic", "none"])
def test_a_normaliser_travels_to_other_processes(name: NormalizerName) -> None:
    normalize = normalizer(name, "en")
    assert pickle.loads(pickle.dumps(normalize)) is normalize


def test_no_long_row_of_combining_marks_is_ordered_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ordering takes quadratic time, so that a megabyte of marks would take minutes."""
    lengths: list[int] = []
    original = unicodedata.normalize

    def counted(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        lengths.append(len(text))
        return original(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    for language in ("en", "fr"):
        assert normalizer("auto", language)("a" + "\u0316\u0301" * 5000)
    assert max(lengths) <= 1024


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "oh 1 ",
        "3 point ",
        "2000 and ",
        "non ",
        "a ",
        "a.",
        "1,",
        "-1",
        "a&",
        "5 dollars ",
        "it is not ",
        "น้ำ",
        "US ",
        "5% to ",
        "double ",
    ],
)
def test_long_rows_of_one_thing_are_read_once(piece: str) -> None:
    """Read again from each place, so many of them would take minutes."""
    for normalize in (normalizer("english", "en"), normalizer("basic", "th")):
        assert normalize(piece * 40_000 + " end")[-1].endswith("end")
