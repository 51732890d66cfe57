"""A scorer with a judge's metrics behind its own: rows, bars, and what happens where nobody can be heard."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from fieval.data.verdicts import digest
from fieval.evals import detail, scorer_of
from fieval.evals.asking.resolution import AskingResolution
from fieval.evals.base import Scorer
from fieval.evals.conversation_coherence import ConversationCoherence
from fieval.evals.conversation_resolution import ConversationResolution
from fieval.evals.given import gold_label, one
from fieval.evals.judged import Hearing, JudgedScorer, Key
from fieval.evals.label_agreement import LabelScorer
from fieval.evals.scored import score_step
from fieval.evals.summary_quality import SummaryQuality, SummaryScorer
from fieval.judge import Answer, Verdict
from fieval.model import Card, Dataset, Fact, Interaction, LabelSet, Output, Prediction, Source, Step, Turn
from fieval.statistics.ppi import WIDTH, ppi_row

TURNS = (Turn("agent", "40 dollars are on their way."), Turn("customer", "Thank you."))
CARD = Card("d", "1", labels={"resolution": LabelSet(("resolved", "open"))})
GOOD, HALF, BAD = "40 dollars are sent. They talked.", "They talked. He refused.", "He refused. She refused."


def interaction(name: str = "a", **gold: Any) -> Interaction:
    return msgspec.structs.replace(one(turns=TURNS, **gold), id=name)


def summary(text: str) -> Output:
    return Output("", summary=text)


def label(value: str) -> Output:
    return Output("", labels={"resolution": Prediction(value)})


def scorer_for_summaries(options: SummaryQuality | None = None) -> JudgedScorer:
    scorer = (options or SummaryQuality()).judged("summary", CARD)
    assert isinstance(scorer, JudgedScorer)
    return scorer


def scorer_for_resolution() -> JudgedScorer:
    scorer = ConversationResolution().judged("resolution", CARD)
    assert isinstance(scorer, JudgedScorer)
    return scorer


def answer(**verdicts: str) -> Answer:
    return Answer(verdicts=tuple(Verdict(name, verdict, (1,)) for name, verdict in verdicts.items()), model="m")


def hear(scorer: JudgedScorer, said: Mapping[Key, Answer], **more: Any) -> JudgedScorer:
    scorer.hear(Hearing(answers=said, **more))
    return scorer


def heard(options: SummaryQuality | None = None, *names: str) -> JudgedScorer:
    """A scorer for which the judge said of GOOD 1, of HALF 0.5, of BAD 0."""
    said = {
        GOOD: answer(s1="supported", s2="supported"),
        HALF: answer(s1="supported", s2="contradicted"),
        BAD: answer(s1="contradicted", s2="not_mentioned"),
    }
    every = names or ("a", "b", "c")
    return hear(scorer_for_summaries(options), {(name, digest(text)): said[text] for text in said for name in every})


def named(scorer: Scorer) -> list[str]:
    return [metric.name for metric in scorer.metrics]


def values(scorer: Scorer, outputs: Sequence[Output | None], **gold: Any) -> dict[str, float]:
    """Every metric over interactions a, b, c, … by the way that a gate goes."""
    interactions = [interaction(name, **gold) for name, _ in zip("abcdefgh", outputs, strict=False)]
    step = score_step("s", scorer, interactions, outputs, None)
    return {metric.name: metric.of(step.table.candidate) for metric in step.metrics}


def test_the_digest_is_the_sha256_of_the_text() -> None:
    assert digest("já") == hashlib.sha256("já".encode()).hexdigest()
    assert len(digest("\ud800")) == 64, "a lone surrogate is no reason to stop"


def test_a_row_is_the_inner_row_and_then_the_judges() -> None:
    scorer, output = heard(SummaryQuality(rubric={"kind": "It is kind."})), summary(HALF)
    inner = SummaryScorer(SummaryQuality())
    row = scorer.row(interaction(), output)
    assert scorer.names == ("faithfulness", "fact_coverage", "rubric")
    assert len(row) == scorer.width == inner.width + 3 * WIDTH
    assert row[: inner.width] == inner.row(interaction(), output)
    assert tuple(row[inner.width : inner.width + WIDTH]) == ppi_row(0.5)
    assert tuple(row[inner.width + WIDTH :]) == ppi_row(None) * 2, "no facts, and no word on the rubric"
    assert named(scorer) == [*named(inner), "faithfulness", "fact_coverage", "rubric"]


def test_the_metric_is_the_mean_over_outputs_and_missing_is_0() -> None:
    outputs = [summary(GOOD), summary(HALF), summary(BAD), None]
    found = values(heard(), outputs)
    assert found["faithfulness"] == pytest.approx((1 + 0.5 + 0 + 0) / 4)
    assert found["missing"] == 0.25
    assert np.isnan(found["fact_coverage"])


def test_what_was_not_answered_is_not_in_the_mean() -> None:
    outputs = [summary(GOOD), summary("Nobody judged this text.")]
    assert values(heard(), outputs)["faithfulness"] == 1.0


def test_answers_belong_to_the_interaction_and_the_text() -> None:
    scorer = heard(None, "a")
    assert scorer.judged(interaction("a"), summary(GOOD)) == (1.0, None)
    assert scorer.judged(interaction("b"), summary(GOOD)) == (None, None)
    assert scorer.judged(interaction("a"), summary(GOOD + " ")) == (None, None)


def test_only_what_is_unsettled_and_wanted_is_asked() -> None:
    scorer = scorer_for_summaries()
    assert scorer.asks(interaction(), summary(GOOD))
    assert not scorer.asks(interaction(), None)
    assert not scorer.asks(interaction(), summary("Refund"))
    assert not scorer.asks(one(facts=(Fact("x", ("x",)),)), summary(GOOD))
    scorer.where = {"team": "red"}
    assert not scorer.asks(interaction(), summary(GOOD))
    assert scorer.asks(msgspec.structs.replace(interaction(), cohorts={"team": "red"}), summary(GOOD))


def test_where_of_the_config_reaches_the_scorer() -> None:
    step = Step("summary", "summary_quality", where={"team": "red"}, options={}, gates={}, after=(), place=None)
    scorer = scorer_of(step, CARD, judge=True)
    assert isinstance(scorer, JudgedScorer)
    assert not scorer.counts(interaction())
    assert not isinstance(scorer_of(step, CARD), JudgedScorer)


@pytest.mark.parametrize("options", [SummaryQuality(judge=False), ConversationResolution(judge=False)])
def test_a_step_may_do_without(options: SummaryQuality | ConversationResolution) -> None:
    assert options.judged("step", CARD) is None


def test_a_judge_that_is_not_heard_takes_its_own_metrics_and_no_other() -> None:
    scorer = hear(heard(), {}, unmeasured="the judge is off")
    reasons = {metric.name: metric.unmeasured for metric in scorer.metrics}
    assert reasons["faithfulness"] == reasons["fact_coverage"] == "the judge is off"
    assert {reasons[name] for name in named(scorer.inner)} == {""}
    assert scorer.judged(interaction(), None) == (None, None), "not even a missing output has a score"
    assert scorer.bar_unmeasured == "", "the bar is the inner scorer's"
    found = values(scorer, [summary(GOOD), None])
    assert found["fabrication_rate"] == 0.5
    assert np.isnan(found["faithfulness"])


def test_a_reason_not_to_gate_belongs_to_its_metric() -> None:
    scorer = hear(scorer_for_summaries(), {}, ungated={"faithfulness": "not calibrated"})
    assert {metric.name: metric.ungated for metric in scorer.metrics if metric.ungated} == {
        "faithfulness": "not calibrated"
    }


def test_peoples_verdicts_correct_the_judges() -> None:
    """With verdicts of people on every output it is their mean; the judge's own stands beside it."""
    texts = {"a": GOOD, "b": HALF, "c": BAD}
    said = heard().hearing.answers
    people = {(name, digest(text)): {"s1": "supported", "s2": "contradicted"} for name, text in texts.items()}
    every = {"faithfulness": frozenset(texts)}
    scorer = hear(scorer_for_summaries(), said, people=people, labelled=every)
    found = values(scorer, [summary(text) for text in texts.values()])
    assert found["faithfulness"] == pytest.approx(0.5)
    assert found["faithfulness_raw"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert "fact_coverage_raw" not in found
    assert scorer.of_people(interaction("c"), summary(BAD)) == (0.5, None)


def test_peoples_verdicts_count_only_where_they_are_said_to() -> None:
    """One system's outputs with verdicts and the other's without would be measured by two measures."""
    said, people = heard().hearing.answers, {("a", digest(HALF)): {"s1": "supported", "s2": "supported"}}
    for labelled, row in ((frozenset("b"), ppi_row(0.5)), (frozenset("a"), ppi_row(0.5, 1.0))):
        scorer = hear(scorer_for_summaries(), said, people=people, labelled={"faithfulness": labelled})
        start = scorer.inner.width
        assert tuple(scorer.row(interaction("a"), summary(HALF))[start : start + WIDTH]) == row


def test_verdicts_that_count_for_one_metric_do_not_for_another() -> None:
    facts = (Fact("40 dollars", ("40",)),)
    key = ("a", digest(HALF))
    said = {key: answer(s1="supported", s2="contradicted", f1="missing")}
    people = {key: {"s1": "supported", "s2": "supported", "f1": "covered"}}
    scorer = hear(scorer_for_summaries(), said, people=people, labelled={"fact_coverage": frozenset("a")})
    row = scorer.row(interaction("a", facts=facts), summary(HALF))
    assert tuple(row[scorer.inner.width :]) == (*ppi_row(0.5), *ppi_row(0.0, 1.0))


def test_peoples_own_labels_are_verdicts_too() -> None:
    scorer = scorer_for_resolution()
    assert scorer.of_people(interaction(labels={"resolution": gold_label("open")}), label("resolved")) == (0.0,)
    assert scorer.of_people(interaction(), label("resolved")) == (None,)


def test_one_answer_serves_all_labels_of_a_conversation() -> None:
    scorer = scorer_for_resolution()
    key = scorer.key(interaction(), label("open"))
    assert key == scorer.key(interaction(), None) == ("a", digest(""))
    hear(scorer, {key: answer(outcome="unresolved")})
    assert scorer.judged(interaction(), label("open")) == (1.0,)
    assert scorer.judged(interaction(), label("resolved")) == scorer.judged(interaction(), None) == (0.0,)


def test_a_row_without_gold_has_a_bar_by_the_judge() -> None:
    """People labelled some interactions only; the judge says something of all."""
    scorer = scorer_for_resolution()
    hear(scorer, {(name, digest("")): answer(outcome="resolved") for name in "ab"})
    right, wrong = (scorer.row(interaction(), label(value)) for value in ("resolved", "open"))
    assert not any(right[: scorer.inner.width])
    assert (scorer.failed(right), scorer.failed(wrong)) == (False, True)
    assert (scorer.badness(right), scorer.badness(wrong)) == (0.0, 1.0)
    assert (scorer.faults(right), scorer.faults(wrong)) == (0.0, 1.0)
    assert scorer.got_worse(right, wrong)
    assert not scorer.got_worse(wrong, right)
    assert not scorer.failed(scorer.row(interaction("never judged"), label("open"))), "nobody knows"


def test_a_row_with_gold_has_the_bar_of_its_own() -> None:
    scorer = scorer_for_resolution()
    hear(scorer, {("a", digest("")): answer(outcome="resolved")})
    gold = interaction(labels={"resolution": gold_label("open")})
    right, wrong = (scorer.row(gold, label(value)) for value in ("open", "resolved"))
    assert (scorer.failed(right), scorer.failed(wrong)) == (False, True)
    assert scorer.got_worse(right, wrong)
    assert (scorer.badness(right), scorer.faults(wrong)) == (0.0, 1.0)


def test_the_bar_by_the_judge_is_the_one_that_is_set() -> None:
    asking = AskingResolution("resolution", "resolved")
    inner = LabelScorer("resolution", CARD.labels["resolution"])
    strict = JudgedScorer(inner, asking, fail_below=0.8, worse_by=0.3)
    rows = [[*[0.0] * inner.width, *ppi_row(score)] for score in (0.9, 0.8, 0.7, 0.4)]
    assert [strict.failed(row) for row in rows] == [False, False, True, True]
    assert [strict.got_worse(rows[0], row) for row in rows] == [False, False, False, True]
    assert not strict.got_worse(rows[2], rows[3]), "0.7 to 0.4 is 0.3, and no more than that"


def test_evidence_of_what_only_a_judge_scores() -> None:
    """Without gold the scorer of labels has nothing to show, and is not asked to."""
    scorer = hear(scorer_for_resolution(), {("a", digest("")): answer(outcome="resolved")})
    shown = detail.shown(scorer, interaction(), label("open"))
    assert shown == {"output": "open", "judge": ["outcome: resolved (turns 1)"]}
    step = score_step("resolution", scorer, [interaction()], [label("open")], [label("resolved")])
    dataset = Dataset(CARD, [interaction()], Source("d", ""))
    (found,) = detail.evidence(step, scorer, dataset, [label("open")], [label("resolved")])
    assert found.candidate_failed is True


def test_evidence_names_verdicts_and_never_the_judges_words() -> None:
    verdict = Verdict("s1", "contradicted", (2, 3), "because she said zucchini")
    scorer = hear(heard(), {("a", digest(GOOD)): Answer(verdicts=(verdict,), model="m")})
    evidence = scorer.evidence(interaction(), summary(GOOD))
    assert evidence["judge"] == ["s1: contradicted (turns 2, 3)"]
    assert evidence["summary"] == GOOD
    assert "judge" not in scorer.evidence(interaction("b"), summary(GOOD))


def test_scores_of_single_interactions_include_the_judges() -> None:
    step = score_step("summary", heard(), [interaction("a")], [summary(HALF)], None)
    found = {score.metric: score.value for score in detail.Scores([step], [interaction("a")])}
    assert found["faithfulness"] == 0.5
    assert found["fact_coverage"] is None


def test_a_judged_scorer_keeps_what_its_inner_one_can() -> None:
    inner = SummaryScorer(SummaryQuality())
    scorer = scorer_for_summaries()
    assert (scorer.transcribes, scorer.traceable) == (inner.transcribes, inner.traceable)
    before, after = summary("40 dollars are sent."), summary("70 dollars are sent.")
    assert scorer.trace(interaction(), before, after) == inner.trace(interaction(), before, after)
    assert scorer.part(interaction(), after) == inner.part(interaction(), after)
    assert scorer.got_worse(scorer.row(interaction(), before), scorer.row(interaction(), after))
    assert scorer_for_resolution().unknown(label("nonsense"))


def test_coherence_without_a_gold_label_applies_to_calls_only() -> None:
    scorer = ConversationCoherence().judged("coherence", CARD)
    assert isinstance(scorer, JudgedScorer)
    assert scorer.applies(interaction())
    assert not scorer.applies(replace_channel(interaction()))


def replace_channel(given: Interaction) -> Interaction:
    return msgspec.structs.replace(given, channel="chat")


def test_hearings_replace_each_other() -> None:
    scorer = heard()
    before = scorer.hearing
    scorer.hear(replace(before, answers={}))
    assert scorer.judged(interaction(), summary(GOOD)) == (None, None)
    scorer.hear(before)
    assert scorer.judged(interaction(), summary(GOOD)) == (1.0, None)


def test_what_was_asked_of_one_output_cannot_be_out_of_the_question_for_another() -> None:
    """Else an output so bad that nothing applies to it would leave the metric."""
    scorer = scorer_for_summaries(SummaryQuality(rubric={"kind": "It is kind."}))
    said = {GOOD: "yes", BAD: "na", HALF: "no"}
    heard = {
        ("a", digest(text)): answer(s1="supported", s2="supported", **{"rubric.kind": each})
        for text, each in said.items()
    }
    alone = {("b", digest(BAD)): heard["a", digest(BAD)]}
    scorer.hear(Hearing(answers=heard | alone))
    rubric = scorer.names.index("rubric")
    assert [scorer.judged(interaction(), summary(text))[rubric] for text in said] == [1.0, 0.0, 0.0]
    assert scorer.judged(interaction("b"), summary(BAD))[rubric] is None


def test_so_it_is_with_what_people_say_but_not_with_what_they_left_out() -> None:
    scorer = scorer_for_summaries(SummaryQuality(rubric={"kind": "It is kind."}))
    said = {GOOD: {"rubric.kind": "yes"}, BAD: {"rubric.kind": "na"}, HALF: {"s1": "supported"}}
    scorer.hear(Hearing(people={("a", digest(text)): each for text, each in said.items()}))
    rubric = scorer.names.index("rubric")
    assert [scorer.of_people(interaction(), summary(text))[rubric] for text in said] == [1.0, 0.0, None]


def test_what_only_the_judge_sees_change_is_a_change() -> None:
    """A label that is missing in both outputs is the same to the label's scorer; the turns are not."""
    card = Card("d", "1", labels={"coherence": LabelSet(("yes", "no"))})
    scorer = ConversationCoherence().judged("coherence", card)
    assert isinstance(scorer, JudgedScorer)
    call = interaction(labels={"coherence": gold_label("yes")})
    before, after = Output("", turns=TURNS), Output("", turns=TURNS[::-1])
    assert scorer.part(call, before) == scorer.part(call, after)
    assert not scorer.unchanged(call, before, after)
    assert scorer.unchanged(call, before, Output("", turns=TURNS))
