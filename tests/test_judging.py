"""The questions of a run, the judge's word on them, and people's: who is asked what, once, and who is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from fieval.data import PersonVerdict
from fieval.data.verdicts import digest
from fieval.errors import InvalidInput
from fieval.evals.asking.own import AskingAbout
from fieval.evals.conversation_resolution import ConversationResolution
from fieval.evals.custom_evaluation import OutputScorer
from fieval.evals.given import gold_label, one
from fieval.evals.judged import JudgedScorer
from fieval.evals.scored import score_step
from fieval.evals.summary_quality import SummaryQuality
from fieval.judge import Session, Settings, open_judge
from fieval.judge.budget import Plan
from fieval.judge.canaries import shipped
from fieval.judge.records import JudgeRecord, Rate
from fieval.judging import OFF, Court, Outcome, Watching, hear, people_of, pose
from fieval.model import Card, Floor, Interaction, LabelSet, Output, Place, Prediction, Turn
from fieval.statistics.sums import Metric

from judge.conftest import nobody, server
from judge.scripted_server import Act, Server, plausible

__all__ = ["nobody", "server"]
CARD = Card("d", "1", labels={"resolution": LabelSet(("resolved", "open"))})
CANARIES = len(shipped())
TURNS = (Turn("customer", "Nothing was ever said like this."),)
SAME, OTHER = "The customer called. They talked.", "The customer wrote. They talked."


def interactions(count: int = 4) -> list[Interaction]:
    return [
        msgspec.structs.replace(
            one(turns=(Turn("agent", f"This is call {number}."),)), id=f"call-{number}", fingerprint=f"{number:064}"
        )
        for number in range(count)
    ]


def outputs(*summaries: str | None, label: str = "resolved") -> list[Output | None]:
    labels = {"resolution": Prediction(label)}
    return [None if text is None else Output("", summary=text, labels=labels) for text in summaries]


def scorers() -> dict[str, JudgedScorer]:
    made = {
        "summary": SummaryQuality().judged("summary", CARD),
        "resolution": ConversationResolution().judged("resolution", CARD),
    }
    return {step: scorer for step, scorer in made.items() if isinstance(scorer, JudgedScorer)}


@pytest.fixture
def session(server: Server, tmp_path: Path) -> Iterator[Session]:
    """A judge that records; by itself it lets no canary pass."""
    server.decide = plausible
    opened = open_judge(Settings(mode="record", base_url=server.url, cache=tmp_path / "judge.sqlite", threads=2))
    assert opened is not None
    with opened:
        yield opened


def court(session: Session | None, records: Sequence[JudgeRecord] = ()) -> Court:
    return Court(session, {}, records, Floor())


class Told(Watching):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.steps: list[tuple[int, int]] = []

    def planned(self, plan: Plan) -> None:
        self.plans.append(plan)

    def progress(self, answered: int, total: int) -> None:
        self.steps.append((answered, total))


def heard(
    made: Mapping[str, JudgedScorer], session: Session | None, *systems: Sequence[Output | None]
) -> tuple[Outcome, Told]:
    told = Told()
    return hear(made, interactions(), systems, court(session), told), told


def test_outputs_that_are_the_same_are_asked_about_once() -> None:
    candidate, baseline = outputs(SAME, SAME, OTHER, None), outputs(SAME, OTHER, OTHER, SAME)
    posed = list(pose(scorers(), interactions(), [candidate, baseline]))
    asked = {step: [each.key for each in posed if each.step == step] for step in scorers()}
    assert asked["summary"] == [
        ("call-0", digest(SAME)),
        ("call-1", digest(SAME)),
        ("call-1", digest(OTHER)),
        ("call-2", digest(OTHER)),
        ("call-3", digest(SAME)),
    ]
    assert asked["resolution"] == [(f"call-{number}", digest("")) for number in range(4)]
    assert {each.question.subject for each in posed} == {f"call-{number}" for number in range(4)}


def test_what_is_settled_and_what_the_config_leaves_out_is_not_posed() -> None:
    made = {"summary": scorers()["summary"]}
    assert list(pose(made, interactions(), [outputs(None, "", "Refund", "…")])) == []
    made["summary"].where = {"team": "red"}
    assert list(pose(made, interactions(), [outputs(*[SAME] * 4)])) == []


def test_everybody_hears_and_the_whole_plan_is_told_first(session: Session, server: Server) -> None:
    made = scorers()
    outcome, told = heard(made, session, outputs(*[SAME] * 4), outputs(*[OTHER] * 4))
    assert outcome.failure == ""
    assert outcome.spent is not None
    assert outcome.spent.calls == len(server.requests) == 2 * CANARIES + 8 + 4
    (plan,) = told.plans
    assert (plan.to_call, plan.cached) == (2 * CANARIES + 12, 0)
    assert told.steps[-1] == (12, 12)
    for interaction in interactions():
        for output in (*outputs(SAME), *outputs(OTHER)):
            assert None not in made["resolution"].judged(interaction, output)
            assert made["summary"].judged(interaction, output)[0] is not None
    again, told = heard(scorers(), session, outputs(*[SAME] * 4), outputs(*[OTHER] * 4))
    assert (told.plans[0].to_call, again.failure, len(server.requests)) == (0, "", 2 * CANARIES + 12)


def test_a_metric_of_an_uncalibrated_judge_is_not_gated(session: Session) -> None:
    made = scorers()
    heard(made, session, outputs(*[SAME] * 4))
    ungated = {metric.name: metric.ungated for scorer in made.values() for metric in scorer.metrics if metric.ungated}
    reason = "the judge is not calibrated: run `fieval calibrate` on people's verdicts"
    assert ungated == dict.fromkeys(["faithfulness", "fact_coverage", "judged_resolution"], reason)


def test_a_metric_of_a_calibrated_judge_is_gated(session: Session) -> None:
    made = scorers()
    identity = session.identity(made["resolution"].asking.prompt)
    good = Rate(0.9, 0.85, 0.95)
    record = JudgeRecord(
        step="resolution", metric="judged_resolution", identity=identity, labels=60, yes=30, groups=40, systems={},
        about_outputs=False, sensitivity=good, specificity=good, kappa=good, flips=Rate(None),
    )  # fmt: skip
    hear(made, interactions(), [outputs(*[SAME] * 4)], court(session, [record]), Watching())
    ungated = {metric.name: metric.ungated for scorer in made.values() for metric in scorer.metrics}
    assert ungated["judged_resolution"] == ""
    assert ungated["faithfulness"] != ""


def bar_metrics(scorer: JudgedScorer) -> tuple[Metric, ...]:
    return score_step("s", scorer, interactions(), outputs(*[SAME] * 4), None).metrics


def test_a_bar_that_only_the_judge_holds_gates_and_proves_no_more_than_the_judge(session: Session) -> None:
    made = scorers()
    made["tone"] = JudgedScorer(OutputScorer(asking := AskingAbout("Is it kind?", "summary")), asking)
    heard(made, session, outputs(*[SAME] * 4))
    for step, alone in (("summary", False), ("resolution", True), ("tone", True)):
        metrics = {metric.name: metric for metric in bar_metrics(made[step])}
        for name in ("fail_rate", "worse_rate"):
            assert metrics[name].ungated.startswith("the judge is not calibrated" if alone else ""), step
            assert (metrics[name].unprovable is not None, bool(metrics[name].ungated)) == (alone, alone)
        assert metrics["missing"].ungated == ""
    labelled_by_people = [
        msgspec.structs.replace(each, labels={"resolution": gold_label("open")}) for each in interactions()
    ]
    hear(made, labelled_by_people, [outputs(*[SAME] * 4)], court(session), Watching())
    ungated = {metric.name: metric.ungated for metric in bar_metrics(made["resolution"])}
    assert ungated["fail_rate"] == ungated["worse_rate"] == ""


def test_after_a_canary_passed_no_answer_is_used(session: Session, server: Server) -> None:
    server.decide = lambda item: item.verdicts[0]
    made = scorers()
    outcome, _ = heard(made, session, outputs(*[SAME] * 4))
    assert outcome.failure.startswith("the judge cannot be trusted: it let plainly wrong claims pass (")
    assert len(server.requests) == 2 * CANARIES, "nothing else was asked"
    for scorer in made.values():
        assert scorer.hearing.answers == {}
        assert scorer.hearing.unmeasured == outcome.failure
        assert {metric.unmeasured for metric in scorer._judged_metrics()} == {outcome.failure}


def refused(text: str) -> Act:
    """Refuses, which is an answer of its own kind."""
    return Act(change=lambda message: message | {"stop_reason": text, "content": []})


def test_questions_without_an_answer_are_counted_and_named(session: Session, server: Server) -> None:
    made = {"summary": scorers()["summary"]}
    heard(made, session, outputs(None, None, None, None))
    server.script = [refused("refusal"), refused("max_tokens"), refused("refusal")]
    outcome, _ = heard(made, session, outputs(*[SAME] * 4), outputs(*[OTHER] * 4))
    assert outcome.failure.startswith("the judge gave no verdict on 3 of 8 questions (2 refused, 1 truncated): ")
    assert outcome.failure.endswith("; the others are kept: run again")
    assert made["summary"].judged(interactions()[3], outputs(OTHER)[0]) == (None, None)
    sent = len(server.requests)
    outcome, _ = heard(made, session, outputs(*[SAME] * 4), outputs(*[OTHER] * 4))
    assert outcome.failure == ""
    assert len(server.requests) == sent + 3, "only those that had none"


def test_only_the_first_five_without_an_answer_are_named(session: Session, server: Server) -> None:
    made = scorers()
    heard(made, session, outputs(None, None, None, None))
    every = {f"{step} of call-{number}" for step in made for number in range(4)}
    server.always, changed = refused("refusal"), [msgspec.structs.replace(each, turns=TURNS) for each in interactions()]
    outcome = hear(made, changed, [outputs(*[SAME] * 4)], court(session), Watching())
    named = outcome.failure.partition("): ")[2].removesuffix("; the others are kept: run again").split(", ")
    assert (len(named), named[-1]) == (6, "…")
    assert set(named[:5]) < every


def test_no_judge_at_all_is_a_reason_of_its_own() -> None:
    made = scorers()
    outcome, told = heard(made, None, outputs(*[SAME] * 4))
    assert (outcome, told.plans) == (Outcome("", None), [])
    assert {scorer.hearing.unmeasured for scorer in made.values()} == {OFF}


def verdict(
    question: str, said: str, text: str | None = SAME, *, name: str = "call-0", system: str = "next", line: int = 1
) -> PersonVerdict:
    output = "" if text is None else digest(text)
    return PersonVerdict(name, system, question, said, output, Place("verdicts.jsonl", line, 1))


def test_the_majority_of_people_counts_and_none_where_they_are_even() -> None:
    given = [
        *(verdict("summary.s1", each) for each in ("supported", "contradicted", "supported")),
        *(verdict("summary.s2", each) for each in ("supported", "contradicted")),
        *(verdict("summary.s3", each) for each in ("supported", "contradicted", "supported", "contradicted")),
        verdict("summary.f1", "missing"),
    ]
    found = people_of(given, scorers())
    assert found == {"summary": {("call-0", digest(SAME)): {"s1": "supported", "f1": "missing"}}}


def test_verdicts_belong_to_what_was_judged() -> None:
    given = [
        verdict("summary.s1", "supported"),
        verdict("summary.s1", "contradicted", OTHER),
        verdict("summary.s1", "contradicted", name="call-1"),
        verdict("resolution.outcome", "partly", None),
        verdict("resolution.outcome", "partly", None, system="main"),
    ]
    assert people_of(given, scorers()) == {
        "summary": {
            ("call-0", digest(SAME)): {"s1": "supported"},
            ("call-0", digest(OTHER)): {"s1": "contradicted"},
            ("call-1", digest(SAME)): {"s1": "contradicted"},
        },
        "resolution": {("call-0", digest("")): {"outcome": "partly"}},
    }


def test_verdicts_on_other_steps_are_left_alone() -> None:
    assert people_of([verdict("tone.answer", "purple"), verdict("summaries.s1", "purple")], scorers()) == {}


def test_a_step_with_dots_in_its_name_has_its_own_verdicts() -> None:
    made = {"summary": scorers()["summary"], "summary.long": scorers()["summary"]}
    found = people_of([verdict("summary.long.s1", "supported"), verdict("summary.s1", "contradicted")], made)
    assert found["summary.long"] == {("call-0", digest(SAME)): {"s1": "supported"}}
    assert found["summary"] == {("call-0", digest(SAME)): {"s1": "contradicted"}}


def test_verdicts_that_are_not_offered_are_all_named_with_their_lines() -> None:
    given = [
        verdict("summary.s1", "suported", line=3),
        verdict("summary.s1", "supported", line=4),
        verdict("resolution.outcome", "done", None, line=7),
    ]
    with pytest.raises(InvalidInput) as caught:
        people_of(given, scorers())
    assert caught.value.problems == (
        'verdicts.jsonl:3: verdict: summary.s1 has no verdict "suported"; did you mean "supported"?',
        'verdicts.jsonl:7: verdict: resolution.outcome has no verdict "done"; known: follow_up_agreed, partly, '
        "resolved, unclear, unresolved",
    )


def test_a_claim_has_no_verdict_of_a_fact() -> None:
    """It would count as a no."""
    given = [
        verdict("summary.s1", "covered", line=2),
        verdict("summary.f1", "supported", line=3),
        verdict("summary.f12", "covered", line=4),
    ]
    with pytest.raises(InvalidInput) as caught:
        people_of(given, scorers())
    assert [problem.partition("; ")[0] for problem in caught.value.problems] == [
        'verdicts.jsonl:2: verdict: summary.s1 has no verdict "covered"',
        'verdicts.jsonl:3: verdict: summary.f1 has no verdict "supported"',
    ]
