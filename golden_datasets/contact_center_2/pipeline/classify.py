"""Intent, sentiment, resolution, coherence and satisfaction from the words, by small linear models.

As a filter: `python -m pipeline.classify [intent sentiment …] < outputs.jsonl > outputs.jsonl`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline

from pipeline import scripts
from pipeline.rows import Json, filtered, language

LABELS = ("intent", "sentiment", "resolution", "coherence")
SCRIPTS = 1600  # that models are trained on
NUMBER = re.compile(
    r"\d+|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred)\b"
)


class Training(NamedTuple):
    """How models are trained: the inverse strength of the penalty, and how much of the Spanish intents see."""

    penalty: float = 6.0
    spanish: float = 1.0


MAIN = Training()


class Classifier:
    """Models of all labels and of the satisfaction score, trained on scripts that are not golden."""

    def __init__(self, training: Training = MAIN) -> None:
        rows = scripts.training(SCRIPTS)
        self._labels = {}
        for name in LABELS:
            seen = _sample(rows, training.spanish) if name == "intent" else rows
            texts = [_features(_spoken(row), name) for row in seen]
            self._labels[name] = _model(training.penalty).fit(texts, [row[name] for row in seen])
        rated = [row for row in rows if "csat" in row]
        self._csat = make_pipeline(_words(), Ridge(alpha=1.0))
        self._csat.fit([_features(_spoken(row), "csat") for row in rated], [row["csat"] for row in rated])

    def step(self, rows: list[Json], only: Sequence[str] = (*LABELS, "csat")) -> list[Json]:
        """The rows with these labels and scores from their turns."""
        labels = {name: self._label(name, rows) for name in LABELS if name in only}
        found = [dict(row) for row in rows]
        for n, row in enumerate(found):
            row["labels"] = row.get("labels", {}) | {name: given[n] for name, given in labels.items()}
        if "csat" in only:
            scores = self._csat.predict([_features(row, "csat") for row in rows])
            for row, score in zip(found, scores, strict=True):
                row["scores"] = {"csat": round(float(np.clip(score, 1, 5)), 2)}
        return found

    def _label(self, name: str, rows: Sequence[Json]) -> list[Json]:
        model = self._labels[name]
        chances = model.predict_proba([_features(row, name) for row in rows])
        best = chances.argmax(axis=1)
        return [
            {"label": str(model.classes_[at]), "confidence": round(float(chance[at]), 3)}
            for at, chance in zip(best, chances, strict=True)
        ]


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
        elif late or (name != "resolution" and role == "c"):
            parts.append(_marked(text, role) + " " + text)
    return " ".join([*parts, f"lang_{language(row)}"])


def _marked(text: str, mark: str) -> str:
    return " ".join(f"{mark}_{word}" for word in text.split())


def _plain(text: str) -> str:
    return re.sub(r"[^\w']+", " ", NUMBER.sub(" nnn ", text.lower())).strip()


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\S+")


def _model(penalty: float) -> Pipeline:
    return make_pipeline(_words(), LogisticRegression(C=penalty, max_iter=2000, class_weight="balanced"))


def _main(arguments: Sequence[str]) -> None:
    classifier: Any = Classifier()
    filtered(lambda rows: classifier.step(rows, arguments or (*LABELS, "csat")))


if __name__ == "__main__":
    _main(sys.argv[1:])
