"""The `judge:` of a config, and rules that need one: all that is wrong has its place and a way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fieval import config
from fieval.court import mode_of, settings_of
from fieval.errors import InvalidInput
from fieval.evals import kinds
from fieval.judge import Settings
from fieval.model import Config, Floor, Judging

TOP = "version: 1\ndataset: d\ncandidate: c\n"
STEPS = """\
steps:
  summary:
    evaluator: summary_quality
    gates: {fabrication_rate: {max: 0.5}}
"""
JUDGED = """\
steps:
  summary:
    evaluator: summary_quality
    gates: {faithfulness: {min: 0.5}}
"""
PROMPT = """\
steps:
  polite:
    evaluator: custom_evaluation
    prompt: polite.md
    gates: {judged_score: {min: 0.5}}
"""
ANTHROPIC = "judge: {provider: anthropic}\n"
NEEDS = "needs a judge: set `judge: {provider: anthropic}`"


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Config]:
    """Loads a config that lies in a folder `gates`."""
    monkeypatch.chdir(tmp_path)
    path = Path("gates/gate.yaml")
    path.parent.mkdir()

    def loaded(text: str) -> Config:
        path.write_text(text, encoding="utf-8")
        return config.load(path, kinds(path))

    return loaded


def judge(load: Callable[[str], Config], text: str) -> Judging:
    found = load(TOP + text + JUDGED).judge
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["", "judge: {provider: none}\n", "judge:\n  provider: none\n  max_usd: 3\n"])
def test_nobody_judges_unless_somebody_is_named(load: Callable[[str], Config], text: str) -> None:
    assert load(TOP + text + STEPS).judge is None


def test_defaults_are_the_judges_own(load: Callable[[str], Config]) -> None:
    found = judge(load, ANTHROPIC)
    assert str(found.place) == "gates/gate.yaml:4:1"
    assert found.floor == Floor() == Floor(0.8, 0.8, 50, 20, 10)
    assert settings_of(found, None) == Settings()


def test_paths_are_relative_to_the_config(load: Callable[[str], Config]) -> None:
    text = """\
judge:
  provider: anthropic
  cache: ../cache/j.sqlite
  cassette: recorded.jsonl
  verdicts: /people/verdicts.jsonl
  calibration: ./found.json
"""
    found = judge(load, text)
    assert (found.cache, found.cassette) == ("cache/j.sqlite", "gates/recorded.jsonl")
    assert (found.verdicts, found.calibration) == ("/people/verdicts.jsonl", "gates/found.json")
    settings = settings_of(found, None)
    assert (settings.cache, settings.cassette) == (Path("cache/j.sqlite"), Path("gates/recorded.jsonl"))


def test_all_that_is_said_arrives(load: Callable[[str], Config]) -> None:
    text = """\
judge:
  provider: anthropic
  model: claude-opus-4-6
  effort: high
  max_tokens: 20000
  base_url: http://127.0.0.1:9
  mode: replay
  max_usd: 1.5
  max_calls: 7
  threads: 3
  seconds: 9
  deadline: 90
  floor: {sensitivity: 0.9, labels: 80}
