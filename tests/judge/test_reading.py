"""A reply is an answer only if it is complete and keeps to what was offered, whatever else it may be."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.judge import Answer, Part, Prompt, Question
from fieval.judge.protocol import Usage, reply_schema
from fieval.judge.reading import Sent, fits, read_reply

PROMPT = Prompt(
    name="both",
    version=1,
    system="s",
    task="t",
    parts=(Part("claims", ("yes", "no"), grounded=("yes",)), Part("facts", ("covered", "missing"), explained=False)),
)
QUESTION = Question(prompt=PROMPT, content="c", ids={"claims": ("c1", "c2"), "facts": ("f1",)}, turns=3)

entries = st.fixed_dictionaries(
    {"verdict": st.sampled_from(["yes", "no"])},
    optional={"evidence_turns": st.lists(st.sampled_from([1, 2, 3, 3, 0, 4]), max_size=2), "why": st.just("because")},
)
ids = st.sampled_from([["c1", "c2"], ["c2", "c1"], ["c1", "c2"], ["c1", "c1"], ["c1"], ["c1", "c2", "c2"]])


def claims_of(names: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    each = st.lists(entries, min_size=len(names), max_size=len(names))
    return each.map(lambda rest: [{"id": name} | entry for name, entry in zip(names, rest, strict=True)])


claims = ids.flatmap(claims_of)
facts = st.sampled_from(
    [[("f1", "covered")]] * 4 + [[], [("f2", "covered")], [("f1", "yes")], [("f1", "covered")] * 2]
).map(lambda pairs: [{"id": name, "verdict": verdict} for name, verdict in pairs])


def read(text: str, reason: str = "end_turn") -> Any:
    return read_reply(QUESTION, Sent(stop_reason=reason, text=text, model="m", usage=Usage(1, 1)))


def is_right(claims: list[dict[str, Any]], facts: list[dict[str, Any]]) -> bool:
    """The rules again, written the slow way."""
    if sorted(each["id"] for each in claims) != ["c1", "c2"] or [each["id"] for each in facts] != ["f1"]:
        return False
    turns = [each.get("evidence_turns", []) for each in claims]
    grounded = all(cited for each, cited in zip(claims, turns, strict=True) if each["verdict"] == "yes")
    return grounded and all(1 <= turn <= 3 for cited in turns for turn in cited) and facts[0]["verdict"] == "covered"


@settings(deadline=None)
@given(claims, facts)
def test_only_right_replies_are_answers(claims: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
    reply = read(json.dumps({"facts": facts, "claims": claims}))
    assert isinstance(reply, Answer) == is_right(claims, facts)
    if isinstance(reply, Answer):
        assert [verdict.id for verdict in reply.verdicts] == ["c1", "c2", "f1"]
        assert fits(QUESTION, reply.verdicts)
        assert not fits(QUESTION, reply.verdicts[:2])
        assert not fits(QUESTION, (*reply.verdicts, reply.verdicts[0]))


@settings(deadline=None)
@given(st.text(max_size=80) | st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists).map(json.dumps))
def test_no_text_is_ever_searched_for_a_grade(text: str) -> None:
    assert not isinstance(read(text), Answer)


def test_a_right_reply_that_was_cut_or_refused_is_none() -> None:
    right = json.dumps(
        {
            "claims": [{"id": "c2", "verdict": "no"}, {"id": "c1", "verdict": "yes", "evidence_turns": [2, 2, 1]}],
            "facts": [{"id": "f1", "verdict": "covered"}],
        }
    )
    answer = read(right)
    assert isinstance(answer, Answer)
    assert answer.by_id()["c1"].evidence_turns == (2, 1)
    for reason in ("max_tokens", "refusal", "stop_sequence"):
        assert not isinstance(read(right, reason), Answer)


def test_the_reasons_of_a_judge_are_short_and_plain() -> None:
    entry = {"id": "c1", "verdict": "no", "why": "a\u202eb" + "x" * 1000}
    reply = {"claims": [entry, {"id": "c2", "verdict": "no"}], "facts": [{"id": "f1", "verdict": "covered"}]}
    answer = read(json.dumps(reply))
    assert answer.by_id()["c1"].why == "ab" + "x" * 298


def test_the_schema_asks_for_evidence_before_verdicts_and_for_nothing_else() -> None:
    lists = reply_schema(PROMPT)["properties"]
    assert list(lists["claims"]["items"]["properties"]) == ["id", "evidence_turns", "why", "verdict"]
    assert list(lists["facts"]["items"]["properties"]) == ["id", "verdict"]
    assert lists["facts"]["items"]["properties"]["verdict"]["enum"] == ["covered", "missing"]
    assert lists["facts"]["items"]["additionalProperties"] is False
