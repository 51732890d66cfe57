"""Recognition errors summed over calls, against jiwer, and what a missing transcript costs."""

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.errors import InvalidInput
from fieval.evals import detail
from fieval.evals.asr_accuracy import ASRAccuracy
from fieval.evals.base import Scorer
from fieval.model import Card, Channel, Interaction, Output, Turn
from fieval.speech.normalize import NormalizerName
from fieval.statistics.sums import exact

CARD = Card("d", "1", terms=("router", "Direct Debit"))
ZERO_OUTPUT = Output("i")


def scorer(**options: float) -> Scorer:
    return ASRAccuracy(**options).scorer("asr", CARD)  # type: ignore[arg-type]


def call(*texts: str, channel: Channel = "voice", language: str = "en") -> Interaction:
    return Interaction("i", channel, language, "i", {}, turns=tuple(Turn(text=text) for text in texts))


def heard(*texts: str) -> Output:
    return Output("i", turns=tuple(Turn(speaker="spk", text=text, start=0.0, end=1.0) for text in texts))


def values(pairs: list[tuple[Interaction, Output | None]]) -> dict[str, float]:
    made = scorer()
    rows = exact(np.array([made.row(interaction, output) for interaction, output in pairs]))
    assert rows.shape[1] == made.width
    return {metric.name: metric.of(rows) for metric in made.metrics}


WORDS = st.lists(st.sampled_from(["a", "plan", "the", "router", "roof", "won't"]), max_size=9)
SOME_WORDS = st.lists(st.sampled_from(["a", "plan", "the", "router", "roof", "won't"]), min_size=1, max_size=9)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(SOME_WORDS, WORDS), min_size=1, max_size=6))
def test_rates_are_ratios_of_sums_and_equal_jiwer(pairs: list[tuple[list[str], list[str]]]) -> None:
    references, hypotheses = ([" ".join(side) for side in sides] for sides in zip(*pairs, strict=True))
    found = values(
        [(call(reference), heard(hypothesis)) for reference, hypothesis in zip(references, hypotheses, strict=True)]
    )
    output = jiwer.process_words(references, hypotheses)
    reference_words = output.hits + output.substitutions + output.deletions
    assert found["wer"] == pytest.approx(output.wer, abs=1e-9)
    assert found["cer"] == pytest.approx(float(jiwer.cer(references, hypotheses)), abs=1e-9)
    surplus = (output.insertions - output.deletions) / reference_words
    assert found["insertion_rate"] - found["deletion_rate"] == pytest.approx(surplus, abs=1e-9)


def test_spelling_conventions_are_no_errors() -> None:
    found = values(
        [(call("Umm, that's $40.", "OK — [laughs] 3,000 it is!"), heard("um that’s 40 dollars okay 3000 it is"))]
    )
    assert found["wer"] == found["cer"] == 0
    assert found["term_recall"] == 1


def test_the_language_picks_the_normaliser() -> None:
    assert values([(call("ok hola", language="es"), heard("okay hola"))])["wer"] == 0.5
    assert values([(call("ok hello", language="en-US"), heard("okay hello"))])["wer"] == 0
    plain = ASRAccuracy(normalizer="none").scorer("asr", CARD)
    assert plain.row(call("Hello"), heard("hello"))[0] == 1


def test_replacements_hold_for_gold_outputs_and_terms() -> None:
    phrases = {"wi fi": "wifi", "north line": "Northline"}
    made = ASRAccuracy(replacements=phrases).scorer("asr", Card("d", "1", terms=("Northline",)))
    row = made.row(call("North Line's the Wi-Fi", "of Northline"), heard("north line's the WIFI of north line"))
    assert row == [0, 0, 0, 6, 0, len("north line's the wifi of northline"), 1, 1]


@pytest.mark.parametrize("name", ["auto", "english", "basic"])
def test_replacements_that_cannot_be_are_found_before_anything_is_scored(name: NormalizerName) -> None:
    evaluator = ASRAccuracy(normalizer=name, replacements={"…": "dots"})
    with pytest.raises(InvalidInput) as error:
        evaluator.scorer("asr", CARD)
    assert error.value.problems[0] == 'steps.asr.replacements: "…" has no words to look for'


def test_the_normalisers_of_the_languages_that_are_scored_are_named() -> None:
    calls = [call("hello"), call("hola", language="es"), call("bonjour", language="fr")]
    written = call("hallo", channel="chat", language="en")
    made = scorer()
    assert made.identities([*calls, written]) == ("basic 2", "english 3")
    assert made.identities([calls[1], written]) == ("basic 2",)
    made.where = {"product": "none"}
    assert made.identities(calls) == ()
    replacing = ASRAccuracy(normalizer="none", replacements={"a": "b"}).scorer("asr", CARD)
    assert replacing.identities(calls)[0].startswith("none 1+replacements:")


