"""Speaker errors summed over calls, what missing times and words cost, and what is shown of a call."""

import math

import numpy as np
import pytest

from fieval.errors import InvalidInput
from fieval.evals.base import Scorer
from fieval.evals.diarization_accuracy import DiarizationAccuracy
from fieval.evals.scored import score_step
from fieval.model import Card, Channel, Interaction, Output, Segment, Turn
from fieval.speech.normalize import normalizer
from fieval.statistics.sums import exact

TURNS = (
    Turn("agent", "Hello, how can I help?", 0.0, 10.0),
    Turn("customer", "My router is down.", 10.0, 20.0),
)


def segments(turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
    """The segments of timed turns, as they are read from a file."""
    return tuple(Segment(t.speaker, t.start, t.end) for t in turns if t.start is not None and t.end is not None)


def call(*turns: Turn, duration: float | None = 20.0, channel: Channel = "voice", language: str = "en") -> Interaction:
    return Interaction("i", channel, language, "i", {}, turns=turns, segments=segments(turns), duration=duration)


def output(*turns: Turn) -> Output:
    return Output("i", turns=turns, segments=segments(turns))


def untimed(*turns: Turn) -> tuple[Turn, ...]:
    return tuple(Turn(turn.speaker, turn.text) for turn in turns)


def scorer(**options: object) -> Scorer:
    return DiarizationAccuracy(**{"collar": 0.0, **options}).scorer("diarization", Card("d", "1"))  # type: ignore[arg-type]


CALL = call(*TURNS)
WORDS_ONLY = call(*untimed(*TURNS))
TIMES_ONLY = Interaction("i", "voice", "en", "i", {}, segments=segments(TURNS), duration=20.0)
HEARD = output(Turn("spk_0", "hello how can i help", 0.0, 8.0), Turn("spk_1", "my rooter is down", 9.0, 20.0))


def values(*pairs: tuple[Interaction, Output | None]) -> dict[str, float]:
    made = scorer()
    rows = exact(np.array([made.row(interaction, given) for interaction, given in pairs]))
    assert rows.shape[1] == made.width
    return {metric.name: metric.of(rows) for metric in made.metrics}


def test_a_call_in_seconds_and_words() -> None:
    found = values((CALL, HEARD))
    assert found["der"] == (1 + 1) / 20  # nobody from 8 to 9, the wrong one from 9 to 10
    assert found["jer"] == pytest.approx((1 - 8 / 10 + 1 - 10 / 11) / 2)
    assert (found["wder"], found["cpwer"]) == (0, 1 / 9)


def test_metrics_are_ratios_of_sums() -> None:
    swapped = output(Turn("b", TURNS[1].text, 0.0, 10.0), Turn("a", TURNS[0].text, 10.0, 20.0))
    one = output(Turn("a", TURNS[0].text, 0.0, 10.0), Turn("a", TURNS[1].text, 10.0, 20.0))
    found = values((CALL, output(*TURNS)), (CALL, one), (CALL, swapped))
    assert found["der"] == (0 + 10 + 0) / 60
    assert found["jer"] == (0 + 1.5 + 0) / 6
    assert found["cpwer"] == pytest.approx((0 + 8 + 0) / 27)
    assert 0 < found["wder"] < 1


def test_without_any_output_all_is_missed_and_lost() -> None:
    assert scorer().row(CALL, None) == [20, 20, 2, 2, 9, 9, 9, 9]
    assert values((CALL, None)) == {"der": 1, "jer": 1, "wder": 1, "cpwer": 1}


@pytest.mark.parametrize(
    ("interaction", "given", "part", "row"),
    [
        (CALL, None, False, [20, 20, 2, 2, 9, 9, 9, 9]),
        (CALL, Output("i"), False, [20, 20, 2, 2, 9, 9, 9, 9]),
        (CALL, output(Turn("x", " ", 3.0, 3.0)), False, [20, 20, 2, 2, 9, 9, 9, 9]),
        # No times: missing for der and jer only.
        (CALL, output(*untimed(*TURNS)), True, [20, 20, 2, 2, 0, 9, 0, 9]),
        # No words: missing for wder and cpwer only.
        (CALL, Output("i", segments=segments(TURNS)), True, [0, 20, 0, 2, 9, 9, 9, 9]),
        (TIMES_ONLY, Output("i", segments=segments(TURNS)), True, [0, 20, 0, 2, 0, 0, 0, 0]),
        (TIMES_ONLY, output(*untimed(*TURNS)), False, [20, 20, 2, 2, 0, 0, 0, 0]),
        (WORDS_ONLY, output(*untimed(*TURNS)), True, [0, 0, 0, 0, 0, 9, 0, 9]),
        (WORDS_ONLY, Output("i", segments=segments(TURNS)), False, [0, 0, 0, 0, 9, 9, 9, 9]),
    ],
)
def test_what_is_missing(interaction: Interaction, given: Output | None, part: bool, row: list[float]) -> None:
    made = scorer()
    assert made.applies(interaction)
    assert (made.part(interaction, given) is not None) is part
    assert made.row(interaction, given) == row
    assert made.failed(row) is (row[4] > 0 if interaction is WORDS_ONLY else row[0] > 0)


def test_the_step_counts_as_missing_only_what_has_neither_times_nor_words() -> None:
    outputs = [output(*TURNS), output(*untimed(*TURNS)), Output("i", segments=segments(TURNS)), None]
    step = score_step("diarization", scorer(), [CALL] * 4, outputs, [output(*TURNS)] * 4)
    found = {metric.name: metric.of(step.table.candidate) for metric in step.metrics}
    assert (found["missing"], found["fail_rate"]) == (0.25, 0.5)
    assert (found["der"], found["jer"]) == (0.5, 0.5)
    assert (found["wder"], found["cpwer"]) == (0.5, 0.5)
    assert step.table.unchanged.tolist() == [True, False, False, False]


def test_where_nobody_speaks_nothing_is_missing_and_all_that_is_heard_is_too_much() -> None:
    made = scorer()
    silent = call(Turn("agent", "[silence]", 5.0, 5.0))
    heard = output(Turn("x", "two words", 1.0, 3.0))
    assert made.part(silent, None) == ((), ())
    assert made.row(silent, None) == [0] * 8
    assert made.row(silent, heard) == [2, 0, 0, 0, 0, 0, 2, 0]
    assert made.failed(made.row(silent, heard))
    assert math.isnan(values((silent, heard))["der"])
    afterwards = Interaction("i", "voice", "en", "i", {}, segments=(Segment("agent", 30.0, 40.0),), duration=20.0)
    assert made.applies(afterwards)
    assert made.part(afterwards, None) == ((), ())
    assert values((silent, heard), (CALL, output(*TURNS)))["der"] == 2 / 20
    assert values((silent, heard), (CALL, output(*TURNS)))["cpwer"] == pytest.approx(2 / 9)


def test_it_applies_to_voice_with_gold_speakers() -> None:
    made = scorer()
    assert made.applies(CALL)
    assert made.applies(TIMES_ONLY)
    assert not made.applies(call(*TURNS, channel="chat"))
    assert not made.applies(call(Turn(text="hello", start=0.0, end=1.0)))
    assert not made.applies(call(Turn("agent", " ")))


def test_an_output_that_names_no_speaker_has_one() -> None:
    nameless = output(*(Turn("", turn.text, turn.start, turn.end) for turn in TURNS))
    assert scorer().row(CALL, nameless)[:6] == [10, 20, 1.5, 2, 4, 9]


def test_names_are_strings_without_meaning() -> None:
    made = scorer()
    for first, second in (("customer", "agent"), ("\u202e{{agent}}", "'; --"), ("=1+1", " "), ("a" * 10_000, "\x00")):
        renamed = output(*(Turn(name, t.text, t.start, t.end) for name, t in zip((first, second), TURNS, strict=True)))
        assert made.row(CALL, renamed) == [0, 20, 0, 2, 0, 9, 0, 9]
        assert made.evidence(CALL, renamed)["speakers"] == {"agent": first, "customer": second}


def test_collar_and_overlap_are_options_of_der_alone() -> None:
    overlapping = call(Turn("a", "one", 0.0, 12.0), Turn("b", "two", 8.0, 20.0))
    heard = output(Turn("x", "one", 0.0, 9.0), Turn("y", "two", 9.0, 20.0))
    assert scorer().row(overlapping, heard)[:2] == [4, 24]
    assert scorer(skip_overlap=True).row(overlapping, heard)[:2] == [0, 16]
    assert scorer(collar=1.0).row(overlapping, heard)[:2] == [2, 24 - 2 - 6]
    jaccards = {scorer(collar=c, skip_overlap=o).row(overlapping, heard)[2] for c in (0.0, 1.0) for o in (False, True)}
    assert len(jaccards) == 1
    assert DiarizationAccuracy().collar == 0.25


def test_the_language_picks_the_normaliser() -> None:
    spoken = [
        (call(Turn("a", "ok hola"), language=language), output(Turn("x", "okay hola"))) for language in ("en", "es")
    ]
    assert [values(pair)["cpwer"] for pair in spoken] == [0, 0.5]
    assert scorer(normalizer="none").row(call(Turn("a", "Hello")), output(Turn("x", "hello")))[6] == 1


def test_the_normalisers_of_words_are_named() -> None:
    spanish = call(Turn("a", "hola"), language="es")
    both = normalizer("basic", "").identity, normalizer("english", "").identity
    assert scorer().identities([CALL, spanish, TIMES_ONLY]) == both
    assert scorer().identities([TIMES_ONLY, call(*TURNS, channel="chat")]) == ()
    assert scorer(normalizer="none").identities([CALL, spanish]) == (normalizer("none", "").identity,)


def test_cutting_a_turn_changes_nothing() -> None:
    whole = call(Turn("a", "it is twenty five pounds I do not know", 0.0, 8.0), Turn("b", "OK", 8.0, 9.0))
    cut = call(Turn("a", "it is twenty", 0.0, 3.0), Turn("b", " ", 3.0, 3.0), Turn("a", "five pounds I do", 3.0, 6.0),
               Turn("a", "not know", 6.0, 8.0), Turn("b", "OK", 8.0, 9.0))  # fmt: skip
    for gold, heard in ((whole, cut), (cut, whole), (cut, cut)):
        row = scorer().row(gold, output(*heard.turns))
        assert (row[0], row[4], row[6]) == (0, 0, 0)
        assert row[7] == scorer().row(whole, None)[7]


def test_speech_outside_of_the_call_is_no_answer() -> None:
    made = scorer()
    assert made.part(TIMES_ONLY, Output("i", segments=(Segment("x", 20.0, 90.0),))) is None
    assert made.part(TIMES_ONLY, Output("i", segments=(Segment("x", 19.0, 90.0),))) is not None


@pytest.mark.parametrize("name", ["collar", "fail_above", "worse_by"])
@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_options_below_zero_are_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=f"{name}: expected a number from 0 on, got {value}"):
        DiarizationAccuracy(**{name: value})  # type: ignore[arg-type]


