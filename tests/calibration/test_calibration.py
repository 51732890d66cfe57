"""Labels and scores against people, held against independent implementations and hand-made cases."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from fieval.calibration import NOT_A_SURVEY, Calibration, Judged, calibrate
from fieval.evals.base import Scorer
from fieval.evals.label_agreement import LabelAgreement
from fieval.evals.score_agreement import ScoreAgreement
from fieval.model import (
    Card,
    Dataset,
    GoldLabel,
    GoldScore,
    Interaction,
    LabelSet,
    Output,
    Prediction,
    ScoreRange,
    Significance,
    Source,
    Step,
    System,
)

N = 90
VALUES = ("a", "b", "c")
CARD = Card("d", "1", labels={"mood": LabelSet(VALUES)}, scores={"csat": ScoreRange(1, 5)}, cohorts=("split",))
PLAIN = Card("d", "1", labels=CARD.labels, scores=CARD.scores)
rng = np.random.default_rng(5)
GOLD = [VALUES[i] for i in rng.integers(0, 3, N)]
GIVEN = [gold if rng.random() < 0.7 else VALUES[rng.integers(0, 3)] for gold in GOLD]
SURE = np.round(rng.uniform(0, 1, N), 3)
SURVEY = rng.integers(1, 6, N)
PROXY = np.clip(SURVEY + rng.normal(0, 0.8, N), 1, 5)


def dataset(card: Card = PLAIN, several: bool = False) -> Dataset:
    def votes(gold: str, index: int) -> tuple[str, ...]:
        return (gold, gold, VALUES[index % 3]) if several else (gold,)

    interactions = tuple(
        Interaction(
            f"i{i}", "chat", "en", f"g{i // 2}", {"channel": "chat", "split": "held_out" if i % 3 else "train"},
            labels={"mood": GoldLabel(GOLD[i], votes(GOLD[i], i))},
            scores={"csat": GoldScore(float(SURVEY[i]), (float(SURVEY[i]),))},
            fingerprint=f"{i:04}",
        )
        for i in range(N)
    )  # fmt: skip
    return Dataset(card, interactions, Source("d", ""))


def system(given: list[str]) -> System:
    outputs = [
        Output(f"i{i}", labels={"mood": Prediction(given[i], float(SURE[i]))}, scores={"csat": float(PROXY[i])})
        for i in range(N)
    ]
    return System(tuple(outputs), Source("s", ""))


def calibrated(
    data: Dataset, candidate: System, baseline: System | None = None, where: dict[str, str] | None = None
) -> Calibration:
    scorers: dict[str, Scorer] = {
        "mood": LabelAgreement().scorer("mood", data.card),
        "again": LabelAgreement(label="mood").scorer("again", data.card),
        "csat": ScoreAgreement().scorer("csat", data.card),
    }
    steps = [Step(name, "made", {}, (), {}, where=where or {}) for name in scorers]
    for scorer in scorers.values():
        scorer.where = where or {}
    return calibrate(Judged(data, candidate, baseline), scorers, steps, Significance(resamples=499))


def test_label_is_what_scikit_learn_says() -> None:
    (label,) = calibrated(dataset(), system(GIVEN)).labels
    (found,) = label.systems
    assert (found.system, found.n, found.missing, found.outside) == ("candidate", N, 0, 0)
    assert found.accuracy.value == pytest.approx(np.mean([g == p for g, p in zip(GOLD, GIVEN, strict=True)]))
    assert found.kappa.value == pytest.approx(cohen_kappa_score(GOLD, GIVEN))
    assert label.confusions[0].counts == tuple(map(tuple, confusion_matrix(GOLD, GIVEN, labels=VALUES).tolist()))
    assert label.people is None


def test_a_label_is_calibrated_once_however_many_steps_use_it() -> None:
    (label,) = calibrated(dataset(), system(GIVEN)).labels
    assert label.steps == ("mood", "again")


def test_missing_and_unknown_labels_have_columns_of_their_own() -> None:
    outputs = list(system(GIVEN).outputs)
    outputs[0], outputs[1], outputs[2] = None, Output("i1"), Output("i2", labels={"mood": Prediction("z")})
    (label,) = calibrated(dataset(), System(tuple(outputs), Source("s", ""))).labels
    assert (label.systems[0].missing, label.systems[0].outside) == (2, 1)
    assert label.confusions[0].predicted == (*VALUES, "(missing)", "(outside)")
    assert np.sum(label.confusions[0].counts) == N
    assert [share.value for share in label.shares][-2:] == ["(missing)", "(outside)"]
    assert sum(share.candidate for share in label.shares) == pytest.approx(1)
    assert sum(share.gold for share in label.shares) == pytest.approx(1)


def test_cohorts_and_bins_add_up() -> None:
    (label,) = calibrated(dataset(), system(GIVEN), system(GOLD)).labels
    own = [each for each in label.cohorts if each.system == "candidate" and each.cohort == "split"]
    assert [(each.value, each.n) for each in own] == [("held_out", 60), ("train", 30)]
    assert own[1].accuracy == pytest.approx(np.mean([GOLD[i] == GIVEN[i] for i in range(0, N, 3)]))
    bins = [each for each in label.bins if each.system == "candidate"]
    assert sum(each.n for each in bins) == N
    assert all(each.low <= each.confidence <= each.high for each in bins)
    right = sum(each.n * each.accuracy for each in bins) / N
    assert right == pytest.approx(label.systems[0].accuracy.value)
    assert label.systems[1].kappa.value == 1


def test_people_are_held_against_one_another_and_against_the_systems() -> None:
    (label,) = calibrated(dataset(several=True), system(GOLD)).labels
    assert label.people is not None
    same = np.mean([GOLD[i] == VALUES[i % 3] for i in range(N)])
    assert label.people.pairwise.value == pytest.approx(same + (1 - same) / 3)
    assert label.systems[0].with_people.value == pytest.approx(same + (1 - same) * 2 / 3)


def test_score_is_what_scipy_says() -> None:
    (score,) = calibrated(dataset(), system(GIVEN)).scores
    (found,) = score.systems
    assert found.spearman.value == pytest.approx(stats.spearmanr(SURVEY, PROXY).statistic)
    assert found.pearson.value == pytest.approx(stats.pearsonr(SURVEY, PROXY).statistic)
    assert found.bias.value == pytest.approx(np.mean(PROXY - SURVEY))
    assert found.mae.value == pytest.approx(np.mean(np.abs(PROXY - SURVEY)))
    assert found.mae.low is not None
    assert found.mae.high is not None
    assert found.mae.low < np.mean(np.abs(PROXY - SURVEY)) < found.mae.high


NOT_DECLARED = (
    "no held-out cohort is declared: labels may have been seen in training. Declare a cohort named split or held_out "
    "in the card, and restrict the steps, as in `where: {split: held_out}`"
)
NOT_RESTRICTED = (
    "mood, again, csat: interactions that are not held out count, too, and may have been seen in training; restrict "
    "the steps by `where:` to a value of split"
)


@pytest.mark.parametrize(
    ("card", "where", "note"),
    [
        (PLAIN, {}, NOT_DECLARED),
        (CARD, {}, NOT_RESTRICTED),
        (CARD, {"channel": "chat"}, NOT_RESTRICTED),
        (CARD, {"split": "held_out"}, None),
    ],
)
def test_it_says_whether_anything_is_held_out(card: Card, where: dict[str, str], note: str | None) -> None:
    found = calibrated(dataset(card), system(GIVEN), where=where)
    assert found.notes == (*((note,) if note else ()), NOT_A_SURVEY)
    assert found.labels[0].n == (60 if "split" in where else N)


def test_production_shares_stand_beside_the_others() -> None:
    card = Card("d", "1", labels=CARD.labels, scores=CARD.scores, population={"mood": {"a": 0.9, "b": 0.1}})
    (label,) = calibrated(dataset(card), system(GIVEN)).labels
    assert [share.population for share in label.shares] == [0.9, 0.1, 0.0]