def test_terms_and_numbers_must_survive() -> None:
    found = values(
        [(call("the direct debit for the router is 40 not 14"), heard("the direct debt for the router is 40"))]
    )
    assert found["term_recall"] == 0.5


def test_both_systems_see_the_same_reference_in_any_order() -> None:
    made = scorer()
    first, second = call("one router"), call("two routers here")
    rows = [made.row(interaction, heard("one router")) for interaction in (first, second, first, first, second)]
    assert rows[0] == rows[2] == rows[3]
    assert rows[1] == rows[4] != rows[0]


@pytest.mark.parametrize("output", [None, ZERO_OUTPUT, heard(""), heard(" ", "\n")])
def test_missing_is_every_word_deleted(output: Output | None) -> None:
    made = scorer()
    interaction = call("my router", "is down")
    assert made.part(interaction, output) is None
    assert made.row(interaction, output) == [4, 4, 0, 4, 17, 17, 0, 1]
    assert made.failed(made.row(interaction, output))


def test_where_nothing_was_said_nothing_is_missing_and_every_word_is_too_much() -> None:
    made = scorer()
    silence = call("[silence]")
    assert made.applies(silence)
    assert made.part(silence, None) == ()
    assert made.row(silence, None) == [0] * 8
    assert made.row(silence, heard("two words")) == [2, 0, 2, 0, 7, 0, 0, 0]
    assert made.badness(made.row(silence, heard("two words"))) == 2
    assert made.failed(made.row(silence, heard("two words")))
    assert np.isnan(values([(silence, None)])["wer"])
    assert (
        values([(silence, heard("two words")), (call("we like this router"), heard("we like this router"))])["wer"]
        == 0.5
    )


def test_it_applies_to_voice_with_gold_turns() -> None:
    made = scorer()
    assert made.applies(call("hello"))
    assert not made.applies(call())
    assert not made.applies(call("hello", channel="chat"))


def test_only_the_texts_make_an_output() -> None:
    made = scorer()
    other = Output("i", turns=(Turn(speaker="other", text="hello", start=3.0, end=4.0),), summary="s")
    assert made.part(call("hello"), heard("hello")) == made.part(call("hello"), other)
    assert made.part(call("hello"), heard("hello")) != made.part(call("hello"), heard("hullo"))


def test_bar_and_worsening_are_in_wer() -> None:
    made = scorer(fail_above=0.5, worse_by=0.25)
    interaction = call("we like this router")
    said = ("we like this router", "we like this", "we like", "we")
    none, one, two, three = (made.row(interaction, heard(text)) for text in said)
    assert [made.failed(row) for row in (none, one, two, three)] == [False, False, False, True]
    assert not made.got_worse(none, one)
    assert made.got_worse(none, two)
    assert not made.got_worse(two, none)


def test_evidence_shows_the_alignment_and_what_was_lost() -> None:
    evidence = scorer().evidence(call("my router is down"), heard("my rooter is down now"))
    shown = detail.shown(scorer(), call("my router is down"), heard("my rooter is down now"))
    assert evidence["wer"] == 0.5
    assert (evidence["substitutions"], evidence["deletions"], evidence["insertions"]) == (1, 0, 1)
    assert evidence["missed_terms"] == ["router"]
    assert str(shown["alignment"]).splitlines()[3].split() == ["HYP:", "my", "rooter", "is", "down", "now"]
    assert scorer().evidence(call("[silence]"), None)["wer"] is None


def test_every_metric_can_be_named_in_a_config() -> None:
    named = [(name.name, name.better) for name in ASRAccuracy.metric_names]
    assert named == [(metric.name, metric.better) for metric in scorer().metrics]


def test_only_the_speakers_that_count_are_compared() -> None:
    """What a voice agent says itself is neither recognised nor an insertion."""
    gold = (Turn("agent", "how can I help"), Turn("customer", "my bill is wrong"))
    heard = Output("", turns=(Turn("agent", "how may I be of help today"), Turn("customer", "my bill is long")))
    made = ASRAccuracy(speakers=("customer",)).scorer("asr", CARD)
    interaction = Interaction("i", "voice", "en", "i", {}, turns=gold)
    assert list(made.row(interaction, heard))[:4] == [1, 0, 0, 4]
    assert made.applies(interaction)
    assert not made.applies(Interaction("i", "voice", "en", "i", {}, turns=gold[:1]))
    assert made.part(interaction, Output("", turns=heard.turns[:1])) is None, "a transcript without them is missing"
    assert [each.endswith(" of customer") for each in made.identities([interaction])] == [True]
