"""Which marks in a transcript hide personal data, and which do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.speech.redaction import any_masked, is_masked, unchecked, unmasked

MASKS = (
    "[PII]", "[NAME]", "[NAME_1]", "[PERSON_NAME]", "[Person-1]", "[CREDIT_DEBIT_NUMBER]", "[US_SSN]", "[AMOUNT]",
    "<IN_PAN>", "[**NAME**]",
    "[LOCATION_CITY]", "[NAME_MEDICAL_PROFESSIONAL]", "[DATE_INTERVAL]", "[DRIVER_LICENSE]", "[redacted]",
    "[REDACTED: NAME]", "(redacted)", "<PERSON>", "<PHONE_NUMBER>", "<redacted>", "{{NAME}}", "[phone number]",
    "[first name]", "[TIME]", "[nombre]", "****", "***-***-****", "####", "# # # #", "XXXX", "xxx-xx-1234",
    "xxxx-xxxx-xxxx-1234", "█████", "••••",
)  # fmt: skip
OTHERS = (
    "[laughter]", "[NOISE]", "[CROSSTALK]", "[inaudible 00:12]", "[PHONE RINGING]", "<unk>", "[UNK]", "[AGENT]",
    "(laughs)", "*sighs*", "f***", "**bold**", "press # now", "1 < 2 and 3 > 2", "Super Bowl XXX", "xxl",
    "[customer types his card number]", "[time]", "#1", "_____",
)  # fmt: skip


@pytest.mark.parametrize("mark", MASKS)
def test_what_vendors_write_over_personal_data_is_a_mask(mark: str) -> None:
    assert is_masked(f"it is {mark}, thanks")
    assert "".join(unmasked(f"it is {mark}, thanks")).replace(" ", "").startswith("itis")
    assert unmasked(f"it is {mark}")[0] == "it is "


@pytest.mark.parametrize("mark", OTHERS)
def test_marks_of_sounds_and_swear_words_hide_nothing(mark: str) -> None:
    assert not is_masked(f"it is {mark}, thanks")
    assert unmasked(f"it is {mark}") == [f"it is {mark}"]


def test_a_mask_can_hide_a_name_unless_it_only_stands_for_figures() -> None:
    assert unchecked("my name is ####") == {"name", "number", "id", "date"}
    assert unchecked("ending XXXX") == {"number", "id"}
    assert unchecked("what the f***") == frozenset()


@given(st.text(alphabet="[]<>{}()*#xXa PIN█•_-1\n", max_size=60))
def test_any_text_is_its_pieces_and_its_masks(text: str) -> None:
    pieces = unmasked(text)
    assert is_masked(text) == (len(pieces) > 1)
    place = 0
    for piece in pieces:
        place = text.index(piece, place) + len(piece)


@given(st.lists(st.text(alphabet="[]()*#xXa PIN█-\n", max_size=12)))
def test_of_several_texts_each_is_looked_at_for_itself(texts: list[str]) -> None:
    assert any_masked(texts) == any(map(is_masked, texts))
    assert not any_masked(["# #", "#"])


@pytest.mark.parametrize("sign", ["[", "<", "*", "#", "x", "█", "[N", "x-", "# ", "* "])
def test_endless_rows_of_signs_take_linear_time(sign: str) -> None:
    is_masked(sign * 200_000)
