"""Word errors on masked transcripts: what gold masks is free, what only an output masks is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.errors import InvalidInput
from fieval.evals import ASRAccuracy, DiarizationAccuracy
from fieval.evals.base import Scorer
from fieval.model import Card, Interaction, Output, Turn

CARD = Card("d", "1", terms=("router",))
ASR = ASRAccuracy(redacted="mask").scorer("asr", CARD)
DIARIZATION = DiarizationAccuracy(redacted="mask").scorer("diarization", CARD)
WORDS = st.lists(st.sampled_from("my name is anna the router of homes broke".split()), max_size=14)  # noqa: SIM905


def turns(*texts: str) -> tuple[Turn, ...]:
    return tuple(Turn(speaker=f"spk_{place % 2}", text=text) for place, text in enumerate(texts))


def row(scorer: Scorer, said: str, heard: str) -> list[float]:
    interaction = Interaction("i", "voice", "en", "i", {}, turns=turns(*said.split("|")))
    return list(scorer.row(interaction, Output("i", turns=turns(*heard.split("|")))))


@pytest.mark.parametrize("heard", ["my name is anna smith and i moved", "my name is [NAME] and i moved",
                                   "my name is and i moved"])  # fmt: skip
def test_what_gold_masks_costs_nothing_whatever_stands_there(heard: str) -> None:
    assert row(ASR, "my name is [NAME] and i moved", heard) == [0, 0, 0, 6, 0, 21, 0, 0]


def test_words_around_a_mask_are_scored() -> None:
    found = row(ASR, "my name is [NAME] and the router broke", "my dame is anna smith and the rooter")
    assert found[:4] == [3, 1, 0, 7]
    assert found[6:] == [0, 1]


def test_what_only_an_output_masks_is_lost() -> None:
    said = "my name is anna and the router broke"
    assert row(ASR, said, "my name is [NAME] and the router broke") == row(ASR, said, "my name is and the router broke")
    assert row(ASR, said, "[PII]")[:4] == [8, 8, 0, 8]


def test_an_output_of_nothing_but_masks_is_missing() -> None:
    interaction = Interaction("i", "voice", "en", "i", {}, turns=turns("my name is anna"))
    for scorer in (ASR, DIARIZATION):
        assert scorer.part(interaction, Output("i", turns=turns("[NAME] ****"))) is None


def test_a_call_that_is_masked_from_end_to_end_has_nothing_to_be_missed() -> None:
    assert row(ASR, "[PII]|****", "my name is anna") == [0] * 8
    assert row(ASR, "[PII]|****", "") == [0] * 8


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS, st.sets(st.integers(0, 13)), st.sets(st.integers(0, 13)))
def test_nobody_gains_by_masking(said: list[str], heard: list[str], gold: set[int], attack: set[int]) -> None:
    """The attack: write `[PII]` over whatever is hard. In every column it is the same as leaving that out."""
    reference = " ".join("[NAME]" if place in gold else word for place, word in enumerate(said))
    masked = " ".join("[PII]" if place in attack else word for place, word in enumerate(heard))
    left_out = " ".join(word for place, word in enumerate(heard) if place not in attack)
    assert row(ASR, reference, masked) == row(ASR, reference, left_out)
    assert row(DIARIZATION, reference, masked) == row(DIARIZATION, reference, left_out)


@settings(max_examples=300, deadline=None)
@given(WORDS)
def test_masking_what_was_heard_right_never_helps(words: list[str]) -> None:
    said = " ".join(words)
    right = row(ASR, said, said)
    for place in range(len(words)):
        masked = " ".join([*words[:place], "****", *words[place + 1 :]])
        assert row(ASR, said, masked)[0] >= right[0]
        assert row(ASR, masked, said)[0] == 0


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS)
def test_without_masks_both_ways_give_the_same_rows(said: list[str], heard: list[str]) -> None:
    for mask, refuse in ((ASR, ASRAccuracy()), (DIARIZATION, DiarizationAccuracy())):
        one = row(mask, " ".join(said), " ".join(heard))
        assert one == row(refuse.scorer("s", CARD), " ".join(said), " ".join(heard))


def test_speakers_of_masked_passages_are_left_out_on_both_sides() -> None:
    said = "hello this is the shop|hi it is [NAME] calling|how can i help|my router broke"
    heard = "hello this is the shop|hi it is anna maria smith calling|how can i help|my router broke"
    assert row(DIARIZATION, said, heard)[4:] == [0, 15, 0, 15]
    swapped = "hello this is the shop hi it is anna maria smith calling|how can i help|my router broke"
    assert row(DIARIZATION, said, swapped)[4] > 0


def test_identities_tell_that_masked_passages_were_left_out() -> None:
    interaction = Interaction("i", "voice", "en", "i", {}, turns=turns("a b"))
    assert ASR.identities([interaction]) == ("english 3+masked",)
    assert DIARIZATION.identities([interaction]) == ("english 3+masked",)


def test_in_python_a_masked_transcript_is_refused_with_the_way_out() -> None:
    for evaluator in (ASRAccuracy(), DiarizationAccuracy()):
        with pytest.raises(InvalidInput, match=r'input: turn 1 has a masked passage.*redacted="mask"'):
            evaluator.evaluate(input=turns("hello", "i am [NAME]"), output=turns("hello", "i am anna"))
        with pytest.raises(InvalidInput, match="output: turn 0"):
            evaluator.evaluate(input=turns("hello"), output=turns("####"))
    assert ASRAccuracy(redacted="mask").evaluate(input="i am [NAME]", output="i am anna").score == 1.0
