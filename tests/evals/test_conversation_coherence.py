"""Coherence: the label as label_agreement has it, and the turns where people gave none."""

import math

import numpy as np
import pytest

from fieval.errors import InvalidInput
from fieval.evals.conversation_coherence import CoherenceScorer, ConversationCoherence
from fieval.evals.label_agreement import LabelAgreement
from fieval.model import Card, Channel, GoldLabel, Interaction, LabelSet, Output, Prediction, Turn
from fieval.statistics.sums import exact

CARD = Card("d", "1", labels={"coherence": LabelSet(("yes", "no"))})
SAYING = "is there anything else that I can help you with"
SOUND = (Turn("agent", "how can I help", 0.0, 1.0), Turn("customer", "my line is dead", 1.5, 3.0))
LOOPED = (Turn("agent", f"{SAYING} {SAYING} {SAYING}", 0.0, 9.0), Turn("customer", "no", 8.0, 9.0))
REVERSED = SOUND[::-1]


def scorer(card: Card = CARD, **options: float) -> CoherenceScorer:
    made = ConversationCoherence(**options).scorer("coherence", card)  # type: ignore[arg-type]
    assert isinstance(made, CoherenceScorer)
    return made


def gold(label: str | None = None, channel: Channel = "voice", turns: tuple[Turn, ...] = SOUND) -> Interaction:
    labels = {} if label is None else {"coherence": GoldLabel(label, (label,))}
    return Interaction("i", channel, "en", "i", {}, turns=turns, labels=labels)


def output(label: str | None = None, turns: tuple[Turn, ...] = ()) -> Output:
    return Output("i", turns=turns, labels={} if label is None else {"coherence": Prediction(label)})


def values(made: CoherenceScorer, pairs: list[tuple[Interaction, Output | None]]) -> dict[str, float]:
    rows = exact(np.array([made.row(*pair) for pair in pairs]))
    return {metric.name: metric.of(rows) for metric in made.metrics}


def test_the_label_counts_as_in_label_agreement_and_unlabelled_calls_not_at_all() -> None:
    labelled = [
        (gold(a), output(b, SOUND))
        for a, b in [("yes", "yes"), ("yes", "no"), ("no", "no"), ("no", None), ("yes", "x")]
    ]
    alone = LabelAgreement(label="coherence").scorer("s", CARD)
    rows = exact(np.array([alone.row(*pair) for pair in labelled]))
    found = values(scorer(), [*labelled, (gold(), output(None, LOOPED)), (gold(), None)])
    for metric in alone.metrics:
        assert found[metric.name] == pytest.approx(metric.of(rows), nan_ok=True), metric.name
    assert found["accuracy"] == 0.4


def test_turns_are_summed_over_calls() -> None:
    found = values(
        scorer(), [(gold(), output(None, SOUND)), (gold(), output(None, LOOPED)), (gold(), output(None, REVERSED))]
    )
    assert found["turn_order"] == pytest.approx(1 / 3)
    assert found["repetition"] == pytest.approx(20 / (8 + 31 + 8))


def test_missing_turns_are_the_worst_there_is() -> None:
    heard = (*SOUND, Turn("agent", "let me see", 4.0, 5.0))
    for missing in (None, output(), output(None, (Turn("agent", " …"),))):
        found = values(scorer(), [(gold(turns=heard), missing), (gold(), output(None, SOUND))])
        assert found["turn_order"] == pytest.approx(2 / 3)
        assert found["repetition"] == pytest.approx(11 / 19)
        assert scorer().part(gold(), missing) is None
        assert scorer().failed(scorer().row(gold(), missing))


def test_silence_is_nothing_to_miss() -> None:
    silent = gold(turns=(Turn("agent", "…"),))
    assert scorer().part(silent, output()) is not None
    assert not scorer().failed(scorer().row(silent, output()))


def test_a_system_without_times_has_no_turn_order_and_one_that_drops_them_gets_worse() -> None:
    bare = tuple(Turn(turn.speaker, turn.text) for turn in SOUND)
    assert math.isnan(values(scorer(), [(gold(), output(None, bare))] * 3)["turn_order"])
    assert values(scorer(), [(gold(), output(None, bare)), (gold(), output(None, SOUND))])["turn_order"] == 0.5


def test_elsewhere_turns_are_the_input_and_only_the_label_counts() -> None:
    made = scorer()
    assert not made.applies(gold(channel="chat"))
    assert made.applies(gold("yes", "chat"))
    found = values(made, [(gold("yes", "chat"), output("yes", LOOPED))])
    assert found["accuracy"] == 1
    assert math.isnan(found["repetition"])


def test_without_the_label_in_the_card_only_the_turns_are_looked_at() -> None:
    made = scorer(Card("d", "1"))
    assert [metric.name for metric in made.metrics] == ["turn_order", "repetition"]
    assert made.labels is None
    assert values(made, [(gold("yes"), output("no", SOUND))])["repetition"] == 0
    with pytest.raises(InvalidInput, match='no label "coherent"'):
        ConversationCoherence(label="coherent").scorer("s", CARD)


@pytest.mark.parametrize(
    ("label", "made", "fails"),
    [
        ("yes", output("yes", LOOPED), False),
        ("yes", output("no", SOUND), True),
        ("yes", output(None, SOUND), True),
        (None, output(None, SOUND), False),
        (None, output("no", LOOPED), True),
    ],
)
def test_the_bar_is_the_label_where_people_gave_one_else_repetition(
    label: str | None, made: Output, fails: bool
) -> None:
    assert scorer().failed(scorer().row(gold(label), made)) is fails


def test_the_bar_and_the_worsening_can_be_moved() -> None:
    row, sound = scorer().row(gold(), output(None, LOOPED)), scorer().row(gold(), output(None, SOUND))
    assert not scorer(fail_above=0.7).failed(row)
    assert scorer().got_worse(sound, row)
    assert not scorer().got_worse(row, sound)
    assert not scorer(worse_by=0.7).got_worse(sound, row)


def test_turns_belong_to_what_is_compared() -> None:
    made = scorer()
    assert made.part(gold("yes"), output("yes", SOUND)) != made.part(gold("yes"), output("yes", LOOPED))
    assert made.part(gold("yes"), output(None, SOUND)) is None


def test_evidence_tells_label_and_turns() -> None:
    shown = scorer().evidence(gold("yes"), output("no", (*LOOPED, Turn("agent", "bye", 2.0, 3.0))))
    assert (shown["gold"], shown["predicted"]) == ("yes", "no")
    assert shown["repeated"] == [f"agent: {SAYING} {SAYING}".lower()]
    assert shown["out_of_order"] == ["2.00 s behind 8.00 s: bye"]
    assert "out_of_order" not in scorer().evidence(gold("yes", "chat"), output("no", LOOPED))
