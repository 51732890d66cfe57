"""Every way a config can be wrong, and the very sentence for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieval.config import load
from fieval.errors import InvalidInput
from fieval.model import EvaluatorKind, MetricName


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of a made-up evaluator."""

    label: str = ""
    bar: float | None = None


METRICS = (
    MetricName("wer", "lower"),
    MetricName("kappa", "higher"),
    MetricName("recall", "higher", label_class=True),
    MetricName("share", "lower", limits=(0, 1)),
    MetricName("ece", "lower", gates=("max",)),
    MetricName("bias", "zero"),
)
KINDS: Mapping[str, EvaluatorKind] = {
    "asr_accuracy": EvaluatorKind("asr_accuracy", Options, METRICS),
    "label_agreement": EvaluatorKind("label_agreement", Options, METRICS),
}
SCRAPS = ["[[]]", "{}", "{a: {b: 1}}", "~", "- 1", "[a, [b], {c: d}]", "1e999", ".nan", "0x10", "\r\n", "9" * 400]
TOP = "version: 1\ndataset: d\ncandidate: c\n"
STEP = TOP + "steps:\n  asr:\n    evaluator: asr_accuracy\n"
GATES = STEP + "    gates:\n"
SOUND = STEP + "    gates: {wer: {max: 1}}\n"


def problems(folder: Path, text: str) -> list[str]:
    """The problems of a config, without the file's name."""
    path = folder / "gate.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(path, KINDS)
    return [problem.removeprefix(f"{path}:") for problem in caught.value.problems]


