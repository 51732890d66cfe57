"""A judge against people, held against scikit-learn; and what its record lets it do."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, recall_score

from fieval.calibration import Judged
from fieval.calibration.judges import Witness, calibrate_judge
from fieval.calibration.nouns import JudgeCalibration
from fieval.data.verdicts import digest
from fieval.evals.asking.own import AskingLabel
from fieval.evals.judged import Hearing, JudgedScorer, Key
from fieval.evals.label_agreement import LabelAgreement
from fieval.evals.summary_quality import SummaryQuality
from fieval.judge import Answer, Verdict
from fieval.judge.identity import Identity
from fieval.model import (
    Card,
    Dataset,
    Floor,
    GoldLabel,
    Interaction,
    LabelSet,
    Output,
    Significance,
    Source,
    System,
    Turn,
)

N = 80
RNG = np.random.default_rng(3)
CLAIMS = ("One was promised. Two was paid.", "Three was sent. Four was lost.")  # of the baseline and the candidate
PEOPLE = RNG.random((2, N, 2)) < 0.7  # system, interaction, claim: supported or not
JUDGE = np.where(RNG.random((2, N, 2)) < 0.85, PEOPLE, ~PEOPLE)
CARD = Card("d", "1", labels={"mood": LabelSet(("a", "b", "c"))}, cohorts=("line",))
IDENTITY = Identity(
    provider="made", host="h", api_version="v", model="m", effort="low", max_tokens=1, prompt="summary",
    prompt_version=1, text="t", schema="s", rubric="r", aggregation=1,
)  # fmt: skip


def interactions(**gold: Sequence[str]) -> tuple[Interaction, ...]:
    return tuple(
        Interaction(
            f"i{i}", "chat", "en", f"g{i // 2}", {"line": "x" if i % 4 else "y"}, turns=(Turn("agent", "One, two."),),
            labels={name: GoldLabel(values[i], (values[i],)) for name, values in gold.items()}, fingerprint=f"{i:03}",
        )
        for i in range(N)
    )  # fmt: skip


def outputs(text: str) -> System:
    return System(tuple(Output(f"i{i}", summary=text) for i in range(N)), Source("s", ""))


def verdicts(given: np.ndarray) -> dict[str, str]:
    return {f"s{number}": "supported" if yes else "contradicted" for number, yes in enumerate(given, 1)}


def answer(given: dict[str, str]) -> Answer:
    return Answer(verdicts=tuple(Verdict(name, verdict, (1,)) for name, verdict in given.items()), model="m")


def heard(given: np.ndarray) -> dict[Key, dict[str, str]]:
    return {(f"i{i}", digest(text)): verdicts(given[system, i]) for system, text in enumerate(CLAIMS) for i in range(N)}


def found(
    people: dict[Key, dict[str, str]],
    judge: dict[Key, dict[str, str]],
    repeats: Sequence[dict[Key, dict[str, str]]] = (),
) -> JudgeCalibration:
    scorer = SummaryQuality().judged("summary", CARD)
    assert isinstance(scorer, JudgedScorer)
    scorer.hear(Hearing(answers={key: answer(said) for key, said in judge.items()}, people=people))
    witness = Witness("summary", scorer, IDENTITY, {key: [answer(each[key]) for each in repeats] for key in judge})
    judged = Judged(Dataset(CARD, interactions(), Source("d", "")), outputs(CLAIMS[1]), outputs(CLAIMS[0]))
    return next(iter(calibrate_judge(witness, judged, Floor(), Significance(resamples=999))))


def test_rates_are_what_scikit_learn_says() -> None:
    calibration = found(heard(PEOPLE), heard(JUDGE))
    record, people, judge = calibration.record, PEOPLE.ravel(), JUDGE.ravel()
    assert record.sensitivity.value == pytest.approx(recall_score(people, judge))
    assert record.specificity.value == pytest.approx(recall_score(~people, ~judge))
    assert record.kappa.value == pytest.approx(cohen_kappa_score(people, judge))
    assert (record.labels, record.yes, record.groups) == (4 * N, people.sum(), N // 2)
    assert record.systems == {"baseline": 2 * N, "candidate": 2 * N}
    for rate in (record.sensitivity, record.specificity, record.kappa):
        assert rate.low is not None and rate.high is not None and rate.value is not None
        assert rate.low < rate.value < rate.high
    assert calibration.lacking == ""


def test_cohorts_are_parts_of_the_whole() -> None:
    calibration = found(heard(PEOPLE), heard(JUDGE))
    cohorts = {each.value: each for each in calibration.cohorts}
    rows = np.arange(N) % 4 == 0
    assert cohorts["y"].n + cohorts["x"].n == calibration.record.labels
    assert cohorts["y"].sensitivity == pytest.approx(recall_score(PEOPLE[:, rows].ravel(), JUDGE[:, rows].ravel()))


def test_the_interval_covers_the_truth() -> None:
    """Sensitivity of .85 in groups of two interactions: 90 % intervals hold it in about 90 % of samples."""
    rng, covered, runs = np.random.default_rng(8), 0, 200
    for _ in range(runs):
        judge = np.where(rng.random(PEOPLE.shape) < 0.85, PEOPLE, ~PEOPLE)
        rate = found(heard(PEOPLE), heard(judge)).record.sensitivity
        assert rate.low is not None and rate.high is not None
        covered += rate.low <= 0.85 <= rate.high
    assert 0.84 * runs <= covered <= 0.97 * runs


def test_repeats_show_how_steady_the_judge_is() -> None:
    other = np.where(RNG.random(JUDGE.shape) < 0.9, JUDGE, ~JUDGE)
    record = found(heard(PEOPLE), heard(JUDGE), [heard(other), heard(JUDGE)]).record
    assert record.flips.value == pytest.approx((other != JUDGE).mean() / 2)
    assert found(heard(PEOPLE), heard(JUDGE)).record.flips.value is None


def test_silent_people_are_left_out_and_a_silent_judge_has_not_said_yes() -> None:
    people, judge = heard(PEOPLE), heard(JUDGE)
    first, second = [key for key in people if people[key]["s1"] == judge[key]["s1"] == "supported"][:2]
    before = found(people, judge).record
    people[first] = {**people[first], "s1": "not_checkable"}
    judge[second] = {**judge[second], "s1": "not_checkable"}
    after = found(people, judge).record
    assert (after.labels, after.yes) == (before.labels - 1, before.yes - 1)
    assert before.sensitivity.value is not None
    assert after.sensitivity.value == pytest.approx((before.sensitivity.value * before.yes - 2) / (before.yes - 1))


@pytest.mark.parametrize(
    ("people", "judge", "lacking"),
    [
        (PEOPLE, ~PEOPLE, "sensitivity (0.00) is below the floor of 0.80"),
        (PEOPLE, np.ones_like(PEOPLE), "specificity (0.00) is below the floor of 0.80"),
        (np.ones_like(PEOPLE), np.ones_like(PEOPLE), "calibrated on 0 no of people, fewer than 10"),
    ],
)
def test_a_judge_below_the_floor_may_not_gate(people: np.ndarray, judge: np.ndarray, lacking: str) -> None:
    assert lacking in found(heard(people), heard(judge)).lacking


def test_outputs_of_one_system_are_not_enough() -> None:
    one = {key: said for key, said in heard(PEOPLE).items() if key[1] == digest(CLAIMS[0])}
    assert "outputs of one system only (baseline)" in found(one, heard(PEOPLE)).lacking


def test_few_labels_are_not_enough() -> None:
    few = dict(list(heard(PEOPLE).items())[:12])
    assert "calibrated on 24 verdicts of people, fewer than 50" in found(few, heard(PEOPLE)).lacking


def found_of_label(gold: Sequence[str], said: Sequence[str], *repeats: Sequence[str]) -> JudgeCalibration:
    inner = LabelAgreement(label="mood").scorer("mood", CARD)
    scorer = JudgedScorer(inner, AskingLabel("Which mood?", "mood", ("a", "b", "c")))
    keys = [(f"i{i}", digest("")) for i in range(N)]
    scorer.hear(Hearing(answers={keys[i]: answer({"answer": said[i]}) for i in range(N)}))
    dataset = Dataset(CARD, interactions(mood=gold), Source("d", ""))
    again = {keys[i]: [answer({"answer": each[i]}) for each in repeats] for i in range(N)}
    judged = Judged(dataset, outputs("x y"), None)
    (calibration,) = calibrate_judge(
        Witness("mood", scorer, IDENTITY, again), judged, Floor(), Significance(resamples=999)
    )
    return calibration


def test_a_label_is_held_against_peoples_own() -> None:
    """Their commonest is the no, each other one a yes."""
    gold = ["a" if i % 2 else "bc"[i // 2 % 2] for i in range(N)]
    said = [value if i % 5 else "a" for i, value in enumerate(gold)]
    calibration = found_of_label(gold, said)
    rarer = [one == other for one, other in zip(gold, said, strict=True) if one != "a"]
    assert calibration.record.sensitivity.value == pytest.approx(np.mean(rarer))
    assert calibration.record.specificity.value == 1.0
    assert (calibration.record.labels, calibration.record.yes) == (N, len(rarer))
    assert not calibration.record.about_outputs and calibration.lacking == ""


def test_a_judge_that_always_gives_the_commonest_label_may_not_gate() -> None:
    gold = ["a" if i % 8 else "bc"[i // 8 % 2] for i in range(N)]
    calibration = found_of_label(gold, ["a"] * N)
    assert np.mean([value == "a" for value in gold]) > 0.85
    assert (calibration.record.sensitivity.value, calibration.record.kappa.value) == (0.0, 0.0)
    assert calibration.lacking == "the judge's sensitivity (0.00) is below the floor of 0.80"
    assert "0 yes of people" in found_of_label(["a"] * N, ["a"] * N).lacking


def test_another_wrong_label_the_second_time_is_a_flip_as_well() -> None:
    gold = ["a" if i % 2 else "b" for i in range(N)]
    assert found_of_label(gold, gold, gold).record.flips.value == 0.0
    assert found_of_label(gold, ["c"] * N, ["c"] * (N // 2) + ["b"] * (N // 2)).record.flips.value == 0.5


def test_the_same_findings_are_the_same_bytes() -> None:
    one, other = (msgspec.json.encode(found(heard(PEOPLE), heard(JUDGE)).record) for _ in range(2))
    assert one == other
