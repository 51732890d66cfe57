"""OpenTelemetry traces of calls (OTLP/JSON): livekit-agents, pipecat, what traceAI makes of both, FutureAGI's calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from fieval.errors import InvalidInput
from fieval.importers.base import OMITTED, Imported, Importer, Reading, SourceFile
from fieval.importers.otlp.calls import calls, imported, unheard
from fieval.importers.otlp.traces import Traces
from fieval.importers.otlp.wire import read_spans
from fieval.importers.parts.mapping import Mapped, mapped, near
from fieval.model import Output
from fieval.numbers import counted

_REPEATED = "a span that comes twice (same trace and span id) is one"
_OTHERS = f"{OMITTED}traces without spans of a voice framework, which are no calls"
_WHY = "removed before the export, or a model that gives none"
_EXPECTED = "spans of livekit-agents or pipecat, or a span with FutureAGI's conversation.transcript"


class OTLP(Importer):
    """One TracesData object, or one a line; a call's spans may be scattered over lines and files."""

    name = "otlp"
    endings = (".json", ".jsonl")
    heeds = frozenset({"mapping"})

    def gather(self, sources: Iterable[SourceFile], reading: Reading) -> Iterator[tuple[SourceFile, Output]]:
        asked = mapped(reading.mapping)
        traces = Traces(asked)
        files = []
        for source in sources:
            files.append(source)
            self._read(source, traces)
        assumed = files[0].assumed if files else Counter()
        made = [(call.source, imported(call, asked, assumed)) for call in calls(traces, assumed)]
        if not any(source.problems for source in files):
            _check(files, [call for _, call in made], asked, traces)
        _tell(assumed, [call for _, call in made], asked, traces)
        yield from made

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        return (output for _, output in self.gather([source], reading))

    def _read(self, source: SourceFile, traces: Traces) -> None:
        try:
            for number, scope, span in read_spans(source):
                traces.add(source, number, scope, span)
        except InvalidInput as error:
            source.problems.include(error)


def _check(files: Sequence[SourceFile], made: Sequence[Imported], asked: Mapped, traces: Traces) -> None:
    """Complains where nothing of what was wanted is there at all."""
    if not made:
        for source in files:
            source.problems.file(f"no call in it; expected {_EXPECTED}")
    elif not any(call.turns or call.summary or call.labels or call.scores for call in made):
        files[0].problems.file(
            f"{counted(len(made), 'call')}, such as {made[0].id}, without a word: were they removed before the export?"
        )
    for part, key in asked if made else ():
        if not any(key in trace.marks for trace in traces):
            files[0].problems.include(
                InvalidInput(f'--map {part}: no span has the attribute "{key}"{near(key, traces.keys)}')
            )


def _tell(assumed: Counter[str], made: Sequence[Imported], asked: Mapped, traces: Traces) -> None:
    """Says what was left out, and what calls lack."""
    for what, count in ((_REPEATED, traces.repeated), (_OTHERS, traces.strange)):
        if count:
            assumed[what] += count
    lacking = [(identifier, f"words of {whose} ({_WHY})") for identifier, whose in unheard(made)]
    for call in made:
        lacking += [(call.id, part) for part, _ in asked if not _has(call, part)]
    first: dict[str, str] = {}
    counts = Counter(what for _, what in lacking)
    for identifier, what in lacking:
        first.setdefault(what, identifier)
    for what, count in counts.items():
        assumed[f"some calls have no {what}, such as {first[what]}"] += count


def _has(call: Imported, part: str) -> bool:
    kind, _, name = part.partition(".")
    return bool(call.summary) if kind == "summary" else name in getattr(call, kind)