def test_the_table_below_breaks_a_config_that_is_sound(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(SOUND, encoding="utf-8")
    assert load(tmp_path / "gate.yaml", KINDS).steps[0].name == "asr"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SOUND.replace("version: 1\n", ""), "1:1: version: required, but absent"),
        (SOUND.replace("version: 1", "version: 2"), "1:10: version: expected 1, got the number 2"),
        (SOUND.replace("version", "versoin"), '1:1: version: required, but absent; is it meant by "versoin"?'),
        (
            SOUND + "extra: {provider: none}\n",
            '8:1: unknown key "extra"; known: '
            + "anchor, baseline, candidate, dataset, judge, replay, significance, steps, version",
        ),
        (SOUND.replace("dataset: d", "dataset: 3"), "2:10: dataset: expected a string, got the number 3"),
        (SOUND.replace("dataset: d", "dataset: ''"), "2:10: dataset: must not be empty"),
        (SOUND.replace("dataset: d", "dataset:"), "2:9: dataset: expected a string, got nothing"),
        (TOP, "1:1: steps: required, but absent"),
        (TOP + "steps: {}\n", '4:1: "steps" must not be empty'),
        (TOP + "steps: [a]\n", "4:8: steps: expected a mapping, got a list"),
        (STEP, "4:1: no step has a rule; give at least one metric a threshold under `gates`"),
        (STEP + "    gates: {}\n", "4:1: no step has a rule; give at least one metric a threshold under `gates`"),
        (SOUND.replace("asr:", "' ':"), "5:3: steps: the name of a step must not be empty"),
        (
            SOUND.replace("evaluator: asr_accuracy", "evaluator: asr_acuracy"),
            '6:16: steps.asr.evaluator: unknown evaluator "asr_acuracy"; did you mean "asr_accuracy"?',
        ),
        (
            SOUND.replace("evaluator:", "evalutor:"),
            '5:3: steps.asr.evaluator: required, but absent; is it meant by "evalutor"?',
        ),
        (
            SOUND + "    normalizer: auto\n",
            '8:5: steps.asr: unknown key "normalizer"; known: after, bar, command, environment, evaluator, gates, '
            "label, timeout, where",
        ),
        (
            SOUND + "    command: python3 run.py\n",
            '8:14: steps.asr.command: expected a list, got the string "python3 run.py"; write [python3 run.py]',
        ),
        (SOUND + "    command: []\n", "8:14: steps.asr.command: must not be empty"),
        (SOUND + "    command: [head, 3]\n", "8:21: steps.asr.command[1]: expected a string, got the number 3"),
        (SOUND + "    timeout: 5\n", "6:5: steps.asr: timeout needs `command:`, what runs the step again"),
        (
            SOUND + "    timeout: 5\n    environment: [KEY]\n",
            "6:5: steps.asr: timeout or environment needs `command:`, what runs the step again",
        ),
        (SOUND + "    command: [a]\n    timeout: 0\n", "9:14: steps.asr.timeout: expected a number above 0, got 0"),
        (SOUND + "replay: maybe\n", '8:9: replay: expected true or false, got the string "maybe"'),
        (SOUND + "replay: true\n", "8:9: replay: no step has a `command:`, so nothing can be run again"),
        (SOUND + "    label: [a]\n", "8:12: steps.asr.label: expected a string, got a list"),
        (SOUND + "    bar: high\n", '8:10: steps.asr.bar: expected a number, got the string "high"'),
        (SOUND + "    bar: .inf\n", "8:10: steps.asr.bar: expected a finite number, got .inf"),
        (SOUND + "    where: {split: [a]}\n", "8:20: steps.asr.where.split: expected a string, got a list"),
        (SOUND + "    after: asr\n", '8:12: steps.asr.after: expected a list, got the string "asr"; write [asr]'),
        (SOUND + "    after: [asr]\n", "8:13: steps.asr.after[0]: a step cannot come after itself"),
        (SOUND + "    after: [3]\n", "8:13: steps.asr.after[0]: expected a string, got the number 3"),
        (
            SOUND + "  sum: {evaluator: label_agreement, after: [arr]}\n",
            '8:45: steps.sum.after[0]: unknown step "arr"; did you mean "asr"?',
        ),
        (
            SOUND + "  sum: {evaluator: label_agreement, after: [asr, asr]}\n",
            '8:44: steps.sum.after: "asr" is given twice',
        ),
        (
            SOUND + "    after: [b]\n  b: {evaluator: asr_accuracy, after: [c]}\n  c: {evaluator: asr_accuracy, "
            "after: [asr]}\n",
            "8:5: steps.asr: the steps wait for each other: asr → b → c → asr",
        ),
        (GATES + "      wr: {max: 1}\n", '8:7: steps.asr.gates: unknown metric "wr"; did you mean "wer"?'),
        (
            GATES + "      recall: {min: 1}\n",
            '8:7: steps.asr.gates: unknown metric "recall"; did you mean "recall.<class>"?',
        ),
        (STEP + "    gates: [wer]\n", "7:12: steps.asr.gates: expected a mapping, got a list"),
        (GATES + "      wer: 0.2\n", "8:12: steps.asr.gates.wer: expected a mapping, got the number 0.2"),
        (GATES + "      wer: [{maxx: 0.2}]\n", '8:14: steps.asr.gates.wer[0]: unknown key "maxx"; did you mean "max"?'),
        (GATES + "      wer: []\n", "8:12: steps.asr.gates.wer: must not be empty"),
        (GATES + "      wer:\n", "8:11: steps.asr.gates.wer: expected a mapping, got nothing"),
        (
            GATES + "      wer: {by: [a]}\n",
            "8:12: steps.asr.gates.wer: a rule needs max, max_regression, max_gap or max_drift",
        ),
        (
            GATES + "      bias: {}\n",
            "8:13: steps.asr.gates.bias: a rule needs max, min, max_regression, max_gap or max_drift",
        ),
        (
            GATES + "      wer: {max: 1, max_gap: 0.1}\n",
            "8:12: steps.asr.gates.wer: max_gap needs `by:`, the cohorts whose values it compares",
        ),
        (
            GATES + "      wer: {max: 1, max_drift: 0.1}\n",
            "8:21: steps.asr.gates.wer: max_drift needs an `anchor:`, an older baseline to compare with",
        ),
        (GATES + "      wer: {max: 1, waived: {}}\n", "8:21: steps.asr.gates.wer.waived.until: required, but absent"),
        (
            GATES + "      wer: {max: 1, waived: {until: 2026-13-01, by: me, reason: x}}\n",
            '8:37: steps.asr.gates.wer.waived.until: expected a day such as 2026-12-31, got "2026-13-01"',
        ),
        (
            GATES + "      wer: {max_regression: five%}\n",
            '8:29: steps.asr.gates.wer.max_regression: expected a number, or a share such as 5%, got "five%"',
        ),
        (
            GATES + "      ece: {max_regression: 1}\n",
            "8:13: steps.asr.gates.ece: ece takes only max, not max_regression",
        ),
        (
            GATES + "      kappa: {max: 1}\n",
            "8:14: steps.asr.gates.kappa: max alone lets every bad candidate through, since higher is better; "
            "add min, max_regression, max_gap or max_drift",
        ),
        (
            GATES + "      wer: {min: 0}\n",
            "8:12: steps.asr.gates.wer: min alone lets every bad candidate through, since lower is better; "
            "add max, max_regression, max_gap or max_drift",
        ),
        (
            GATES + "      recall.no: {max: 1}\n",
            "8:18: steps.asr.gates.recall.no: max alone lets every bad candidate through, since higher is better; "
            "add min, max_regression, max_gap or max_drift",
        ),
        (GATES + "      wer: {max: 5%}\n", '8:18: steps.asr.gates.wer.max: expected a number, got the string "5%"'),
        (GATES + "      wer: {max: .nan}\n", "8:18: steps.asr.gates.wer.max: expected a finite number, got .nan"),
        (GATES + "      wer: {max: true}\n", "8:18: steps.asr.gates.wer.max: expected a number, got true or false"),
        (GATES + "      wer: {max: }\n", "8:17: steps.asr.gates.wer.max: expected a number, got nothing"),
        (
            GATES + "      wer: {max_regression: -0.1}\n",
            "8:29: steps.asr.gates.wer.max_regression: expected a number of at least 0, got -0.1",
        ),
        (GATES + "      wer: {min: 2, max: 1}\n", "8:12: steps.asr.gates.wer: no value can hold min 2 and max 1"),
        (
            GATES + "      wer: {max: 1, by: [[language]]}\n",
            "8:26: steps.asr.gates.wer.by[0]: expected at least 2 entries, got 1",
        ),
        (
            GATES + "      wer: {max: 1, critical: yes}\n",
            '8:31: steps.asr.gates.wer.critical: expected true or false, got the string "yes"',
        ),
        (
            GATES + "      wer: {max: 1, severity: warm}\n",
            '8:31: steps.asr.gates.wer.severity: expected block or warn, got the string "warm"; did you mean "warn"?',
        ),
        (SOUND + "significance: {alpha: 0}\n", "8:23: significance.alpha: expected a number of at least 0.0001, got 0"),
        (
            SOUND + "significance: {alpha: 0.3}\n",
            "8:23: significance.alpha: expected a number of at most 0.25, got 0.3",
        ),
        (
            SOUND + "significance: {resamples: 998}\n",
            "8:27: significance.resamples: expected a number of at least 999, got 998",
        ),
        (
            SOUND + "significance: {resamples: 100001}\n",
            "8:27: significance.resamples: expected a number of at most 100000, got 100001",
        ),
        (
            SOUND + "significance: {resamples: 1e4}\n",
            "8:27: significance.resamples: expected a whole number, got the number 10000.0",
        ),
        (
            GATES + "      share: {max: 30}\n",
            "8:20: steps.asr.gates.share.max: expected a number from 0 to 1, got 30; 0.3 is 30 %",
        ),
        (
            GATES + "      share: {max_regression: 1.5}\n",
            "8:31: steps.asr.gates.share.max_regression: expected a number from 0 to 1, got 1.5; 0.015 is 1.5 %",
        ),
        (GATES + "      share: {max: -1}\n", "8:20: steps.asr.gates.share.max: expected a number from 0 to 1, got -1"),
        (SOUND + "significance: {seeed: 1}\n", '8:16: significance: unknown key "seeed"; did you mean "seed"?'),
        (SOUND + "version: 1\n", '8:1: the key "version" is given twice; it was first given at 1:1'),
    ],
)
def test_a_wrong_config_is_told_so_at_the_very_place(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in problems(tmp_path, text)


def test_all_errors_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SOUND.replace("version: 1", "version: 2") + "    bar: x\n    after: [b]\nmore: 1\n"
    assert problems(tmp_path, text) == [
        "1:10: version: expected 1, got the number 2",
        '8:10: steps.asr.bar: expected a number, got the string "x"',
        '9:13: steps.asr.after[0]: unknown step "b"',
        '10:1: unknown key "more"; known: anchor, baseline, candidate, dataset, judge, replay, significance, steps, '
        "version",
    ]


def test_an_unknown_evaluator_does_not_hide_what_else_is_wrong_with_its_step(tmp_path: Path) -> None:
    text = TOP + (
        "steps:\n  asr:\n    evaluator: asr_acuracy\n    bar: x\n"
        "    gates: {kapa: {min: 0}, wer: {max_regresion: 1}, share: {max: 30}}\n"
        "  other:\n    evaluator: zzz\n    gates: {zzz: {max: 1}}\n"
    )
    assert problems(tmp_path, text) == [
        '6:16: steps.asr.evaluator: unknown evaluator "asr_acuracy"; did you mean "asr_accuracy"?',
        '7:10: steps.asr.bar: expected a number, got the string "x"',
        '8:13: steps.asr.gates: unknown metric "kapa"; did you mean "kappa"?',
        '8:35: steps.asr.gates.wer: unknown key "max_regresion"; did you mean "max_regression"?',
        "8:67: steps.asr.gates.share.max: expected a number from 0 to 1, got 30; 0.3 is 30 %",
        '10:16: steps.other.evaluator: unknown evaluator "zzz"; known: asr_accuracy, label_agreement',
    ]


@pytest.mark.parametrize("name", ["git:main", "git::x.jsonl", "'git:main:'"])
def test_a_name_that_is_half_of_a_revisions_is_told_at_its_place(tmp_path: Path, name: str) -> None:
    text = SOUND + f"baseline: {name}\nmore: 1\n"
    expected = f'8:11: baseline: expected git:REVISION:PATH, got "{name.strip(chr(39))}"'
    assert problems(tmp_path, text)[0] == expected
    assert len(problems(tmp_path, text)) == 2


def test_a_long_list_of_errors_is_cut_with_a_count(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(SOUND + "".join(f"extra_{number}: 1\n" for number in range(23)), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(path, KINDS)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 3 more"


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_a_config_is_damaged_it_is_told_so(tmp_path: Path, data: st.DataObject) -> None:
    text = SOUND + "    after: []\n    label: x\nsignificance: {alpha: 0.1, seed: 1}\n"
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    damage = data.draw(st.one_of(st.text("{}[]:,-&*!#|>'\"%@` \n\t\0.~0a\ud800", max_size=6), st.sampled_from(SCRAPS)))
    path = tmp_path / "gate.yaml"
    path.write_bytes((text[:start] + damage + text[end:]).encode("utf-8", "surrogatepass"))
    try:
        config = load(path, KINDS)
    except InvalidInput as caught:
        assert all(problem.startswith(f"{path}:") for problem in caught.problems)
    else:
        assert config.steps
