"""Traces → calls: which belong together, what was said in them and when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fieval.importers.base import OMITTED, Imported, SourceFile
from fieval.importers.otlp import conversation, livekit, pipecat
from fieval.importers.otlp.marks import marked
from fieval.importers.otlp.owners import owner
from fieval.importers.otlp.spans import AGENT, CUSTOMER, Said, Span
from fieval.importers.otlp.traces import IDS, Mark, Trace, Traces
from fieval.importers.parts.mapping import Mapped
from fieval.importers.parts.roles import by_time
from fieval.model import Turn

_TWO_TRANSCRIPTS = "spans of speech recognition and synthesis go before a call's ready-made transcript"
_HEADS = ("agent_session", "conversation", "job_entrypoint")
_STRAY = f"{OMITTED}what --map names on spans that belong to none of these calls"
_UNTIMED = "turns without a start stand behind the turn before them"
_ENDLESS = "turns without an end have a start only"
_MASKED = "words were masked before the export (such as [NAME]), and are taken as said"
_MASK = re.compile(r"\[[A-Z]{2,}(_[A-Z0-9]+)*\]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NANO = 1_000_000_000
_DIGITS = 3  # of a second; clocks of spans are not finer


@dataclass(slots=True)
class Call:
    """One call: traces with spans of a voice framework, and what is marked on them and on others that have its id."""

    id: str
    traces: list[Trace]
    marks: dict[str, list[Mark]] = field(default_factory=dict)

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
    own = {trace.id: call.id for call in found.values() for trace in call.traces}
    for trace in traces:
        assumed[_STRAY] += _hand_out(trace, traces, found, own.get(trace.id, ""))
    return list(found.values())


def imported(call: Call, asked: Mapped, assumed: Counter[str]) -> Imported:
    """What a call's spans say of it."""
    spans = [span for trace in call.traces for span in trace.spans.values()]
    root = _root(spans)
    whole = [span for span in spans if span.framework == "conversation"]

    def complain(what: str) -> None:
        call.source.problems.file(f'call "{call.id}": {what}')

    doubts: list[str] = []
    made = conversation.transcript(whole, doubts.append, assumed)
    found = _said(spans, made, assumed)
    for doubt in doubts if found is made else ():
        complain(doubt)
    said = by_time(found, lambda each: each.start)
    _remark(said, assumed)
    begun = _begin(root, said)
    marks = marked(asked, call.marks, root.id, complain, assumed)
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


def _hand_out(trace: Trace, traces: Traces, found: Mapping[str, Call], own: str) -> int:
    """What is marked on a trace to its own call, or, of an analysis afterwards, to the calls whose ids it has.

    Returns for how much of it there is no call.
    """
    left = 0
    for key, marks in trace.marks.items():
        for mark in marks.values():
            try:
                identifier = owner(trace, mark, traces.ids_of(trace, mark), found, own)
            except ValueError as error:
                trace.source.problems.file(f"{key} on span {mark.span}: {error}")
                continue
            if identifier:
                found[identifier].marks.setdefault(key, []).append(mark)
                trace.used = True
            else:
                left += 1
    return left


def _root(spans: Sequence[Span]) -> Span:
    """The span that stands for the call: a ready-made conversation, else the session, else the topmost or first."""

    def rank(span: Span) -> tuple[int, bool, float]:
        if span.framework == "conversation":
            return 0, *span.rank
        return 1 + (_HEADS.index(span.name) if span.name in _HEADS else len(_HEADS)), *span.rank

    return min(spans, key=rank)


def _said(spans: Sequence[Span], made: list[Said], assumed: Counter[str]) -> list[Said]:
    """What frameworks recorded, unless a ready-made transcript has a side that they lack."""
    found = [*livekit.said([each for each in spans if each.framework == "livekit"], assumed)]
    found += pipecat.said([each for each in spans if each.framework == "pipecat"], assumed)
    if len({each.speaker for each in made}) > len({each.speaker for each in found}):
        return made
    if made:
        assumed[_TWO_TRANSCRIPTS] += 1
    return found


def _remark(said: Sequence[Said], assumed: Counter[str]) -> None:
    """Says what is odd about the turns of a call."""
    timed = [each for each in said if each.start is not None]
    assumed[_UNTIMED] += bool(timed and len(timed) < len(said))
    assumed[_ENDLESS] += any(each.end is None for each in timed)
    assumed[_MASKED] += any(_MASK.search(each.text) for each in said)


def _begin(root: Span, said: Sequence[Said]) -> int:
    """When the call began: its root did, unless somebody spoke before."""
    return min((time for time in (root.start, *(each.start for each in said)) if time is not None), default=0)


def _turn(said: Said, begun: int) -> Turn:
    """A turn with its times as seconds of the call, as far as they are known."""
    if said.start is None:
        return Turn(said.speaker, said.text)
    end = None if said.end is None else _seconds(max(said.start, said.end) - begun)
    return Turn(said.speaker, said.text, _seconds(said.start - begun), end)


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / _NANO, _DIGITS)


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
    return _seconds(root.end - root.start) or None


def _interruptions(spans: Sequence[Span]) -> dict[str, int]:
    count = livekit.interrupted(spans) + pipecat.interrupted(spans)
    return {"interrupted": count} if count else {}
