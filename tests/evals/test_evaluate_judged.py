"""One output in Python, with a judge: a real one over a real socket, which only follows a script."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals import ConversationCoherence, ConversationResolution, CustomEvaluation, SummaryQuality
from fieval.judge import Settings
from fieval.judge.canaries import shipped
from fieval.model import Output

from judge.scripted_server import Act, Item, Server

TRANSCRIPT = "agent: this is Priya\ncustomer: I was charged 40 dollars twice\nagent: I am sending you 40 dollars"
SUMMARY = "The customer was charged twice. The agent refused to help. 40 dollars are sent. They met on Tuesday."
CANARIES = len(shipped())
NEEDS = "needs a judge or a label"


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    """A judge that answers with the first verdict there is, and with the second to what was refused or is a canary."""
    server.decide = lambda item: item.verdicts[item.canary or "refused" in item.text]
    return Settings(mode="record", base_url=server.url, cache=tmp_path / "judge.sqlite")


def says(verdict: str) -> Callable[[Item], str]:
    """A judge that says this wherever it can."""
    return lambda item: "contradicted" if item.canary else verdict if verdict in item.verdicts else item.verdicts[0]


def test_a_summary_is_judged_claim_by_claim(settings: Settings) -> None:
    evaluator = SummaryQuality(rubric={"kind": "It is kind.", "refusal": "It says what was refused."})
    facts: list[Any] = [{"text": text, "anchors": ["40"]} for text in ("40 dollars are sent", "help was refused")]
    found = evaluator.evaluate(input=TRANSCRIPT, output=SUMMARY, facts=facts, judge=settings)
    assert found.score == 0.75
    judged = {name: found.metrics[name] for name in ("faithfulness", "fact_coverage", "rubric")}
    assert judged == {"faithfulness": 0.75, "fact_coverage": 0.5, "rubric": 0.5}
    assert found.metrics["fabrication_rate"] == 1.0
    assert found.passed is False, "its own bar is nothing made up"
    assert found.reason == (
        "faithfulness 0.75, fact_coverage 0.5, rubric 0.5 by the judge; 1 of 2 specifics are not in the transcript"
    )
    assert found.evidence["judge"][:2] == ["s1: supported (turns 1)", "s2: contradicted (turns 1)"]
    assert found.evidence["fabricated"] == ["date: Tuesday"]


def test_a_summary_passes_by_its_own_bar_and_the_judge(settings: Settings) -> None:
    def of(summary: str) -> bool | None:
        return SummaryQuality().evaluate(input=TRANSCRIPT, output=summary, judge=settings).passed

    assert of("40 dollars are sent. They talked.") is True
    assert of("They talked. The agent refused to help.") is True, "one in two is the bar"
    assert of("The agent refused to help. Then she refused again. They talked.") is False
    assert of("They met on Tuesday. They talked.") is False


def test_a_summary_without_specifics_has_a_score_with_a_judge(settings: Settings) -> None:
    given: dict[str, Any] = {"input": TRANSCRIPT, "output": "They had a nice talk."}
    assert SummaryQuality().evaluate(**given, judge=False).score is None
    assert SummaryQuality().evaluate(**given, judge=settings).score == 1.0


@pytest.mark.parametrize("output", [None, "", " … ", "Refund", "Thought process:"])
def test_what_is_missing_or_empty_is_0_and_never_asked(settings: Settings, server: Server, output: str | None) -> None:
    found = SummaryQuality().evaluate(input=TRANSCRIPT, output=output, judge=settings)
    assert (found.score, found.passed) == (0.0, False)
    assert server.requests == []


@pytest.mark.parametrize("nothing", ["", "\n"])
def test_without_a_transcript_nobody_is_asked(settings: Settings, server: Server, nothing: str) -> None:
    for evaluator in (SummaryQuality(), ConversationResolution(), ConversationCoherence()):
        found = evaluator.evaluate(nothing, "resolved by 40", judge=settings)
        assert (found.score, found.passed) == (None, None)
    assert server.requests == []


def test_canaries_are_asked_first_and_then_remembered(settings: Settings, server: Server) -> None:
    SummaryQuality().evaluate(input=TRANSCRIPT, output=SUMMARY, judge=settings)
    assert len(server.requests) == CANARIES + 1
    assert "Tuesday" in server.requests[-1].content
    SummaryQuality().evaluate(input=TRANSCRIPT, output="They talked about money.", judge=settings)
    assert len(server.requests) == CANARIES + 2
    SummaryQuality().evaluate(input=TRANSCRIPT, output=SUMMARY, judge=settings)
    assert len(server.requests) == CANARIES + 2


def test_a_judge_that_lets_canaries_pass_gives_no_score(settings: Settings, server: Server) -> None:
    server.decide = lambda item: item.verdicts[0]
    for evaluator in (SummaryQuality(), ConversationResolution(), ConversationCoherence()):
        with pytest.raises(Unmeasurable, match="cannot be trusted: it let plainly wrong claims pass"):
            evaluator.evaluate(TRANSCRIPT, "They talked.", judge=settings)


@pytest.mark.parametrize(
    ("stop_reason", "told"),
    [("refusal", r"no verdict \(refused\)"), ("max_tokens", r"no verdict \(truncated\)"), ("odd", r"\(invalid\)")],
)
def test_an_error_is_not_a_score(settings: Settings, server: Server, stop_reason: str, told: str) -> None:
    SummaryQuality().evaluate(input=TRANSCRIPT, output="They talked at length.", judge=settings)
    server.always = Act(change=lambda message: message | {"stop_reason": stop_reason})
    with pytest.raises(Unmeasurable, match=told):
        SummaryQuality().evaluate(input=TRANSCRIPT, output=SUMMARY, judge=settings)


@pytest.mark.parametrize(
    ("verdict", "label", "score", "reason"),
    [
        ("resolved", None, 1.0, "the judge says resolved"),
        ("partly", None, 0.0, "the judge says partly"),
        ("unresolved", None, 0.0, "the judge says unresolved"),
        ("unclear", None, None, "the judge says unclear"),
        ("resolved", "resolved", 1.0, "the judge says resolved, as the label does"),
        ("resolved", "open", 0.0, "the judge says resolved, the label does not"),
        ("follow_up_agreed", "open", 1.0, "the judge says follow_up_agreed, as the label does"),
        ("follow_up_agreed", "resolved", 0.0, "the judge says follow_up_agreed, the label does not"),
        ("unclear", "resolved", None, "the judge says unclear"),
    ],
)
def test_resolution_by_the_judge(
    settings: Settings, server: Server, verdict: str, label: str | None, score: float | None, reason: str
) -> None:
    server.decide = says(verdict)
    found = ConversationResolution().evaluate(input=TRANSCRIPT, output=label, judge=settings)
    assert (found.score, found.reason) == (score, reason)
    assert found.passed is (None if score is None else bool(score))
    assert found.metrics == ({} if score is None or label is None else {"judged_resolution": score})
    assert found.evidence["judge"] == [f"outcome: {verdict} (turns 1)"]


def test_peoples_label_counts_before_the_judges(settings: Settings, server: Server) -> None:
    server.decide = says("unresolved")
    given: dict[str, Any] = {"input": TRANSCRIPT, "output": "resolved", "expected": "resolved"}
    found = ConversationResolution().evaluate(**given, judge=settings)
    assert (found.score, found.passed, found.reason) == (1.0, True, "the label is the one that people gave")
    assert found.metrics["judged_resolution"] == 0.0
    coherent = ConversationCoherence().evaluate(**given, judge=settings)
    assert (coherent.score, coherent.metrics["coherence"]) == (1.0, 1.0)
    assert ConversationResolution().evaluate(**given | {"output": None}, judge=settings).score == 0.0


def test_coherence_is_the_share_of_checks(settings: Settings, server: Server) -> None:
    def decide(item: Item) -> str:
        if item.canary:
            return "contradicted"
        return {"answers": "yes", "consistent": "no", "follows": "no", "closes": "na"}[item.id]

    server.decide = decide
    found = ConversationCoherence().evaluate(input=TRANSCRIPT, judge=settings)
    assert found.score == pytest.approx(1 / 3)
    assert found.passed is False
    assert found.metrics.keys() == {"repetition", "coherence"}
    assert found.reason == "coherence 0.333 by the judge"
    server.decide = says("na")
    silent = ConversationCoherence().evaluate(input=TRANSCRIPT + ", bye", judge=settings)
    assert (silent.score, silent.passed, silent.reason) == (None, None, "the judge finds nothing to score")


def test_a_question_of_ones_own(settings: Settings, server: Server, tmp_path: Path) -> None:
    (tmp_path / "polite.md").write_text("Is it polite?")
    polite = CustomEvaluation(prompt=str(tmp_path / "polite.md"))
    found = polite.evaluate(TRANSCRIPT, "They talked.", judge=settings)
    assert (found.score, found.passed, found.metrics) == (1.0, True, {"judged_score": 1.0})
    assert server.requests[-1].blocks["output"] == [{"id": "summary", "text": "They talked."}]
    assert "Is it polite?" in server.requests[-1].system
    server.decide = says("no")
    assert polite.evaluate(TRANSCRIPT, "They talked again.", judge=settings).passed is False
    assert polite.evaluate(TRANSCRIPT, None, judge=False).score == 0.0
    assert polite.evaluate(TRANSCRIPT, "They talked.", judge=False).reason == "needs a judge"


def test_a_question_about_turns_or_for_a_label(settings: Settings, server: Server, tmp_path: Path) -> None:
    (tmp_path / "question.md").write_text("Which one?")
    prompt = str(tmp_path / "question.md")
    turns = CustomEvaluation(prompt=prompt, about="turns").evaluate(TRANSCRIPT, "agent: hello\nx: bye", judge=settings)
    assert turns.score == 1.0
    assert [line["text"] for line in server.requests[-1].blocks["transcript"]] == ["hello", "bye"]
    server.decide = says("outage")
    mood = CustomEvaluation(prompt=prompt, label="mood")
    values = ["billing", "outage"]
    assert mood.evaluate(TRANSCRIPT, "outage", values=values, judge=settings).score == 1.0
    made = Output("", labels={})
    assert mood.evaluate(TRANSCRIPT, made, values=values, judge=settings).reason == "the output is missing"
    assert mood.evaluate(TRANSCRIPT, "billing", values=values, judge=settings).score == 0.0
    with pytest.raises(InvalidInput, match='values: expected a list of those that the label "mood" can have'):
        mood.evaluate(TRANSCRIPT, "outage", judge=settings)


def test_by_itself_a_judge_is_asked_only_with_a_key_and_outside_ci(
    settings: Settings, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)

    def asked(**choice: Any) -> float | None:
        return ConversationResolution().evaluate(input=TRANSCRIPT, **choice).score

    with monkeypatch.context() as without:
        without.delenv("ANTHROPIC_API_KEY")
        assert asked() is None
    with monkeypatch.context() as in_ci:
        in_ci.setenv("CI", "true")
        assert asked() is None
        with pytest.raises(Unmeasurable, match="no verdict is recorded"):
            asked(judge=True)
    assert asked(judge=False) is None
    assert asked(judge=Settings(mode="off")) is None
    assert ConversationResolution(judge=False).evaluate(input=TRANSCRIPT).reason == NEEDS
    assert asked(output="resolved", expected="resolved") == 1.0
    assert server.requests == []
    assert asked() == 1.0
    assert len(server.requests) == CANARIES + 1
    assert Path(".fieval/judge.sqlite").exists()
    monkeypatch.setenv("CI", "true")
    assert asked(judge=True) == 1.0, "replayed"
    assert len(server.requests) == CANARIES + 1


def test_true_is_not_offline_by_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for evaluator in (SummaryQuality(), SummaryQuality(judge=False), ConversationResolution(), ConversationCoherence()):
        with pytest.raises(Unmeasurable, match="no verdict is recorded"):
            evaluator.evaluate(TRANSCRIPT, "40 dollars are sent.", judge=True)


def test_what_cannot_be_chosen_is_refused() -> None:
    evaluator: Any = SummaryQuality()
    with pytest.raises(InvalidInput, match="judge: expected Settings, True, False or None, got str"):
        evaluator.evaluate(TRANSCRIPT, "They talked.", judge="record")
    with pytest.raises(InvalidInput, match="judge: a function is not asked of a judge"):
        CustomEvaluation(function="math:hypot").evaluate(TRANSCRIPT, "They talked.", judge=True)


def test_the_sdk_is_not_imported_for_nobody() -> None:
    code = (
        "import sys\n"
        "from fieval.evals import ConversationResolution, SummaryQuality\n"
        "SummaryQuality().evaluate(input='agent: hello', output='They said hello.')\n"
        "ConversationResolution().evaluate(input='agent: hello', judge=False)\n"
        "print(*{'anthropic', 'httpx2'} & {name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
