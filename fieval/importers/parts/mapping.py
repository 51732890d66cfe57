"""`--map labels.intent=my.attribute`: which of a source's keys hold the summary, the labels and the scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fieval.errors import InvalidInput, suggestion
from fieval.files import is_text

_KINDS = ("labels", "scores", "summary")
_NOT_LABELS = frozenset(
    {*_KINDS, "id", "channel", "language", "group", "turns", "segments", "text", "speaker", "annotator", "meta"}
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """The source's key of each part; labels and scores by our names."""

    summary: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every part as a user may name it, and its key."""
        if self.summary:
            yield "summary", self.summary
        yield from ((f"labels.{name}", key) for name, key in self.labels.items())
        yield from ((f"scores.{name}", key) for name, key in self.scores.items())


def mapped(mapping: Mapping[str, str]) -> Mapped:
    """What `Reading.mapping` asks for; a bare name is that of a label. Raises InvalidInput with all that is wrong."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    problems = []
    for given, key in mapping.items():
        kind, name = _part(given)
        if kind not in _KINDS or not is_text(name + key) or (not name and kind != "summary"):
            problems.append(_no_part(given, kind))
        elif found[kind].setdefault(name, key) != key:
            problems.append(f'--map: "{name}" is given twice, as {found[kind][name]} and {key}')
    if problems:
        raise InvalidInput(problems)
    return Mapped(found["summary"].get("", ""), found["labels"], found["scores"])


def whole(field: str) -> str:
    """A field as outputs have it: a bare name is that of a label."""
    return field if "." in field or field in _NOT_LABELS else f"labels.{field}"


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` where a known name is near; nothing else, since a source may have thousands."""
    found = suggestion(word, known)
    return found if found.startswith("; did") else ""


def _part(given: str) -> tuple[str, str]:
    """Its kind and its name: `labels`, `intent` of both `labels.intent` and `intent`."""
    if given == "summary":
        return given, ""
    kind, dot, name = given.partition(".")
    return (kind, name) if dot or given in _NOT_LABELS else ("labels", given)


def _no_part(given: str, kind: str) -> str:
    meant = "" if kind in _KINDS else near(kind, _KINDS)
    return f'--map: expected labels.NAME, scores.NAME or summary, got "{given}"{meant}'
