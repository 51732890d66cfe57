"""Traces → calls: which belong together, what was said in them and when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fieval.importers.base import Imported, SourceFile
from fieval.importers.otlp import conversation, livekit, pipecat
from fieval.importers.otlp.marks import marked
from fieval.importers.otlp.spans import AGENT, CUSTOMER, Said, Span
from fieval.importers.otlp.traces import IDS, Trace, Traces
from fieval.importers.parts.mapping import Mapped
from fieval.model import Turn

_TWO_TRANSCRIPTS = "spans of speech recognition and synthesis go before a call's ready-made transcript"
_HEADS = ("agent_session", "conversation", "job_entrypoint")
_MASKED = "words were masked before the export (such as [NAME]), and are taken as said"
_MASK = re.compile(r"\[[A-Z]{2,}(_[A-Z0-9]+)*\]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NANO = 1_000_000_000
_DIGITS = 3  # of a second; clocks of spans are not finer


@dataclass(slots=True)
class Call:
    """One call: traces with spans of a voice framework, and others that have its id."""

    id: str
    traces: list[Trace]
    others: list[Trace] = field(default_factory=list)

    @property
    def source(self) -> SourceFile:
        return self.traces[0].source


def calls(traces: Traces, assumed: Counter[str]) -> list[Call]:
    """Every call in the order of first appearance. A trace of two calls is a complaint of its file."""
    found: dict[str, Call] = {}
    for trace in traces:
        if trace.spans:
            identifier = _identifier(trace)
            call = found.setdefault(identifier, Call(identifier, []))
            call.traces.append(trace)
    if joined := [call.id for call in found.values() if len(call.traces) > 1]:
        assumed[f"traces with the same id are one call, such as {joined[0]}"] += len(joined)
    for trace in traces:
        if not trace.spans:
            _attach(trace, found)
    return list(found.values())


def imported(call: Call, asked: Mapped, assumed: Counter[str]) -> Imported:
    """What a call's spans say of it."""
    spans = [span for trace in call.traces for span in trace.spans.values()]
    root = _root(spans)
    whole = [span for span in spans if span.framework == "conversation"]
    said = sorted(_said(spans, whole, assumed), key=lambda each: each.start or 0)
    if any(_MASK.search(each.text) for each in said):
        assumed[_MASKED] += 1
    begun = _begin(root, said)
    complaint = f'call "{call.id}": '
    marks = marked(
        asked,
        [*call.traces, *call.others],
        root.id,
        lambda what: call.source.problems.file(complaint + what),
        assumed,
    )
    return Imported(
        call.id,
        turns=tuple(_turn(each, begun) for each in said),
        summary=marks.summary or conversation.summary(whole),
        labels=marks.labels,
        scores=marks.scores,
        language=_language(spans),
        duration=_duration(root),
        meta={"trace_id": root.trace, "span_id": root.id} | _interruptions(spans),
    )


def unheard(imports: Iterable[Imported]) -> Iterator[tuple[str, str]]:
    """The id of each call without words, and whose they would be."""
    for each in imports:
        speakers = {turn.speaker for turn in each.turns}
        if not speakers:
            yield each.id, "anybody"
        elif speakers == {AGENT}:
            yield each.id, "the customer"
        elif speakers == {CUSTOMER}:
            yield each.id, "the agent"


def _identifier(trace: Trace) -> str:
    """A call's own name for itself, of the spans of the framework or else of others; the trace's id without any."""
    for ids in (trace.own_ids, trace.other_ids):
        for key in IDS:
            if len(named := ids.get(key, {})) > 1:
                (one, first), (other, second) = list(named.items())[:2]
                trace.source.problems.file(
                    f'trace {trace.id} holds more than one call: {key} is "{one[:40]}" on span {first} and '
                    f'"{other[:40]}" on span {second}'
                )
            if named:
                return next(iter(named))
    return trace.id


def _attach(trace: Trace, found: dict[str, Call]) -> None:
    """A trace without a call, such as an analysis afterwards, to the call whose id it has."""
    for named in trace.other_ids.values():
        for identifier in named:
            if identifier in found:
                found[identifier].others.append(trace)
                return


def _root(spans: Sequence[Span]) -> Span:
    """The span that stands for the call: a ready-made conversation, else the session, else the topmost or first."""

    def rank(span: Span) -> tuple[int, int]:
        if span.framework == "conversation":
            return 0, span.start or 0
        if span.name in _HEADS:
            return 1 + _HEADS.index(span.name), span.start or 0
        return (8 if span.parent else 7), span.start or 0

    return min(spans, key=rank)


def _said(spans: Sequence[Span], whole: Sequence[Span], assumed: Counter[str]) -> list[Said]:
    """What frameworks recorded, unless a ready-made transcript has a side that they lack."""
    found = [*livekit.said([each for each in spans if each.framework == "livekit"], assumed)]
    found += pipecat.said([each for each in spans if each.framework == "pipecat"], assumed)
    made = list(conversation.said(whole, assumed))
    if len({each.speaker for each in made}) > len({each.speaker for each in found}):
        return made
    if made:
        assumed[_TWO_TRANSCRIPTS] += 1
    return found


def _begin(root: Span, said: Sequence[Said]) -> int:
    """When the call began: its root did, unless somebody spoke before."""
    return min((time for time in (root.start, *(each.start for each in said)) if time is not None), default=0)


def _turn(said: Said, begun: int) -> Turn:
    """A turn with its times as seconds of the call, where both are known."""
    if said.start is None or said.end is None:
        return Turn(said.speaker, said.text)
    start, end = (round((time - begun) / _NANO, _DIGITS) for time in (said.start, max(said.start, said.end)))
    return Turn(said.speaker, said.text, start, end)


def _language(spans: Sequence[Span]) -> str:
    """The one language that was recognised; none where there were several."""
    named = {span.text("language") for span in spans if span.framework == "pipecat" and span.name == "stt"} - {""}
    language = named.pop() if len(named) == 1 else ""
    return language if _LANGUAGE.fullmatch(language) else ""


def _duration(root: Span) -> float | None:
    if (told := conversation.duration(root)) is not None:
        return told
    if root.start is None or root.end is None or root.name not in _HEADS:
        return None
    return round((root.end - root.start) / _NANO, _DIGITS) or None


def _interruptions(spans: Sequence[Span]) -> dict[str, int]:
    count = livekit.interrupted(spans) + pipecat.interrupted(spans)
    return {"interrupted": count} if count else {}
