"""A key covers everything that can change an answer, and nothing else."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.identity import differences, key
from fieval.judge.protocol import Part, Question
from fieval.judge.settings import Settings

from judge.asking import asked


def key_of(question: Question, **settings: Any) -> str:
    judge = AnthropicJudge(Settings(**settings))
    return key(judge.identity(question.prompt), judge.request(question), question.sample)


def prompt(**changes: Any) -> Callable[[Question], Question]:
    return lambda asked: msgspec.structs.replace(asked, prompt=msgspec.structs.replace(asked.prompt, **changes))


CHANGES: dict[str, Callable[[Question], Question]] = {
    "content": lambda asked: msgspec.structs.replace(asked, content=asked.content + " "),
    "sample": lambda asked: msgspec.structs.replace(asked, sample=1),
    "prompt": prompt(name="other"),
    "version": prompt(version=2),
    "system": prompt(system="Other words."),
    "task": prompt(task="Other task."),
    "rubric": prompt(rubric=(("R1", "Is it polite?"),)),
    "schema": prompt(parts=(Part("claims", ("supported", "contradicted")),)),
}
SETTINGS: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "effort": "high",
    "max_tokens": 9000,
    "base_url": "https://gateway.example",
}
WITHOUT_EFFECT: dict[str, Any] = {"threads": 3, "seconds": 5.0, "deadline": 9.0, "max_usd": 1.0, "mode": "replay"}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_answers_changes_the_key(change: Callable[[Question], Question]) -> None:
    assert key_of(change(asked(1))) != key_of(asked(1))


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_change_answers_change_the_key(name: str) -> None:
    assert key_of(asked(1), **{name: SETTINGS[name]}) != key_of(asked(1))


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_other_settings_do_not(name: str) -> None:
    assert key_of(asked(1), **{name: WITHOUT_EFFECT[name]}) == key_of(asked(1))


def test_neither_subject_nor_scoring_change_an_answer() -> None:
    same = msgspec.structs.replace(asked(1), subject="another call")
    assert key_of(prompt(aggregation=2)(same)) == key_of(asked(1))


def test_scoring_makes_another_judge_all_the_same() -> None:
    judge = AnthropicJudge(Settings())
    one, two = (judge.identity(change(asked(1)).prompt) for change in (prompt(), prompt(aggregation=2)))
    assert one.fingerprint != two.fingerprint
    assert differences(one, two) == {"aggregation": (1, 2)}


def test_keys_stay_what_they_are() -> None:
    """A change here makes everybody's recorded verdicts worthless: raise KEY_VERSION only on purpose."""
    question = Question(
        prompt=msgspec.structs.replace(asked(1).prompt, system="s", task="t", parts=(Part("p", ("yes", "no")),)),
        content="c",
        ids={"p": ("a",)},
        turns=1,
    )
    assert key_of(question) == "e0718400ea92068f41a0847e0035b82b8f2de623c746bdb5f709abe6924ca149"
