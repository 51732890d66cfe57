"""Python code that a config names is found when the config is read, and what is wrong with it has its place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieval import config
from fieval.errors import InvalidInput
from fieval.evals import kinds
from fieval.model import Config

EVALUATOR = """\
from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from fieval.evals.base import Evaluator
from fieval.evals.label_agreement import LABEL_METRICS, LabelScorer
from fieval.model import MetricName


@dataclass(frozen=True, kw_only=True)
class Tone(Evaluator):
    \"\"\"Whether the tone is right.\"\"\"

    bar: Annotated[float, Meta(ge=0)] = 0.5
    words: tuple[str, ...] = ()
    name: Annotated[str, Meta(pattern="^[a-z]+$")] = "tone"

    metric_names: ClassVar = (MetricName("tone_rate", "lower", limits=(0, 1)), *LABEL_METRICS)

    def __post_init__(self) -> None:
        if self.bar == 13:
            raise KeyError("thirteen")

    def scorer(self, step, card):
        return LabelScorer("tone", card.labels["tone"])
"""
FUNCTION = "def polite(interaction, output):\n    return 1.0\n"
TOP = "version: 1\ndataset: d\ncandidate: c\nsteps:\n"
OWN = TOP + "  tone:\n    evaluator: made_up_own:Tone\n    bar: 0.2\n    gates: {tone_rate: {max: 0.1}}\n"
CUSTOM = (
    TOP
    + "  polite:\n    evaluator: custom_evaluation\n    function: made_up_checks:polite\n    gates: {score: {min: 1}}\n"
)


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str], Config]]:
    """Loads a config that lies beside an evaluator and a function."""
    (tmp_path / "made_up_own.py").write_text(EVALUATOR)
    (tmp_path / "made_up_checks.py").write_text(FUNCTION)
    path = tmp_path / "gate.yaml"

    def loaded(text: str) -> Config:
        path.write_text(text, encoding="utf-8")
        return config.load(path, kinds(path))

    yield loaded
    for name in [name for name in sys.modules if name.startswith("made_up_")]:
        del sys.modules[name]


def problems(load: Callable[[str], Config], text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load(text)
    return [problem.partition("gate.yaml:")[2] for problem in caught.value.problems]


def test_a_users_evaluator_is_read_like_ours(load: Callable[[str], Config]) -> None:
    (step,) = load(OWN).steps
    assert (step.evaluator, step.options) == ("made_up_own:Tone", {"bar": 0.2, "words": (), "name": "tone"})
    assert step.gates["tone_rate"][0].limit == 0.1
    assert load(OWN.replace("tone_rate: {max: 0.1}", "recall.rude: {min: 0.5}")).steps[0].gates["recall.rude"]


def test_a_users_function_is_found_and_the_path_is_left_as_it_was(load: Callable[[str], Config]) -> None:
    path = list(sys.path)
    (step,) = load(CUSTOM).steps
    assert (step.options["function"], step.options["fail_below"]) == ("made_up_checks:polite", 0.5)
    assert sys.path == path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (OWN.replace("bar: 0.2", "bar: -1"), "7:10: steps.tone.bar: expected a number of at least 0, got -1"),
        (OWN.replace("bar: 0.2", "bar: high"), '7:10: steps.tone.bar: expected a number, got the string "high"'),
        (OWN.replace("bar: 0.2", "baar: 1"), '7:5: steps.tone: unknown key "baar"; did you mean "bar"?'),
        (OWN.replace("bar: 0.2", "name: TONE"), '7:11: steps.tone.name: expected text like ^[a-z]+$, got "TONE"'),
        (OWN.replace("bar: 0.2", "bar: 13"), "6:5: steps.tone: its options cannot be made: KeyError: 'thirteen'"),
        (OWN.replace("tone_rate:", "tone_rte:"), '8:13: steps.tone.gates: unknown metric "tone_rte"; did you mean'),
        (
            OWN.replace("max: 0.1", "max: 30"),
            "8:30: steps.tone.gates.tone_rate.max: expected a number from 0 to 1, got 30",
        ),
        (OWN.replace("max: 0.1", "min: 0.1"), "8:24: steps.tone.gates.tone_rate: min alone lets every bad candidate"),
        (
            OWN.replace(":Tone", ":Tune"),
            '6:16: steps.tone.evaluator: made_up_own has no "Tune"; did you mean "Tone"?',
        ),
        (
            OWN.replace("made_up_own", "made_up_absent"),
            "6:16: steps.tone.evaluator: there is no module made_up_absent on Python's path or in the config's folder",
        ),
        (
            OWN.replace("made_up_own", "asr_accuracy"),
            "6:16: steps.tone.evaluator: there is no module asr_accuracy on Python's path or in the config's folder",
        ),
        (
            OWN.replace(":Tone", ":LABEL_METRICS"),
            "6:16: steps.tone.evaluator: made_up_own:LABEL_METRICS is no class derived from",
        ),
        (
            OWN.replace("own:Tone", "own/Tone:x y"),
            '6:16: steps.tone.evaluator: expected Python code as package.module:name, got "made_up_own/Tone:x y"',
        ),
        (
            OWN.replace("made_up_own:Tone", "made_up"),
            '6:16: steps.tone.evaluator: unknown evaluator "made_up"; known: ',
        ),
        (OWN.replace("made_up_own:Tone", "3"), "6:16: steps.tone.evaluator: expected a string, got the number 3"),
        (
            CUSTOM.replace("made_up_checks:polite", "made_up_checks:polit"),
            '7:15: steps.polite.function: made_up_checks has no "polit"; did you mean "polite"?',
        ),
        (
            CUSTOM.replace("made_up_checks:polite", "polite"),
            '7:15: steps.polite.function: expected Python code as package.module:name, got "polite"',
        ),
        (
            CUSTOM.replace("    function: made_up_checks:polite\n", ""),
            "6:5: steps.polite: expected either `function:` or `prompt:`",
        ),
        (
            CUSTOM + "    prompt: rubric.txt\n",
            "9:5: steps.polite: prompt needs a judge: set `judge: {provider: anthropic}`",
        ),
        (CUSTOM + "    fail_below: 2\n", "9:17: steps.polite.fail_below: expected a number of at most 1, got 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(load: Callable[[str], Config], text: str, problem: str) -> None:
    (found,) = problems(load, text)
    assert found.startswith(problem)


def test_all_that_is_wrong_is_said_at_once(load: Callable[[str], Config]) -> None:
    broken = OWN.replace(":Tone", ":Tune") + CUSTOM.replace("polite\n    gates", "polit\n    gates").removeprefix(TOP)
    found = problems(load, broken.replace("score: {min: 1}", "scores: {min: 1}") + "extra: 1\n")
    assert [line.partition(": ")[0] for line in found] == ["6:16", "12:13", "13:1"]


def test_kinds_that_know_no_users_code_say_so(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(OWN)
    with pytest.raises(InvalidInput, match='unknown evaluator "made_up_own:Tone"'):
        config.load(path, dict(kinds()))


def test_the_schema_lets_a_users_evaluator_through_and_knows_ours() -> None:
    import jsonschema

    def valid(evaluator: str, **more: object) -> bool:
        document = {"version": 1, "steps": {"tone": {"evaluator": evaluator, **more}}}
        return jsonschema.Draft202012Validator(config.schema(kinds())).is_valid(document)

    assert valid("made_up_own:Tone", bar=0.2)
    assert not valid("made_up_own:")
    assert not valid("made_up_own")
    assert valid("asr_accuracy")
    assert not valid("asr_accuracy", bar=0.2)
