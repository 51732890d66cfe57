"""Where in a document a field of ours is to be found: `channels[name=CLIENT].sentiment.value`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from fieval.importers.parts.node import Node

_STEP = re.compile(r"(?P<key>[^.\[\]]+)|\[(?P<inside>[^\[\]]+)\]")
_PATH = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[^\[\]]+\])*")
SHAPE = "names with dots between them; of a list [0], [-1], [*], [name=CLIENT] or [max=score]"

_Step = Callable[[Sequence[Node]], Iterable[Node]]


class Path:
    """A way through a document. Raises ValueError where it is none.

    `[*]` is every entry of a list, `[name=CLIENT]` those whose `name` is that in any case, `[max=score]` the one whose
    `score` is the largest, the first of several.
    """

    def __init__(self, text: str) -> None:
        if not _PATH.fullmatch(text):
            raise ValueError(text)
        self._steps = [_step(match["key"], match["inside"]) for match in _STEP.finditer(text)]

    def first(self, document: Node) -> Node | None:
        """The first value there; None without any."""
        nodes: Sequence[Node] = [document]
        for step in self._steps:
            nodes = [node for node in step(nodes) if node]
        return nodes[0] if nodes else None


def _step(key: str | None, inside: str | None) -> _Step:
    if key is not None:
        return lambda nodes: (node.get(key) for node in nodes)
    assert inside is not None
    if inside == "*":
        return _entries
    if re.fullmatch("-?[0-9]{1,6}", inside):
        return lambda nodes: _numbered(nodes, int(inside))
    name, equals, value = inside.partition("=")
    if not (name and equals and value):
        raise ValueError(inside)
    if name == "max":
        return lambda nodes: _largest(nodes, value)
    return lambda nodes: (node for node in _entries(nodes) if _is(node.get(name), value))


def _entries(nodes: Iterable[Node]) -> Iterable[Node]:
    """The entries of lists; an object is its own only entry."""
    return (entry for node in nodes for entry in ([node] if isinstance(node.value, dict) else node.nodes()))


def _is(node: Node, value: str) -> bool:
    """Whether a text, a whole number, true or false is what was asked for."""
    return isinstance(node.value, str | int) and str(node.value).casefold() == value.casefold()


def _numbered(nodes: Iterable[Node], index: int) -> Iterable[Node]:
    for node in nodes:
        entries = node.nodes()
        if -len(entries) <= index < len(entries):
            yield entries[index]


def _largest(nodes: Iterable[Node], key: str) -> Iterable[Node]:
    numbers = ((node.get(key).number(), node) for node in _entries(nodes))
    known = [(number, node) for number, node in numbers if number is not None]
    return [max(known, key=lambda pair: pair[0])[1]] if known else []
