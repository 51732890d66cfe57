"""Whose a mark is: that of the call that its span names, or the nearest span above it that names one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from fieval.importers.otlp.traces import IDS, Mark, Trace


def owner(trace: Trace, mark: Mark, ids_above: Iterable[Mapping[str, str]], known: Container[str], own: str) -> str:
    """The id of the call; empty where it is none of those known. `own` is that of the trace, where it has one.

    Raises ValueError where it may be that of several.
    """
    passed: set[str] = set()  # keys that name another call, nearer to the mark
    for ids in ids_above:
        for key in IDS:
            name = ids.get(key, "")
            if not name or key in passed:
                continue
            if own and name in trace.own_ids.get(key, {}):
                return own
            if name in known:
                return name
        passed |= ids.keys()
    return own or _of_all(trace, known, passed)


def _of_all(trace: Trace, known: Container[str], passed: Container[str]) -> str:
    """The call that a trace names anywhere, where that is one."""
    for key in IDS:
        named = trace.other_ids.get(key, {})
        if key in passed or not any(name in known for name in named):
            continue
        if len(named) > 1:
            (one, first), (other, second) = list(named.items())[:2]
            raise ValueError(
                f'no span above it says of which call it is: {key} is "{one[:40]}" on span {first} and '
                f'"{other[:40]}" on span {second}'
            )
        return next(iter(named))
    return ""