def test_a_single_output_where_nobody_speaks_and_of_no_duration() -> None:
    made = DiarizationAccuracy().evaluate([Segment("a", 1.0, 1.0)], [Segment("x", 0.0, 10.0)])
    assert (made.score, made.passed, made.reason) == (0.0, False, "10.0 s of speech where nobody speaks")
    for duration in (0.0, -1.0):
        with pytest.raises(InvalidInput, match="duration: expected seconds above 0"):
            DiarizationAccuracy().evaluate([Segment("a", 0.0, 1.0)], [], duration=duration)


def test_part_holds_what_the_row_depends_on() -> None:
    made = scorer()
    other = Output("i", turns=HEARD.turns, segments=HEARD.segments, summary="s")
    moved = output(Turn("spk_0", HEARD.turns[0].text, 0.0, 7.0), HEARD.turns[1])
    renamed = output(Turn("spk_2", HEARD.turns[0].text, 0.0, 8.0), HEARD.turns[1])
    assert made.part(CALL, HEARD) == made.part(CALL, other)
    assert made.part(CALL, HEARD) != made.part(CALL, moved)
    assert made.part(CALL, HEARD) != made.part(CALL, renamed)
    assert made.part(WORDS_ONLY, HEARD) == made.part(WORDS_ONLY, moved)


