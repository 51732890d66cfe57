"""The card of a golden dataset, `dataset.yaml`: checked key by key, so that every problem has its own place."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from fieval.errors import InvalidInput, suggestion
from fieval.files import Location, location, shown
from fieval.model import COHORTS_ALWAYS, Card, LabelSet, ScoreRange
from fieval.yaml_places import Document, Findings, Where, kind_of, read_yaml

CARD_FILE = "dataset.yaml"


def read_card(folder: Location) -> Card:
    """The card in a dataset's folder. Raises InvalidInput with all of its problems."""
    if not folder.is_dir():
        if folder.is_file():
            raise InvalidInput(
                f"{shown(folder)}: expected a folder with {CARD_FILE} and interactions.jsonl, got a file"
            )
        raise InvalidInput(f"{shown(folder)}: no such folder; looked for {shown(folder / CARD_FILE)}")
    document = read_yaml(folder / CARD_FILE)
    reading = _Reading(document)
    card = reading.card()
    reading.findings.stop()
    return card


def sound_card(dataset: str) -> Card | None:
    """The card in a dataset's folder; none where it is broken, of which reading the dataset tells."""
    try:
        return read_card(location(dataset))
    except InvalidInput:
        return None


class _Reading:
    """One pass over a card. What is broken is noted in `findings` and left out of the result."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings = Findings(document)

    def card(self) -> Card:
        top = self.document.data
        self.only((), top, [field.name for field in msgspec.structs.fields(Card)])
        return Card(
            name=self.text("name", required=True),
            version=self.text("version", required=True),
            language=self.text("language") or "en",
            description=self.text("description"),
            license=self.text("license"),
            labels={name: self.label_set(("labels", name)) for name in self.mapping(("labels",), top.get("labels"))},
            scores={name: self.score_range(("scores", name)) for name in self.mapping(("scores",), top.get("scores"))},
            terms=self.texts(("terms",), top.get("terms")),
            cohorts=self.unique(("cohorts",), top.get("cohorts")),
            population={
                name: self.shares(("population", name)) for name in self.mapping(("population",), top.get("population"))
            },
        )

    def shares(self, where: Where) -> Mapping[str, float]:
        """The shares of the values of a cohort or label; they add up to 1."""
        declared = [*COHORTS_ALWAYS, *self.mapping(("labels",), self.document.data.get("labels"))]
        declared += [name for name in self.document.data.get("cohorts") or () if isinstance(name, str)]
        if where[-1] not in declared:
            self.findings.at_key(where, f'"{where[-1]}" is no cohort or label{suggestion(str(where[-1]), declared)}')
        entries = self.mapping(where, self.entry(where))
        found = {value: self.number((*where, value), share) for value, share in entries.items()}
        for value, share in found.items():
            if not 0 < share <= 1:
                self.findings.at_value((*where, value), f"expected a share above 0 and up to 1, got {share:g}")
        if found and abs(sum(found.values()) - 1) > 1e-6:
            self.findings.at_key(where, f"the shares add up to {sum(found.values()):.6g}, not to 1")
        return found

    def only(self, where: Where, entries: Mapping[str, Any], known: Collection[str]) -> None:
        for name in entries:
            if name not in known:
                self.findings.at_key((*where, name), f'unknown key "{name}"{suggestion(name, known)}')

    def text(self, name: str, *, required: bool = False) -> str:
        """A text as it is written, so that `version: 1.0` and `language: no` are what they look like."""
        value = self.document.data.get(name)
        if value in (None, ""):
            if required:
                self.findings.absent((name,), "required, but absent or empty")
            return ""
        return self.scalar((name,), value)

    def scalar(self, where: Where, value: object) -> str:
        if isinstance(value, list | dict):
            self.findings.at_value(where, f"expected a string, got {kind_of(value)}")
            return ""
        return self.document.written[where]

    def mapping(self, where: Where, value: object) -> Mapping[str, Any]:
        if value in (None, "", []):
            return {}
        if not isinstance(value, dict):
            self.findings.at_value(where, f"expected a mapping, got {kind_of(value)}")
            return {}
        if "" in value:
            self.findings.at_key((*where, ""), "a name must not be empty")
        return value

    def texts(self, where: Where, value: object) -> tuple[str, ...]:
        """A list of strings, each as written and none of them empty."""
        if value in (None, "", {}):
            return ()
        if not isinstance(value, list):
            self.findings.at_value(where, f"expected a list, got {kind_of(value)}")
            return ()
        found = tuple(self.scalar((*where, index), item) for index, item in enumerate(value))
        for index, item in enumerate(value):
            if not isinstance(item, list | dict) and not found[index].strip():
                self.findings.at_value((*where, index), "must not be empty")
        return found

    def unique(self, where: Where, value: object) -> tuple[str, ...]:
        found = self.texts(where, value)
        for index, text in enumerate(found):
            if text and text in found[:index]:
                self.findings.at_value((*where, index), f'"{text}" is given twice')
        return found

    def label_set(self, where: Where) -> LabelSet:
        """Either the list of values, or a mapping of `values` and `ordinal`."""
        value = self.entry(where)
        if not isinstance(value, dict):
            return LabelSet(self.values(where, where, value))
        self.only(where, value, ("values", "ordinal"))
        ordinal = value.get("ordinal")
        if not isinstance(ordinal, bool | None):
            self.findings.at_value((*where, "ordinal"), f"expected true or false, got {kind_of(ordinal)}")
        return LabelSet(self.values(where, (*where, "values"), value.get("values")), ordinal is True)

    def values(self, label: Where, where: Where, value: object) -> tuple[str, ...]:
        if value in (None, "", [], {}):
            self.findings.at_key(label, f'the label set "{label[-1]}" is empty; list its values')
            return ()
        return self.unique(where, value)

    def score_range(self, where: Where) -> ScoreRange:
        value = self.entry(where)
        if not isinstance(value, dict):
            what = f"expected a mapping with min and max, got {kind_of(value)}"
            self.findings.at_value(where, what)
            return ScoreRange(0, 1)
        self.only(where, value, ("min", "max"))
        low, high = (self.number((*where, name), value.get(name)) for name in ("min", "max"))
        if not math.isfinite(high - low) and math.isfinite(low) and math.isfinite(high):
            self.findings.at_value(where, "the scale is too wide for any number")
        if low >= high:
            self.findings.at_value(where, f"min must be below max, got min {low:.12g} and max {high:.12g}")
        return ScoreRange(low, high)

    def number(self, where: Where, value: object) -> float:
        if value is None:
            self.findings.absent(where)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self.findings.at_value(where, f"expected a number, got {kind_of(value)}")
        elif not math.isfinite(value):
            self.findings.at_value(where, "expected a finite number")
        else:
            return float(value)
        return math.nan

    def entry(self, where: Where) -> object:
        value: Any = self.document.data
        for part in where:
            value = value[part]
        return value
