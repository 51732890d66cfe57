"""Labels, scores and summary of an interaction, from the places where a platform keeps them or where a user says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fieval.errors import InvalidInput
from fieval.importers.base import Imported, Reading
from fieval.importers.parts.lookup import SHAPE, Path
from fieval.importers.parts.node import Node
from fieval.model import Prediction

Places = Mapping[str, Sequence[str]]

_FIELDS = "labels.NAME, scores.NAME, summary, id"
_NOWHERE = "-"
_CONFIDENCES = ("confidence", "confidence_score")


class Picker:
    """Takes fields of ours from a platform's documents: each from the first of its places that holds anything.

    `usual` are a format's places, which gold takes nothing but ids from; `--map FIELD=PLACE` puts another in their
    stead, `--map FIELD=-` none.
    Raises InvalidInput with every field or place that is none.
    """

    def __init__(self, usual: Places, reading: Reading) -> None:
        problems = [problem for field in reading.mapping.items() if (problem := _problem(*field))]
        if problems:
            raise InvalidInput(problems)
        self._names_ids = reading.mapping.get("id", "")
        asked: Places = {field: [place] for field, place in reading.mapping.items()}
        self._paths = {
            field: [Path(place) for place in places if place != _NOWHERE]
            for field, places in {**_trusted(usual, reading), **asked}.items()
        }

    def completed(self, told: Imported, documents: Sequence[Node]) -> Imported:
        """What is told of an interaction, with what its documents say of it besides."""
        found = {field: node for field, paths in self._paths.items() if (node := _first(paths, documents)) is not None}
        if self._names_ids and "id" not in found:
            documents[0].assume(f'the usual id stands where nothing is at "{self._names_ids}"')
        return msgspec.structs.replace(
            told,
            id=(found["id"].name() if "id" in found else "") or told.id,
            labels={name: label for name, node in _under(found, "labels.") if (label := _label(node)).label},
            scores={name: score for name, node in _under(found, "scores.") if (score := node.number()) is not None},
            summary=found["summary"].text() if "summary" in found else "",
        )


def _trusted(usual: Places, reading: Reading) -> Places:
    """Of gold, only what a user asks for: what a platform's models say is not what people said."""
    return {field: places for field, places in usual.items() if field == "id" or not reading.gold}


def _problem(field: str, place: str) -> str:
    kind, _, name = field.partition(".")
    if field not in ("summary", "id") and not (kind in ("labels", "scores") and name):
        return f'--map: "{field}" is no field; known: {_FIELDS}'
    try:
        Path(place)
    except ValueError:
        return f'--map: {field}: expected {SHAPE}, got "{place}"'
    return ""


def _first(paths: Sequence[Path], documents: Sequence[Node]) -> Node | None:
    found = (node for path in paths for document in documents if (node := path.first(document)) is not None)
    return next(found, None)


def _under(found: Mapping[str, Node], prefix: str) -> list[tuple[str, Node]]:
    return [(field.removeprefix(prefix), node) for field, node in found.items() if field.startswith(prefix)]


def _label(node: Node) -> Prediction:
    """A label as label sets are written, `billing_dispute` of "Billing Dispute", with the confidence beside it."""
    if isinstance(node.value, bool):
        return Prediction("yes" if node.value else "no")
    return Prediction("_".join(node.name().lower().split()), _confidence(node))


def _confidence(node: Node) -> float | None:
    beside = node.beside(*_CONFIDENCES)
    number = beside.number() if beside else None
    return number if number is None or 0 <= number <= 1 else None
