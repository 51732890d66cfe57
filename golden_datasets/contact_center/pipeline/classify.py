"""Intent, sentiment, resolution, coherence and satisfaction from the words, by small linear models.

As a filter: `python -m pipeline.classify SYSTEM [intent sentiment …] < outputs.jsonl > outputs.jsonl`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

from pipeline import scripts
from pipeline.rows import Json, filtered, language
from pipeline.systems import Training, named

Chances = npt.NDArray[np.float64]  # rows by classes

LABELS = ("intent", "sentiment", "resolution", "coherence")
HEATS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0, 2.4, 2.8, 3.4, 4.0, 4.8)  # that a model's confidences are tried at
ALL = (*LABELS, "csat")
FELT = ("sentiment", "resolution")  # what satisfaction is read from
SCRIPTS = 1600  # that models are trained on
NUMBER = re.compile(
    r"\d+|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred)\b"
)


class Model(NamedTuple):
    """A model of a label from words; `heat` is what the logarithms of its chances are multiplied with."""

    words: Pipeline
    heat: float = 1.0

    @property
    def classes(self) -> list[str]:
        return [str(each) for each in self.words.classes_]


class Classifier:
    """Models of all labels, and of the satisfaction score from two of them, trained on scripts that are not golden."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._seen = scripts.training(SCRIPTS)
        self._models: dict[str, Model] = {}

    def step(self, rows: list[Json], only: Sequence[str] = ALL) -> list[Json]:
        """The rows with these labels and scores from their turns; models are trained as they are needed."""
        labels = {name: self._label(name, rows) for name in LABELS if name in only}
        found = [dict(row) for row in rows]
        for n, row in enumerate(found):
            row["labels"] = row.get("labels", {}) | {name: given[n] for name, given in labels.items()}
        if "csat" in only:
            scores = self._rated().predict(np.hstack([self._chances(name, rows) for name in FELT]))
            for row, score in zip(found, scores, strict=True):
                row["scores"] = {"csat": round(float(np.clip(score, 1, 5)), 2)}
        return found

    def _rated(self) -> LinearRegression:
        """What sentiment and resolution say of satisfaction, where customers were asked."""
        rated = [row for row in self._seen if "csat" in row]
        felt = [_certain([row[name] for row in rated], self._model(name)) for name in FELT]
        return LinearRegression().fit(np.hstack(felt), [row["csat"] for row in rated])

    def _label(self, name: str, rows: Sequence[Json]) -> list[Json]:
        chances, classes = self._chances(name, rows), self._model(name).classes
        best = chances.argmax(axis=1)
        return [
            {"label": classes[at], "confidence": round(float(chance[at]), 3)}
            for at, chance in zip(best, chances, strict=True)
        ]

    def _chances(self, name: str, rows: Sequence[Json]) -> Chances:
        model = self._model(name)
        return _softmax(model.heat * model.words.predict_log_proba([_features(row, name) for row in rows]))

    def _model(self, name: str) -> Model:
        if name not in self._models:
            rows = _sample(self._seen, self._training.spanish) if name == "intent" else self._seen
            self._models[name] = _trained(name, rows, self._training.penalty)
        return self._models[name]


def _certain(labels: Sequence[str], model: Model) -> Chances:
    """The chances of a model that is right and has no doubt."""
    return np.array([[float(label == each) for each in model.classes] for label in labels])


def _trained(name: str, rows: Sequence[Json], penalty: float) -> Model:
    """A model of a label, its confidences made right on lines not seen (temperature scaling, Guo et al. 2017)."""
    texts, labels = [_features(_spoken(row), name) for row in rows], [row[name] for row in rows]
    words = _untrained(penalty)
    if name == "coherence":
        return Model(words.fit(texts, labels))
    lines = [row["lines"][name] for row in rows]
    unseen = cross_val_predict(words, texts, labels, groups=lines, cv=GroupKFold(3), method="predict_log_proba")
    at = np.searchsorted(np.unique(labels), labels)
    heat = max(HEATS, key=lambda heat: float(np.log(_softmax(heat * unseen)[np.arange(len(at)), at]).sum()))
    return Model(words.fit(texts, labels), heat)


def _softmax(logits: Chances) -> Chances:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: Chances = powers / powers.sum(axis=1, keepdims=True)
    return chances


def _sample(rows: list[Json], spanish: float) -> list[Json]:
    """All English rows and this share of the Spanish ones."""
    other = [row for row in rows if row["language"] == "es"]
    return [row for row in rows if row["language"] == "en"] + other[: round(spanish * len(other))]


def _spoken(row: Json) -> Json:
    """A script in the form of an output."""
    return {"turns": [{"speaker": who, "text": text} for turn in row["turns"] for who, text in turn.items()]}


def _features(row: Json, name: str) -> str:
    """The words that a label may be seen in: who said them, and whether at the end, is part of the word."""
    turns = row.get("turns", ())
    parts = []
    for n, turn in enumerate(turns):
        text = _plain(turn["text"])
        late = n >= len(turns) * 0.6
        role = turn.get("speaker", "")[:1]
        if name == "intent" or name == "coherence":
            parts += [text] + ([_marked(text, "k")] if role == "c" and not late else [])
        elif late or (name == "sentiment" and role == "c"):
            parts.append(_marked(text, role) + " " + text)
    return " ".join([*parts, f"lang_{language(row)}"])


def _marked(text: str, mark: str) -> str:
    return " ".join(f"{mark}_{word}" for word in text.split())


def _plain(text: str) -> str:
    return re.sub(r"[^\w']+", " ", NUMBER.sub(" nnn ", text.lower())).strip()


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\S+")


def _untrained(penalty: float) -> Pipeline:
    return make_pipeline(_words(), LogisticRegression(C=penalty, max_iter=2000, class_weight="balanced"))


if __name__ == "__main__":
    classifier = Classifier(named(sys.argv[1:2]).training)
    filtered(lambda rows: classifier.step(rows, sys.argv[2:] or ALL))