def test_bar_and_worsening_are_in_der_else_in_wder() -> None:
    made = scorer(fail_above=0.25, worse_by=0.25)
    rows = [made.row(CALL, output(Turn("x", "a", 0.0, 10.0), Turn("y", "b", 10.0, end))) for end in (20.0, 15.0, 14.0)]
    assert [made.badness(row) for row in rows] == [0, 0.25, 0.3]
    assert [made.failed(row) for row in rows] == [False, False, True]
    assert not made.got_worse(rows[0], rows[1])
    assert made.got_worse(rows[0], rows[2])
    assert not made.got_worse(rows[2], rows[0])
    one_speaker = made.row(WORDS_ONLY, output(*(Turn("x", turn.text) for turn in TURNS)))
    assert made.badness(one_speaker) == pytest.approx(4 / 9)
    assert made.failed(one_speaker)


def test_both_systems_see_the_same_gold_in_any_order() -> None:
    made = scorer()
    rows = [made.row(interaction, HEARD) for interaction in (CALL, WORDS_ONLY, CALL, CALL, WORDS_ONLY)]
    assert rows[0] == rows[2] == rows[3]
    assert rows[1] == rows[4] != rows[0]


def test_evidence_shows_who_was_taken_for_whom_and_the_longest_errors() -> None:
    evidence = scorer().evidence(CALL, HEARD)
    assert evidence["speakers"] == evidence["speakers_by_words"] == {"agent": "spk_0", "customer": "spk_1"}
    assert (evidence["missed_seconds"], evidence["confused_seconds"], evidence["gold_seconds"]) == (1, 1, 20)
    assert evidence["stretches"] == [
        "missed 8.00 to 9.00 s: agent → (nobody)",
        "confused 9.00 to 10.00 s: agent → spk_1",
    ]
    assert (evidence["word_errors_by_speaker"], evidence["gold_words"]) == (1, 9)
    assert "stretches" not in scorer().evidence(WORDS_ONLY, HEARD)
    assert "cpwer" not in scorer().evidence(TIMES_ONLY, HEARD)
    silent = call(Turn("agent", "[silence]", 5.0, 5.0))
    assert {scorer().evidence(silent, HEARD)[name] for name in ("der", "jer", "wder", "cpwer")} == {None}


def test_evidence_stays_short_on_a_call_that_is_all_wrong() -> None:
    turns = tuple(Turn(f"s{n % 7}", "yes", float(n), n + 0.9) for n in range(400))
    evidence = scorer().evidence(call(*turns, duration=None), output(Turn("x", "no", 0.0, 1e300)))
    assert len(evidence["stretches"]) == 10
    assert all(len(line) < 90 for line in evidence["stretches"])
    assert math.isfinite(scorer().row(call(*turns, duration=None), output(Turn("x", "no", 0.0, 1e300)))[0])


def test_every_metric_can_be_named_in_a_config() -> None:
    named = [(name.name, name.better) for name in DiarizationAccuracy.metric_names]
    assert named == [(metric.name, metric.better) for metric in scorer().metrics]