"""
    found = judge(load, text)
    assert found.floor == Floor(sensitivity=0.9, labels=80)
    assert settings_of(found, None) == Settings(
        model="claude-opus-4-6", effort="high", max_tokens=20000, base_url="http://127.0.0.1:9", mode="replay",
        max_usd=1.5, max_calls=7, threads=3, seconds=9, deadline=90,
    )  # fmt: skip
    assert mode_of(settings_of(found, "live")) == "live", "the command line wins"


def flow(content: str) -> str:
    return f"judge: {{provider: anthropic, {content}}}"


@pytest.mark.parametrize(
    ("line", "at", "problem"),
    [
        ("judge: anthropic", "anthropic", 'judge: expected a mapping, got the string "anthropic"'),
        (
            "judge: {provider: antropic}",
            "antropic",
            'judge.provider: expected none or anthropic, got the string "antropic"; did you mean "anthropic"?',
        ),
        (flow("model: ''"), "''", "judge.model: must not be empty"),
        (
            flow("effort: lots"),
            "lots",
            'judge.effort: expected low, medium, high, xhigh or max, got the string "lots"',
        ),
        (
            flow("mode: replays"),
            "replays",
            'judge.mode: expected live, record, batch, replay or off, got the string "replays"; did you mean "replay"?',
        ),
        (flow("max_tokens: 100"), "100", "judge.max_tokens: expected a number of at least 8192, got 100"),
        (flow("max_usd: -1"), "-1", "judge.max_usd: expected a number of at least 0, got -1"),
        (flow("max_usd: lots"), "lots", 'judge.max_usd: expected a number, got the string "lots"'),
        (flow("max_calls: 1.5"), "1.5", "judge.max_calls: expected a whole number, got the number 1.5"),
        (flow("threads: 0"), "0", "judge.threads: expected a number of at least 1, got 0"),
        (flow("threads: 17"), "17", "judge.threads: expected a number of at most 16, got 17"),
        (flow("seconds: 0"), "0", "judge.seconds: expected a number above 0, got 0"),
        (flow("deadline: -3"), "-3", "judge.deadline: expected a number above 0, got -3"),
        (flow("floor: 0.9"), "0.9", "judge.floor: expected a mapping, got the number 0.9"),
        (
            flow("floor: {sensitivity: 0.2}"),
            "0.2",
            "judge.floor.sensitivity: expected a number of at least 0.5, got 0.2",
        ),
        (flow("floor: {labels: 5}"), "5", "judge.floor.labels: expected a number of at least 20, got 5"),
    ],
)
def test_a_wrong_value_has_its_place(load: Callable[[str], Config], line: str, at: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(TOP + line + "\n" + STEPS)
    assert caught.value.problems == (f"gates/gate.yaml:4:{line.rindex(at) + 1}: {problem}",)


@pytest.mark.parametrize(
    ("line", "at", "told"),
    [
        ("judge: {}", "judge", "provider"),
        (flow("modell: x"), "modell", 'did you mean "model"?'),
        (flow("floor: {sensitivty: 0.9}"), "sensitivty", 'did you mean "sensitivity"?'),
        (flow("provider: none"), "provider", "twice"),
    ],
)
def test_a_wrong_key_has_its_place(load: Callable[[str], Config], line: str, at: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(TOP + line + "\n" + STEPS)
    assert caught.value.problems[0].startswith(f"gates/gate.yaml:4:{line.rindex(at) + 1}: ")
    assert told in caught.value.problems[0]


def test_what_only_the_judge_knows_has_the_place_of_the_judge(load: Callable[[str], Config]) -> None:
    from fieval.court import opened

    found = judge(load, "judge: {provider: anthropic, model: claude-3-5-sonnet-latest, mode: replay}\n")
    with pytest.raises(InvalidInput, match=r"^gates/gate\.yaml:4:1: .*is an alias"):
        opened(found, settings_of(found, None))
    found = judge(load, "judge: {provider: anthropic, cassette: nowhere.jsonl, mode: replay}\n")
    with pytest.raises(InvalidInput, match=r"^gates/gate\.yaml:4:1: .*nowhere\.jsonl"):
        opened(found, settings_of(found, None))


@pytest.mark.parametrize(
    ("evaluator", "metric"),
    [
        ("summary_quality", "faithfulness"),
        ("summary_quality", "fact_coverage"),
        ("conversation_resolution", "judged_resolution"),
        ("conversation_coherence", "coherence"),
    ],
)
@pytest.mark.parametrize("none", ["", "judge: {provider: none}\n"])
def test_a_judged_rule_without_a_judge(load: Callable[[str], Config], evaluator: str, metric: str, none: str) -> None:
    steps = f"steps:\n  s:\n    evaluator: {evaluator}\n    gates:\n      {metric}: {{min: 0.5}}\n"
    with pytest.raises(InvalidInput) as caught:
        load(none + TOP + steps)
    line = 8 + bool(none)
    assert caught.value.problems == (f"gates/gate.yaml:{line}:7: steps.s.gates: {metric} {NEEDS}",)
    assert load(ANTHROPIC + TOP + steps).steps[0].gates[metric]


@pytest.mark.parametrize("none", ["", "judge: {provider: none}\n"])
def test_options_that_only_a_judge_reads(load: Callable[[str], Config], none: str) -> None:
    (Path("gates") / "polite.md").write_text("Is it polite?")
    line = bool(none)
    with pytest.raises(InvalidInput) as caught:
        load(none + TOP + PROMPT)
    assert set(caught.value.problems) == {
        f"gates/gate.yaml:{7 + line}:5: steps.polite: prompt {NEEDS}",
        f"gates/gate.yaml:{8 + line}:13: steps.polite.gates: judged_score {NEEDS}",
    }
    rubric = STEPS + "    rubric: {kind: It is kind.}\n"
    with pytest.raises(InvalidInput) as caught:
        load(none + TOP + rubric)
    assert caught.value.problems == (f"gates/gate.yaml:{8 + line}:5: steps.summary: rubric {NEEDS}",)
    assert load(ANTHROPIC + TOP + rubric).steps[0].options["rubric"] == {"kind": "It is kind."}


def test_a_step_that_declined_the_judge_has_another_way_out(load: Callable[[str], Config]) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(ANTHROPIC + TOP + JUDGED + "    judge: false\n")
    assert caught.value.problems == (
        "gates/gate.yaml:8:13: steps.summary.gates: faithfulness needs a judge: leave out `judge: false`",
    )
    assert load(ANTHROPIC + TOP + STEPS + "    judge: false\n").steps[0].options["judge"] is False


def test_the_question_of_a_step_is_a_file_beside_the_config(load: Callable[[str], Config]) -> None:
    (Path("gates") / "polite.md").write_text("Is it polite?")
    assert load(ANTHROPIC + TOP + PROMPT).steps[0].options["prompt"] == "gates/polite.md"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("    rubric: {'': It is kind.}\n", "rubric"),
        ("    rubric: {a b: It is kind.}\n", "rubric"),
        ("    rubric: {kind: ''}\n", "rubric"),
        ("    rubric: [It is kind.]\n", "rubric"),
        ("    judge: sometimes\n", "judge"),
    ],
)
def test_options_of_judged_steps_are_checked(load: Callable[[str], Config], text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(ANTHROPIC + TOP + STEPS + text)
    assert re.match(r"gates/gate\.yaml:9:\d+: ", caught.value.problems[0]), caught.value.problems
    assert told in caught.value.problems[0]


def test_a_custom_step_has_a_function_or_a_question(load: Callable[[str], Config]) -> None:
    both = PROMPT.replace("    prompt: polite.md\n", "    prompt: polite.md\n    function: math:hypot\n")
    for steps in (both, PROMPT.replace("    prompt: polite.md\n", "")):
        with pytest.raises(InvalidInput, match=r"gates/gate\.yaml:\d+:\d+: .*expected either `function:` or `prompt:`"):
            load(ANTHROPIC + TOP + steps)
