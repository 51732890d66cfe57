"""Outputs as a card wants them: without labels and scores that it does not declare, values spelled as in its sets."""

from __future__ import annotations

import re
from collections import Counter

import msgspec

from fieval.errors import InvalidInput
from fieval.importers.base import Imported, Reading
from fieval.importers.parts.mapping import whole
from fieval.model import LabelSet, Output, Prediction

_MADE = re.compile(r"summary|(labels|scores)\.[^.]+")  # what a pipeline makes; a source says where the rest is


class Fitting:
    """Fits outputs to a card; without one they stay as they are.

    `left_out` counts what the card does not declare, `strange` the labels outside their sets, by field and value. A
    mapped field that no interaction has is a slip, and so is a value to be renamed.
    """

    def __init__(self, reading: Reading) -> None:
        self._card = reading.card
        self._mapped = {whole(field): place for field, place in reading.mapping.items() if place != "-"}
        self._found: set[str] = set()
        self._renamed = {tuple(name.split(":", 1)): value for name, value in reading.values.items()}
        self._met: set[tuple[str, ...]] = set()
        self.left_out: Counter[str] = Counter()
        self.strange: Counter[tuple[str, str]] = Counter()

    @property
    def given(self) -> tuple[str, ...]:
        """The labels and scores that were written."""
        return tuple(sorted(self._found - self.left_out.keys() - {"summary"}))

    def fitted(self, output: Output) -> Output:
        """The output with what the card declares."""
        voted = [*output.votes] if isinstance(output, Imported) else []
        there = [f"labels.{name}" for name in output.labels] + [f"scores.{name}" for name in output.scores]
        self._found.update(voted, there, ["summary"] if output.summary else [])
        output = self._with_new_values(output)
        card = self._card
        if card is None or not (there or voted):
            return output
        declared = {f"labels.{name}" for name in card.labels} | {f"scores.{name}" for name in card.scores}
        self.left_out.update(field for field in [*there, *voted] if field not in declared)
        if isinstance(output, Imported):
            votes = {field: votes for field, votes in output.votes.items() if field in declared}
            output = msgspec.structs.replace(output, votes=votes)
        labels = {
            name: _spelled(label, card.labels[name]) for name, label in output.labels.items() if name in card.labels
        }
        self.strange.update(
            (f"labels.{name}", label.label)
            for name, label in labels.items()
            if label.label and label.label not in card.labels[name].values
        )
        scores = {name: score for name, score in output.scores.items() if name in card.scores}
        return msgspec.structs.replace(output, labels=labels, scores=scores)

    def _with_new_values(self, output: Output) -> Output:
        if not self._renamed:
            return output
        labels = {name: self._renaming(f"labels.{name}", label) for name, label in output.labels.items()}
        return msgspec.structs.replace(output, labels=labels)

    def _renaming(self, field: str, label: Prediction) -> Prediction:
        self._met.add((field, label.label))
        return msgspec.structs.replace(label, label=self._renamed.get((field, label.label), label.label))

    def check(self) -> None:
        """Raises InvalidInput with every mapped field that no interaction has."""
        missing = [
            f'--map: {field}: no interaction has anything at "{place}"'
            for field, place in self._mapped.items()
            if _MADE.fullmatch(field) and field not in self._found
        ]
        missing += [
            f"--value {field}:{value}: no interaction has it"
            for field, value in sorted(self._renamed.keys() - self._met)
        ]
        if missing:
            raise InvalidInput(missing)


def _spelled(given: Prediction, labels: LabelSet) -> Prediction:
    """The value of the set that differs in nothing but case, blanks, `_` and `-`, if there is one."""
    alike = [value for value in labels.values if _folded(value) == _folded(given.label)]
    if given.label in labels.values or len(alike) != 1:
        return given
    return msgspec.structs.replace(given, label=alike[0])


def _folded(value: str) -> str:
    return re.sub(r"[\s_-]+", "", value.casefold())
